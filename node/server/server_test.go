package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/replica"
)

func TestOneNodeCarriesOutEveryOperation(t *testing.T) {
	c := startCluster(t, memories(1)...)
	client := c.leader().client(t, api.Options{})
	ctx := t.Context()

	reply, err := client.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, api.Reply{}, reply)

	reply, err = client.Put(ctx, "x", "1")
	require.NoError(t, err)
	first := reply.Revision
	require.NotZero(t, first)

	reply, err = client.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, api.Reply{Value: "1", Found: true, Revision: first}, reply)

	two := "2"
	reply, err = client.CompareAndSet(ctx, "x", &two, "3")
	require.NoError(t, err)
	require.Equal(t, api.Reply{Value: "1", Found: true, Revision: first}, reply)

	one := "1"
	reply, err = client.CompareAndSet(ctx, "x", &one, "2")
	require.NoError(t, err)
	require.True(t, reply.Swapped)
	require.Greater(t, reply.Revision, first)

	reply, err = client.CompareAndSet(ctx, "y", nil, "new")
	require.NoError(t, err)
	require.True(t, reply.Swapped)

	_, err = client.Append(ctx, "x", "!")
	require.NoError(t, err)
	reply, err = client.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, "2!", reply.Value)

	reply, err = client.Delete(ctx, "x")
	require.NoError(t, err)
	require.True(t, reply.Found)
	reply, err = client.Get(ctx, "x")
	require.NoError(t, err)
	require.False(t, reply.Found)
}

func TestEveryNodeServesEveryClientByForwarding(t *testing.T) {
	c := startCluster(t, memories(3)...)
	c.leader()
	ctx := t.Context()
	for i, n := range c.nodes {
		value := fmt.Sprint(i)
		_, err := n.client(t, api.Options{Forward: true, Retries: 20}).Put(ctx, "x", value)
		require.NoError(t, err)
		for _, other := range c.nodes {
			reply, err := other.client(t, api.Options{Forward: true, Retries: 20}).Get(ctx, "x")
			require.NoError(t, err)
			require.Equal(t, value, reply.Value)
		}
	}
}

func TestAFollowerNamesTheLeaderAndAnswersStaleReadsItself(t *testing.T) {
	c := startCluster(t, memories(3)...)
	ctx := t.Context()
	var follower *node
	require.Eventually(t, func() bool { // an election in between is not the point here
		follower = c.follower()
		_, err := follower.client(t, api.Options{}).Put(ctx, "x", "1")
		failure, ok := errors.AsType[*api.Error](err)
		return ok && failure.Code == replica.NotLeader && failure.Definite &&
			failure.Leader == c.leader().id && failure.LeaderAddress == c.leader().clients
	}, waitMax, time.Millisecond)

	_, err := follower.client(t, api.Options{Retries: 20}).Put(ctx, "x", "1")
	require.NoError(t, err, "a client that follows the hint finds the leader")
	stale := follower.client(t, api.Options{Consistency: api.Stale})
	require.Eventually(t, func() bool {
		reply, err := stale.Get(ctx, "x")
		return err == nil && reply.Value == "1"
	}, waitMax, time.Millisecond)
}

// send asks a node once, in a session of the caller's.
func send(t *testing.T, n *node, method, path, body, client, seq string) (string, error) {
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+n.clients+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Senkei-Client", client)
	r.Header.Set("Senkei-Seq", seq)
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	return string(text), err
}

func TestACommandThatIsSentAgainTakesEffectOnceWhicheverNodeGetsIt(t *testing.T) {
	c := startCluster(t, memories(3)...)
	c.leader()
	var first string
	for _, n := range append(c.nodes, c.nodes...) {
		var answer string
		require.Eventually(t, func() bool {
			var err error
			answer, err = send(t, n, "POST", "/kv/x/append?forward=true", "a", "somebody", "1")
			return err == nil
		}, waitMax, time.Millisecond)
		if first == "" {
			first = answer
		}
		require.Equal(t, first, answer, "every attempt gets the first one's answer")
	}
	reply, err := c.nodes[0].client(t, api.Options{Forward: true, Retries: 20}).Get(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, "a", reply.Value)
}

func TestAClusterGoesOnWithoutItsLeaderWhichCatchesUpLater(t *testing.T) {
	c := startCluster(t, memories(3)...)
	ctx := t.Context()
	old := c.leader()
	_, err := old.client(t, api.Options{Forward: true, Retries: 20}).Put(ctx, "x", "1")
	require.NoError(t, err)
	require.NoError(t, old.stop())

	survivor := c.leader()
	client := survivor.client(t, api.Options{Forward: true, Retries: 20})
	reply, err := client.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, "1", reply.Value, "what was acknowledged is not lost")
	_, err = client.Put(ctx, "x", "2")
	require.NoError(t, err)

	c.restart(old)
	require.Eventually(t, func() bool {
		ours, _ := survivor.server.Status()
		theirs, _ := old.server.Status()
		return ours.Applied == theirs.Applied && ours.StateHash == theirs.StateHash && ours.Applied == ours.LastIndex
	}, waitMax, time.Millisecond)
	reply, err = old.client(t, api.Options{Forward: true, Retries: 20}).Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, "2", reply.Value)
}

func TestAStopLeavesOpenRequestsInDoubtAndRefusesLaterOnes(t *testing.T) {
	c := startCluster(t, memories(3)...)
	follower := c.follower()
	for _, n := range c.nodes {
		if n != follower {
			require.NoError(t, n.stop())
		}
	}
	var open errgroup.Group
	open.Go(func() error {
		_, err := follower.client(t, api.Options{Forward: true}).Put(context.Background(), "x", "1")
		return err
	})
	require.Eventually(t, func() bool {
		s, _ := follower.server.Status()
		return s.Open > 0
	}, waitMax, time.Millisecond)
	require.NoError(t, follower.stop())
	err := open.Wait()
	require.Error(t, err)
	require.False(t, api.Definite(err), "%v", err)

	reply := follower.server.Do(t.Context(), replica.Request{Read: &replica.Read{Query: kv.Query{Key: "x"}}})
	require.Equal(t, &replica.Error{Code: api.Stopping, Definite: true}, reply.Err)
}

func TestMetricsTellWhatTheNodeDoes(t *testing.T) {
	c := startCluster(t, memories(3)...)
	leader := c.leader()
	_, err := leader.client(t, api.Options{Forward: true, Retries: 20}).Put(t.Context(), "x", "1")
	require.NoError(t, err)
	text, err := send(t, leader, "GET", "/metrics", "", "", "")
	require.NoError(t, err)
	for _, name := range []string{
		`senkei_requests_total{code="ok",kind="put"} 1`, `senkei_request_duration_seconds_count{kind="put"} 1`,
		`senkei_role{role="leader"}`, "senkei_term ", "senkei_commit_index ", "senkei_applied_index ", "senkei_last_index ",
		"senkei_open_requests ", "senkei_leader_changes_total ", "senkei_persist_duration_seconds_count ",
		"senkei_persist_batch_entries_sum ", `senkei_frames_sent_total{peer="`, `senkei_frames_received_total{peer="`,
		`senkei_frames_dropped_total{peer="`, "senkei_frames_overrun_total 0",
	} {
		require.Contains(t, text, name)
	}
}
