package senkei

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says which packages of Senkei each package may import, by the longest prefix
// of its path that stands here. "x/" stands for x and everything below it.
var mayImport = map[string][]string{
	"history/":                       {},
	"history/historytest":            {"history"},
	"history/edn":                    {"history", "history/edn/form"},
	"history/edn/form":               {"history"},
	"history/porcupinelog":           {"history", "history/edn/form"},
	"history/formats":                {"history", "history/edn", "history/edn/form", "history/porcupinelog"},
	"checker":                        {"history"},
	"checker/model":                  {"history"},
	"checker/models":                 {"history", "checker/model"},
	"checker/linearizable/":          {"history", "checker", "checker/model", "checker/linearizable/", "checker/certificate", "checker/verify"},
	"checker/consistency":            {"history", "checker"},
	"checker/checkertest":            {"history", "checker", "checker/model"},
	"checker/certificate":            {"history"},
	"checker/verify":                 {"history", "checker/certificate"}, // nothing of what searches, so that it can doubt it
	"workloads/":                     {"history/", "checker/", "workloads/"},
	"harness/cluster":                {"history/"},
	"harness/cluster/owner":          {},
	"harness/cluster/live":           {"history/", "harness/cluster"},
	"harness/cluster/local":          {"history/", "harness/cluster", "harness/cluster/live", "harness/cluster/owner"},
	"harness/cluster/docker":         {"", "history/", "harness/agent", "harness/cluster", "harness/cluster/live", "harness/cluster/owner"},
	"harness/cluster/clustertest/":   {"history/", "harness/cluster"},
	"harness/cluster/sim":            {"history/", "harness/cluster", "harness/cluster/sim/invariants", "harness/systems/reference", "node/limits", "node/marks", "node/raft", "node/kv", "node/replica", "node/storage", "node/storage/memory"},
	"harness/cluster/sim/invariants": {"node/limits", "node/raft", "node/kv", "node/replica"},
	"harness/agent":                  {},
	"harness/compose":                {},
	"harness/systems/node":           {"history/", "harness/cluster", "harness/systems/reference", "node/api", "node/kv", "node/raft"},
	"harness/systems/reference":      {"history/", "node/kv"},
	"nemesis/":                       {"history/", "harness/cluster"},
	"harness/report/":                {"history/", "checker", "checker/certificate", "checker/verify", "checker/consistency"},
	"harness/expect":                 {"history/", "checker", "nemesis", "harness/cluster"},
	"harness/loop":                   {"history/", "workloads", "nemesis", "harness/cluster"},
	"harness":                        {"history/", "checker", "checker/consistency", "workloads", "nemesis", "harness/cluster", "harness/expect", "harness/loop", "harness/report"},
	"harness/campaign":               {"history/", "checker", "workloads", "nemesis", "harness", "harness/loop", "harness/report", "harness/cluster", "harness/cluster/sim", "harness/systems/reference", "node/kv", "node/limits", "node/marks", "node/replica"},
	"senkeitest":                     {"history/", "checker", "harness", "harness/cluster", "harness/report"},
	"node/limits":                    {},
	"node/marks":                     {},
	"node/marks/markstest":           {"node/marks"},
	"node/raft":                      {"node/limits", "node/marks"},
	"node/explore":                   {"node/raft"},
	"node/certtest":                  {},
	"node/codec":                     {},
	"node/kv":                        {"node/codec", "node/limits"},
	"node/replica":                   {"node/codec", "node/limits", "node/marks", "node/raft", "node/kv"},
	"node/storage":                   {"node/raft", "node/kv", "node/replica"},
	"node/storage/memory":            {"node/raft", "node/kv", "node/replica", "node/storage"},
	"node/storage/pebble":            {"node/codec", "node/raft", "node/kv", "node/replica", "node/storage"},
	"node/storage/storagetest":       {"node/raft", "node/kv", "node/replica", "node/storage"},
	"node/transport":                 {"node/limits", "node/raft"},
	"node/api":                       {"node/limits", "node/raft", "node/kv", "node/replica"},
	"node/server":                    {"node/limits", "node/raft", "node/kv", "node/replica", "node/storage", "node/transport", "node/api"},
	"node/bugs":                      {},
	"node/processes":                 {},
	"docs/extending/quorum":          {},
	"cmd/senkei-agent":               {"harness/agent"},
	"cmd/senkei-node":                {"node/"},
	"cmd/senkei":                     {"history/", "checker/", "workloads", "nemesis", "harness/", "node/bugs", "node/explore", "node/marks"},
	"":                               {},
}

// pure packages compute the same from the same input, always. They import nothing of Senkei
// but each other, so that whatever one of them calls, however far down, is pure too; "x/"
// stands for x and everything below it, but for packages of tests.
var pure = []string{
	"history", "history/edn/", "history/porcupinelog", "checker/", "workloads", "nemesis",
	"harness/cluster", "harness/cluster/sim/", "harness/expect", "harness/loop", "harness/systems/reference",
	"node/codec", "node/explore", "node/kv", "node/limits", "node/marks", "node/raft", "node/replica",
	"node/storage", "node/storage/memory",
}

