package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

// asked is a member of a pretended cluster.
type asked func(ctx context.Context, id raft.ID, addr string) error

func (a asked) AddMember(ctx context.Context, id raft.ID, addr string) error { return a(ctx, id, addr) }

// joinerOf asks the members; joined tells it when to stop.
func joinerOf(joined *atomic.Bool, members ...asked) (joiner, *bytes.Buffer) {
	var log bytes.Buffer
	j := joiner{
		id: "n4", addr: "h4:7000", joined: joined.Load,
		log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	for i, m := range members {
		j.asked = append(j.asked, member{m, string(rune('a' + i))})
	}
	return j, &log
}

func TestAMemberAsksNobody(t *testing.T) {
	var joined atomic.Bool
	joined.Store(true)
	j, log := joinerOf(&joined, func(context.Context, raft.ID, string) error {
		t.Error("it asked")
		return nil
	})
	j.run(t.Context())
	require.Contains(t, log.String(), "is a member already")
}

func TestMembersAreAskedInTurnUntilTheNodeFindsItselfInTheConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var joined atomic.Bool
		order := ""
		refuse := func(context.Context, raft.ID, string) error {
			order += "a"
			return errors.New("no leader appeared in time")
		}
		accept := func(_ context.Context, id raft.ID, addr string) error {
			require.Equal(t, raft.ID("n4"), id)
			require.Equal(t, "h4:7000", addr)
			if order += "b"; len(order) == 4 {
				time.AfterFunc(50*time.Millisecond, func() { joined.Store(true) })
			}
			return nil
		}
		j, log := joinerOf(&joined, refuse, accept)
		began := time.Now()
		j.run(t.Context())
		require.Equal(t, "abab", order)
		require.GreaterOrEqual(t, time.Since(began), addedWait, "it gives the leader time")
		require.Less(t, time.Since(began), addedWait+time.Second, "it notices soon that it has joined")
		require.Contains(t, log.String(), `msg="is not a member yet: no leader appeared in time" asked=a`)
		require.Contains(t, log.String(), `msg="was added, and waits for the leader" asked=b`)
		require.Contains(t, log.String(), "joined the cluster")
	})
}

func TestAJoinThatIsRefusedGoesOnInNoHurryUntilTheNodeStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var joined atomic.Bool
		attempts := 0
		j, log := joinerOf(&joined, func(context.Context, raft.ID, string) error {
			attempts++
			return errors.New("nothing is served at this path")
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		j.run(ctx)
		require.InDelta(t, time.Minute/joinWaitMax, attempts, 6)
		require.Equal(t, 1, strings.Count(log.String(), "\n"), "the same reason is told once")
	})
}

func TestAMemberThatDoesNotAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var joined atomic.Bool
		silent := func(ctx context.Context, _ raft.ID, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}
		j, _ := joinerOf(&joined, silent, func(context.Context, raft.ID, string) error {
			joined.Store(true)
			return nil
		})
		began := time.Now()
		j.run(t.Context())
		require.Less(t, time.Since(began), askTimeout+time.Second)
	})
}

func TestAMemberIsAskedOverHTTP(t *testing.T) {
	status, answer := http.StatusOK, "{}"
	var asked *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	a := newAdder(server.Listener.Addr().String(), security{token: "a-token-of-some-length"})
	require.NoError(t, a.AddMember(t.Context(), "n4", "h4:7000"))
	require.Equal(t, "POST /members?forward=true", asked.Method+" "+asked.RequestURI)
	require.Equal(t, "Bearer a-token-of-some-length", asked.Header.Get("Authorization"))
	var said map[string]string
	require.NoError(t, json.Unmarshal(body, &said))
	require.Equal(t, map[string]string{"id": "n4", "address": "h4:7000"}, said)

	status, answer = http.StatusServiceUnavailable, `{"code":"change_pending","message":"another change is under way"}`
	require.EqualError(t, a.AddMember(t.Context(), "n4", "h4:7000"), "change_pending: another change is under way")
	status, answer = http.StatusTeapot, "?"
	require.ErrorContains(t, a.AddMember(t.Context(), "n4", "h4:7000"), "the answer with status 418 is not understood")
}
