package senkeitest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain keeps what the tests leave in a directory that goes with them, and sees that
// nothing goes on after them.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "senkeitest-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// fake is a test that may fail without failing the test that looks at it.
type fake struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (f *fake) Helper() {}
func (f *fake) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *fake) Failed() bool     { return len(f.said) > 0 }
func (f *fake) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

// end does what comes after a test's function, and returns what it said.
func (f *fake) end() string {
	for _, c := range f.cleanups {
		c()
	}
	f.cleanups = nil
	return strings.Join(f.said, "\n")
}

// left returns the path that a line of what a test said names.
func left(said, what string) string {
	_, after, _ := strings.Cut(said, what+": ")
	path, _, _ := strings.Cut(after, "\n")
	return path
}
