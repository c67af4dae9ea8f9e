// Package linearizable judges whether a history is linearizable. Start at Of.
package linearizable

import (
	"context"
	"io"

	"senkei/checker"
	"senkei/history"
)

// Of returns the property that each key's operations can be put into one order that m allows
// and that keeps every operation before those that began after its end.
func Of[S comparable](m checker.Model[S]) checker.Keyed { return checker.Linearizable(m) }

// Visualize writes Porcupine's own picture of one key's operations, see checker.Visualize.
func Visualize[S comparable](ctx context.Context, m checker.Model[S], lim checker.Limits, h history.History, w io.Writer) error {
	return checker.Visualize(ctx, m, lim, h, w)
}
