package porcupine

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/anishathalye/porcupine"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// Bounds of a visualization: what Porcupine draws for an illegal history grows with the
// square of its operations, and a browser must be able to show it.
const (
	visualOpsMax   = 2000
	visualStepsMax = 200_000 // over all partial orders drawn
)

// Visualize writes Porcupine's own picture of one key's operations, with faults beside
// them, as a self-contained HTML page. h holds the operations of the key and all faults
// of the run. What takes no part in the search is not drawn: failed operations, reads of
// unknown outcome, and what the model prunes; an operation of unknown outcome ends where
// its effect was seen. Of a long history only the beginning is drawn, and the page says
// so. The search behind the picture obeys ctx and lim; where they end, the partial orders
// found by then are shown.
func Visualize[S comparable](ctx context.Context, m model.Model[S], lim checker.Limits, h history.History, w io.Writer) error {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
	all := model.Relevant(h.Ops)
	if prune := model.HintsOf(m).Prune; prune != nil {
		all = prune(all)
	}
	var info porcupine.LinearizationInfo
	drawn := min(len(all), visualOpsMax)
	for {
		_, info = explore(ctx, m, first(all, drawn), lim.MemoryBytes)
		if steps(info) <= visualStepsMax {
			break
		}
		drawn /= 2
	}
	info.AddAnnotations(annotations(h.Faults, all, drawn))
	unbounded := &budget{ctx: context.Background(), bytesLeft: math.MaxInt64}
	if err := porcupine.Visualize(porcupineModel(m, unbounded), info, w); err != nil {
		return fmt.Errorf("draw %d operations: %w", drawn, err)
	}
	return nil
}

// markup escapes what HTML takes for markup.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// first returns the first n of all operations as they were known when the next one
// began, so that what is cut off cannot make the rest illegal.
func first(all []history.Op, n int) []history.Op {
	if n == len(all) {
		return all
	}
	cut := make([]history.Op, n)
	for i, op := range all[:n] {
		if cut[i], _ = op.KnownAt(all[n].Invoke); cut[i].Complete != op.Complete {
			cut[i].End = all[n].Start
		}
	}
	return cut
}

// steps counts what the page must hold: every step of every partial order.
func steps(info porcupine.LinearizationInfo) int {
	n := 0
	for _, partition := range info.PartialLinearizations() {
		for _, order := range partition {
			n += len(order)
		}
	}
	return n
}

// annotations puts the faults beside the first n of all operations, and a note where
// that is not all.
func annotations(faults []history.Span, all []history.Op, n int) []porcupine.Annotation {
	const faultColor, noteColor = "#f6c1c1", "#f3e2a0"
	end := 0
	for _, op := range first(all, n) {
		end = max(end, op.Invoke)
		if op.Complete != history.Never {
			end = max(end, op.Complete)
		}
	}
	var list []porcupine.Annotation
	for _, s := range faults {
		if s.From > end {
			continue
		}
		list = append(list, porcupine.Annotation{
			Tag: "faults", Start: int64(s.From), End: int64(min(s.To, end)),
			Description: s.Kind, Details: s.Text, BackgroundColor: faultColor,
		})
	}
	if n < len(all) {
		list = append(list, porcupine.Annotation{
			Tag: "note", Start: int64(end), End: int64(end), BackgroundColor: noteColor,
			Description: fmt.Sprintf("cut: the first %d of %d operations", n, len(all)),
		})
	}
	return list
}
