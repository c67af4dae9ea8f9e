package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
)

const (
	// Port is the TCP port on which an agent listens.
	Port = 7070
	// TokenEnv names the environment variable that holds the bearer token.
	TokenEnv = "SENKEI_AGENT_TOKEN"
	// MaxPeers bounds how many peers can be cut from one node.
	MaxPeers = 64
)

// bodyBytesMax holds MaxPeers addresses with their quotes, with room to spare.
const bodyBytesMax = 4 << 10

// decodePeers reads a JSON list of at most MaxPeers IPv4 addresses and returns it
// sorted and without repetitions.
func decodePeers(r io.Reader) ([]netip.Addr, error) {
	body, err := io.ReadAll(io.LimitReader(r, bodyBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read the list of peers: %w", err)
	}
	if len(body) > bodyBytesMax {
		return nil, fmt.Errorf("the list of peers is longer than %d bytes", bodyBytesMax)
	}
	var peers []netip.Addr
	if err := json.Unmarshal(body, &peers); err != nil {
		return nil, fmt.Errorf("the body is not a JSON list of addresses: %w", err)
	}
	// A forgotten body must not mend every link.
	if peers == nil {
		return nil, fmt.Errorf("the body is not a JSON list of addresses: %q", body)
	}
	if len(peers) > MaxPeers {
		return nil, fmt.Errorf("%d peers are more than %d", len(peers), MaxPeers)
	}
	for _, p := range peers {
		if !p.Is4() {
			return nil, fmt.Errorf("%q is not an IPv4 address", p)
		}
	}
	return normal(peers), nil
}

// normal returns the peers as a set: sorted, without repetitions, never nil.
func normal(peers []netip.Addr) []netip.Addr {
	sorted := slices.SortedFunc(slices.Values(peers), netip.Addr.Compare)
	return append([]netip.Addr{}, slices.Compact(sorted)...)
}
