package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func trialOf(w row, checker string) trial {
	return trial{Row: w, Checker: checker, Limit: 20 * time.Second, MemoryBytes: 1 << 30}
}

func TestATrialReportsVerdictTimeAndMemory(t *testing.T) {
	for _, w := range []row{{uniqueRegister, 4, 500, 0, false}, {uniqueRegister, 4, 500, 0, true}} {
		for _, name := range []string{senkeiChecker, porcupineChecker} {
			o, err := trialOf(w, name).inProcess(t.Context())
			require.NoError(t, err)
			require.Equal(t, w.truth(), o.Verdict, "%s of %s", name, w)
			require.Positive(t, o.Seconds)
			require.Less(t, o.Seconds, 20.0)
			require.Less(t, o.PeakB, int64(1<<30))
			require.Empty(t, o.Beyond)
		}
	}
}

// Porcupine keeps a set of all operations for each step that it tries.
func TestAPeakIsThatOfTheCheck(t *testing.T) {
	o, err := trialOf(row{uniqueRegister, 4, 8000, 0, false}, porcupineChecker).inProcess(t.Context())
	require.NoError(t, err)
	require.Greater(t, o.PeakB, int64(8000*8000/8))
}

func TestATrialEndsAtItsTimeAndAtItsMemory(t *testing.T) {
	hopeless := row{repeatingRegister, 32, 100_000, 0, true}
	short := trialOf(hopeless, porcupineChecker)
	short.Limit = 200 * time.Millisecond
	o, err := short.inProcess(t.Context())
	require.NoError(t, err)
	require.Equal(t, none, o.Verdict)
	require.Equal(t, inTime, o.Beyond)
	require.GreaterOrEqual(t, o.Seconds, 0.2)

	small := trialOf(hopeless, porcupineChecker)
	small.MemoryBytes = 40 << 20
	o, err = small.inProcess(t.Context())
	require.NoError(t, err)
	require.Equal(t, none, o.Verdict)
	require.Equal(t, inMemory, o.Beyond)
	require.Greater(t, o.PeakB, small.MemoryBytes)
}

func TestATrialThatCannotBeSaysWhy(t *testing.T) {
	_, err := trialOf(row{"set", 1, 5, 0, true}, senkeiChecker).inProcess(t.Context())
	require.ErrorContains(t, err, "Senkei gave no result (exit status 1): checker-trial: set; 1 clients; 5 operations; 0 % unknown; invalid: there is no place")
	_, err = trialOf(row{"stack", 1, 5, 0, true}, senkeiChecker).inProcess(t.Context())
	require.ErrorContains(t, err, `there is no object "stack"`)
	_, err = trialOf(row{"set", 1, 5, 0, false}, "knossos").inProcess(t.Context())
	require.ErrorContains(t, err, `there is no checker "knossos"`)
	require.Equal(t, 1, runTrial(nil))
}

func TestAContestMeasuresBothCheckersInEachRound(t *testing.T) {
	c := contest{rounds: 3, limit: 20 * time.Second, memoryMiB: 1 << 10}
	r, err := c.run(t.Context(), []row{{"set", 3, 60, 1, false}, {uniqueRegister, 3, 60, 1, true}}, io.Discard)
	require.NoError(t, err)
	require.NoError(t, r.refuted())
	require.Len(t, r.Matches, 2)
	for _, m := range r.Matches {
		for _, s := range []standing{m.Senkei, m.Porcupine} {
			require.Equal(t, m.Row.truth(), s.Verdict)
			require.Len(t, s.SecondsByRound, 3)
		}
	}
	require.Equal(t, "v1.3.1", r.Porcupine)
}

func TestACheckOfManySecondsIsDoneOnce(t *testing.T) {
	c := contest{limit: 20 * time.Second, memoryMiB: 3 << 10}
	s := c.standing("x", []outcome{{Verdict: valid, Seconds: 2, PeakB: 10}, {Verdict: none, Beyond: inTime, Seconds: 20, PeakB: 40}})
	require.Equal(t, standing{Checker: "x", Verdict: none, Bound: "20 s", Seconds: spread{2, 11, 20}, PeakB: 25, SecondsByRound: []float64{2, 20}}, s)
	s = c.standing("x", []outcome{{Verdict: none, Beyond: inMemory, Seconds: 4}})
	require.Equal(t, "none in 3 GiB", s.time())
}

func TestBadChoicesOfAContestAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--rounds", "0"}, {"--limit", "0s"}, {"--memory-cap", "0"}, {"--only", "("}, {"--only", "no such row"}, {"surplus"},
	} {
		cmd := command()
		cmd.SetOut(io.Discard)
		cmd.SetArgs(append([]string{"checker"}, args...))
		require.Error(t, cmd.ExecuteContext(t.Context()), "%v", args)
	}
}

func TestRowsHaveDifferentTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range rows() {
		require.False(t, seen[w.String()], w)
		seen[w.String()] = true
	}
	require.Contains(t, seen, "register, unique values; 8 clients; 10,000,000 operations; 1 % unknown; invalid")
	chosen, err := contest{only: "^set; 8 clients; 1,000 op", rounds: 1, limit: time.Second, memoryMiB: 1}.rows()
	require.NoError(t, err)
	require.Len(t, chosen, 4)
}

func did(v verdict, seconds float64, bytes int64, bound string) standing {
	return standing{Verdict: v, Bound: bound, Seconds: spread{Median: seconds}, PeakB: bytes}
}

