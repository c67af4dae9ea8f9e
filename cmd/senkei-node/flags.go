package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/server"
)

// flags are the command line as it was given.
type flags struct {
	id                                  string
	peers                               []string
	peerListen, clientListen, advertise string
	data                                string
	election, heartbeat, request        time.Duration
	logLevel                            string
}

func (f *flags) define(set *pflag.FlagSet) {
	set.SortFlags = false
	set.StringVar(&f.id, "id", "", "name of this node, such as n1")
	set.StringSliceVar(&f.peers, "peers", nil, "every node of the cluster, this one too: n1=host:7000,n2=host:7000,...")
	set.StringVar(&f.data, "data", "", "directory for the log and the state; created if missing")
	set.StringVar(&f.peerListen, "peer-listen", "", "host:port to listen on for the other nodes (default this node's entry in --peers)")
	set.StringVar(&f.clientListen, "client-listen", "127.0.0.1:8080", "host:port to listen on for clients")
	set.StringVar(&f.advertise, "advertise", "", "host:port that other nodes tell clients to reach this one (default --client-listen)")
	set.DurationVar(&f.election, "election-timeout", 300*time.Millisecond,
		"silence of the leader after which a node campaigns, at least; each wait is drawn between this and twice this")
	set.DurationVar(&f.heartbeat, "heartbeat", 50*time.Millisecond, "interval between two signs of life of the leader")
	set.DurationVar(&f.request, "request-timeout", time.Second, "how long a client's request may stay open")
	set.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
}

// config is the command line once it makes sense.
type config struct {
	server                   server.Config // without what must be opened
	dataDir                  string
	peerListen, clientListen string
	level                    slog.Level
}

// requestTimeoutMax leaves time for the answer before the HTTP server gives up on it.
const requestTimeoutMax = 30 * time.Second

// nodeID is what can stand before the = of --peers, in a file name and in a host name.
var nodeID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// config checks the flags. An error is one sentence that names the flag and the remedy.
func (f *flags) config() (config, error) {
	switch {
	case f.id == "":
		return config{}, errors.New("--id is missing: name this node, for example --id n1")
	case len(f.peers) == 0:
		return config{}, errors.New("--peers is missing: name every node, this one too, for example " +
			"--peers n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003")
	case f.data == "":
		return config{}, errors.New("--data is missing: give a directory for the log and the state, for example --data /var/lib/senkei")
	}
	peers, err := parsePeers(f.peers)
	if err != nil {
		return config{}, err
	}
	ids := slices.Sorted(maps.Keys(peers))
	self, known := peers[raft.ID(f.id)]
	if !known {
		return config{}, fmt.Errorf("--peers does not name this node: add %s=host:port, or give --id one of %v", f.id, ids)
	}
	timing, err := f.timing()
	if err != nil {
		return config{}, err
	}
	timing.ID, timing.Peers, timing.Seed = raft.ID(f.id), ids, rand.Uint64()
	c := config{
		server:  server.Config{Replica: timing, PeerAddrs: peers, Advertise: cmp.Or(f.advertise, f.clientListen)},
		dataDir: f.data, peerListen: cmp.Or(f.peerListen, self), clientListen: f.clientListen,
	}
	for _, addr := range []struct{ flag, value string }{
		{"--peer-listen", c.peerListen}, {"--client-listen", c.clientListen}, {"--advertise", c.server.Advertise},
	} {
		if _, _, err := splitAddr(addr.flag, addr.value); err != nil {
			return config{}, err
		}
	}
	if err := c.level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return config{}, fmt.Errorf("--log-level %q is unknown: choose debug, info, warn or error", f.logLevel)
	}
	return c, nil
}

// parsePeers reads entries such as n1=host:7000.
func parsePeers(entries []string) (map[raft.ID]string, error) {
	peers := map[raft.ID]string{}
	for _, entry := range entries {
		id, addr, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("--peers entry %q has no address: write it as n1=host:7000", entry)
		}
		if !nodeID.MatchString(id) {
			return nil, fmt.Errorf("--peers names a node %q: use up to 64 letters, digits, dots, dashes and underscores", id)
		}
		if _, twice := peers[raft.ID(id)]; twice {
			return nil, fmt.Errorf("--peers names %s twice: give each node one address", id)
		}
		host, port, err := splitAddr("--peers entry "+id, addr)
		if err != nil {
			return nil, err
		}
		if host == "" || port == 0 {
			return nil, fmt.Errorf("--peers entry %s is %q, which nobody can dial: give a host and a port", id, addr)
		}
		peers[raft.ID(id)] = addr
	}
	return peers, nil
}

// timing returns the replica's configuration as far as it is about time.
func (f *flags) timing() (replica.Config, error) {
	switch {
	case f.heartbeat <= 0:
		return replica.Config{}, fmt.Errorf("--heartbeat %v must be positive, for example 50ms", f.heartbeat)
	case f.election < 2*f.heartbeat:
		return replica.Config{}, fmt.Errorf("--election-timeout %v must be at least twice --heartbeat %v: raise the one or lower the other", f.election, f.heartbeat)
	case f.request <= 0 || f.request > requestTimeoutMax:
		return replica.Config{}, fmt.Errorf("--request-timeout %v must be positive and at most %v, for example 1s", f.request, requestTimeoutMax)
	}
	return replica.Config{ElectionTimeout: f.election, HeartbeatInterval: f.heartbeat, RequestTimeout: f.request}, nil
}

func splitAddr(what, addr string) (host string, port uint64, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err == nil {
		port, err = strconv.ParseUint(text, 10, 16)
	}
	if err != nil {
		return "", 0, fmt.Errorf("%s is %q: give host:port, for example 127.0.0.1:7001", what, addr)
	}
	return host, port, nil
}

// explain says what is wrong with a flag that could not even be read.
func explain(err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return fmt.Errorf("there is no flag %q: choose from those below", e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Errorf("--%s needs a value: %s", e.GetFlag().Name, e.GetFlag().Usage)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if e.GetFlag().Value.Type() == "duration" {
			return fmt.Errorf("--%s %q is not a duration: write it as 50ms or 1s", e.GetFlag().Name, e.GetValue())
		}
		return fmt.Errorf("--%s %q cannot be read: it is the %s", e.GetFlag().Name, e.GetValue(), e.GetFlag().Usage)
	}
	return err
}
