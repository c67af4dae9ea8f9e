package server

import (
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"senkei/node/raft"
	"senkei/node/replica"
)

// trace writes a line of JSON whenever the role, the term, the leader, the commit index or
// the configuration of this node has changed. A nil trace writes nothing.
type trace struct {
	out io.Writer
	log *slog.Logger
}

// traceLine is one line.
type traceLine struct {
	Time               time.Time     `json:"time"`
	Node               raft.ID       `json:"node"`
	Role               string        `json:"role"`
	Term               uint64        `json:"term"`
	Leader             raft.ID       `json:"leader,omitempty"`
	Commit             uint64        `json:"commit"`
	ConfigurationIndex uint64        `json:"configuration_index"`
	Configuration      []traceMember `json:"configuration,omitempty"` // where it has changed
}

type traceMember struct {
	ID    raft.ID `json:"id"`
	Voter bool    `json:"voter"`
}

func newTrace(out io.Writer, log *slog.Logger) *trace {
	if out == nil {
		return nil
	}
	return &trace{out: out, log: log}
}

func (t *trace) changed(before, now replica.Status) {
	reconfigured := now.ConfigurationIndex != before.ConfigurationIndex
	if t == nil || !reconfigured && now.Role == before.Role && now.Term == before.Term &&
		now.Leader == before.Leader && now.Commit == before.Commit {
		return
	}
	line := traceLine{
		Time: time.Now(), Node: now.ID, Role: now.Role.String(), Term: now.Term, Leader: now.Leader,
		Commit: now.Commit, ConfigurationIndex: now.ConfigurationIndex,
	}
	if reconfigured {
		for _, s := range now.Configuration.Servers {
			line.Configuration = append(line.Configuration, traceMember{s.ID, !s.Learner})
		}
	}
	if err := json.NewEncoder(t.out).Encode(line); err != nil {
		t.log.Error("the trace ends here", "err", err)
		t.out = io.Discard
	}
}
