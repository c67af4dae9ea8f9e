package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
)

func newEfforts() *efforts {
	load, _ := os.ReadFile("/proc/loadavg") // it is for people
	return &efforts{CPUs: runtime.NumCPU(), Go: runtime.Version(), Load: strings.Join(strings.Fields(string(load))[:1], "")}
}

func (r *efforts) header() string {
	return fmt.Sprintf("%d CPUs; %s; load of the machine when it began: %s; each line a process of its own", r.CPUs, r.Go, r.Load)
}

var effortColumns = []string{"what", "history", "file", "time", "CPU time", "memory", "MB/s", "MB/s per core", "target"}

func (e effort) cells() []string {
	const mega = 1e6
	rate := func(seconds float64) string { return fmt.Sprintf("%.0f", float64(e.Bytes)/mega/max(seconds, 1e-3)) }
	return []string{
		e.What, e.History.String(), fmt.Sprintf("%.0f MB", float64(e.Bytes)/mega), seconds(e.Seconds), seconds(e.CPUs),
		fmt.Sprintf("%.0f MB", float64(e.PeakB)/mega), rate(e.Seconds), rate(e.CPUs), e.target(),
	}
}

// target says whether what was set is met. Where other work holds the processors, the time alone
// may miss what the work would not: then the processors' time is told.
func (e effort) target() string {
	if e.secondMax == 0 {
		return "–"
	}
	text := fmt.Sprintf("%v s", e.secondMax)
	if e.peakMax > 0 {
		text += fmt.Sprintf(", %v MB", float64(e.peakMax)/1e6)
	}
	switch {
	case e.peakMax > 0 && e.PeakB > e.peakMax:
		return text + ": missed"
	case e.Seconds <= e.secondMax:
		return text + ": met"
	case e.CPUs/float64(runtime.NumCPU()) <= e.secondMax:
		return text + ": met by the time of the processors, which others had as well"
	default:
		return text + ": missed"
	}
}

func (r *efforts) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", r.header())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(effortColumns, "\t"))
	for _, e := range r.Efforts {
		fmt.Fprintln(table, strings.Join(e.cells(), "\t"))
	}
	_ = table.Flush() // a terminal that is gone reads no error either
}

func (r *efforts) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n| %s |\n|%s\n", r.header(), strings.Join(effortColumns, " | "), strings.Repeat("---|", len(effortColumns)))
	for _, e := range r.Efforts {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(e.cells(), " | "))
	}
	return b.String()
}
