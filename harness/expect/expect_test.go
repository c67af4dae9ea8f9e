package expect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
)

// scene is what was recorded of a run of three nodes that were asked every half second. The
// fault, step 1, is in force from 4 s to 10 s.
type scene struct {
	observations []Observation
	history      history.History
}

// saying is what a node says in the second that began at.
type saying func(n history.NodeID, at float64) cluster.Status

func newScene(says saying, ops ...history.Op) scene {
	s := scene{history: history.History{
		Faults: []history.Span{{ID: 1, Kind: "kill", Text: "kill n1", Start: 4 * time.Second, End: 10 * time.Second, To: 100}},
		Ops:    ops,
	}}
	for at := 0.0; at < 16; at += 0.5 {
		asked := time.Duration(at * float64(time.Second))
		for _, n := range []history.NodeID{"n1", "n2", "n3"} {
			status := says(n, at)
			status.Node = n
			s.observations = append(s.observations, Observation{
				Asked: asked, Told: asked + time.Millisecond, Status: status, Silent: status.Last == 0,
			})
		}
	}
	return s
}

func (s scene) judge(what nemesis.Expectation) checker.Verdict {
	step := nemesis.Step{At: 4 * time.Second, For: 6 * time.Second, Expect: []nemesis.Expectation{what}, Within: 2 * time.Second}
	if what != nemesis.Agree {
		step.Fault = nemesis.Kill{}
	}
	return Property{Of(nemesis.Schedule{step}), s.observations}.Check(context.Background(), s.history, checker.Limits{})
}

// write is a client's write, acknowledged unless it is said to have failed.
func write(from, to float64, outcome history.Outcome) history.Op {
	return history.Op{
		In: history.Input{F: history.Write, Key: "x", Value: "1"}, Outcome: outcome,
		Start: time.Duration(from * float64(time.Second)), End: time.Duration(to * float64(time.Second)),
	}
}

// growing is a cluster that n1 leads in term 1 and whose log grows by one a second.
func growing(n history.NodeID, at float64) cluster.Status {
	index := uint64(at) + 10
	return cluster.Status{
		Leader: "n1", Leads: n == "n1", Term: 1, Commit: index, Applied: index, Last: index, State: fmt.Sprint("state ", index),
	}
}

// electing is one in which n2 leads in term 2 from the given time on; nobody does from 4 s
// until then, and nothing is committed meanwhile.
func electing(leader history.NodeID, from float64) saying {
	return func(n history.NodeID, at float64) cluster.Status {
		s := growing(n, at)
		switch {
		case at >= from:
			s.Term, s.Leader, s.Leads = 2, leader, n == leader
		case at >= 4:
			stopped := growing(n, 4)
			s.Leads, s.Leader, s.Commit, s.Applied, s.State = false, "", stopped.Commit, stopped.Applied, stopped.State
		}
		return s
	}
}

