package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/server"
)

// flags are the command line as it was given.
type flags struct {
	id, cluster                     string
	peers, join                     []string
	peerListen, peerAdvertise       string
	clientListen, advertise         string
	data, trace                     string
	snapshotMargin                  uint64
	election, heartbeat, request    time.Duration
	leaseReads                      bool
	clockDrift                      float64
	peerCert, peerKey, peerCA       string
	clientCert, clientKey, clientCA string
	clientTokenFile                 string
	logLevel                        string
}

func (f *flags) define(set *pflag.FlagSet) {
	set.SortFlags = false
	set.StringVar(&f.id, "id", "", "name of this node, such as n1")
	set.StringVar(&f.cluster, "cluster", "senkei", "name of the cluster; nodes of different clusters refuse each other")
	set.StringSliceVar(&f.peers, "peers", nil, "n1=host:7000,n2=host:7000,...: the nodes, this one too, that a new cluster begins with, "+
		"the same for each of them; later, where to dial nodes, whatever the cluster's configuration says")
	set.StringSliceVar(&f.join, "join", nil, "client host:port,... of members of a running cluster, which are asked to add this node")
	set.StringVar(&f.data, "data", "", "directory for the log and the state; created if missing")
	set.StringVar(&f.peerListen, "peer-listen", "", "host:port to listen on for the other nodes (default this node's entry in --peers)")
	set.StringVar(&f.peerAdvertise, "peer-advertise", "", "host:port that the other nodes dial (default this node's entry in --peers, else --peer-listen)")
	set.StringVar(&f.clientListen, "client-listen", "127.0.0.1:8080", "host:port to listen on for clients")
	set.StringVar(&f.advertise, "advertise", "", "host:port that other nodes tell clients to reach this one (default --client-listen)")
	set.DurationVar(&f.election, "election-timeout", 250*time.Millisecond,
		"silence of the leader after which a node campaigns, at least; each wait is drawn between this and twice this")
	set.DurationVar(&f.heartbeat, "heartbeat", 50*time.Millisecond, "interval between two signs of life of the leader")
	set.DurationVar(&f.request, "request-timeout", time.Second, "how long a client's request may stay open")
	set.BoolVar(&f.leaseReads, "lease-reads", false, "let the leader answer reads that ask for it without asking the others; the same for all nodes")
	set.Float64Var(&f.clockDrift, "clock-drift", 0.1, "fraction by which the speeds of the clocks of any two nodes differ at most; --lease-reads counts on it")
	set.Uint64Var(&f.snapshotMargin, "snapshot-margin", replica.DefaultSnapshotMargin, "applied entries that stay in the log for nodes that are a little behind")
	set.StringVar(&f.peerCert, "peer-cert", "", "PEM file with the certificate for other nodes; it names --id as a DNS name (see docs/security.md)")
	set.StringVar(&f.peerKey, "peer-key", "", "PEM file with its key")
	set.StringVar(&f.peerCA, "peer-ca", "", "PEM file with the CA of all nodes' certificates")
	set.StringVar(&f.clientCert, "client-cert", "", "PEM file with the certificate for clients, which turns on HTTPS")
	set.StringVar(&f.clientKey, "client-key", "", "PEM file with its key")
	set.StringVar(&f.clientCA, "client-ca", "", "PEM file with a CA; clients must show a certificate that it signed")
	set.StringVar(&f.clientTokenFile, "client-token-file", "", "file with a secret that clients must send as their bearer token")
	set.StringVar(&f.trace, "trace", "", "file to append role, term, commit and configuration changes to, as JSON Lines")
	set.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
}

// config is the command line once it makes sense.
type config struct {
	server                   server.Config // without what must be opened
	security                 security
	dataDir, traceFile       string
	peerListen, clientListen string
	join                     []string // client addresses
	level                    slog.Level
}

// requestTimeoutMax leaves time for the answer before the HTTP server gives up on it.
const requestTimeoutMax = 30 * time.Second

// name is what can stand before the = of --peers, in a file name and in a host name.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// config checks the flags. An error is one sentence that names the flag and the remedy.
func (f *flags) config() (config, error) {
	if err := f.complete(); err != nil {
		return config{}, err
	}
	c := config{dataDir: f.data, traceFile: f.trace, clientListen: f.clientListen, join: f.join}
	var err error
	if c.server.Replica, err = f.timing(); err != nil {
		return config{}, err
	}
	if err := f.members(&c); err != nil {
		return config{}, err
	}
	if err := f.addresses(&c); err != nil {
		return config{}, err
	}
	if c.security, err = f.security(); err != nil {
		return config{}, err
	}
	c.server.Cluster, c.server.PeerSecurity, c.server.Token = f.cluster, c.security.peers, c.security.token
	if err := c.level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return config{}, fmt.Errorf("--log-level %q is unknown: choose debug, info, warn or error", f.logLevel)
	}
	return c, nil
}

