package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"senkei/node/api"
)

// senkei is this repository's node, with its defaults.
type senkei struct{ binary string }

func (senkei) name() string { return "senkei" }

func (s senkei) version() string {
	out, err := exec.Command(s.binary, "--version").Output()
	if err != nil {
		return "(unknown)"
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "senkei-node version ")
}

func (s senkei) command(nodes []*node, self int) (*exec.Cmd, error) {
	var peers []string
	for _, n := range nodes {
		peers = append(peers, n.name+"="+n.peer)
	}
	n := nodes[self]
	return exec.Command(s.binary, "--id", n.name, "--peers", strings.Join(peers, ","),
		"--data", n.dir, "--client-listen", n.client, "--log-level", "warn"), nil
}

// connect opens one connection for each client: HTTP/1.1 carries one request at a time.
func (s senkei) connect(nodes []*node, n, first int) (clients, error) {
	var all clients
	for i := range n {
		addr := nodes[(first+i)%len(nodes)].client
		all = append(all, &senkeiClient{addrs: []string{addr}, Client: dial(addr)})
	}
	return all, nil
}

func (s senkei) roam(nodes []*node, first int) (client, error) {
	var addrs []string
	for i := range nodes {
		addrs = append(addrs, nodes[(first+i)%len(nodes)].client)
	}
	return &senkeiClient{addrs: addrs, Client: dial(addrs[0])}, nil
}

func (s senkei) status(ctx context.Context, n *node) (status, error) {
	c := dial(n.client)
	defer c.Close()
	got, err := c.Status(ctx)
	return status{self: string(got.ID), leader: string(got.Leader), applied: got.Applied}, err
}

func dial(addr string) *api.Client { return api.NewClient(addr, api.Options{Forward: true}) }

// senkeiClient speaks to the first of its addresses until that one is gone, then to the
// next. The library's client knows one node; its callers turn to another as here.
type senkeiClient struct {
	addrs []string
	*api.Client
}

func (c *senkeiClient) put(ctx context.Context, key, value string) error {
	_, err := c.Put(ctx, key, value)
	c.turn(err)
	return err
}

func (c *senkeiClient) get(ctx context.Context, key string) (string, error) {
	reply, err := c.Get(ctx, key)
	c.turn(err)
	return reply.Value, err
}

func (c *senkeiClient) close() error { return c.Close() }

func (c *senkeiClient) turn(err error) {
	e, failed := errors.AsType[*api.Error](err)
	if !failed || e.Code != api.Unsent && e.Code != api.Unanswered || len(c.addrs) == 1 {
		return
	}
	c.addrs = append(c.addrs[1:], c.addrs[0])
	_ = c.Close() // it is of no use any more, whatever closing it says
	c.Client = dial(c.addrs[0])
}
