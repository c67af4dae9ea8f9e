package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"senkei/node/raft"
)

// httpAdder asks one member over HTTP: POST /members, which is passed on to the leader.
type httpAdder struct {
	url, token string
	client     *http.Client
}

func newAdder(addr string, s security) adder {
	scheme := "http"
	if s.join != nil {
		scheme = "https"
	}
	// A joining node asks seldom; it holds no connection meanwhile.
	transport := &http.Transport{TLSClientConfig: s.join, DisableKeepAlives: true}
	return httpAdder{scheme + "://" + addr + "/members?forward=true", s.token, &http.Client{Transport: transport}}
}

// AddMember implements adder.
func (a httpAdder) AddMember(ctx context.Context, id raft.ID, addr string) error {
	body, err := json.Marshal(map[string]string{"id": string(id), "address": addr})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	const answerBytesMax = 4 << 10
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax)) // the status says enough
	var failure struct{ Message string }
	if json.Unmarshal(answer, &failure) == nil && failure.Message != "" {
		return errors.New(failure.Message)
	}
	return fmt.Errorf("it answered %s", resp.Status)
}
