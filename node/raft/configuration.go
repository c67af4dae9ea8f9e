package raft

// A set of servers (§6, thesis §4), of which some vote. It is a value: whoever changes one makes
// another.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"senkei/node/limits"
)

// Server is one member of a configuration.
type Server struct {
	ID ID `cbor:"1,keyasint"`
	// Addr is where the other servers dial it, host:port. It is empty where they know
	// that by themselves.
	Addr string `cbor:"2,keyasint,omitempty"`
	// Learner servers receive the log but neither vote nor count (thesis §4.2.1). The
	// leader makes them voters once they have caught up.
	Learner bool `cbor:"3,keyasint,omitempty"`
}

// Configuration is the set of servers that make up a cluster, in ascending order of ID.
// Nobody changes one in place.
type Configuration struct {
	Servers []Server `cbor:"1,keyasint"`
}

// NewConfiguration returns a configuration of these servers, in any order, whose IDs must
// differ.
func NewConfiguration(servers ...Server) Configuration {
	c := Configuration{Servers: slices.Clone(servers)}
	slices.SortFunc(c.Servers, func(a, b Server) int { return cmp.Compare(a.ID, b.ID) })
	return c
}

// Find returns the server with this ID, and whether it is a member.
func (c Configuration) Find(id ID) (Server, bool) {
	i, found := slices.BinarySearchFunc(c.Servers, id, func(s Server, id ID) int { return cmp.Compare(s.ID, id) })
	if !found {
		return Server{}, false
	}
	return c.Servers[i], true
}

// Voter reports whether the server with this ID is a member that votes.
func (c Configuration) Voter(id ID) bool {
	s, member := c.Find(id)
	return member && !s.Learner
}

// Voters returns how many members vote.
func (c Configuration) Voters() int {
	n := 0
	for _, s := range c.Servers {
		if !s.Learner {
			n++
		}
	}
	return n
}

// Validate says what is wrong with a configuration that came from outside: too many servers
// (limits.ServersMax), names that are empty, too long, or not in ascending order.
func (c Configuration) Validate() error {
	if len(c.Servers) > limits.ServersMax {
		return fmt.Errorf("%d servers, more than %d", len(c.Servers), limits.ServersMax)
	}
	for i, s := range c.Servers {
		switch {
		case len(s.ID) > limits.IDBytesMax || len(s.Addr) > limits.AddressBytesMax:
			return fmt.Errorf("server %d has a name or an address that is too long", i)
		case s.ID == None:
			return fmt.Errorf("server %d has no ID", i)
		case i > 0 && c.Servers[i-1].ID >= s.ID:
			return fmt.Errorf("server %q stands out of order or twice", s.ID)
		}
	}
	return nil
}

// ChangeKind says what a Change does.
type ChangeKind uint8

const (
	// AddServer adds a server as a learner, which the leader promotes once it has caught
	// up. Adding a member again changes at most its address.
	AddServer ChangeKind = iota + 1
	// RemoveServer removes a server. Removing one that is no member changes nothing.
	RemoveServer
	// promoteServer makes a learner a voter.
	promoteServer
)

// Change is one step from a configuration to the next. At most one voter comes or goes with
// it, so that the majorities of both overlap (thesis §4.1).
type Change struct {
	Kind   ChangeKind `cbor:"1,keyasint"`
	Server Server     `cbor:"2,keyasint"` // only its ID counts for RemoveServer
}

// Validate says what is wrong with a change that came from outside.
func (c Change) Validate() error {
	if c.Kind != AddServer && c.Kind != RemoveServer {
		return fmt.Errorf("unknown change %d", uint8(c.Kind))
	}
	return Configuration{Servers: []Server{c.Server}}.Validate()
}

// apply returns the configuration after the change.
func (c Configuration) apply(change Change) Configuration {
	var servers []Server
	for _, s := range c.Servers {
		if s.ID != change.Server.ID {
			servers = append(servers, s)
		}
	}
	held, member := c.Find(change.Server.ID)
	switch change.Kind {
	case AddServer:
		added := Server{ID: change.Server.ID, Addr: change.Server.Addr, Learner: !member || held.Learner}
		servers = append(servers, added)
	case promoteServer:
		held.Learner = false
		servers = append(servers, held)
	case RemoveServer:
	default:
		panic(fmt.Sprintf("raft: change %d", uint8(change.Kind)))
	}
	return NewConfiguration(servers...)
}

// String lists the servers, learners in brackets.
func (c Configuration) String() string {
	names := make([]string, len(c.Servers))
	for i, s := range c.Servers {
		names[i] = string(s.ID)
		if s.Learner {
			names[i] = "[" + names[i] + "]"
		}
	}
	return strings.Join(names, " ")
}