// pureImports are what pure packages may import from elsewhere. What of these is not pure
// stands in impure.
var pureImports = []string{
	"bufio", "bytes", "cmp", "context", "crypto/sha256", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt",
	"hash/maphash", // for tables only: hashes differ between processes, and nothing that leaves may depend on them
	"io", "iter", "maps", "math", "math/bits", "math/rand/v2", "reflect", "regexp", "slices", "sort", "strconv", "strings",
	"time", "unicode", "unicode/utf16", "unicode/utf8", "unique", "unsafe",
	"github.com/anishathalye/porcupine", "github.com/cespare/xxhash/v2", "github.com/fxamacker/cbor/v2",
	"github.com/goccy/go-yaml", "github.com/goccy/go-yaml/ast", "github.com/goccy/go-yaml/lexer",
	"github.com/goccy/go-yaml/parser", "github.com/goccy/go-yaml/token", "github.com/tidwall/btree",
}

// alsoImports are exceptions from pureImports.
var alsoImports = map[string][]string{
	// os for Open and Create, sync for Decode, which decodes on several processors and hands
	// events over in their order: nothing pure calls them; the vocabulary and its files are
	// one package.
	"history": {"os", "sync"},
}

// impure names what reads a clock, waits, starts something or draws from a shared source.
var impure = map[string][]string{
	"context":      {"WithDeadline", "WithDeadlineCause", "WithTimeout", "WithTimeoutCause"},
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"math/rand/v2": {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "N", "Float32", "Float64", "Perm", "Shuffle", "ExpFloat64", "NormFloat64"},
}

type source struct {
	dir  string // of the package, relative to the root
	path string
	file *ast.File
	set  *token.FileSet
}

// sources parses every Go file of the repository that is not a test.
func sources(t *testing.T) []source {
	var all []source
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bench" || d.Name() == "store") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if dir == "." {
			dir = ""
		}
		all = append(all, source{dir: dir, path: path, file: file, set: set})
		return nil
	}))
	require.Greater(t, len(all), 50)
	return all
}

func under(pkg, pattern string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/"); ok {
		return pkg == tree || strings.HasPrefix(pkg, pattern)
	}
	return pkg == pattern
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	for _, s := range sources(t) {
		rule, found := "", false
		for pattern := range mayImport {
			if under(s.dir, pattern) && len(pattern) >= len(rule) {
				rule, found = pattern, true
			}
		}
		require.True(t, found, "%s: the package %q has no rule; add one to mayImport", s.path, s.dir)
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if path != "senkei" && !strings.HasPrefix(path, "senkei/") {
				continue
			}
			pkg := strings.TrimPrefix(strings.TrimPrefix(path, "senkei"), "/")
			allowed := slices.ContainsFunc(mayImport[rule], func(pattern string) bool { return under(pkg, pattern) })
			require.True(t, allowed, "%s imports %q, which %q may not", s.path, path, s.dir)
		}
	}
}

// isPure reports whether a package of Senkei must be pure.
func isPure(pkg string) bool {
	return !strings.HasSuffix(pkg, "test") && slices.ContainsFunc(pure, func(pattern string) bool { return under(pkg, pattern) })
}

func TestPurePackagesDependOnNothingThatIsNot(t *testing.T) {
	seen := map[string]bool{} // patterns
	for _, s := range sources(t) {
		if !isPure(s.dir) {
			continue
		}
		for _, pattern := range pure {
			if under(s.dir, pattern) {
				seen[pattern] = true
			}
		}
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if pkg, own := strings.CutPrefix(path, "senkei/"); own {
				require.True(t, isPure(pkg), "%s imports %q, which is not pure", s.path, path)
				continue
			}
			require.True(t, slices.Contains(pureImports, path) || slices.Contains(alsoImports[s.dir], path), "%s imports %q", s.path, path)
		}
	}
	require.Len(t, seen, len(pure), "a pure package has moved: %v", seen)
}

func TestPurePackagesReadNoClockAndStartNothing(t *testing.T) {
	for _, s := range sources(t) {
		if !isPure(s.dir) {
			continue
		}
		names := map[string]string{} // local name of an import -> path
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			name := filepath.Base(path)
			if path == "math/rand/v2" {
				name = "rand"
			}
			if spec.Name != nil {
				name = spec.Name.Name
			}
			names[name] = path
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.set.Position(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Obj == nil && slices.Contains(impure[names[x.Name]], n.Sel.Name) {
					t.Errorf("%s uses %s.%s", s.set.Position(n.Pos()), x.Name, n.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		documented[s.dir] = documented[s.dir] || s.file.Doc != nil
	}
	for dir, ok := range documented {
		require.True(t, ok, "the package %q has no doc comment", dir)
	}
}

// longest bounds a file and a function, so that each can be read in one sitting.
const (
	fileLinesMax     = 500
	functionLinesMax = 70
)

func TestFilesAndFunctionsCanBeReadInOneSitting(t *testing.T) {
	for _, s := range sources(t) {
		text, err := os.ReadFile(s.path)
		require.NoError(t, err)
		lines := strings.Count(string(text), "\n")
		require.LessOrEqual(t, lines, fileLinesMax, "%s has %d lines", s.path, lines)
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
				require.LessOrEqual(t, n, functionLinesMax, "%s: %s has %d lines", s.path, f.Name.Name, n)
			}
		}
	}
}
