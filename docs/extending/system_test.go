package extending

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"senkei/harness/cluster"
	"senkei/history"
)

// Quorum is a system: the store of the folder quorum, which has no leader.
type Quorum struct{ Binary string } // its path

func (Quorum) Name() string { return "quorum" }

func (q Quorum) Launch(e cluster.Endpoint) cluster.Launch {
	peers := slices.Sorted(maps.Values(e.Peers))
	return cluster.Launch{Binary: q.Binary, Args: []string{
		"-id", string(e.ID), "-peer-listen", e.PeerListen, "-client-listen", e.ClientListen,
		"-peers", strings.Join(peers, ","), "-data", path.Join(e.DataDir, "copies"),
	}}
}

func (Quorum) Ready(ctx context.Context, addr string) error {
	c := quorumClient{"http://" + addr, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	_, err := c.ask(ctx, http.MethodGet, "/ready", "")
	return err
}

func (Quorum) Open(addr string) cluster.Client {
	return quorumClient{"http://" + addr, &http.Client{Transport: &http.Transport{}}}
}

type quorumClient struct {
	url  string
	http *http.Client
}

// Invoke turns one operation into one request. Values are stored as their JSON text.
func (c quorumClient) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	register := "/registers/" + url.PathEscape(in.Key)
	switch in.F {
	case history.Read:
		value, err := c.ask(ctx, http.MethodGet, register, "")
		return history.Output{Value: history.Value(value)}, err
	case history.Write:
		_, err := c.ask(ctx, http.MethodPut, register, string(in.Value))
		return history.Output{}, err
	default:
		return history.Output{}, fmt.Errorf("the store has no %s: %w", in.F, cluster.ErrNoEffect)
	}
}

// ask vouches for nothing but a request that was never sent: any other error leaves the
// outcome unknown.
func (c quorumClient) ask(ctx context.Context, method, path, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	}
	resp, err := c.http.Do(req)
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return "", fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	}
	if err != nil {
		return "", err
	}
	answer, err := io.ReadAll(resp.Body)
	if err = cmp.Or(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return string(answer), err
}

func (c quorumClient) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
