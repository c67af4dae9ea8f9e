package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/version"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
)

// etcd is the server and the client of its Go modules, with their defaults.
type etcd struct{}

// etcdCommand makes this binary one etcd node.
const etcdCommand = "etcd-node"

func (etcd) name() string    { return "etcd" }
func (etcd) version() string { return version.Version }

func (etcd) command(nodes []*node, self int) (*exec.Cmd, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var peers []string
	for _, n := range nodes {
		peers = append(peers, n.name+"=http://"+n.peer)
	}
	n := nodes[self]
	return exec.Command(binary, etcdCommand, "-name", n.name, "-peer", n.peer, "-client", n.client,
		"-dir", n.dir, "-cluster", strings.Join(peers, ",")), nil
}

// runEtcd is one etcd node until SIGTERM or SIGINT. It returns the exit code.
func runEtcd(args []string) int {
	cfg := embed.NewConfig()
	cfg.LogLevel = "error"
	var peer, client string
	set := flag.NewFlagSet(etcdCommand, flag.ExitOnError)
	set.StringVar(&cfg.Name, "name", "", "name of this node")
	set.StringVar(&cfg.Dir, "dir", "", "directory for the data")
	set.StringVar(&cfg.InitialCluster, "cluster", "", "every node as name=url")
	set.StringVar(&peer, "peer", "", "host:port for peers")
	set.StringVar(&client, "client", "", "host:port for clients")
	_ = set.Parse(args) // it exits by itself
	cfg.ListenPeerUrls, cfg.ListenClientUrls = urls(peer), urls(client)
	cfg.AdvertisePeerUrls, cfg.AdvertiseClientUrls = urls(peer), urls(client)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	e, err := embed.StartEtcd(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
	defer e.Close()
	select {
	case <-ctx.Done():
		return 0
	case err := <-e.Err():
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
}

func urls(addr string) []url.URL { return []url.URL{{Scheme: "http", Host: addr}} }

// connect opens one connection to each node, which its clients share, as etcd's own
// benchmark tool does where it has fewer connections than clients: gRPC carries many
// requests at a time, and sends those together that are due together.
func (e etcd) connect(nodes []*node, n, first int) (clients, error) {
	var all clients
	for i := range n {
		if i >= len(nodes) {
			shared := all[i%len(nodes)].(*etcdClient)
			all = append(all, &etcdClient{Client: shared.Client})
			continue
		}
		c, err := dialEtcd(nodes[(first+i)%len(nodes)].client)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, &etcdClient{Client: c, owner: true})
	}
	return all, nil
}

func (e etcd) roam(nodes []*node, first int) (client, error) {
	var addrs []string
	for i := range nodes {
		addrs = append(addrs, nodes[(first+i)%len(nodes)].client)
	}
	c, err := dialEtcd(addrs...)
	if err != nil {
		return nil, err
	}
	return &etcdClient{Client: c, owner: true}, nil
}

func (e etcd) status(ctx context.Context, n *node) (status, error) {
	c, err := dialEtcd(n.client)
	if err != nil {
		return status{}, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	got, err := c.Status(ctx, n.client)
	if err != nil {
		return status{}, err
	}
	s := status{self: strconv.FormatUint(got.Header.MemberId, 16), applied: got.RaftAppliedIndex}
	if got.Leader != 0 {
		s.leader = strconv.FormatUint(got.Leader, 16)
	}
	return s, nil
}

func dialEtcd(addrs ...string) (*clientv3.Client, error) {
	c, err := clientv3.New(clientv3.Config{Endpoints: addrs, Logger: zap.NewNop()})
	if err != nil {
		return nil, fmt.Errorf("connect to etcd at %v: %w", addrs, err)
	}
	return c, nil
}

// etcdClient is one of the users of a connection; the owner closes it.
type etcdClient struct {
	*clientv3.Client
	owner bool
}

func (c *etcdClient) put(ctx context.Context, key, value string) error {
	_, err := c.Put(ctx, key, value)
	return err
}

func (c *etcdClient) get(ctx context.Context, key string) (string, error) {
	reply, err := c.Get(ctx, key)
	if err != nil {
		return "", err
	}
	if len(reply.Kvs) != 1 {
		return "", errors.New("the key does not exist")
	}
	return string(reply.Kvs[0].Value), nil
}

func (c *etcdClient) close() error {
	if !c.owner {
		return nil
	}
	return c.Close()
}
