package report

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/checker"
	"senkei/history"
)

// unpack undoes pack.
func unpack(t require.TestingT, text string) []byte {
	deflated, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	z, err := zlib.NewReader(bytes.NewReader(deflated))
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

// unpackColumns reads so many columns of so many rows.
func unpackColumns(t require.TestingT, text string, columns, rows int) [][]uint64 {
	data := unpack(t, text)
	all := make([][]uint64, columns)
	for i := range all {
		for range rows {
			n, size := binary.Uvarint(data)
			require.Positive(t, size)
			all[i] = append(all[i], n)
			data = data[size:]
		}
	}
	require.Empty(t, data)
	return all
}

func TestColumnsHoldWhatTheOperationsSay(t *testing.T) {
	r := staleRead()
	c := newClock(r.History, r.Duration)
	l := newRows(r.History.Ops, r.Clients, c)
	kept := byStart(r.History.Ops, c)
	packed := encode(r.History.Ops, kept, c, l)
	require.Equal(t, len(kept), packed.Count)
	var text tables
	require.NoError(t, json.Unmarshal(unpack(t, packed.Strings), &text))

	columns := unpackColumns(t, packed.Columns, 11, len(kept))
	value := func(code uint64) string {
		switch {
		case code == 0:
			return "nothing"
		case code%2 == 1:
			return text.Values[code/2]
		default:
			return fmt.Sprint(code/2 - 1)
		}
	}
	start := int64(0)
	for row, i := range kept {
		op := r.History.Ops[i]
		start += int64(columns[0][row])
		require.Equal(t, op.Start.Microseconds(), start)
		require.Equal(t, op.End.Microseconds(), start+int64(columns[1][row]))
		require.Equal(t, [2]int{int(op.Process), slotOf(op.Process, r.Clients)}, text.Processes[columns[2][row]])
		require.Equal(t, string(op.Node), text.Nodes[columns[3][row]])
		require.Equal(t, string(op.In.F), text.Funcs[columns[4][row]])
		require.Equal(t, op.In.Key, text.Keys[columns[5][row]])
		require.Equal(t, op.Outcome, history.Outcome(columns[6][row]&3))
		require.Equal(t, op.In.Value.String(), value(columns[7][row]))
		require.Equal(t, op.In.Expect.String(), value(columns[8][row]))
		require.Equal(t, op.Out.Value.String(), value(columns[9][row]))
		require.Equal(t, op.Err, text.Errors[columns[10][row]])
	}
}

func TestAValueKeepsItsText(t *testing.T) {
	for _, v := range []history.Value{"0", "7", "-1", "007", "1e3", "1099511627775", "99999999999999999999", `"two"`, "true"} {
		table := interner{max: valueRunes}
		code := valueCode(v, &table)
		if code%2 == 1 {
			require.Equal(t, string(v), table.texts[code/2])
		} else {
			require.Equal(t, string(v), fmt.Sprint(code/2-1))
		}
	}
}

func TestAPickKeepsTheExplanationAndSpreadsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 400).Draw(t, "operations")
		var h history.History
		for i := range n {
			at := time.Duration(i) * time.Second
			h.Ops = append(h.Ops, history.Op{ID: i, Start: at, End: at + 1, In: history.Input{Key: fmt.Sprint(i % 7)}})
		}
		var m *marked
		if rapid.Bool().Draw(t, "violation") {
			culprit := h.Ops[rapid.IntRange(0, n-1).Draw(t, "culprit")]
			m = &marked{key: culprit.In.Key, culprit: culprit, ops: []history.Op{h.Ops[0], culprit}}
		}
		p := newPicker(h, m, newClock(h, 0))
		limit := rapid.IntRange(0, n+5).Draw(t, "limit")
		kept, note := p.pick(limit)
		require.Len(t, kept, min(limit, n))
		require.True(t, slices.IsSorted(kept))
		require.Equal(t, len(kept), len(slices.Compact(slices.Clone(kept))))
		require.Equal(t, limit < n, note != "")
		if m != nil && limit >= 2 {
			require.Contains(t, kept, m.culprit.ID)
			require.Contains(t, kept, 0)
		}
	})
}

func TestTheViolationViewKeepsTheOrderAndGivesEveryBarItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "events")
		var events []event
		at := int64(0)
		for i := range n {
			at += rapid.Int64Range(0, 1e7).Draw(t, "gap")
			events = append(events, event{position: 10 * i, us: at})
		}
		var needs []need
		for range rapid.IntRange(0, 12).Draw(t, "needs") {
			from := rapid.IntRange(0, n-2).Draw(t, "from")
			to := rapid.IntRange(from+1, n-1).Draw(t, "to")
			needs = append(needs, need{10 * from, 10 * to, rapid.Float64Range(0, 300).Draw(t, "width")})
		}
		s := newEventAxis(events, needs, 100, 800)
		for i := 1; i < n; i++ {
			require.GreaterOrEqual(t, s.x[i]-s.x[i-1], float64(minGap))
		}
		for _, need := range needs {
			require.GreaterOrEqual(t, s.at(need.to)-s.at(need.from), need.width)
		}
		require.InDelta(t, 100, s.x[0], 0)
	})
}

