// Command senkei-agent is the first process of a node's network container. It owns
// the network namespace for as long as it runs and cuts links in it on request, by
// dropping what arrives from given peers. It needs the capability NET_ADMIN and the
// bearer token of its control port in the environment variable SENKEI_AGENT_TOKEN.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"senkei/harness/agent"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Getenv(agent.TokenEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "senkei-agent:", err)
		os.Exit(255)
	}
}

// run serves the control port until ctx ends.
func run(ctx context.Context, token string) error {
	if token == "" {
		return fmt.Errorf("%s is not set", agent.TokenEnv)
	}
	filter := newKernelFilter()
	// A namespace in which no rule can be made shows at once, not at the first fault.
	if err := filter.Drop(nil); err != nil {
		return err
	}
	srv := &http.Server{
		Addr:           net.JoinHostPort("", strconv.Itoa(agent.Port)),
		Handler:        agent.Handler(token, filter),
		ReadTimeout:    5 * time.Second,
		WriteTimeout:   5 * time.Second,
		MaxHeaderBytes: 8 << 10,
	}
	stopped := make(chan error, 1)
	go func() { stopped <- srv.ListenAndServe() }()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve %s: %w", srv.Addr, err)
	case <-ctx.Done():
		err := srv.Close()
		<-stopped
		return err
	}
}
