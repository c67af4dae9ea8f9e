// Command senkei-node runs one node of the replicated key-value store. It exits with 0
// after a clean stop (SIGTERM or SIGINT), 254 if a flag is wrong, and 1 if it cannot run
// or go on, for example because its disk failed.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"senkei/node/server"
	"senkei/node/storage/pebble"
)

const (
	exitFailed = 1
	exitUsage  = 254
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var given flags
	cmd := &cobra.Command{
		Use:           "senkei-node --id ID (--peers ID=HOST:PORT,... | --join HOST:PORT,...) --data DIR",
		Short:         "Run one node of Senkei's replicated key-value store",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%q is not a flag: everything is said by flags", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := given.config()
			if err != nil {
				return usageError{err}
			}
			return serve(cmd.Context(), cfg, stderr)
		},
	}
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{explain(err)} })
	given.define(cmd.Flags())
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "senkei-node:", err)
	if _, wrong := errors.AsType[usageError](err); wrong {
		fmt.Fprintf(stderr, "\n%s", cmd.UsageString())
		return exitUsage
	}
	return exitFailed
}

// usageError is a mistake in the arguments.
type usageError struct{ error }

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

// serve runs the node until ctx ends.
func serve(ctx context.Context, cfg config, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: cfg.level})).
		With("node", cfg.server.Replica.ID)
	cfg.server.Log = log
	if cfg.traceFile != "" {
		trace, err := os.OpenFile(cfg.traceFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("open trace: %w", err)
		}
		defer func() { _ = trace.Close() }() // every line was written by itself
		cfg.server.Trace = trace
	}
	s, err := open(cfg)
	if err != nil {
		return err
	}
	joining, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	if len(cfg.join) > 0 {
		asking.Go(func() { cfg.joiner(s, log).run(joining) })
	}
	err = s.Run(ctx)
	stop()
	asking.Wait()
	return err
}

// open opens what the node needs and makes the server of it.
func open(cfg config) (*server.Server, error) {
	var err error
	cfg.server.Storage, err = pebble.Open(cfg.dataDir, pebble.Options{Logger: cfg.server.Log})
	if err != nil {
		return nil, err
	}
	cfg.server.Peers, err = net.Listen("tcp", cfg.peerListen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for peers: %w", err), cfg.server.Storage.Close())
	}
	cfg.server.Clients, err = net.Listen("tcp", cfg.clientListen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for clients: %w", err), cfg.server.Peers.Close(), cfg.server.Storage.Close())
	}
	if cfg.security.clients != nil {
		cfg.server.Clients = tls.NewListener(cfg.server.Clients, cfg.security.clients)
	}
	return server.New(cfg.server)
}

// joiner brings the server into the cluster that --join names.
func (cfg config) joiner(s *server.Server, log *slog.Logger) joiner {
	j := joiner{
		id: cfg.server.Replica.ID, addr: cfg.server.PeerAdvertise, log: log,
		joined: func() bool {
			status, _ := s.Status()
			_, member := status.Configuration.Find(status.ID)
			return member
		},
	}
	for _, addr := range cfg.join {
		j.asked = append(j.asked, member{newAdder(addr, cfg.security), addr})
	}
	return j
}
