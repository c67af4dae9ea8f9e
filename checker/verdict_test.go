package checker_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
)

func TestTheWorstPartDecides(t *testing.T) {
	valid := checker.Verdict{Checker: "a", Status: checker.Valid}
	unknown := checker.Verdict{Checker: "b", Reason: "too long"}
	invalid := checker.Verdict{Checker: "c", Status: checker.Invalid, Reason: "stale", Explanation: &checker.Explanation{}}
	require.Equal(t, checker.Valid, checker.Merge("all", valid, valid).Status)
	require.Equal(t, checker.Verdict{Checker: "all", Reason: "too long", Parts: []checker.Verdict{unknown, valid}},
		checker.Merge("all", valid, unknown))
	merged := checker.Merge("all", valid, unknown, invalid)
	require.Equal(t, checker.Invalid, merged.Status)
	require.Equal(t, "stale", merged.Reason)
	require.Same(t, invalid.Explanation, merged.Explanation)
	require.Equal(t, checker.Unknown, checker.Merge("none").Status)
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