// complete checks that nothing is missing, and what has a name.
func (f *flags) complete() error {
	switch {
	case f.id == "":
		return errors.New("--id is missing: name this node, for example --id n1")
	case !name.MatchString(f.id):
		return fmt.Errorf("--id is %q: use up to 64 letters, digits, dots, dashes and underscores", f.id)
	case !name.MatchString(f.cluster):
		return fmt.Errorf("--cluster is %q: use up to 64 letters, digits, dots, dashes and underscores", f.cluster)
	case len(f.peers) == 0 && len(f.join) == 0:
		return errors.New("--peers is missing: name every node, this one too, for example " +
			"--peers n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003, or name members of a running cluster with --join")
	case f.data == "":
		return errors.New("--data is missing: give a directory for the log and the state, for example --data /var/lib/senkei")
	case f.snapshotMargin == 0:
		return fmt.Errorf("--snapshot-margin 0 would leave nothing in the log: give a number of entries, for example %d", replica.DefaultSnapshotMargin)
	}
	return nil
}

// members fills in who this node is and whom it begins with.
func (f *flags) members(c *config) error {
	book, err := parsePeers(f.peers)
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(book))
	c.server.PeerAddrs = book
	c.server.Replica.ID, c.server.Replica.Seed = raft.ID(f.id), rand.Uint64()
	if len(f.join) > 0 {
		return nil
	}
	if _, known := book[raft.ID(f.id)]; !known {
		return fmt.Errorf("--peers does not name this node: add %s=host:port, or give --id one of %v", f.id, ids)
	}
	var servers []raft.Server
	for _, id := range ids {
		servers = append(servers, raft.Server{ID: id, Addr: book[id]})
	}
	c.server.Bootstrap = raft.NewConfiguration(servers...)
	return nil
}

// addresses fills in where this node listens and where others reach it.
func (f *flags) addresses(c *config) error {
	own := c.server.PeerAddrs[raft.ID(f.id)]
	c.peerListen = cmp.Or(f.peerListen, own)
	c.server.PeerAdvertise = cmp.Or(f.peerAdvertise, own, f.peerListen)
	c.server.Advertise = cmp.Or(f.advertise, f.clientListen)
	if c.peerListen == "" {
		return errors.New("--peer-listen is missing: give the host:port to listen on for the other nodes, for example --peer-listen 127.0.0.1:7004")
	}
	for _, addr := range []struct{ flag, value string }{
		{"--peer-listen", c.peerListen}, {"--client-listen", c.clientListen}, {"--advertise", c.server.Advertise},
	} {
		if _, _, err := splitAddr(addr.flag, addr.value); err != nil {
			return err
		}
	}
	if err := checkDialled("--peer-advertise", c.server.PeerAdvertise); err != nil {
		return err
	}
	for _, addr := range f.join {
		if err := checkDialled("--join entry", addr); err != nil {
			return err
		}
	}
	return nil
}

// parsePeers reads entries such as n1=host:7000.
func parsePeers(entries []string) (map[raft.ID]string, error) {
	if len(entries) > limits.ServersMax {
		return nil, fmt.Errorf("--peers names %d nodes: a cluster has at most %d", len(entries), limits.ServersMax)
	}
	peers := map[raft.ID]string{}
	for _, entry := range entries {
		id, addr, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("--peers entry %q has no address: write it as n1=host:7000", entry)
		}
		if !name.MatchString(id) {
			return nil, fmt.Errorf("--peers names a node %q: use up to 64 letters, digits, dots, dashes and underscores", id)
		}
		if _, twice := peers[raft.ID(id)]; twice {
			return nil, fmt.Errorf("--peers names %s twice: give each node one address", id)
		}
		if err := checkDialled("--peers entry "+id, addr); err != nil {
			return nil, err
		}
		peers[raft.ID(id)] = addr
	}
	return peers, nil
}

// leaseMargin is taken from every lease for what is rounded on the way.
const leaseMargin = time.Millisecond

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
	lease, err := f.lease()
	return replica.Config{
		ElectionTimeout: f.election, HeartbeatInterval: f.heartbeat, RequestTimeout: f.request,
		Lease: lease, SnapshotMargin: f.snapshotMargin,
	}, err
}

// lease returns how long a leader may count on a majority that has just heard from it, 0
// where it may not at all. Followers wait for ElectionTimeout by their own clocks, and the
// leader's may be the slowest of all (thesis §6.4.1).
func (f *flags) lease() (time.Duration, error) {
	if !(f.clockDrift >= 0 && f.clockDrift <= 0.5) { // NaN is neither
		return 0, fmt.Errorf("--clock-drift %v must be between 0 and 0.5, for example 0.1", f.clockDrift)
	}
	if !f.leaseReads {
		return 0, nil
	}
	lease := time.Duration(float64(f.election)/(1+f.clockDrift)) - leaseMargin
	if lease <= 0 {
		return 0, fmt.Errorf("--election-timeout %v leaves no time for --lease-reads: raise it, for example to 250ms", f.election)
	}
	return lease, nil
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

// checkDialled takes an address only if it can be one to dial.
func checkDialled(what, addr string) error {
	host, port, err := splitAddr(what, addr)
	if err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(host); host == "" || port == 0 || len(addr) > limits.AddressBytesMax || err == nil && ip.IsUnspecified() {
		return fmt.Errorf("%s is %q, which nobody can dial: give a host and a port", what, addr)
	}
	return nil
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
