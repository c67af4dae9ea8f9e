package report

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"senkei/history"
)

// operations are the drawn operations as the page carries them. A row of a table
// would repeat its words; a column of small numbers deflates to a few bits each.
type operations struct {
	Count int `json:"count"`
	// Columns holds one column after the other, Count numbers each, as unsigned
	// LEB128, deflated (RFC 1950) and in base64. The order is that of columnsOf.
	Columns string `json:"columns"`
	// Strings holds the tables that the columns point into, as JSON, packed likewise.
	Strings string `json:"strings"`
}

// size is what the operations add to the page.
func (o operations) size() int { return len(o.Columns) + len(o.Strings) }

// tables are the texts and processes that the columns point into.
type tables struct {
	Funcs     []string `json:"funcs"`
	Keys      []string `json:"keys"`
	Nodes     []string `json:"nodes"`
	Values    []string `json:"values"`
	Errors    []string `json:"errors"`
	Processes [][2]int `json:"processes"` // number and row
}

// encode packs the operations with the given indexes, which ascend by start.
func encode(ops []history.Op, kept []int, c clock, l rows) operations {
	t, columns := columnsOf(ops, kept, c, l)
	numbers, texts := packed(columns[:], t)
	return operations{Count: len(kept), Columns: numbers, Strings: texts}
}

// packed packs columns of numbers and the tables that they point into.
func packed(columns [][]byte, tables any) (numbers, texts string) {
	encoded, err := json.Marshal(tables)
	if err != nil {
		panic("report: tables of strings and numbers: " + err.Error())
	}
	return pack(bytes.Join(columns, nil)), pack(encoded)
}

// columnsOf turns operations into numbers: start (since the start before), length,
// process, node, function, key, flags, value, expected value, found value, error.
func columnsOf(ops []history.Op, kept []int, c clock, l rows) (tables, [11][]byte) {
	var columns [11][]byte
	put := func(column int, n uint64) { columns[column] = binary.AppendUvarint(columns[column], n) }
	funcs, keys, nodes := interner{max: nameRunes}, interner{max: nameRunes}, interner{max: nameRunes}
	values, errs := interner{max: valueRunes}, interner{max: errorRunes}
	processes := map[history.Process]uint64{}
	var t tables
	before := int64(0)
	for _, i := range kept {
		op := &ops[i]
		from, to := c.op(*op)
		p, ok := processes[op.Process]
		if !ok {
			p = uint64(len(processes))
			processes[op.Process] = p
			t.Processes = append(t.Processes, [2]int{int(op.Process), l.of[op.Process]})
		}
		put(0, uint64(from-before))
		before = from
		put(1, uint64(to-from))
		put(2, p)
		put(3, nodes.id(string(op.Node)))
		put(4, funcs.id(string(op.In.F)))
		put(5, keys.id(op.In.Key))
		put(6, flags(op))
		put(7, valueCode(op.In.Value, &values))
		put(8, valueCode(op.In.Expect, &values))
		put(9, valueCode(op.Out.Value, &values))
		put(10, errs.id(op.Err))
	}
	t.Funcs, t.Keys, t.Nodes, t.Values, t.Errors = funcs.texts, keys.texts, nodes.texts, values.texts, errs.texts
	return t, columns
}

// flags holds the outcome and, in bit 2, whether a compare-and-set stored its value.
func flags(op *history.Op) uint64 {
	f := uint64(op.Outcome)
	if op.Out.Swapped {
		f |= 4
	}
	return f
}

// valueCode is 0 for absent, an even number for a small natural number, and an odd
// number for a place in the table.
func valueCode(v history.Value, table *interner) uint64 {
	if v == history.Absent {
		return 0
	}
	const digits = 12 // always below 2^40; ParseUint copies what it refuses
	if len(v) <= digits {
		if n, err := strconv.ParseUint(string(v), 10, 40); err == nil && strconv.FormatUint(n, 10) == string(v) {
			return 2*n + 2
		}
	}
	return 2*table.id(string(v)) + 1
}

// interner numbers texts by first appearance. Texts that the page cannot tell apart
// share a number: only the beginning of a text counts, so that long ones cost no more.
type interner struct {
	max   int // runes of a text that the page shows
	ids   map[string]uint64
	texts []string
}

func (in *interner) id(s string) uint64 {
	s = s[:min(len(s), utf8.UTFMax*(in.max+1))]
	id, ok := in.ids[s]
	if !ok {
		if in.ids == nil {
			in.ids = map[string]uint64{}
		}
		id = uint64(len(in.texts))
		in.ids[s] = id
		in.texts = append(in.texts, clip(s, in.max))
	}
	return id
}

// pack deflates data and writes it in base64.
func pack(data []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data) // a bytes.Buffer never fails
	z.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// byStart returns the indexes of the operations ascending by start.
func byStart(ops []history.Op, c clock) []int {
	order := make([]int, len(ops))
	starts := make([]int64, len(ops))
	for i := range ops {
		order[i] = i
		starts[i], _ = c.op(ops[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(min(max(starts[a]-starts[b], -1), 1)) })
	return order
}
