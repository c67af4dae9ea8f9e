package history_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
	"senkei/history/historytest"
)

func TestEqualValuesHaveOneText(t *testing.T) {
	for text, want := range map[string]history.Value{
		`null`: history.Absent, ` 7 `: "7", `-0`: "0", `-0.0`: "0", `1.0`: "1", `1e2`: "100", `1.50`: "1.5",
		`100000000000000000000`: "100000000000000000000", `1e20`: "100000000000000000000", `1e21`: "1e+21",
		`true`: "true", `"\u0061\/<"`: `"a/<"`, `"\u2028"`: `"\u2028"`,
	} {
		got, err := history.ParseValue([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{``, `[]`, `{}`, `01`, `1 2`, `"`, "\"\xff\"", `1e999`, `nul`} {
		_, err := history.ParseValue([]byte(text))
		require.Error(t, err, text)
	}
}

func TestAValueIsTheScalarItWasMadeFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := historytest.Maybe.Draw(t, "value")
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		var again history.Value
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.Equal(t, v, again)

		s := rapid.String().Draw(t, "text")
		got, ok := history.Text(s).Text()
		require.True(t, ok)
		require.Equal(t, s, got)
	})
	_, ok := history.Int(7).Text()
	require.False(t, ok)
	_, ok = history.Absent.Text()
	require.False(t, ok)
}
