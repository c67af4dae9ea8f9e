package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Member is one server of the cluster.
type Member struct {
	ID      raft.ID `json:"id"`
	Address string  `json:"address"` // where the other servers reach it; empty where they know that by themselves
	Voter   bool    `json:"voter"`   // else it only receives the log, until it has caught up
}

// Members is the answer to requests about /members.
type Members struct {
	// ConfigurationIndex is where the configuration stands in the log: 0 for the one of the
	// beginning, and in the answer to a change.
	ConfigurationIndex uint64   `json:"configuration_index,omitempty"`
	Members            []Member `json:"members"`
}

func members(c raft.Configuration) []Member {
	all := make([]Member, 0, len(c.Servers))
	for _, s := range c.Servers {
		all = append(all, Member{ID: s.ID, Address: s.Addr, Voter: !s.Learner})
	}
	return all
}

func (h *Handler) serveMembers(w http.ResponseWriter) {
	s, _ := h.store.Status()
	succeedJSON(w, Members{ConfigurationIndex: s.ConfigurationIndex, Members: members(s.Configuration)})
}

// parseAddition reads a server to add.
func parseAddition(r *http.Request) (replica.Request, *Error) {
	if r.Method != http.MethodPost {
		return replica.Request{}, refuse(UnknownMethod, "the members take GET and POST, one of them takes DELETE")
	}
	given, refusal := parameters(r, ofWrites)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	var member struct {
		ID      raft.ID `json:"id"`
		Address string  `json:"address"`
	}
	text, refusal := body(r, bodyBytesMax)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	err := decode(text, &member)
	if err == nil {
		err = validMember(member.ID, member.Address)
	}
	if err != nil {
		return replica.Request{}, refuse(replica.Invalid, `the body must be {"id": "n4", "address": "host:7004"}: %v`, err)
	}
	change := &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: member.ID, Addr: member.Address}}
	return replica.Request{Change: change, Forward: given.forward}, nil
}

// parseRemoval reads a server to remove; path is what follows /members/.
func parseRemoval(r *http.Request, path string) (replica.Request, *Error) {
	if r.Method != http.MethodDelete {
		return replica.Request{}, refuse(UnknownMethod, "a member takes DELETE")
	}
	given, refusal := parameters(r, ofWrites)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	id, err := url.PathUnescape(path)
	if err == nil {
		err = validID(raft.ID(id))
	}
	if err != nil {
		return replica.Request{}, refuse(replica.Invalid, "%v", err)
	}
	change := &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: raft.ID(id)}}
	return replica.Request{Change: change, Forward: given.forward}, nil
}

// parseTransfer reads who shall lead.
func parseTransfer(r *http.Request) (replica.Request, *Error) {
	if r.Method != http.MethodPost {
		return replica.Request{}, refuse(UnknownMethod, "the leadership is handed over with POST; GET /status tells who leads")
	}
	if _, refusal := parameters(r, nil); refusal != nil {
		return replica.Request{}, refusal
	}
	var given struct {
		To raft.ID `json:"to"`
	}
	text, refusal := body(r, bodyBytesMax)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	if text != "" {
		err := decode(text, &given)
		if err == nil {
			err = validID(given.To)
		}
		if err != nil {
			return replica.Request{}, refuse(replica.Invalid, `the body must be {"to": "n2"}, or empty to leave the choice to the leader: %v`, err)
		}
	}
	return replica.Request{Transfer: &replica.Transfer{To: given.To}}, nil
}

func validMember(id raft.ID, address string) error {
	if err := validID(id); err != nil {
		return err
	}
	return validAddress(address)
}

// plain are the characters of IDs and host names.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

func validID(id raft.ID) error {
	switch {
	case id == raft.None:
		return errors.New("the id is missing")
	case len(id) > limits.IDBytesMax:
		return fmt.Errorf("the id has %d bytes, more than %d", len(id), limits.IDBytesMax)
	case strings.Trim(string(id), plain) != "":
		return fmt.Errorf("the id %q has other characters than letters, digits, dots, underscores and hyphens", id)
	}
	return nil
}

func validAddress(address string) error {
	if len(address) > limits.AddressBytesMax {
		return fmt.Errorf("the address has %d bytes, more than %d", len(address), limits.AddressBytesMax)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address %q is not host:port", address)
	}
	if _, err := netip.ParseAddr(host); err != nil && (host == "" || strings.Trim(host, plain) != "") {
		return fmt.Errorf("the address %q has no host that can be dialled", address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the address %q has no port from 1 to 65535", address)
	}
	return nil
}
