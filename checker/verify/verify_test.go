package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/certificate"
	"senkei/checker/models"
	"senkei/checker/verify"
	"senkei/history"
)

// op returns an operation that is known to have happened.
func op(id int, in history.Input, out history.Value, invoke, complete int) history.Op {
	return history.Op{ID: id, In: in, Out: history.Output{Value: out}, Outcome: history.OK, Invoke: invoke, Complete: complete}
}

func write(key string, v history.Value) history.Input {
	return history.Input{F: history.Write, Key: key, Value: v}
}

func read(key string) history.Input { return history.Input{F: history.Read, Key: key} }

// stale is legal on key a, which one write failed on, and stale on key b.
func stale() (history.History, []certificate.Key) {
	h := history.History{Ops: []history.Op{
		op(0, write("a", "1"), "", 0, 1),
		op(1, read("a"), "", 2, 5),
		op(2, write("a", "2"), "", 3, 7),
		op(3, read("a"), "2", 4, 6),
		op(4, write("b", "3"), "", 8, 9),
		op(5, read("b"), "", 10, 11),
		op(6, write("a", "4"), "", 12, 13),
		op(7, write("b", "5"), "", 14, 15),
	}}
	h.Ops[1].Out.Value = "1"
	h.Ops[6].Outcome = history.Failed
	return h, []certificate.Key{
		{Key: "a", Status: certificate.Valid, Order: []int{0, 1, 2, 3}},
		{Key: "b", Status: certificate.Invalid, Violation: &certificate.Violation{Cut: 11, Core: []int{4, 5}}},
	}
}

func TestACertificateThatProvesNothingIsRejectedWithTheKeyAndTheOperation(t *testing.T) {
	for _, c := range []struct {
		change func(h *history.History, c *certificate.Certificate)
		says   string
	}{
		{func(_ *history.History, c *certificate.Certificate) { c.Model = "set" }, "not of the model register"},
		{func(_ *history.History, c *certificate.Certificate) { c.History = "" }, "it is of another history"},
		{func(h *history.History, _ *certificate.Certificate) { h.Ops[7].Outcome = history.Failed }, "it is of another history"},
		{func(_ *history.History, c *certificate.Certificate) { c.Keys = c.Keys[:1] }, `key "b" is missing`},
		{func(_ *history.History, c *certificate.Certificate) { c.Keys = c.Keys[1:] }, `key "a" is missing`},
		{func(_ *history.History, c *certificate.Certificate) { c.Keys = append(c.Keys, c.Keys[1]) }, `key "b" is not one of the history, or stands there twice`},
		{func(_ *history.History, c *certificate.Certificate) { c.Keys[0], c.Keys[1] = c.Keys[1], c.Keys[0] }, `key "a" is missing, or not in its place`},
		{order(0, 1, 2), `key "a": operation 3, read of a = 2, is missing in its order`},
		{order(0, 1, 2, 3, 3), `key "a": operation 3 in its order failed, stands there twice`},
		{order(0, 1, 2, 3, 6), `key "a": operation 6 in its order failed`},
		{order(0, 1, 2, 3, 4), `key "a": operation 4 in its order failed, stands there twice, or is not one of this key`},
		{order(0, 1, 2, 3, 8), `key "a": operation 8 in its order`},
		{order(-1), `key "a": operation -1 in its order`},
		{order(0, 1, 3, 2), `key "a": operation 3, read of a = 2, is not what the model allows there`},
		{order(2, 0, 1, 3), `key "a": operation 0, write of 1 to a, had ended before one to the left of it`},
		{core(3, 4, 5), `key "b": operation 4 in its core failed, was not known at the cut`},
		{core(11, 5, 4), `key "b": operation 4 in its core failed, was not known at the cut, is not one of this key, or stands in the wrong place`},
		{core(11, 4, 4, 5), `key "b": operation 4 in its core`},
		{core(11, 3, 4, 5), `key "b": operation 3 in its core`},
		{core(11, 4, 5, 7), `key "b": operation 7 in its core`},
		{core(10, 4, 5), `key "b": its core has a legal order`},
		{core(11, 4), `key "b": its core has a legal order`},
		{core(11), `key "b": its core has a legal order`},
		{core(11, 5), `key "b": its core has a legal order`},
		{core(-1), `key "b": its core has a legal order`},
	} {
		h, keys := stale()
		cert := certificate.Certificate{Model: "register", History: certificate.Digest(h), Keys: keys}
		require.NoError(t, verify.Certificate(models.Register{}, h, cert))
		c.change(&h, &cert)
		require.ErrorContains(t, verify.Certificate(models.Register{}, h, cert), c.says)
	}
}

func order(ids ...int) func(*history.History, *certificate.Certificate) {
	return func(_ *history.History, c *certificate.Certificate) { c.Keys[0].Order = ids }
}

