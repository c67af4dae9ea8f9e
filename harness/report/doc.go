// Package report writes the page that shows a run to a person: one HTML file that
// needs no network, stays under MaxBytes whatever the history holds, and treats
// every text of the run as hostile. It judges nothing and reads no clock: the same
// Report always gives the same bytes. Start at Report and Write.
package report
