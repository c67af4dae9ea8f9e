package checker_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

func TestTheWorstPartDecides(t *testing.T) {
	valid := checker.Verdict{Property: "a", Status: checker.Valid}
	unknown := checker.Verdict{Property: "b", Reason: "too long"}
	invalid := checker.Verdict{Property: "c", Status: checker.Invalid, Reason: "stale", Evidence: &checker.Core{}}
	require.Equal(t, checker.Valid, checker.Merge("all", valid, valid).Status)
	require.Equal(t, checker.Verdict{Property: "all", Reason: "too long", Parts: []checker.Verdict{unknown, valid}},
		checker.Merge("all", valid, unknown))
	merged := checker.Merge("all", valid, unknown, invalid)
	require.Equal(t, checker.Invalid, merged.Status)
	require.Equal(t, "stale", merged.Reason)
	require.Same(t, checker.CoreOf(invalid.Evidence), checker.CoreOf(merged.Evidence))
	require.Equal(t, checker.Unknown, checker.Merge("none").Status)
}

func TestWhatIsValidSaysAllThatItsPartsSayOnce(t *testing.T) {
	says := func(s checker.Status, summary string) checker.Verdict {
		return checker.Verdict{Property: "any", Status: s, Summary: summary, Reason: "because"}
	}
	right, silent, met := says(checker.Valid, "it is right"), says(checker.Valid, ""), says(checker.Valid, "it was met")
	require.Equal(t, "it is right, and it was met", checker.Merge("all", right, silent, right, met).Summary)
	require.Equal(t, "it is wrong", checker.Merge("all", right, says(checker.Invalid, "it is wrong"), met).Summary)
	require.Equal(t, checker.NothingProved, checker.Merge("all", right, says(checker.Unknown, checker.NothingProved)).Summary)
}

func TestAStatusIsWrittenAsText(t *testing.T) {
	for _, s := range []checker.Status{checker.Unknown, checker.Valid, checker.Invalid} {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		require.Equal(t, `"`+s.String()+`"`, string(text))
		var again checker.Status
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, s, again)
	}
	var s checker.Status
	require.EqualError(t, s.UnmarshalText([]byte("ok")), `verdict "ok" is not one of unknown, valid, invalid`)
}

func TestAVerdictIsReadAsItWasWritten(t *testing.T) {
	core := &checker.Core{Key: "k", Culprit: history.Op{In: history.Input{F: history.Read}, Complete: history.Never}, Sentences: []string{"It is wrong."}, Order: []int{3}, Refused: []checker.Refusal{}, Faults: []history.Span{}, Ops: []history.Op{}}
	v := checker.Merge("run",
		checker.Verdict{Property: "a", Key: "k", Status: checker.Invalid, Summary: "it is wrong", Reason: "It is wrong.", Evidence: core},
		checker.Verdict{Property: "a", Key: "l", Status: checker.Valid, Evidence: &checker.Order{IDs: []int{2, 1}}},
		checker.Verdict{Property: "b", Reason: "too long"})
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var again checker.Verdict
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, v, again)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"property":"a","verdict":"valid","evidence":{"dream":{}}}`), &again), "not of one kind that this version knows")
}
