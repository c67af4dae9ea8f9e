package bugs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// moduleLine is how the go.mod of Senkei begins.
var moduleLine = regexp.MustCompile(`(?m)^module senkei$`)

// FindRoot returns the root of Senkei's source tree: dir or the closest folder above it
// that holds its go.mod.
func FindRoot(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for root := start; ; root = filepath.Dir(root) {
		text, err := os.ReadFile(filepath.Join(root, "go.mod"))
		switch {
		case err == nil && moduleLine.Match(text):
			return root, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", err
		case root == filepath.Dir(root):
			return "", fmt.Errorf("no source tree of senkei at %s or above: building from source needs one", start)
		}
	}
}

// Build compiles a package, such as "./cmd/senkei-node", from the source tree at root into the
// static executable out, with the bug of this name, or, if the name is empty, as it is. A
// variable main.builtWith of the package, if there is one, is set to the name.
func Build(ctx context.Context, root, name, pkg, out string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	// No version is stamped: it would name a commit that the patched sources are not.
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w -X main.builtWith=" + name, "-o", out}
	what := pkg
	if name != "" {
		what += " with the bug " + name
		dir, err := os.MkdirTemp("", "senkei-bug-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		overlay, err := Overlay(root, name, dir)
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(ctx, "go", append(args, pkg)...)
	build.Dir, err = filepath.Abs(root)
	if err != nil {
		return err
	}
	// The Go tool recognises the overlay's files by their paths below this directory, as
	// PWD spells it.
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD="+build.Dir)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, strings.TrimSpace(string(output)))
	}
	return nil
}
