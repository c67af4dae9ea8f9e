package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
)

func TestKindsOfFaultsHaveColoursOfTheirOwnAsLongAsTheseLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var faults []history.Span
		for _, kind := range rapid.SliceOfNDistinct(rapid.String(), 0, 2*tonesMax, rapid.ID[string]).Draw(t, "kinds") {
			faults = append(faults, history.Span{Kind: kind}, history.Span{Kind: kind})
		}
		used := map[int]int{}
		for kind, tone := range tonesOf(faults) {
			require.Less(t, tone, tonesMax, kind)
			used[tone]++
		}
		require.Len(t, used, min(len(faults)/2, tonesMax))
	})
}

func TestEachColourIsInTheStyleSheet(t *testing.T) {
	for n := range tonesMax {
		class := fmt.Sprintf("fault-%d", n)
		require.Equal(t, 2, strings.Count(style, fmt.Sprintf("--%s: #", class)), "%s in the light and in the dark", class)
		require.Contains(t, style, fmt.Sprintf(".%s { fill: var(--%[1]s); }", class))
		require.Contains(t, style, fmt.Sprintf(".swatch.%s { background: var(--%[1]s); }", class))
	}
}
