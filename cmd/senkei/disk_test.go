package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness"
	"senkei/history"
)

func TestTheDiskThatARunWillTakeIsForeseen(t *testing.T) {
	night := harness.Test{Time: harness.Duration(8 * time.Hour), Rate: 1000, Nodes: []history.NodeID{"n1", "n2", "n3"}}
	require.Equal(t, "Disk: the history may take 7.4 GB; 80 GB are free", diskUse(night, 80e9))
	require.Equal(t, "Disk: the history may take 7.4 GB; 5.0 GB are free, so the run may end early; --compress takes a seventh", diskUse(night, 5e9))
	night.Compress = true
	require.Equal(t, "Disk: the history may take 1.2 GB; 5.0 GB are free", diskUse(night, 5e9))
	night.Rate = 0
	require.Equal(t, "Disk: the history may take 5.2 GB, if 5000 operations a second are answered; 800 MB are free, so the run may end early", diskUse(night, 8e8))
	require.NotZero(t, free(t.TempDir()))
}
