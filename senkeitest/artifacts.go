package senkeitest

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"senkei/harness"
	"senkei/harness/report"
	"senkei/history"
)

// tell says why a test failed, and where it is shown: it writes the report and, unless it
// stands in a file already, the history.
func tell(t testing.TB, r harness.Result, h history.History, path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(r.Verdict), r.Checks.Summary)
	for _, sentence := range r.Checks.Because() {
		fmt.Fprintf(&b, "  %s\n", sentence)
	}
	if r.Consistency != nil {
		fmt.Fprintln(&b, r.Consistency.Summary())
	}
	fmt.Fprintf(&b, "%d operations: %d ok, %d fail, %d unknown\n", r.Counts.Total(), r.Counts.OK, r.Counts.Failed, r.Counts.Unknown)
	dir, err := artifacts(t)
	if err != nil {
		fmt.Fprintf(&b, "Nothing could be left: %s\n", err)
		return b.String()
	}
	leave := func(what, name string, write func(w io.Writer) error) string {
		file := filepath.Join(dir, name)
		if err := harness.WriteFile(file, write); err != nil {
			fmt.Fprintf(&b, "%s could not be left: %s\n", what, err)
			return ""
		}
		fmt.Fprintf(&b, "%s: %s\n", what, file)
		return file
	}
	page := report.Report{
		Name: t.Name(), Workload: r.Checks.Property, Duration: time.Duration(r.Duration),
		Verdict: r.Checks, Consistency: r.Consistency, History: h,
	}
	if path == "" {
		path = leave("History", "history.jsonl", func(w io.Writer) error { return history.Encode(w, h) })
		page.Alongside = []string{"history.jsonl"}
	}
	leave("Report", "report.html", func(w io.Writer) error { return report.Write(w, page) })
	if path != "" {
		fmt.Fprintf(&b, "Again: senkeitest.CheckFile, or senkei check %s\n", path)
	}
	return b.String()
}

// artifacts creates an empty directory for what a test leaves: in its artifact directory or,
// as that is removed without the flag -artifacts of go test, in a temporary one that stays.
func artifacts(t testing.TB) (string, error) {
	if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
		return os.MkdirTemp(t.ArtifactDir(), "senkei-*")
	}
	return os.MkdirTemp("", "senkei-"+unplain.ReplaceAllString(t.Name(), "_")+"-*")
}

// unplain is what may not stand in the name of a file.
var unplain = regexp.MustCompile(`[^-_.0-9A-Za-z]+`)
