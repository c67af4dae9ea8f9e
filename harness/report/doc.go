// Package report writes the page that shows a run to a person: one HTML file that
// needs no network, stays under MaxBytes whatever the history holds, and treats
// every text of the run as hostile. It judges nothing and reads no clock: the same
// Report always gives the same bytes. Start at Report and Write.
//
//   - report.go has the input and Write, page.go what the template and the scripts get.
//   - verdict.go puts the verdict into words, evidence.go its evidence,
//     with one method for each kind.
//   - violation.go draws the few operations of a core, on the event axis of axis.go,
//     below the faults and leaders of bands.go.
//   - rows.go, columns.go and thin.go choose and pack the operations of the whole run,
//     measures.go its rates and latencies, tables.go its counts and parameters.
//   - trace.go is what a simulated run's nodes said to each other; traceevents.go,
//     participants.go, diagram.go and tracelog.go make the space-time diagram and its list.
//   - policy.go keeps a page from running or loading anything but its own.
//   - clock.go places everything on one axis of time, text.go makes texts fit to be shown.
//   - assets holds the template, the style sheet and the scripts.
package report