func core(cut int, ids ...int) func(*history.History, *certificate.Certificate) {
	return func(_ *history.History, c *certificate.Certificate) {
		c.Keys[1].Violation = &certificate.Violation{Cut: cut, Core: ids}
	}
}

func TestWhatTheRestOfAHistoryMayHaveDoneIsNotLeftOut(t *testing.T) {
	h, keys := stale()
	h.Ops[4].In.Value, h.Ops[7].Invoke, h.Ops[7].In = "3", 10, history.Input{F: history.CAS, Key: "b", Expect: "3", Value: "5"}
	h.Ops[5].Out.Value, h.Ops[5].Invoke = "5", 11
	h.Ops[5].Complete = 12
	keys[1].Violation.Cut = 12
	cert := certificate.Certificate{Model: "register", History: certificate.Digest(h), Keys: keys}
	require.ErrorContains(t, verify.Certificate(models.Register{}, h, cert), `key "b": operation 7, compare-and-set of b from 3 to 5 (outcome unknown), is missing in its core`)
}

func TestACoreWithTooManyOrdersIsNeitherAcceptedNorRejected(t *testing.T) {
	verify.BoundMemory(t, 1<<20)
	const n = 24
	h := history.History{Ops: []history.Op{{In: history.Input{F: history.Read, Key: "a"}}}}
	v := certificate.Violation{Cut: 3 * n}
	for i := range n {
		in := history.Input{F: history.Add, Key: "b", Value: history.Int(1 << i)}
		h.Ops = append(h.Ops, op(i+1, in, "", i+1, 2*n+i))
		v.Core = append(v.Core, i+1)
	}
	h.Ops = append(h.Ops, op(n+1, history.Input{F: history.Read, Key: "b"}, "-1", n+1, 3*n))
	v.Core = append(v.Core, n+1)
	cert := certificate.Certificate{Model: "counter", History: certificate.Digest(h), Keys: []certificate.Key{
		{Key: "a", Status: certificate.Valid}, {Key: "b", Status: certificate.Invalid, Violation: &v},
	}}
	err := verify.Certificate(models.Counter{}, h, cert)
	require.ErrorIs(t, err, verify.ErrTooLarge)
	require.ErrorContains(t, err, `key "b"`)

	cert.Keys = append(cert.Keys, certificate.Key{Key: "c"})
	require.NotErrorIs(t, verify.Certificate(models.Counter{}, h, cert), verify.ErrTooLarge)
}

func TestACoreOfManyOperationsOneAfterAnotherIsVerified(t *testing.T) {
	const n = 2000
	var h history.History
	v := certificate.Violation{Cut: 2*n + 1}
	for i := range n {
		f := [...]history.Func{history.Acquire, history.Release}[i%2]
		h.Ops = append(h.Ops, op(i, history.Input{F: f}, "", 2*i, 2*i+1))
		v.Core = append(v.Core, i)
	}
	h.Ops = append(h.Ops, op(n, history.Input{F: history.Release}, "", 2*n, 2*n+1))
	v.Core = append(v.Core, n)
	cert := certificate.Certificate{Model: "mutex", History: certificate.Digest(h), Keys: []certificate.Key{{Status: certificate.Invalid, Violation: &v}}}
	require.NoError(t, verify.Certificate(models.Mutex{}, h, cert))
}

// sums is a model that the verifier has no rules for.
type sums struct{ models.Counter }

func (sums) ID() string { return "sums" }

func TestNothingIsLeftOutForAModelWithoutRules(t *testing.T) {
	h := history.History{Ops: []history.Op{op(0, read(""), "0", 0, 1), op(1, read(""), "1", 2, 3)}}
	cert := certificate.Certificate{Model: "sums", History: certificate.Digest(h), Keys: []certificate.Key{
		{Status: certificate.Invalid, Violation: &certificate.Violation{Cut: 3, Core: []int{0, 1}}},
	}}
	require.NoError(t, verify.Certificate(sums{}, h, cert))
	cert.Keys[0].Violation.Core = []int{1}
	require.ErrorContains(t, verify.Certificate(sums{}, h, cert), "operation 0, read = 0, is missing in its core")
}

func TestTheVerifierStaysSmallEnoughToBeReadInOneSitting(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	lines := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	require.Less(t, lines, 210, "lines of code")
}

func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h history.History
			k := certificate.Key{Status: certificate.Valid}
			for i := range n {
				in, out := write("", history.Int(int64(i))), history.Absent
				if i%2 == 1 {
					in, out = read(""), history.Int(int64(i-1))
				}
				h.Ops = append(h.Ops, op(i, in, out, 2*i, 2*i+1))
				k.Order = append(k.Order, i)
			}
			cert := certificate.Certificate{Model: "register", History: certificate.Digest(h), Keys: []certificate.Key{k}}
			for b.Loop() {
				require.NoError(b, verify.Certificate(models.Register{}, h, cert))
			}
		})
	}
}
