package bugs

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const nodePackage = "./cmd/senkei-node"

func root(t *testing.T) string {
	dir, err := FindRoot(".")
	require.NoError(t, err)
	return dir
}

func TestEveryPatchAppliesCompilesAndChangesTheBinary(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, Build(t.Context(), root(t), "", nodePackage, filepath.Join(out, "clean")))
	clean, err := os.ReadFile(filepath.Join(out, "clean"))
	require.NoError(t, err)

	all, err := All()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, bug := range all {
		t.Run(bug.Name, func(t *testing.T) {
			before := originals(t, bug)
			path := filepath.Join(out, bug.Name)
			require.NoError(t, Build(t.Context(), root(t), bug.Name, nodePackage, path))
			patched, err := os.ReadFile(path)
			require.NoError(t, err)
			require.False(t, string(clean) == string(patched), "the overlay was not in force")
			require.NoError(t, os.Remove(path))
			require.True(t, reflect.DeepEqual(before, originals(t, bug)), "a file in the tree changed")
		})
	}
}

// originals returns the text of the files that the bug patches.
func originals(t *testing.T, bug Bug) (texts []string) {
	for _, f := range bug.files {
		text, err := os.ReadFile(filepath.Join(root(t), f.OldName))
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	return texts
}

func TestTheSourcesContainNoTraceOfABug(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	for path, text := range sources(t) {
		for _, bug := range all {
			require.False(t, strings.Contains(text, bug.Name), "%s mentions %s", path, bug.Name)
		}
	}
}

// sources returns the text of the node's Go files, this package's aside.
func sources(t *testing.T) map[string]string {
	files := map[string]string{}
	for _, top := range []string{"node", "cmd/senkei-node"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root(t), top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && path == filepath.Join(root(t), "node", "bugs") {
				return fs.SkipDir
			}
			if filepath.Ext(path) == ".go" {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				files[path] = string(text)
			}
			return nil
		}))
	}
	require.NotEmpty(t, files)
	return files
}

// TestABugOfDurabilityIsShownByALossOfPowerAlone runs tests of node/storage with the bug in
// both of its stores.
func TestABugOfDurabilityIsShownByALossOfPowerAlone(t *testing.T) {
	overlay, err := Overlay(root(t), "fsync-after-ack", t.TempDir())
	require.NoError(t, err)
	for test, passes := range map[string]bool{
		"TestAKillLosesNothingThatWasPersisted":     true,
		"TestAPowerCutLosesNothingThatWasPersisted": false,
	} {
		command := exec.CommandContext(t.Context(), "go", "test", "-v", "-run", "^"+test+"$", "-overlay", overlay, "./node/storage")
		command.Dir = root(t)
		command.Env = append(os.Environ(), "PWD="+command.Dir)
		output, err := command.CombinedOutput()
		require.Equal(t, passes, err == nil, "%s", output)
		for _, store := range []string{"memory", "pebble"} {
			result := map[bool]string{true: "PASS", false: "FAIL"}[passes]
			require.Contains(t, string(output), "--- "+result+": "+test+"/"+store+" ")
		}
	}
}

func TestAnUnknownBugIsAnErrorThatNamesTheKnownOnes(t *testing.T) {
	_, err := Get("no-such-bug")
	require.ErrorContains(t, err, `there is no bug "no-such-bug"`)
	require.ErrorContains(t, err, "stale-leader-local-read")
	err = Build(t.Context(), root(t), "no-such-bug", nodePackage, filepath.Join(t.TempDir(), "node"))
	require.ErrorContains(t, err, "stale-leader-local-read")
}

func TestATreeThatIsNotSenkeisIsNotBuilt(t *testing.T) {
	_, err := FindRoot(t.TempDir())
	require.ErrorContains(t, err, "no source tree of senkei")
}

const header = `Name: off-by-one
Wrong: It counts
 wrongly.
Seen-In: everywhere
Symptom: a wrong number
Schedule: none
Found-By: looking

`

