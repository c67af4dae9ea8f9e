package cluster

import (
	"context"
	"errors"
	"fmt"

	"senkei/history"
)

// System is a store under test: how a node is started, when it serves, and how a client
// speaks to it. What else it can do, such as tell who leads, are the interfaces below, which
// SystemAs finds.
type System interface {
	Name() string
	// Launch says how the node that stands at e is started. It reads and starts nothing. Which
	// of Image, Build and Binary it names is the same for every endpoint, the empty one too.
	Launch(e Endpoint) Launch
	// Ready returns nil once the node whose client port is reached at addr (host:port) serves.
	// It asks this node alone: one that runs without a majority of the others is ready.
	Ready(ctx context.Context, addr string) error
	// Open returns a client for the node at addr. It need not connect yet.
	Open(addr string) Client
}

// Endpoint tells one node where it stands: what it listens on, and how it reaches
// its peers. Runtimes fill it, systems turn it into a Launch.
type Endpoint struct {
	ID           history.NodeID
	PeerListen   string                    // host:port for the other nodes
	ClientListen string                    // host:port for clients
	Peers        map[history.NodeID]string // the peer address of every node, this one too, as this node dials it
	DataDir      string                    // an existing, writable directory that survives a kill
}

// Launch says how one node is started: from exactly one of Image, Build and Binary.
type Launch struct {
	// Image is an image that the Docker daemon has. Nothing is pulled.
	Image string
	// Build is the path of a folder with a Dockerfile, from which Docker builds an image.
	Build string
	// Binary is the path of a static Linux executable. Docker puts it alone into an image,
	// the local runtime starts it as a child process.
	Binary string
	// Reference says that the binary is the reference node's, whose code the simulator runs
	// on virtual time without any of the three.
	Reference bool

	Args []string // after the executable, or the entry point of the image
	Env  []string // NAME=value, beside what the runtime sets
	// Files are the contents of files that lie in Endpoint.DataDir, by their names, when the
	// node starts for the first time. Afterwards they are the node's.
	Files map[string]string
}

// Validate says what is wrong with a launch that no runtime can carry out.
func (l Launch) Validate() error {
	named := 0
	for _, from := range []string{l.Image, l.Build, l.Binary} {
		if from != "" {
			named++
		}
	}
	if named != 1 {
		return fmt.Errorf("a node is started from one image, one folder to build or one binary, not from %d of them", named)
	}
	return nil
}

// Client speaks to one node for one process. It never retries: the harness records
// every attempt. Invoke is not called concurrently.
type Client interface {
	Invoke(ctx context.Context, in history.Input) (history.Output, error)
	Close() error
}

// ErrNoEffect marks an operation that provably never had and never will have an
// effect: the request was never sent, or the system itself vouches for it. Every
// other error of Client.Invoke leaves the outcome unknown.
var ErrNoEffect = errors.New("the operation had no effect")

// OutcomeOf says what an operation came to whose Client.Invoke returned err.
func OutcomeOf(err error) history.Outcome {
	switch {
	case err == nil:
		return history.OK
	case errors.Is(err, ErrNoEffect):
		return history.Failed
	default:
		return history.Unknown
	}
}

// The interfaces below are optional for a system. A store without leaders has none of them,
// and is tested like any other.

// LeaderView is a system whose nodes can tell who leads.
type LeaderView interface {
	// Status asks the node at addr how it sees the cluster.
	Status(ctx context.Context, addr string) (Status, error)
}

// Membership is a system whose clusters can change while they work. Each request goes to the
// node at addr, which leads; one that does not lead refuses it.
type Membership interface {
	// AddMember makes a node, which the others reach at peer, a member. It votes once it has
	// caught up, which LeaderView.Status tells.
	AddMember(ctx context.Context, addr string, n history.NodeID, peer string) error
	RemoveMember(ctx context.Context, addr string, n history.NodeID) error
}

// LeaderTransfer is a system whose leader, the node at addr, can hand over its leadership.
type LeaderTransfer interface {
	Transfer(ctx context.Context, addr string, to history.NodeID) error
}

// SystemAs returns the optional interface T of the system, or an error that wraps
// errors.ErrUnsupported. It sees through wrappers that have an Unwrap method.
func SystemAs[T any](s System) (T, error) { return find[T](s) }

// Status is how one node sees the cluster. Fields that a system does not know stay zero.
type Status struct {
	Node   history.NodeID `json:"node"`
	Leader history.NodeID `json:"leader,omitempty"` // empty where it knows none
	Term   uint64         `json:"term"`
	Leads  bool           `json:"leads,omitempty"` // it believes that it is the leader itself

	Commit  uint64 `json:"commit"`  // up to here the log is known to be committed
	Applied uint64 `json:"applied"` // up to here State has taken it in
	Last    uint64 `json:"last"`    // the last index of the log
	State   string `json:"state"`   // a digest of what is stored; equal if the content is

	// Configuration is the log index of the configuration in use, and Members who belongs
	// to it, voters and others.
	Configuration uint64   `json:"configuration"`
	Members       []Member `json:"members,omitempty"`
	// Snapshots is how many were installed since the process began.
	Snapshots uint64 `json:"snapshots,omitempty"`
}

// SameLog reports whether both nodes say that all of their logs is committed, that these end
// alike and that what they store is equal.
func (s Status) SameLog(other Status) bool {
	return s.Commit == s.Last && other.Commit == other.Last && s.Last == other.Last && s.State == other.State
}

// Member is one node of a configuration.
type Member struct {
	Node  history.NodeID `json:"node"`
	Voter bool           `json:"voter"` // else it only receives the log
}
