package raft

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rules are those of the paper and the thesis, each with the scripts of testdata that show it
// kept. Figure 2 is the paper's summary of the algorithm.
var rules = []struct{ source, rule, scripts string }{
	{"Figure 2, AppendEntries 1", "refuse a leader of an old term", "replication_old_answer election_higher_term"},
	{"Figure 2, AppendEntries 2", "refuse entries after one that the log does not have", "replication_lost_message replication_probing"},
	{"Figure 2, AppendEntries 3", "delete what conflicts with a new entry, and only that", "replication_figure7 replication_delayed_duplicate replication_outlived_write"},
	{"Figure 2, AppendEntries 4", "append what is new", "replication_commit"},
	{"Figure 2, AppendEntries 5", "commit no further than the last new entry", "replication_heartbeat_commit"},
	{"Figure 2, RequestVote 1", "refuse a candidate of an old term", "election_stale_vote"},
	{"Figure 2, RequestVote 2", "one vote a term, to a log that is up to date", "election_one_vote_a_term election_up_to_date_log"},
	{"Figure 2, All servers", "apply what is committed", "replication_commit"},
	{"Figure 2, All servers", "a higher term makes a follower", "election_higher_term"},
	{"Figure 2, Candidates", "a majority of votes makes a leader", "election_majority election_note_counts_votes"},
	{"Figure 2, Candidates", "an election that nobody wins is followed by another", "election_split_vote"},
	{"Figure 2, Leaders", "heartbeats keep others from campaigning", "election_vote_keeps_leader"},
	{"Figure 2, Leaders", "on a refusal step back and try again", "replication_conflict_hint"},
	{"Figure 2, Leaders; §5.4.2", "commit by counting only entries of the own term", "commit_figure8 commit_figure8e"},
	{"§5.1", "the term and the vote survive a restart", "election_restart_keeps_vote"},
	{"§5.3", "logs that differ are brought in line with the leader's", "replication_figure7"},
	{"§5.3", "a refusal skips a whole term", "replication_conflict_hint"},
	{"§5.4.1", "the later last term wins, then the longer log", "election_up_to_date_log"},
	{"thesis §10.2.1", "entries are sent without waiting, as many as a follower can take", "replication_flow_control"},
	{"§5.5", "messages may be lost, repeated and reordered", "replication_lost_message replication_reordered election_repeated_vote snapshot_delayed_append"},
	{"Figure 13, rules 2 to 5", "a snapshot comes chunk by chunk, in order", "snapshot_lagging_follower snapshot_resumes"},
	{"Figure 13, rule 6", "what follows the snapshot's last entry stays", "snapshot_keeps_log"},
	{"Figure 13, rule 7", "a log that conflicts with the snapshot goes", "snapshot_conflicting_log"},
	{"thesis §5.1", "a snapshot takes back nothing", "snapshot_stale"},
	{"§8; thesis §6.4", "a new leader commits an entry of its own before it reads", "read_waits_for_noop"},
	{"§8; thesis §6.4", "a majority confirms a leader before it answers a read", "read_needs_a_round read_old_answers read_lost_on_step_down"},
	{"thesis §6.4", "many reads share a round", "read_shares_a_round"},
	{"thesis §6.4", "a read waits for the state to reach its index", "read_waits_for_state"},
	{"thesis §6.4.1", "a lease answers without a round", "lease_read lease_binds_the_restarted lease_ends_with_transfer"},
	{"thesis §6.2", "a leader that hears no majority steps down", "checkquorum checkquorum_disk"},
	{"thesis §9.6", "a server asks first whether it could win", "election_prevote_keeps_leader election_prevote_teaches_term"},
	{"thesis §4.1", "a configuration is in force as soon as it is in the log, and goes with it", "membership_add membership_rolls_back"},
	{"thesis §4.1 and its correction", "one change at a time, after an entry of the own term", "membership_one_at_a_time"},
	{"thesis §4.2.1", "new servers catch up before they vote", "membership_add membership_learner_does_not_count"},
	{"thesis §4.2.2", "a removed leader leads until that is committed, and does not count itself", "membership_remove_leader"},
	{"thesis §4.2.3", "a removed server disturbs nobody", "membership_removed_does_not_disturb"},
	{"thesis §3.10", "a leader hands over, or goes on", "transfer transfer_given_up"},
	{"thesis §10.2.1", "a leader writes while it sends, and counts itself only when it has written", "replication_leader_disk"},
	{"", "one server is a cluster, and remains", "cluster_of_one"},
}

func TestEveryRuleHasItsScriptAndEveryScriptItsRule(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	var cited []string
	for _, r := range rules {
		for _, script := range strings.Fields(r.scripts) {
			_, err := os.Stat("testdata/" + script + ".txt")
			require.NoError(t, err, "%s, %s", r.source, r.rule)
			cited = append(cited, script)
		}
	}
	for _, path := range paths {
		script := strings.TrimSuffix(filepath.Base(path), ".txt")
		require.True(t, slices.Contains(cited, script), "the script %s shows no rule of the list", script)
	}
}