func TestTheViolationViewShowsTheViolation(t *testing.T) {
	r := staleRead()
	c := newClock(r.History, r.Duration)
	d := newViolationView(checker.CoreOf(r.Verdict.Evidence), r, c)
	require.Len(t, d.Bars, 5)
	byLabel := map[string]viewBar{}
	for _, b := range d.Bars {
		byLabel[b.Label] = b
		require.Greater(t, b.W, textWidth(b.Label))
		require.LessOrEqual(t, b.X+b.W, d.Right)
	}
	require.Equal(t, "culprit", byLabel["read → 5713"].Class)
	require.Equal(t, "✕", byLabel["read → 5713"].Badge)
	require.Equal(t, "2", byLabel["cas 5713 → 5764"].Badge)
	require.True(t, byLabel["write 5790 ?"].Open)
	require.Less(t, byLabel["cas 5713 → 5764"].X, byLabel["read → 5764"].X, "the order of the history")
	require.Less(t, byLabel["cas 5713 → 5764"].X+byLabel["cas 5713 → 5764"].W, byLabel["read → 5713"].X, "the order of the history")
	var names []string
	for _, b := range d.Bands {
		names = append(names, b.Name+" "+b.Text)
	}
	require.Contains(t, names, "partition n3 cut off from n1, n2, n4, n5")
	require.Contains(t, names, "leader n3 · term 4")
}

func TestALargeCoreIsDrawnInPart(t *testing.T) {
	r := validRun()
	e := &checker.Core{Key: "k1", Ops: r.History.Ops[:500], Culprit: r.History.Ops[10], Faults: r.History.Faults}
	r.Verdict = checker.Verdict{Status: checker.Invalid, Evidence: e}
	d := newViolationView(checker.CoreOf(r.Verdict.Evidence), r, newClock(r.History, r.Duration))
	require.Len(t, d.Bars, maxViewOps)
	require.True(t, slices.ContainsFunc(d.Bars, func(b viewBar) bool { return b.Class == "culprit" }))
	require.Contains(t, d.Omitted, "30 of 500")
}

func TestAnOperationThatWasAnsweredLaterIsCalledOpen(t *testing.T) {
	r := staleRead()
	core := slices.Clone(checker.CoreOf(r.Verdict.Evidence).Ops)
	cut := &core[0] // the history says ok; the prefix ends before
	cut.Outcome, cut.Complete = history.Unknown, history.Never
	checker.CoreOf(r.Verdict.Evidence).Ops = core
	d := newViolationView(checker.CoreOf(r.Verdict.Evidence), r, newClock(r.History, r.Duration))
	require.Equal(t, "write 5713 open", d.Bars[0].Label)
	require.Equal(t, "later", d.Table[0].To)
}

func TestProcessesShareRows(t *testing.T) {
	op := func(p history.Process, from, to int) history.Op {
		return history.Op{Process: p, Start: time.Duration(from) * time.Second, End: time.Duration(to) * time.Second}
	}
	h := history.History{Ops: []history.Op{op(0, 0, 2), op(1, 1, 3), op(7, 2, 5), op(9, 4, 6)}}
	c := newClock(h, 0)
	require.Equal(t, map[history.Process]int{0: 0, 1: 1, 7: 3, 9: 1}, newRows(h.Ops, 4, c).of, "process modulo clients")
	require.Equal(t, map[history.Process]int{0: 0, 1: 1, 7: 0, 9: 1}, newRows(h.Ops, 0, c).of, "the first free row")
}

func TestRatesAndLatenciesAreTakenFromEveryOperation(t *testing.T) {
	var h history.History
	for i := range 100 {
		start := time.Duration(i%10) * time.Millisecond
		h.Ops = append(h.Ops, history.Op{Outcome: history.OK, Start: start, End: start + time.Duration(i+1)*time.Millisecond})
	}
	h.Ops = append(h.Ops, history.Op{Outcome: history.Failed, Start: time.Second, End: time.Second}, history.Op{Start: time.Second, End: 2 * time.Second})
	m := measure(h.Ops, newClock(h, 0))
	require.EqualValues(t, 50_000, m.Width)
	require.Len(t, m.OK, 40)
	total := func(counts []int) (n int) {
		for _, c := range counts {
			n += c
		}
		return n
	}
	require.Equal(t, 100, total(m.OK))
	require.Equal(t, 1, total(m.Failed))
	require.Equal(t, 1, m.Unknown[39])
	require.EqualValues(t, []int64{50_000, 95_000, 99_000, 100_000}, []int64{m.P50[0], m.P95[0], m.P99[0], m.Max[0]})
	require.Zero(t, m.P50[20], "nothing was acknowledged")
}

func TestTextsAreClippedAndCleaned(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"short", "n1", "n1"},
		{"exactly as long as allowed", "12345678", "12345678"},
		{"too long", "123456789", "12345678…"},
		{"wide", "線形線形線形線形線形", "線形線形線形線形…"},
		{"control", "a\x00b\x1b[0m", "a�b�[0m"},
		{"turned writing direction", "a\u202eb", "a�b"},
		{"not UTF-8", "a\xffb", "a�b"},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, clip(c.text, 8)) })
	}
}
