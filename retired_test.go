package senkei

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type retiredWord struct{ pattern, instead string }

// retired are words of Senkei's own that gave way to the field's terms, which docs/glossary.md
// explains. Each pattern is as narrow as it must be to leave plain English alone.
var retired = []retiredWord{
	{`[Dd]eeds?`, "access"},
	{`[Tt]ellers?|[Tt]ales?`, "explainer, explanation"},
	{`[Ff]oreseers?|[Ff]oresees?|leadsNowhere`, "lookahead, dead end"},
	{`[Hh]indsight`, "inferred access"},
	{`Dividers?|Divisible`, "partition"},
	{`Supporters?|Spare`, "closure, removable"},
	{`[Ww]aive[ds]?|[Oo]wed`, "skip, must or may linearize"},
	{`[Ee]ndless|[Ll]anes?`, "crashed, crashed class"},
	{`[Bb]lame[sd]?`, "attribute to a part"},
	{`[Ll]adders?|[Rr]ungs?`, "consistency, verdict of a model"},
	{`[Cc]onductors?`, "injector"},
	{`[Mm]onitors?`, "leader poller"},
	{`[Ww]atchers?`, "online checker"},
	{`[Nn]otebooks?`, "observation log"},
	{`Witness(es)?`, "invariant reporter"},
	{`[Kk]eepers?`, "detacher"},
	{`Selectors?`, "message filter"},
	{`[Ss]eats?`, "slot, node slot"},
	{`[Hh]appenings?`, "trace event"},
	{`[Cc]loseups?`, "violation view"},
	{`[Cc]alm|[Dd]ecks?`, "expectation step, shuffled cycle"},
	{`[Pp]umps?|[Dd]eaf`, "relay, drop"},
	{`[Ll]oyal(ty)?|[Ss]olicits?|boundUntil`, "heard a leader recently, request votes, lease bound"},
	{`awake`, "raft clock"},
	{`[Ii]nsists?|[Pp]atien(t|tly|ce)|forEver`, "retries until ok, polling, never times out"},
}

// defended are words that docs/glossary.md defends, and where each may stand: they are written in
// files and on command lines that people keep.
var defended = []struct{ path, pattern string }{
	{"history/", `[Mm]onitor`},
	{"harness/campaign/", `calm`},
	{"cmd/senkei/", `calm`},
}

// worded are the files in which words are looked for: whatever people read.
var worded = []string{".go", ".md", ".yaml", ".html", ".css", ".js", ".patch", ".sh"}

func TestRetiredWordsStayAway(t *testing.T) {
	var patterns []string
	for _, r := range retired {
		patterns = append(patterns, "("+r.pattern+")")
	}
	words := regexp.MustCompile(`\b(?:` + strings.Join(patterns, "|") + `)\b`)
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "store" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains(worded, filepath.Ext(path)) || path == "retired_test.go" || path == "docs/glossary.md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, at := range words.FindAllIndex(text, -1) {
			found := string(text[at[0]:at[1]])
			if isDefended(path, found) {
				continue
			}
			which := slices.IndexFunc(retired, func(r retiredWord) bool { return is(r.pattern, found) })
			t.Errorf("%s:%d: %q; the term is %s", path, 1+strings.Count(string(text[:at[0]]), "\n"), found, retired[which].instead)
		}
		return nil
	}))
}

func isDefended(path, word string) bool {
	for _, d := range defended {
		if strings.HasPrefix(path, d.path) && is(d.pattern, word) {
			return true
		}
	}
	return false
}

func is(pattern, word string) bool {
	return regexp.MustCompile("^(" + pattern + ")$").MatchString(word)
}
