package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
	"senkei/node/marks/markstest"
)

// scripted names, for each mark that random disorder seldom or never leads to, a script that
// does.
var scripted = map[marks.Mark]string{
	marks.VoteReplyStale:     "election_stale_vote",
	marks.TermSkipped:        "replication_conflict_hint",
	marks.ReplyOfOldTerm:     "replication_old_answer",
	marks.AppendOverlapsBase: "snapshot_delayed_append",
	marks.WriteOutlived:      "replication_outlived_write",
	marks.DiskStalled:        "checkquorum_disk",
	marks.SnapshotKeptLog:    "snapshot_keeps_log",
	marks.LastVoterKept:      "cluster_of_one",
}

// requireAllButScripted checks that random disorder led to every other mark.
func requireAllButScripted(t *testing.T, hit *marks.Counts) {
	for _, m := range markstest.In(t, ".") {
		if scripted[m] == "" {
			require.NotZero(t, hit[m], "random disorder never led to %s", m)
		}
	}
}

func TestScriptsLeadToTheMarksThatRandomDisorderMisses(t *testing.T) {
	for m, script := range scripted {
		hit := play(t, "testdata/"+script+".txt")
		require.NotZero(t, hit[m], "%s never led to %s", script, m)
	}
}
