package api

import (
	"fmt"
	"net/http"

	"senkei/node/raft"
)

// Status is the answer to GET /status: how a node sees itself and the cluster.
type Status struct {
	ID            raft.ID `json:"id"`
	Role          string  `json:"role"`
	Term          uint64  `json:"term"`
	Leader        raft.ID `json:"leader"` // empty where unknown
	LeaderAddress string  `json:"leader_address"`
	Commit        uint64  `json:"commit"`
	Applied       uint64  `json:"applied"`
	FirstIndex    uint64  `json:"first_index"` // of the log; what came before is compacted
	LastIndex     uint64  `json:"last_index"`
	StateHash     string  `json:"state_hash"` // at Applied; hexadecimal, since JSON numbers lose bits
	Open          int     `json:"open"`       // requests not yet answered
	Lease         bool    `json:"lease"`      // a leader's lease is in force

	Configuration      []Member `json:"configuration"`
	ConfigurationIndex uint64   `json:"configuration_index"` // where it stands in the log
	SnapshotsSent      uint64   `json:"snapshots_sent"`      // since the start, as below
	SnapshotsInstalled uint64   `json:"snapshots_installed"`
	Peers              []Peer   `json:"peers"` // as the leader sees them; empty on others
}

// Peer is what the leader knows of another server.
type Peer struct {
	ID              raft.ID `json:"id"`
	Learner         bool    `json:"learner"`
	State           string  `json:"state"` // probe, replicate or snapshot
	Match           uint64  `json:"match"` // up to here its log is known to be durable
	Next            uint64  `json:"next"`
	InflightEntries int     `json:"inflight_entries"`
	InflightBytes   int     `json:"inflight_bytes"`
	HeardMS         int64   `json:"heard_ms"` // since its last reply
}

// Leader is the answer to POST /leader: who leads now.
type Leader struct {
	Leader        raft.ID `json:"leader"`
	LeaderAddress string  `json:"leader_address,omitempty"`
}

func (h *Handler) serveStatus(w http.ResponseWriter) {
	s, _ := h.store.Status()
	peers := make([]Peer, 0, len(s.Peers))
	for _, p := range s.Peers {
		peers = append(peers, Peer{
			ID: p.ID, Learner: p.Learner, State: p.State, Match: p.Match, Next: p.Next,
			InflightEntries: p.InflightEntries, InflightBytes: p.InflightBytes, HeardMS: p.Heard.Milliseconds(),
		})
	}
	succeedJSON(w, Status{
		ID: s.ID, Role: s.Role.String(), Term: s.Term,
		Leader: s.Leader, LeaderAddress: h.address(s.Leader),
		Commit: s.Commit, Applied: s.Applied, FirstIndex: s.FirstIndex, LastIndex: s.LastIndex,
		StateHash: fmt.Sprintf("%016x", s.StateHash), Open: s.Open, Lease: s.Lease,
		Configuration: members(s.Configuration), ConfigurationIndex: s.ConfigurationIndex,
		SnapshotsSent: s.SnapshotsSent, SnapshotsInstalled: s.SnapshotsInstalled, Peers: peers,
	})
}

func (h *Handler) serveHealth(w http.ResponseWriter) {
	if _, running := h.store.Status(); !running {
		fail(w, refuse(Stopping, "the server is stopping"))
		return
	}
	succeedJSON(w, map[string]bool{"ok": true})
}
