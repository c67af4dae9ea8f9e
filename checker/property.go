package checker

import (
	"context"

	"senkei/history"
)

// Property is something that a history has or has not: that it is linearizable, that it
// covers enough to prove anything, that nodes agreed when they had to.
type Property interface {
	// Name is the property's name, as Verdict.Property has it: "linearizable register".
	Name() string
	// Check judges a whole history within the limits. It stops when ctx ends, and answers
	// Unknown then. It changes nothing in h.
	Check(ctx context.Context, h history.History, lim Limits) Verdict
}

// Keyed is a Property of each key on its own, so that a caller can spread the keys over its
// cores. Check does the same as CheckKey for each key of History.ByKey, merged by Merge
// under Name.
type Keyed interface {
	Property
	// Model is the ID of the sequential specification that it judges by, such as "fifo-queue",
	// as certificates have it; empty if there is none.
	Model() string
	// Admit returns nil for a request of the kind of object that it judges, and else an error
	// that says why it is none.
	Admit(in history.Input) error
	// CheckKey judges one key. h holds the operations of that key as ByKey yields them,
	// and all faults of the run.
	CheckKey(ctx context.Context, key string, h history.History, lim Limits) Verdict
}
