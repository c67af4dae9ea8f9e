package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
)

// matches is the result of a contest.
type matches struct {
	CPUs      int      `json:"cpus"`
	Go        string   `json:"go"`
	Porcupine string   `json:"porcupine"` // its version
	Rounds    int      `json:"rounds"`
	LimitS    float64  `json:"limit_seconds"`
	MemoryMiB int64    `json:"memory_mib"`
	Matches   []match  `json:"matches"`
	Targets   []target `json:"targets"`
}

func newMatches(c contest) *matches {
	return &matches{
		CPUs: runtime.NumCPU(), Go: runtime.Version(), Porcupine: versionOf("github.com/anishathalye/porcupine"),
		Rounds: c.rounds, LimitS: c.limit.Seconds(), MemoryMiB: c.memoryMiB,
	}
}

// versionOf returns the version of a module that is built in.
func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return "(unknown)"
}

func (r *matches) header() string {
	return fmt.Sprintf("Porcupine %s; %d CPUs; %s; medians of %d; at most %v s and %s for each check",
		r.Porcupine, r.CPUs, r.Go, r.Rounds, r.LimitS, mebibytes(r.MemoryMiB))
}

func mebibytes(n int64) string {
	const perGibibyte = 1 << 10
	if n%perGibibyte == 0 {
		return fmt.Sprintf("%d GiB", n/perGibibyte)
	}
	return fmt.Sprintf("%d MiB", n)
}

var columns = []string{"object", "clients", "operations", "unknown", "history", "Senkei", "memory", "Porcupine", "memory", "ratio"}

func (m match) cells() []string {
	return []string{
		m.Row.Kind, fmt.Sprint(m.Row.Clients), grouped(m.Row.Operations), fmt.Sprintf("%d %%", m.Row.Unknown), string(m.Row.truth()),
		m.Senkei.time(), m.Senkei.memory(), m.Porcupine.time(), m.Porcupine.memory(), m.ratio(),
	}
}

// time is how long the checker took, or within what it had no verdict.
func (s standing) time() string {
	if s.Verdict == none {
		return "none in " + s.Bound
	}
	return seconds(s.Seconds.Median)
}

// within reports whether there was a verdict in that time.
func (s standing) within(seconds float64) bool {
	return s.Verdict != none && s.Seconds.Median <= seconds
}

func seconds(s float64) string {
	switch {
	case s < 0.01:
		return fmt.Sprintf("%.2f ms", s*1000)
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}

// memory is what the check held beyond the history. The kernel counts no finer.
func (s standing) memory() string {
	const megabyte = 1_000_000
	if s.PeakB < megabyte {
		return "< 1 MB"
	}
	return grouped(int(s.PeakB/megabyte)) + " MB"
}

// factor is how many times as fast Senkei is, or a bound of that if one of the two has no
// verdict; 0 if neither has.
func (m match) factor() float64 {
	if m.Senkei.Verdict == none && m.Porcupine.Verdict == none {
		return 0
	}
	return m.Porcupine.Seconds.Median / m.Senkei.Seconds.Median
}

func (m match) ratio() string {
	factor, sign := m.factor(), ""
	switch {
	case factor == 0:
		return "–"
	case m.Porcupine.Verdict == none:
		sign = "> "
	case m.Senkei.Verdict == none:
		sign = "< "
	}
	if factor < 10 {
		return fmt.Sprintf("%s%.2f", sign, factor)
	}
	return sign + grouped(int(factor))
}

const ratioLegend = "ratio: Porcupine's time divided by Senkei's, a bound where one of them had no verdict; " +
	"Senkei's time for an invalid history includes explaining the violation"

func (r *matches) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", r.header())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, strings.Join(columns, "\t")+"\t")
	for _, m := range r.Matches {
		fmt.Fprintln(table, strings.Join(m.cells(), "\t")+"\t")
	}
	_ = table.Flush() // a terminal that is gone reads no error either
	fmt.Fprintf(w, "\n%s\n\n", ratioLegend)
	for _, t := range r.Targets {
		fmt.Fprintln(w, t)
	}
}

// publish puts the table into the page that was asked for, unless it holds wrong verdicts.
func (c contest) publish(r *matches) error {
	if r.refuted() != nil {
		return nil
	}
	return publish(c.markdown, "bench-checker", r.page())
}

// publish puts a table into a page, between two comments with the name of its benchmark; an
// empty path is no page.
func publish(path, name, table string) error {
	if path == "" {
		return nil
	}
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->\n"
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--markdown: %w", err)
	}
	before, rest, begins := strings.Cut(string(page), begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("--markdown %s: the page lacks the lines %q and %q; write them where the table belongs",
			path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, []byte(before+begin+table+end+after), 0o644)
}

func (r *matches) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n| %s |\n|%s\n", r.header(), strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, m := range r.Matches {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(m.cells(), " | "))
	}
	fmt.Fprintf(&b, "\n%s.\n\n", ratioLegend)
	for _, t := range r.Targets {
		fmt.Fprintf(&b, "* %s\n", t)
	}
	return b.String()
}
