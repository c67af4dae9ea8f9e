package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/api"
	"senkei/node/raft"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAWrongFlagIsOneSentenceWithItsRemedyAndExit254(t *testing.T) {
	good := []string{"--id", "n1", "--peers", "n1=127.0.0.1:7001,n2=127.0.0.1:7002", "--data", "/nowhere"}
	join := []string{"--id", "n4", "--join", "127.0.0.1:8081", "--data", "/nowhere"}
	for _, c := range []struct {
		says string
		args []string
		want string
	}{
		{"no flags", nil, "--id is missing: name this node"},
		{"no peers", []string{"--id", "n1"}, "--peers is missing: name every node, this one too"},
		{"a strange name", []string{"--id", "n 1"}, `--id is "n 1": use up to 64 letters`},
		{"no data", []string{"--id", "n1", "--peers", "n1=h:1"}, "--data is missing: give a directory"},
		{"an unknown flag", []string{"--listen", "x"}, `there is no flag "listen": choose from those below`},
		{"no flag at all", append(good, "serve"), `"serve" is not a flag`},
		{"a flag without its value", append(good, "--advertise"), "--advertise needs a value: host:port"},
		{"another node's peers", append(good, "--id", "n3"), "--peers does not name this node: add n3=host:port, or give --id one of [n1 n2]"},
		{"a peer without an address", append(good, "--peers", "n3"), `--peers entry "n3" has no address: write it as n1=host:7000`},
		{"a peer without a port", append(good, "--peers", "n3=host"), `--peers entry n3 is "host": give host:port`},
		{"a peer without a host", append(good, "--peers", "n3=:1"), `--peers entry n3 is ":1", which nobody can dial`},
		{"a peer with a port that is none", append(good, "--peers", "n3=h:70000"), `--peers entry n3 is "h:70000": give host:port`},
		{"a peer with a strange name", append(good, "--peers", "n 3=h:1"), `--peers names a node "n 3": use up to 64 letters`},
		{"a peer named twice", append(good, "--peers", "n1=h:1"), "--peers names n1 twice"},
		{"more peers than a cluster has", append(good, "--peers", strings.Repeat("x=h:1,", 30)+"x=h:1"), "--peers names 33 nodes: a cluster has at most 31"},
		{"a peer that is everywhere", append(good, "--peers", "n3=0.0.0.0:1"), `--peers entry n3 is "0.0.0.0:1", which nobody can dial`},
		{"a cluster without a name", append(good, "--cluster", ""), `--cluster is "": use up to 64 letters`},
		{"a member that cannot be dialled", append(good, "--join", ":8080"), `--join entry is ":8080", which nobody can dial`},
		{"a member without a port", append(good, "--join", "h"), `--join entry is "h": give host:port`},
		{"nowhere to listen", join, "--peer-listen is missing: give the host:port"},
		{"nowhere to be dialled", append(join, "--peer-listen", ":7004"), `--peer-advertise is ":7004", which nobody can dial`},
		{"a boundless address", append(join, "--peer-listen", strings.Repeat("h", 300)+":1"), `--peer-advertise is "hhh`},
		{"an address without a port", append(good, "--client-listen", "localhost"), `--client-listen is "localhost": give host:port`},
		{"another one", append(good, "--peer-listen", "7000"), `--peer-listen is "7000": give host:port`},
		{"and another one", append(good, "--advertise", "h:http"), `--advertise is "h:http": give host:port`},
		{"a time without a unit", append(good, "--heartbeat", "50"), `--heartbeat "50" is not a duration: write it as 50ms or 1s`},
		{"no heartbeat", append(good, "--heartbeat", "0s"), "--heartbeat 0s must be positive"},
		{"elections as fast as heartbeats", append(good, "--election-timeout", "60ms"), "--election-timeout 60ms must be at least twice --heartbeat 50ms"},
		{"no time for requests", append(good, "--request-timeout", "-1s"), "--request-timeout -1s must be positive"},
		{"more time for requests than HTTP has", append(good, "--request-timeout", "31s"), "--request-timeout 31s must be positive and at most 30s"},
		{"an empty log", append(good, "--snapshot-margin", "0"), "--snapshot-margin 0 would leave nothing in the log"},
		{"a margin below nothing", append(good, "--snapshot-margin", "-1"), `--snapshot-margin "-1" cannot be read`},
		{"clocks that go backwards", append(good, "--clock-drift", "-0.1"), "--clock-drift -0.1 must be between 0 and 0.5"},
		{"clocks that nobody has", append(good, "--clock-drift", "0.6"), "--clock-drift 0.6 must be between 0 and 0.5"},
		{"clocks that are no clocks", append(good, "--clock-drift", "NaN"), "--clock-drift NaN must be between 0 and 0.5"},
		{"no time for a lease", append(good, "--lease-reads", "--election-timeout", "1ms", "--heartbeat", "500us"),
			"--election-timeout 1ms leaves no time for --lease-reads"},
		{"a strange log level", append(good, "--log-level", "loud"), `--log-level "loud" is unknown: choose debug, info, warn or error`},
	} {
		t.Run(c.says, func(t *testing.T) {
			var stderr bytes.Buffer
			require.Equal(t, exitUsage, run(t.Context(), c.args, io.Discard, &stderr))
			sentence, help, _ := strings.Cut(stderr.String(), "\n")
			require.Contains(t, sentence, "senkei-node: "+c.want)
			require.Contains(t, help, "Usage:")
			require.Contains(t, help, "--election-timeout")
		})
	}
}