func TestEveryExpectationCanBeMetCanFailAndCanBeInDoubt(t *testing.T) {
	const (
		valid, invalid, unknown = checker.Valid, checker.Invalid, checker.Unknown
		fails                   = history.Failed
	)
	attempts := func(ops ...history.Op) []history.Op {
		return append(ops, write(1, 1.1, history.OK), write(7, 7.1, fails), write(15, 15.1, fails))
	}
	diverged := func(n history.NodeID, at float64) cluster.Status {
		s := growing(n, at)
		if n == "n3" && at >= 6 {
			s.State = "another"
		}
		return s
	}
	stuck := func(n history.NodeID, at float64) cluster.Status {
		if n == "n3" {
			return growing(n, min(at, 3))
		}
		return growing(n, at)
	}
	mute := func(history.NodeID, float64) cluster.Status { return cluster.Status{} }
	commits := func(n history.NodeID, at float64) cluster.Status {
		s := electing("n2", 11)(n, at)
		if at >= 8 {
			s.Commit++
		}
		return s
	}
	for _, c := range []struct {
		says   string
		what   nemesis.Expectation
		scene  scene
		status checker.Status
		reason string
	}{
		{"logs that agree", nemesis.Agree, newScene(growing, attempts()...), valid, "all logs ended at index"},
		{"two states after one entry", nemesis.Agree, newScene(diverged, attempts()...), invalid, "equal logs were expected; after entry 16"},
		{"a log that does not grow", nemesis.Agree, newScene(stuck, attempts()...), invalid, "the commit index of n3 stayed at 13"},
		{"no answers", nemesis.Agree, newScene(mute, attempts()...), unknown, "too few answers"},

		{"another leader", nemesis.NewLeader, newScene(electing("n2", 5), attempts(write(5.2, 5.3, history.OK))...), valid, "n2 led in term 2 after 1.00 s"},
		{"the same leader", nemesis.NewLeader, newScene(electing("n1", 5), attempts(write(5.2, 5.3, history.OK))...), invalid, "n1 leads again"},
		{"a leader too late", nemesis.NewLeader, newScene(electing("n2", 8), attempts(write(8.2, 8.3, history.OK))...), invalid, "none was seen"},
		{"a leader that serves nobody", nemesis.NewLeader, newScene(electing("n2", 5), attempts()...), invalid, "none was acknowledged"},
		{"no leader before", nemesis.NewLeader, newScene(mute, attempts()...), unknown, "no node was seen leading before"},

		{"nothing committed", nemesis.NoCommit, newScene(electing("n2", 11), attempts()...), valid, "no commit index moved"},
		{"a write acknowledged", nemesis.NoCommit, newScene(electing("n2", 11), attempts(write(8, 8.1, history.OK))...), invalid, "was acknowledged at 8.1 s"},
		{"an election that ends", nemesis.NoCommit, newScene(electing("n2", 8), attempts()...), invalid, "n2 led in term 2"},
		{"a commit index that moves", nemesis.NoCommit, newScene(commits, attempts()...), invalid, "the commit index of n1 went from 14 to 15"},
		{"nobody who tried", nemesis.NoCommit, newScene(electing("n2", 11), write(1, 1.1, history.OK)), unknown, "no client tried"},
		{"no answers meanwhile", nemesis.NoCommit, newScene(mute, attempts()...), unknown, "only 0 answers"},

		{"service again", nemesis.Recovery, newScene(electing("n2", 11), attempts(write(11, 11.2, history.OK))...), valid, "a write was acknowledged 1.20 s after"},
		{"no leader again", nemesis.Recovery, newScene(electing("n2", 14), attempts(write(14, 14.2, history.OK))...), invalid, "none was seen"},
		{"a leader and no service", nemesis.Recovery, newScene(electing("n2", 11), attempts()...), invalid, "none was acknowledged"},
		{"a run that ends too early", nemesis.Recovery, newScene(electing("n2", 14), write(1, 1.1, history.OK)), unknown, "the run ended before"},
	} {
		t.Run(string(c.what)+": "+c.says, func(t *testing.T) {
			v := c.scene.judge(c.what)
			require.Len(t, v.Parts, 1)
			require.Equal(t, c.status, v.Status, v.Parts[0].Reason)
			require.Contains(t, v.Parts[0].Reason, c.reason)
		})
	}
}

func TestAFaultThatWasNeverInForceProvesNothing(t *testing.T) {
	s := newScene(growing, write(1, 1.1, history.OK))
	s.history.Faults = nil
	for _, what := range []nemesis.Expectation{nemesis.NewLeader, nemesis.NoCommit, nemesis.Recovery} {
		require.Equal(t, checker.Unknown, s.judge(what).Status)
	}
}

func TestObservationsAreReadAsTheyWereWrittenAndACutLastLineIsLeftOut(t *testing.T) {
	s := newScene(growing)
	var file bytes.Buffer
	for _, o := range s.observations {
		require.NoError(t, json.NewEncoder(&file).Encode(o))
	}
	text := file.String()
	all, err := Decode(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, s.observations, all)
	all, err = Decode(strings.NewReader(text[:len(text)-9]))
	require.NoError(t, err)
	require.Equal(t, s.observations[:len(s.observations)-1], all)
	_, err = Decode(strings.NewReader("{\n" + text))
	require.ErrorContains(t, err, "line 1: ")
}
