package marks_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
	"senkei/node/marks/markstest"
)

func TestEveryMarkStandsOnceInTheNodesSources(t *testing.T) {
	dirs, err := filepath.Glob("../*")
	require.NoError(t, err)
	uses := map[marks.Mark]int{}
	for _, dir := range dirs {
		for _, m := range markstest.In(t, dir) {
			uses[m]++
		}
	}
	for _, m := range marks.All() {
		require.Equal(t, 1, uses[m], "how often %s stands in the sources", m)
	}
}

func TestEveryMarkIsNamedAsTheSourcesCallItAndSaysWhatHappened(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "marks.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !spec.Names[0].IsExported() {
			return true
		}
		names = append(names, markstest.Name(spec.Names[0].Name))
		require.Len(t, spec.Doc.List, 1, "the comment of %s has one line", spec.Names[0])
		require.True(t, strings.HasPrefix(spec.Doc.Text(), spec.Names[0].Name+": "), "the comment of %s begins with its name", spec.Names[0])
		return true
	})
	var named []string
	for _, m := range marks.All() {
		named = append(named, m.String())
	}
	require.Equal(t, names, named)
}

func TestCountsOfSeveralRunsAddUpAndTellWhatNoneReached(t *testing.T) {
	var first, second marks.Counts
	first.Hit(marks.QuorumLost)
	first.HitIf(true, marks.ReadLost)
	second.HitIf(false, marks.DiskStalled)
	second.Hit(marks.ReadLost)
	first.Add(&second)
	require.Equal(t, uint64(1), first[marks.QuorumLost])
	require.Equal(t, uint64(2), first[marks.ReadLost])
	missing := first.Missing()
	require.Len(t, missing, len(marks.All())-2)
	require.Contains(t, missing, marks.DiskStalled)
	require.NotContains(t, missing, marks.QuorumLost)
	require.NotContains(t, missing, marks.ReadLost)
}

func TestNilCountsNothing(t *testing.T) {
	var none *marks.Counts
	none.Hit(marks.QuorumLost)
	none.HitIf(true, marks.QuorumLost)
}

func BenchmarkHit(b *testing.B) {
	hit := func(counts *marks.Counts) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				counts.Hit(marks.QuorumLost)
			}
		}
	}
	b.Run("nil", hit(nil))
	b.Run("counted", hit(new(marks.Counts)))
}