func sample() *matches {
	all := []match{
		{row{uniqueRegister, 8, 10_000, 0, false}, did(valid, 0.0013, 900_000, ""), did(valid, 2.6, 461_000_000, "")},
		{row{uniqueRegister, 8, 10_000, 1, true}, did(invalid, 0.02, 1_500_000, ""), did(none, 12, 3_300_000_000, "3 GiB")},
		{row{uniqueRegister, 32, 1_000_000, 1, false}, did(valid, 0.5, 200_000_000, ""), did(none, 20, 3_000_000_000, "20 s")},
		{row{repeatingRegister, 8, 1_000, 0, false}, did(none, 20, 0, "20 s"), did(none, 20, 0, "20 s")},
		{row{"set", 8, 1_000, 0, false}, did(valid, 3, 0, ""), did(valid, 1, 0, "")},
		{row{"set", 8, 1_000, 1, false}, did(none, 20, 0, "20 s"), did(valid, 0.5, 0, "")},
	}
	for i := range all {
		all[i].Senkei.Checker, all[i].Porcupine.Checker = senkeiChecker, porcupineChecker
	}
	return &matches{CPUs: 2, Go: "go1", Porcupine: "v1", Rounds: 3, LimitS: 20, MemoryMiB: 3 << 10, Matches: all, Targets: targetsOf(all)}
}

func TestTheTableOfAContestMarksBoundsAndJudgesTheTargets(t *testing.T) {
	var out bytes.Buffer
	sample().print(&out)
	require.Equal(t, `Porcupine v1; 2 CPUs; go1; medians of 3; at most 20 s and 3 GiB for each check

                   object  clients  operations  unknown  history        Senkei  memory      Porcupine    memory   ratio
  register, unique values        8      10,000      0 %    valid       1.30 ms  < 1 MB          2.6 s    461 MB   2,000
  register, unique values        8      10,000      1 %  invalid         20 ms    1 MB  none in 3 GiB  3,300 MB   > 600
  register, unique values       32   1,000,000      1 %    valid        500 ms  200 MB   none in 20 s  3,000 MB    > 40
     register, values 0-4        8       1,000      0 %    valid  none in 20 s  < 1 MB   none in 20 s    < 1 MB       –
                      set        8       1,000      0 %    valid         3.0 s  < 1 MB          1.0 s    < 1 MB    0.33
                      set        8       1,000      1 %    valid  none in 20 s  < 1 MB         500 ms    < 1 MB  < 0.03

ratio: Porcupine's time divided by Senkei's, a bound where one of them had no verdict; Senkei's time for an invalid history includes explaining the violation

10^6 operations on a register, unique values, 32 clients, 1 % unknown: at most 1 s and 1 GB: met (register, unique values; 32 clients; 1,000,000 operations; 1 % unknown; valid: 500 ms, 200 MB)
10^4 operations on a register, unique values, 8 clients: at least 1,000 times as fast as Porcupine: open (1 of 2 rows: register, unique values; 8 clients; 10,000 operations; 1 % unknown; invalid: > 600)
10^5 operations on a register, repeating values, 8 clients: at most 2 s: not measured
no case where Porcupine answers and Senkei does not: missed (1 of 3 rows: set; 8 clients; 1,000 operations; 1 % unknown; valid: Porcupine 500 ms)
never slower than twice Porcupine: missed (1 of 2 rows: set; 8 clients; 1,000 operations; 0 % unknown; valid: 0.33)
`, out.String())
}

func TestAPageGetsTheTableBetweenItsTwoComments(t *testing.T) {
	const begins, ends = "<!-- bench-checker: begin -->\n", "<!-- bench-checker: end -->\n"
	c := contest{markdown: filepath.Join(t.TempDir(), "page.md")}
	require.ErrorContains(t, c.publish(sample()), "--markdown: open")

	require.NoError(t, os.WriteFile(c.markdown, []byte("# Page\n"), 0o644))
	require.ErrorContains(t, c.publish(sample()), `lacks the lines "<!-- bench-checker: begin -->"`)

	require.NoError(t, os.WriteFile(c.markdown, []byte("# Page\n\n"+begins+"old\n"+ends+"\nEnd.\n"), 0o644))
	for range 2 {
		require.NoError(t, c.publish(sample()))
		page, err := os.ReadFile(c.markdown)
		require.NoError(t, err)
		require.Equal(t, "# Page\n\n"+begins+sample().page()+ends+"\nEnd.\n", string(page))
	}
	require.Contains(t, sample().page(), "\n| object | clients |")
	require.Contains(t, sample().page(), "\n| register, unique values | 8 | 10,000 | 1 % | invalid | 20 ms | 1 MB | none in 3 GiB | 3,300 MB | > 600 |\n")
	require.Contains(t, sample().page(), "\n* 10^6 operations on")
}

func TestAWrongVerdictIsAnErrorAndNotPublished(t *testing.T) {
	r := sample()
	require.NoError(t, r.refuted())
	r.Matches[0].Porcupine.Verdict = invalid
	r.Matches[1].Senkei.Verdict = valid
	require.EqualError(t, r.refuted(), `Porcupine says invalid of: register, unique values; 8 clients; 10,000 operations; 0 % unknown; valid
Senkei says valid of: register, unique values; 8 clients; 10,000 operations; 1 % unknown; invalid`)
	require.NoError(t, contest{markdown: "/none"}.publish(r))
}

func TestTheResultOfAContestSurvivesJSON(t *testing.T) {
	text, err := json.Marshal(sample())
	require.NoError(t, err)
	var again matches
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, sample(), &again)
}
