package docker

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestOnlyTheOldestImagesThatWeBuiltGo(t *testing.T) {
	built := func(i int) image.Summary {
		return image.Summary{Created: int64(i), RepoTags: []string{fmt.Sprintf("senkei/node:%012x", i)}}
	}
	var images []image.Summary
	for i := range 8 {
		images = append(images, built(i))
	}
	images = append(images, image.Summary{Created: -1, RepoTags: []string{"senkei/node:latest", "senkei/node:mine"}}, image.Summary{Created: -2})
	require.ElementsMatch(t, []string{"senkei/node:000000000000", "senkei/node:000000000001"},
		stale(images, "senkei/node:000000000007"))
	// A rebuilt image may be the oldest of all.
	require.ElementsMatch(t, []string{"senkei/node:000000000001", "senkei/node:000000000002"},
		stale(images, "senkei/node:000000000000"))
	require.Empty(t, stale(images[:tagsKept], "senkei/node:000000000000"))
	require.Empty(t, stale(nil, "senkei/node:000000000000"))
}

func TestOnlyStaticExecutablesBecomeImages(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700))
	require.ErrorContains(t, static(script), "is not a Linux executable")
	require.ErrorIs(t, static(filepath.Join(t.TempDir(), "missing")), os.ErrNotExist)

	dynamic := "/bin/sh"
	if f, err := elf.Open(dynamic); err != nil {
		t.Skipf("needs a dynamically linked %s: %v", dynamic, err)
	} else {
		defer f.Close()
	}
	require.ErrorContains(t, static(dynamic), "CGO_ENABLED=0")
}

func TestNamesThatDockerWouldNotTakeAreRefused(t *testing.T) {
	for _, test := range []struct {
		run   string
		nodes []history.NodeID
		want  string
	}{
		{"", nil, "cannot name a run"},
		{"../x", nil, "cannot name a run"},
		{"-run", nil, "cannot name a run"},
		{"a-run-whose-name-is-far-longer-than-a-name", nil, "cannot name a run"},
		{"run", []history.NodeID{"n 1"}, "cannot name a node"},
		{"run", []history.NodeID{"n_1"}, "cannot name a node"},
		{"run", []history.NodeID{"n1", "n1"}, "two nodes are named n1"},
	} {
		_, err := New(Options{Run: test.run}).Start(t.Context(), nil, test.nodes)
		require.ErrorContains(t, err, test.want)
	}
	require.NoError(t, New(Options{Run: "20260801T101112.345"}).validate([]history.NodeID{"n1", "node-2"}))
}

func TestATailKeepsTheLastBytes(t *testing.T) {
	var log tail
	for i := range 10000 {
		_, err := fmt.Fprintf(&log, "%06d\n", i)
		require.NoError(t, err)
	}
	require.Equal(t, tailBytesMax, log.Len())
	require.Contains(t, log.String(), "009999\n")
}
