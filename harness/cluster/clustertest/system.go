package clustertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"senkei/harness/cluster"
	"senkei/history"
)

// The store knows history.Read and history.Write, of a register that each node has of its own
// whatever the key, and:
const (
	// Heard reads the last number that the node has heard from the node named by
	// the key; 0 if none.
	Heard history.Func = "heard"
	// Crash makes the node exit with status 1.
	Crash history.Func = "crash"
)

// System builds the store, statically, for the length of the test. It has no leader.
func System(t testing.TB) cluster.System {
	t.Helper()
	path := filepath.Join(t.TempDir(), "echonode")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "senkei/harness/cluster/clustertest/echonode")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build echonode: %v\n%s", err, out)
	}
	return system{path}
}

type system struct{ path string }

func (system) Name() string { return "echo" }

func (s system) Launch(e cluster.Endpoint) cluster.Launch {
	var peers []string
	for _, id := range slices.Sorted(maps.Keys(e.Peers)) {
		peers = append(peers, fmt.Sprintf("%s=%s", id, e.Peers[id]))
	}
	return cluster.Launch{Binary: s.path, Args: []string{
		"-id", string(e.ID), "-peer-listen", e.PeerListen, "-client-listen", e.ClientListen,
		"-peers", strings.Join(peers, ","), "-data", e.DataDir,
	}}
}

func (system) Open(addr string) cluster.Client {
	return &client{url: "http://" + addr, http: &http.Client{Transport: &http.Transport{}}}
}

func (s system) Ready(ctx context.Context, addr string) error {
	c := &client{url: "http://" + addr, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	_, err := c.do(ctx, http.MethodGet, "/register", "")
	return err
}

type client struct {
	url  string
	http *http.Client
}

func (c *client) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	var value string
	var err error
	switch in.F {
	case history.Read:
		value, err = c.do(ctx, http.MethodGet, "/register", "")
	case history.Write:
		_, err = c.do(ctx, http.MethodPut, "/register", string(in.Value))
	case Heard:
		value, err = c.do(ctx, http.MethodGet, "/heard/"+in.Key, "")
	case Crash:
		_, err = c.do(ctx, http.MethodPost, "/crash", "")
	default:
		err = fmt.Errorf("%s: %w", in.F, cluster.ErrNoEffect)
	}
	return history.Output{Value: history.Value(value)}, err
}

func (c *client) do(ctx context.Context, method, path, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return "", fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	}
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return string(answer), err
}

func (c *client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
