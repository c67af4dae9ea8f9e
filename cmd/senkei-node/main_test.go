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

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAWrongFlagIsOneSentenceWithItsRemedyAndExit254(t *testing.T) {
	good := []string{"--id", "n1", "--peers", "n1=127.0.0.1:7001,n2=127.0.0.1:7002", "--data", "/nowhere"}
	for _, c := range []struct {
		says string
		args []string
		want string
	}{
		{"no flags", nil, "--id is missing: name this node"},
		{"no peers", []string{"--id", "n1"}, "--peers is missing: name every node, this one too"},
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
		{"an address without a port", append(good, "--client-listen", "localhost"), `--client-listen is "localhost": give host:port`},
		{"another one", append(good, "--peer-listen", "7000"), `--peer-listen is "7000": give host:port`},
		{"and another one", append(good, "--advertise", "h:http"), `--advertise is "h:http": give host:port`},
		{"a time without a unit", append(good, "--heartbeat", "50"), `--heartbeat "50" is not a duration: write it as 50ms or 1s`},
		{"no heartbeat", append(good, "--heartbeat", "0s"), "--heartbeat 0s must be positive"},
		{"elections as fast as heartbeats", append(good, "--election-timeout", "60ms"), "--election-timeout 60ms must be at least twice --heartbeat 50ms"},
		{"no time for requests", append(good, "--request-timeout", "-1s"), "--request-timeout -1s must be positive"},
		{"more time for requests than HTTP has", append(good, "--request-timeout", "31s"), "--request-timeout 31s must be positive and at most 30s"},
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
