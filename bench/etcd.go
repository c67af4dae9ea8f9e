package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/version"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"senkei/harness/cluster"
	"senkei/history"
)

// etcd is the server and the client of its Go modules, with their defaults.
type etcd struct {
	mu    sync.Mutex
	conns map[string]*etcdConn // by the address of the node
}

// etcdCommand makes this binary one etcd node.
const etcdCommand = "etcd-node"

func (*etcd) Name() string    { return "etcd" }
func (*etcd) version() string { return version.Version }

func (*etcd) Launch(e cluster.Endpoint) cluster.Launch {
	binary, err := os.Executable()
	if err != nil {
		binary = os.Args[0]
	}
	var peers []string
	for _, id := range slices.Sorted(maps.Keys(e.Peers)) {
		peers = append(peers, string(id)+"=http://"+e.Peers[id])
	}
	return cluster.Launch{Binary: binary, Args: []string{
		etcdCommand, "-name", string(e.ID), "-peer", e.PeerListen, "-client", e.ClientListen,
		"-dir", e.DataDir, "-cluster", strings.Join(peers, ","),
	}}
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

// Open shares the connection to a node with its other clients, as etcd's own benchmark tool
// does where it has fewer connections than clients: gRPC carries many requests at a time, and
// sends those together that are due together.
func (e *etcd) Open(addr string) cluster.Client {
	e.mu.Lock()
	defer e.mu.Unlock()
	conn := e.conns[addr]
	if conn == nil {
		conn = &etcdConn{}
		conn.Client, conn.err = dialEtcd(addr)
		if e.conns == nil {
			e.conns = map[string]*etcdConn{}
		}
		e.conns[addr] = conn
	}
	conn.users++
	return etcdClient{etcdConn: conn, close: func() error { return e.leave(addr, conn) }}
}

// leave closes a connection that nobody uses any more.
func (e *etcd) leave(addr string, conn *etcdConn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	conn.users--
	if conn.users > 0 {
		return nil
	}
	delete(e.conns, addr)
	return conn.end()
}

func (*etcd) roam(addrs []string) cluster.Client {
	conn := &etcdConn{}
	conn.Client, conn.err = dialEtcd(addrs...)
	return etcdClient{etcdConn: conn, close: conn.end}
}

func (e *etcd) Ready(ctx context.Context, addr string) error {
	_, err := e.Status(ctx, addr)
	return err
}

// Status names nodes by their member IDs.
func (*etcd) Status(ctx context.Context, addr string) (cluster.Status, error) {
	c, err := dialEtcd(addr)
	if err != nil {
		return cluster.Status{}, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	got, err := c.Status(ctx, addr)
	if err != nil {
		return cluster.Status{}, err
	}
	member := func(id uint64) history.NodeID { return history.NodeID(strconv.FormatUint(id, 16)) }
	s := cluster.Status{Node: member(got.Header.MemberId), Term: got.RaftTerm, Applied: got.RaftAppliedIndex}
	if got.Leader != 0 {
		s.Leader = member(got.Leader)
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

// etcdConn is a connection, or why there is none.
type etcdConn struct {
	*clientv3.Client
	err   error
	users int
}

func (c *etcdConn) end() error {
	if c.err != nil {
		return nil
	}
	return c.Client.Close()
}

// etcdClient is one of the users of a connection.
type etcdClient struct {
	*etcdConn
	close func() error
}

func (c etcdClient) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	switch {
	case c.err != nil:
		return history.Output{}, c.err
	case in.F == history.Write:
		_, err := c.Put(ctx, in.Key, string(in.Value))
		return history.Output{}, err
	case in.F == history.Read:
		reply, err := c.Get(ctx, in.Key)
		if err != nil || len(reply.Kvs) == 0 {
			return history.Output{}, err
		}
		return history.Output{Value: history.Value(reply.Kvs[0].Value)}, nil
	default:
		return history.Output{}, fmt.Errorf("%s: %w", in.F, cluster.ErrNoEffect)
	}
}

func (c etcdClient) Close() error { return c.close() }