func TestWhatCannotBeOpenedIsOneSentenceAndExit1(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, c := range []struct {
		says string
		args []string
		want string
	}{
		{"a directory that is a file", []string{"--data", "main.go"}, "open storage in main.go: "},
		{"a peer address in use", []string{"--peer-listen", taken.Addr().String()}, "listen for peers: "},
		{"a trace that cannot be written", []string{"--trace", "main.go/trace"}, "open trace: "},
		{"a client address in use", []string{"--peer-listen", "127.0.0.1:0", "--client-listen", taken.Addr().String()}, "listen for clients: "},
	} {
		t.Run(c.says, func(t *testing.T) {
			var stderr bytes.Buffer
			args := append([]string{"--id", "n1", "--peers", "n1=127.0.0.1:1", "--data", t.TempDir()}, c.args...)
			require.Equal(t, exitFailed, run(t.Context(), args, io.Discard, &stderr))
			require.Contains(t, stderr.String(), "senkei-node: "+c.want)
			require.NotContains(t, stderr.String(), "Usage:")
		})
	}
}

func TestVersionAndHelpAreNoErrors(t *testing.T) {
	for flag, want := range map[string]string{"--version": "senkei-node version ", "--help": "Usage:"} {
		var stdout, stderr bytes.Buffer
		require.Zero(t, run(t.Context(), []string{flag}, &stdout, &stderr))
		require.Contains(t, stdout.String(), want)
		require.Empty(t, stderr.String())
	}
}

func TestANodeServesStopsCleanlyAndFindsItsDataAgain(t *testing.T) {
	args := []string{
		"--id", "n1", "--peers", "n1=127.0.0.1:1", "--peer-listen", "127.0.0.1:0", "--client-listen", freeAddr(t),
		"--data", filepath.Join(t.TempDir(), "n1"), "--election-timeout", "50ms", "--heartbeat", "10ms",
	}
	client := api.NewClient(args[7], api.Options{Retries: 100})
	defer client.Close()

	log, stop := start(t, args)
	_, err := client.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	require.Zero(t, stop())
	for _, chapter := range []string{"msg=starts", "msg=campaigns", `msg="became leader"`, "msg=stopped"} {
		require.Contains(t, log.String(), chapter)
	}

	_, stop = start(t, args)
	reply, err := client.Get(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, "1", reply.Value)
	require.Zero(t, stop())
}

func TestFlagsBecomeAConfiguration(t *testing.T) {
	parse := func(args ...string) config {
		var given flags
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		given.define(set)
		require.NoError(t, set.Parse(append(args, "--data", "d")))
		c, err := given.config()
		require.NoError(t, err)
		return c
	}
	begins := parse("--id", "n1", "--peers", "n2=h2:7000,n1=h1:7000", "--snapshot-margin", "5", "--trace", "t")
	require.Equal(t, raft.NewConfiguration(raft.Server{ID: "n1", Addr: "h1:7000"}, raft.Server{ID: "n2", Addr: "h2:7000"}), begins.server.Bootstrap)
	require.Equal(t, map[raft.ID]string{"n1": "h1:7000", "n2": "h2:7000"}, begins.server.PeerAddrs)
	require.Equal(t, "h1:7000", begins.peerListen)
	require.Equal(t, "h1:7000", begins.server.PeerAdvertise)
	require.Equal(t, "senkei", begins.server.Cluster)
	require.Equal(t, uint64(5), begins.server.Replica.SnapshotMargin)
	require.Zero(t, begins.server.Replica.Lease)
	require.Equal(t, "t", begins.traceFile)

	joins := parse("--id", "n4", "--join", "h1:8080,h2:8080", "--peer-listen", "h4:7000", "--cluster", "c", "--lease-reads")
	require.Empty(t, joins.server.Bootstrap.Servers)
	require.Empty(t, joins.server.PeerAddrs)
	require.Equal(t, []string{"h1:8080", "h2:8080"}, joins.join)
	require.Equal(t, "h4:7000", joins.server.PeerAdvertise)
	require.Equal(t, "c", joins.server.Cluster)
	// Even if its own clock is slower by a tenth, 250 ms of the followers are not over.
	require.InDelta(t, 250/1.1, joins.server.Replica.Lease.Milliseconds(), 2)
	require.Less(t, 1.1*float64(joins.server.Replica.Lease), float64(250*time.Millisecond))

	behind := parse("--id", "n4", "--join", "h1:8080", "--peers", "n1=proxy:7001", "--peer-listen", ":7000", "--peer-advertise", "h4:7000")
	require.Equal(t, ":7000", behind.peerListen)
	require.Equal(t, "h4:7000", behind.server.PeerAdvertise)
	require.Equal(t, map[raft.ID]string{"n1": "proxy:7001"}, behind.server.PeerAddrs, "an address book")
	require.Empty(t, behind.server.Bootstrap.Servers)
}

// start runs a node; stop ends it as a signal would and returns its exit code, after
// which the log may be read.
func start(t *testing.T, args []string) (log *bytes.Buffer, stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	log = &bytes.Buffer{}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, io.Discard, log) }()
	return log, func() int {
		cancel()
		select {
		case code := <-ended:
			return code
		case <-time.After(20 * time.Second):
			t.Fatal("the node does not stop")
			return -1
		}
	}
}

func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
