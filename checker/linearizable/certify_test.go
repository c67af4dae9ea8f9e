package linearizable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/checker/verify"
	"senkei/history"
)

func TestACertificateClaimsWhatItCanProveAndNoMore(t *testing.T) {
	var h history.History
	for i, key := range []string{"shown", "broken", "not shown", "late", "never asked", "nothing happened"} {
		op := history.Op{ID: i, In: history.Input{F: history.Read, Key: key}, Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1}
		if key == "nothing happened" {
			op.Outcome = history.Failed
		}
		h.Ops = append(h.Ops, op)
	}
	v := checker.Merge("linearizable register",
		checker.Verdict{Key: "shown", Status: checker.Valid, Evidence: &checker.Order{IDs: []int{0}}},
		checker.Verdict{Key: "broken", Status: checker.Invalid, Evidence: &checker.Core{Culprit: h.Ops[1], Ops: []history.Op{h.Ops[1]}}},
		checker.Verdict{Key: "not shown", Status: checker.Valid},
		checker.Verdict{Key: "late", Reason: "there was no time"},
		checker.Verdict{Key: "nothing happened", Status: checker.Valid},
	)
	require.Equal(t, certificate.Certificate{Model: "register", History: certificate.Digest(h), Keys: []certificate.Key{
		{Key: "broken", Status: certificate.Invalid, Violation: &certificate.Violation{Cut: 3, Core: []int{1}}},
		certificate.Undecided("late", "there was no time"),
		certificate.Undecided("never asked", "it was not judged"),
		certificate.Undecided("not shown", "it is valid, but the checker kept no order that shows it"),
		{Key: "nothing happened", Status: certificate.Valid},
		{Key: "shown", Status: certificate.Valid, Order: []int{0}},
	}}, linearizable.Certify("register", h, v))
}

func TestWhatTheVerifierDoesNotLetGoIsPutBackIntoACore(t *testing.T) {
	queue := func(id int, f history.Func, value, found history.Value, invoke, complete int) history.Op {
		op := history.Op{ID: id, In: history.Input{F: f, Value: value}, Out: history.Output{Value: found}, Outcome: history.OK, Invoke: invoke, Complete: complete}
		if complete == history.Never {
			op.Outcome = history.Unknown
		}
		return op
	}
	h := history.History{Ops: []history.Op{
		queue(0, history.Dequeue, "", "", 0, history.Never),
		queue(1, history.Enqueue, "7", "", 1, 2),
		queue(2, history.Enqueue, "1", "", 3, 4),
		queue(3, history.Enqueue, "2", "", 5, 6),
		queue(4, history.Dequeue, "", "2", 7, 8),
		queue(5, history.Dequeue, "", "1", 9, 10),
		queue(6, history.Dequeue, "", "", 11, history.Never),
	}}
	v := checker.Merge("", checker.Verdict{Status: checker.Invalid, Evidence: &checker.Core{Culprit: h.Ops[5], Ops: h.Ops[2:6]}})
	c := linearizable.Certify("fifo-queue", h, v)
	require.Equal(t, []int{0, 2, 3, 4, 5}, c.Keys[0].Violation.Core)
	require.NoError(t, verify.Certificate(models.FIFOQueue{}, h, c))
}
