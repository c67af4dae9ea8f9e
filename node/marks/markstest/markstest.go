// Package markstest finds marks in the sources, for the tests that hold them against what was
// hit. Nothing but tests imports it. Start at In.
package markstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
)

// In returns the marks that the Go files of one directory hit, tests aside: a mark as often as
// it stands there, in the order of the files.
func In(t testing.TB, dir string) []marks.Mark {
	byName := map[string]marks.Mark{}
	for _, m := range marks.All() {
		byName[m.String()] = m
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var found []marks.Mark
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				x, named := s.X.(*ast.Ident)
				if m, known := byName[Name(s.Sel.Name)]; named && x.Name == "marks" && known {
					found = append(found, m)
				}
			}
			return true
		})
	}
	return found
}

// Name returns the name of the mark that the sources call identifier.
func Name(identifier string) string {
	var name strings.Builder
	for i, letter := range identifier {
		if i > 0 && unicode.IsUpper(letter) {
			name.WriteByte('-')
		}
		name.WriteRune(unicode.ToLower(letter))
	}
	return name.String()
}