const diff = `diff --git a/count.go b/count.go
--- a/count.go
+++ b/count.go
@@ -1,3 +1,3 @@
 three
-four
+five
 six
`

func TestAHeaderHasEveryFieldOnce(t *testing.T) {
	bug, err := parse("off-by-one", header+diff)
	require.NoError(t, err)
	require.Equal(t, "It counts wrongly.", bug.Wrong)
	require.Equal(t, "everywhere", bug.SeenIn)
	for _, c := range []struct{ says, from, to, want string }{
		{"a field is missing", "Symptom: a wrong number\n", "", "the header needs the field Symptom once"},
		{"a field is empty", "Schedule: none", "Schedule:", "the header needs the field Schedule once"},
		{"a field is there twice", "Found-By: looking", "Found-By: looking\nFound-By: luck", "the header needs the field Found-By once"},
		{"a field means nothing", "Found-By: looking", "Found-By: looking\nSeverity: high", "fields that mean nothing: map[Severity:[high]]"},
		{"the name is another", "Name: off-by-one", "Name: off-by-two", `it is called "off-by-two" inside`},
		{"no field at all", "Name: off-by-one\n", "off-by-one\n", "header: "},
		{"no diff", diff, "", "no diff in git's format follows the header"},
		{"a diff without names", "diff --git a/count.go b/count.go\n", "", "no diff in git's format follows the header"},
		{"a new file", diff, "diff --git a/new.go b/new.go\nnew file mode 100644\n--- /dev/null\n+++ b/new.go\n@@ -0,0 +1 @@\n+package new\n", "it must change lines of existing files"},
		{"a broken diff", "@@ -1,3", "@@ -1,9", "gitdiff: "},
	} {
		t.Run(c.says, func(t *testing.T) {
			text := strings.Replace(header+diff, c.from, c.to, 1)
			require.NotEqual(t, header+diff, text)
			_, err := parse("off-by-one", text)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err = parse("off-by-one", strings.TrimSpace(header))
	require.ErrorContains(t, err, "no empty line follows the header")
}

func TestAHunkIsFoundByItsLinesWhereverTheyStand(t *testing.T) {
	for _, c := range []struct{ says, source, want, fails string }{
		{"where the patch says", "three\nfour\nsix\n", "three\nfive\nsix\n", ""},
		{"further down", "one\ntwo\nthree\nfour\nsix\nseven\n", "one\ntwo\nthree\nfive\nsix\nseven\n", ""},
		{"nowhere", "three\n  four\nsix\n", "", "hunk 1 (@@ -1,3 +1,3 @@): its old lines stand in the file 0 times, not once"},
		{"only in the middle of a line", "twenty-three\nfour\nsix\n", "", "stand in the file 0 times"},
		{"twice", "three\nfour\nsix\nthree\nfour\nsix\n", "", "stand in the file 2 times"},
	} {
		t.Run(c.says, func(t *testing.T) {
			bug, err := parse("off-by-one", header+diff)
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "count.go")
			require.NoError(t, os.WriteFile(path, []byte(c.source), 0o600))
			patched, err := bug.patch(bug.files[0], path)
			if c.fails != "" {
				require.ErrorContains(t, err, "apply the patch off-by-one to count.go: ")
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, string(patched))
		})
	}
}

func TestAnOverlayPutsPatchedCopiesInPlaceOfTheOriginals(t *testing.T) {
	dir := t.TempDir()
	path, err := Overlay(root(t), "stale-leader-local-read", dir)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(text, &overlay))
	require.Len(t, overlay.Replace, 1)
	for original, copied := range overlay.Replace {
		require.FileExists(t, original)
		require.Equal(t, dir, filepath.Dir(copied))
		before, err := os.ReadFile(original)
		require.NoError(t, err)
		after, err := os.ReadFile(copied)
		require.NoError(t, err)
		require.NotEqual(t, string(before), string(after))
	}

	_, err = Overlay(t.TempDir(), "stale-leader-local-read", dir)
	require.ErrorIs(t, err, fs.ErrNotExist, "a tree without the file")
}
