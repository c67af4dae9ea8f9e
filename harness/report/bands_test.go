package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/nemesis"
)

func TestEachKindOfFaultHasAColourOfItsOwn(t *testing.T) {
	kinds := map[int]string{}
	for _, k := range nemesis.Kinds() {
		require.Contains(t, toneOf, k.Name())
		other, taken := kinds[tone(k.Name())]
		require.False(t, taken, "%s looks like %s", k.Name(), other)
		kinds[tone(k.Name())] = k.Name()
	}
	for n := range toneOf {
		class := toneClass(n)
		require.Equal(t, 2, strings.Count(style, fmt.Sprintf("--%s: #", class)), "%s in the light and in the dark", class)
		require.Contains(t, style, fmt.Sprintf(".%s { fill: var(--%[1]s); }", class))
		require.Contains(t, style, fmt.Sprintf(".swatch.%s { background: var(--%[1]s); }", class))
	}
}

func TestAKindFromElsewhereGetsOneOfTheColours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := tone(rapid.String().Draw(t, "kind"))
		require.GreaterOrEqual(t, n, 0)
		require.Less(t, n, len(toneOf))
	})
}
