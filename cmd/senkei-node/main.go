// Command senkei-node runs one node of the replicated key-value store. It exits with 0
// after a clean stop (SIGTERM or SIGINT), 254 if a flag is wrong, and 1 if it cannot run
// or go on, for example because its disk failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"senkei/node/server"
	"senkei/node/storage"
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
		Use:           "senkei-node --id ID --peers ID=HOST:PORT,... --data DIR",
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
	var err error
	cfg.server.Log = log
	cfg.server.Storage, err = storage.Open(cfg.dataDir, storage.Options{Logger: log})
	if err != nil {
		return err
	}
	cfg.server.Peers, err = net.Listen("tcp", cfg.peerListen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen for peers: %w", err), cfg.server.Storage.Close())
	}
	cfg.server.Clients, err = net.Listen("tcp", cfg.clientListen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen for clients: %w", err), cfg.server.Peers.Close(), cfg.server.Storage.Close())
	}
	s, err := server.New(cfg.server)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
