package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"senkei/harness/cluster"
	"senkei/harness/systems/node"
	"senkei/history"
	"senkei/node/api"
)

// senkei is this repository's node, with its defaults.
type senkei struct{ node.System }

func newSenkei(binary string) senkei {
	return senkei{node.System{Path: binary, Args: []string{"--log-level", "warn"}}}
}

func (senkei) Name() string { return "senkei" }

func (s senkei) version() string {
	out, err := exec.Command(s.Path, "--version").Output()
	if err != nil {
		return "(unknown)"
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "senkei-node version ")
}

func (s senkei) roam(addrs []string) cluster.Client {
	return &roaming{system: s, addrs: addrs, Client: s.Open(addrs[0])}
}

// roaming speaks to the first of its addresses until that one is gone, then to the next. The
// library's client knows one node; its callers turn to another as here.
type roaming struct {
	system senkei
	addrs  []string
	cluster.Client
}

func (c *roaming) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	out, err := c.Client.Invoke(ctx, in)
	e, failed := errors.AsType[*api.Error](err)
	if failed && (e.Code == api.Unsent || e.Code == api.Unanswered) && len(c.addrs) > 1 {
		c.addrs = append(c.addrs[1:], c.addrs[0])
		_ = c.Close() // it is of no use any more, whatever closing it says
		c.Client = c.system.Open(c.addrs[0])
	}
	return out, err
}
