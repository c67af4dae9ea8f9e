package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client speaks to the agent at Addr (host:port).
type Client struct {
	Addr  string
	Token string
	HTTP  *http.Client
}

// Cut makes peers the whole set of addresses whose packets the node does not
// receive. It returns nil only when the node's kernel was seen to hold that set.
func (c Client) Cut(ctx context.Context, peers []netip.Addr) error {
	want := normal(peers)
	body, err := json.Marshal(want)
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, http.MethodPut, "/cuts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	held, err := decodePeers(bytes.NewReader(answer))
	if err != nil {
		return err
	}
	if !slices.Equal(held, want) {
		return fmt.Errorf("asked the agent to cut %v, it cut %v", want, held)
	}
	return nil
}

// Healthy returns nil when the agent answers and can read its rules.
func (c Client) Healthy(ctx context.Context) error {
	_, err := c.do(ctx, http.MethodGet, "/healthz", nil)
	return err
}

func (c Client) do(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Addr+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the agent: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, bodyBytesMax))
	if err != nil {
		return nil, fmt.Errorf("read the agent's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the agent answered %s: %s", resp.Status, strings.TrimSpace(string(answer)))
	}
	return answer, nil
}
