package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// seen is one request as it arrived.
type seen struct{ line, client, seq, body string }

// scripted is a server that answers its requests, in the order in which they arrive on
// whichever connection, with one line of the script each: a response, "drop" to close
// the connection without one, or "hang" to say nothing. "…, close" closes it afterwards.
type scripted struct {
	addr   string
	mu     sync.Mutex
	script []string
	seen   []seen
}

func serveScript(t *testing.T, script ...string) *scripted {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &scripted{addr: listener.Addr().String(), script: script}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer context.AfterFunc(ctx, func() { c.Close() })()
				defer c.Close()
				s.serve(ctx, c)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		listener.Close()
		running.Wait()
	})
	return s
}

func (s *scripted) serve(ctx context.Context, c net.Conn) {
	reader := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		switch line := s.next(seen{r.Method + " " + r.RequestURI, r.Header.Get(headerClient), r.Header.Get(headerSeq), string(body)}); line {
		case "drop":
			return
		case "hang":
			<-ctx.Done()
			return
		default:
			text, last := strings.CutSuffix(line, ", close")
			status, body, _ := strings.Cut(text, " ")
			fmt.Fprintf(c, "HTTP/1.1 %s X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
			if last {
				return
			}
		}
	}
}

func (s *scripted) next(r seen) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, r)
	if len(s.script) == 0 {
		return "drop"
	}
	line := s.script[0]
	s.script = s.script[1:]
	return line
}

func (s *scripted) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.seen...)
}

func (s *scripted) lines() (lines []string) {
	for _, r := range s.requests() {
		lines = append(lines, r.line)
	}
	return lines
}

func (s *scripted) client(t *testing.T, options Options) *Client {
	c := NewClient(s.addr, options)
	t.Cleanup(func() { c.Close() })
	return c
}

func code(t *testing.T, err error) Code {
	t.Helper()
	require.NotEmpty(t, CodeOf(err), "%v", err)
	return CodeOf(err)
}

var clientCalls = map[string]func(context.Context, *Client) (Reply, error){
	"get":       func(ctx context.Context, c *Client) (Reply, error) { return c.Get(ctx, "x") },
	"put":       func(ctx context.Context, c *Client) (Reply, error) { return c.Put(ctx, "x", "v") },
	"delete":    func(ctx context.Context, c *Client) (Reply, error) { return c.Delete(ctx, "x") },
	"append":    func(ctx context.Context, c *Client) (Reply, error) { return c.Append(ctx, "x", "v") },
	"swap":      func(ctx context.Context, c *Client) (Reply, error) { return c.CompareAndSet(ctx, "x", nil, "v") },
	"increment": func(ctx context.Context, c *Client) (Reply, error) { return c.Increment(ctx, "x", 1) },
	"range": func(ctx context.Context, c *Client) (Reply, error) {
		_, err := c.Range(ctx, Prefix("a"))
		return Reply{}, err
	},
	"transaction": func(ctx context.Context, c *Client) (Reply, error) {
		_, err := c.Txn(ctx, Atomically(Get("x")))
		return Reply{}, err
	},
	"members": func(ctx context.Context, c *Client) (Reply, error) { _, err := c.Members(ctx); return Reply{}, err },
	"addition": func(ctx context.Context, c *Client) (Reply, error) {
		_, err := c.AddMember(ctx, "n4", "h:1")
		return Reply{}, err
	},
	"removal": func(ctx context.Context, c *Client) (Reply, error) {
		_, err := c.RemoveMember(ctx, "n4")
		return Reply{}, err
	},
	"transfer": func(ctx context.Context, c *Client) (Reply, error) {
		_, err := c.TransferLeadership(ctx, "n2")
		return Reply{}, err
	},
	"status": func(ctx context.Context, c *Client) (Reply, error) { _, err := c.Status(ctx); return Reply{}, err },
}

func TestAnOperationWhoseConnectionBreaksWasSentOnceAndIsInDoubt(t *testing.T) {
	for name, operate := range clientCalls {
		t.Run(name+" on a new connection", func(t *testing.T) {
			s := serveScript(t, "drop")
			_, err := operate(t.Context(), s.client(t, Options{}))
			require.Equal(t, Unanswered, code(t, err))
			require.False(t, Definite(err))
			require.Len(t, s.requests(), 1)
		})
		t.Run(name+" on a connection that was used before", func(t *testing.T) {
			s := serveScript(t, `200 {"found":true,"value":"v"}`, "drop")
			c := s.client(t, Options{})
			_, err := c.Get(t.Context(), "x")
			require.NoError(t, err)
			_, err = operate(t.Context(), c)
			require.False(t, Definite(err), "%v", err)
			require.Len(t, s.requests(), 2)
		})
		t.Run(name+" that gets an answer that is none", func(t *testing.T) {
			s := serveScript(t, "500 oh no")
			_, err := operate(t.Context(), s.client(t, Options{}))
			require.Equal(t, Unanswered, code(t, err))
			require.False(t, Definite(err))
		})
	}
}

func TestAnIdleConnectionThatTheServerClosedIsReplacedWithoutDoubt(t *testing.T) {
	s := serveScript(t, `200 {"revision":1}, close`, `200 {"revision":2}`)
	c := s.client(t, Options{})
	_, err := c.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !c.conn.idle() }, 5*time.Second, time.Millisecond)
	reply, err := c.Put(t.Context(), "x", "2")
	require.NoError(t, err)
	require.Equal(t, Reply{Revision: 2}, reply)
	require.Len(t, s.requests(), 2)
}

func TestARefusedConnectionIsDefinite(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listener.Close()
	for name, operate := range clientCalls {
		t.Run(name, func(t *testing.T) {
			_, err := operate(t.Context(), NewClient(listener.Addr().String(), Options{}))
			require.Equal(t, Unsent, code(t, err))
			require.True(t, Definite(err))
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
		})
	}
}

func TestAnOperationIsDefiniteIfItsContextEndsBeforeItIsSentAndInDoubtAfter(t *testing.T) {
	s := serveScript(t, "hang")
	c := s.client(t, Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Put(ended, "x", "v")
	require.True(t, Definite(err))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.requests())

	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = c.Put(short, "x", "v")
	require.False(t, Definite(err))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestWhatTheServerWouldRefuseIsNotSent(t *testing.T) {
	s := serveScript(t)
	c := s.client(t, Options{})
	for name, operate := range map[string]func() error{
		"a long value": func() error {
			_, err := c.Put(t.Context(), "x", strings.Repeat("v", limits.ValueBytesMax+1))
			return err
		},
		"no key":               func() error { _, err := c.Get(t.Context(), ""); return err },
		"a reversed range":     func() error { _, err := c.Range(t.Context(), Between("b", "a")); return err },
		"no transaction":       func() error { _, err := c.Txn(t.Context(), If()); return err },
		"no address":           func() error { _, err := c.AddMember(t.Context(), "n4", ""); return err },
		"a member of no name":  func() error { _, err := c.RemoveMember(t.Context(), ""); return err },
		"a leader of no names": func() error { _, err := c.TransferLeadership(t.Context(), "a b"); return err },
	} {
		err := operate()
		require.Equal(t, replica.Invalid, code(t, err), name)
		require.True(t, Definite(err))
	}
	require.Empty(t, s.requests())
}

func TestATokenThatWouldEndTheHeaderIsNotSent(t *testing.T) {
	s := serveScript(t)
	_, err := s.client(t, Options{Token: "a\r\nHost: b"}).Get(t.Context(), "x")
	require.Equal(t, Unsent, code(t, err))
	require.ErrorContains(t, err, "the token")
	require.Empty(t, s.requests())
}

func TestRequestsLookAsTheInterfaceWantsThem(t *testing.T) {
	var script []string
	for range 14 {
		script = append(script, `200 {}`)
	}
	s := serveScript(t, script...)
	c := s.client(t, Options{Forward: true, Consistency: Stale})
	_, err := c.Get(t.Context(), "a/b é")
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "..", "v\n")
	require.NoError(t, err)
	_, err = c.Delete(t.Context(), "x")
	require.NoError(t, err)
	old := `"1"`
	_, err = c.CompareAndSet(t.Context(), "x", &old, "2")
	require.NoError(t, err)
	_, err = c.CompareAndSet(t.Context(), "x", nil, "2")
	require.NoError(t, err)
	_, err = c.Append(t.Context(), "x?", "v")
	require.NoError(t, err)
	_, err = c.Increment(t.Context(), "x", -5)
	require.NoError(t, err)
	_, err = c.Txn(t.Context(), If(Absent("x")).Then(Put("x", "1")))
	require.NoError(t, err)
	_, err = c.Range(t.Context(), Query{Key: "a&", End: "b\x00", Limit: 7})
	require.NoError(t, err)
	_, err = c.AddMember(t.Context(), "n4", "h:1")
	require.NoError(t, err)
	_, err = c.RemoveMember(t.Context(), "..")
	require.NoError(t, err)
	_, err = c.TransferLeadership(t.Context(), "n2")
	require.NoError(t, err)
	_, err = c.TransferLeadership(t.Context(), "")
	require.NoError(t, err)
	_, err = c.Members(t.Context())
	require.NoError(t, err)
	id := s.requests()[1].client
	require.NotEmpty(t, id)
	require.Equal(t, []seen{
		{"GET /kv/a%2Fb%20%C3%A9?consistency=stale&forward=true", "", "", ""},
		{"PUT /kv/%2E%2E?forward=true", id, "1", "v\n"},
		{"DELETE /kv/x?forward=true", id, "2", ""},
		{"POST /kv/x/cas?forward=true", id, "3", `{"expect":"\"1\"","value":"2"}`},
		{"POST /kv/x/cas?forward=true", id, "4", `{"expect":null,"value":"2"}`},
		{"POST /kv/x%3F/append?forward=true", id, "5", "v"},
		{"POST /kv/x/increment?forward=true", id, "6", `{"by":-5}`},
		{"POST /txn?forward=true", id, "7", `{"compares":[{"key":"x","exists":false}],"then":[{"put":{"key":"x","value":"1"}}]}`},
		{"GET /kv?from=a%26&limit=7&to=b%00&consistency=stale&forward=true", "", "", ""},
		{"POST /members?forward=true", "", "", `{"address":"h:1","id":"n4"}`},
		{"DELETE /members/%2E%2E?forward=true", "", "", ""},
		{"POST /leader", "", "", `{"to":"n2"}`},
		{"POST /leader", "", "", ""},
		{"GET /members", "", "", ""},
	}, s.requests())
}

func TestAKeyThatDoesNotExistIsNoError(t *testing.T) {
	s := serveScript(t, `404 {"code":"not_found","definite":true,"found":false,"consistency":"stale"}`, `404 {"code":"unknown_path","definite":true}`)
	c := s.client(t, Options{Consistency: Stale})
	reply, err := c.Get(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, Reply{Consistency: "stale"}, reply)
	_, err = c.Get(t.Context(), "x")
	require.Equal(t, UnknownPath, code(t, err), "another 404 says nothing about the key")
}

const (
	done     = `200 {"revision":1}`
	noLeader = `503 {"code":"no_leader","definite":true}`
	lost     = `504 {"code":"leader_lost","definite":false}`
	tooLarge = `413 {"code":"too_large","definite":true}`
	expired  = `409 {"code":"session_expired","definite":false}`
)

func TestTheSessionNumbersCommandsSoThatNoneIsTakenForAnother(t *testing.T) {
	for _, c := range []struct {
		says   string
		script []string
		// The number of each command, with an apostrophe for each new session before it.
		want string
	}{
		{"success counts up", []string{done, done, done}, "1 2 3"},
		{"a number that no store has seen is used again", []string{noLeader, noLeader, done, noLeader, done}, "1 1 1 2 2"},
		{"a number that may have been applied is not", []string{done, lost, done, "drop", done}, "1 2 3 4 5"},
		{"if the store may not know the session, a new one begins", []string{lost, done, done}, "1 1' 2'"},
		{"an expired session is replaced", []string{done, expired, done, done}, "1 2 1' 2'"},
		{"a value that is too large counts", []string{tooLarge, done}, "1 2"},
		{"a value that is no number counts", []string{`422 {"code":"not_number","definite":true}`, done}, "1 2"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := serveScript(t, c.script...)
			client := s.client(t, Options{})
			for range c.script {
				_, _ = client.Put(t.Context(), "x", "v")
			}
			require.Equal(t, c.want, numbers(s.requests()))
		})
	}
}

func numbers(requests []seen) string {
	sessions := map[string]int{}
	var all []string
	for _, r := range requests {
		if _, ok := sessions[r.client]; !ok {
			sessions[r.client] = len(sessions)
		}
		all = append(all, r.seq+strings.Repeat("'", sessions[r.client]))
	}
	return strings.Join(all, " ")
}

func TestAnExpiredSessionIsDefiniteOnlyForTheFirstAttempt(t *testing.T) {
	_, err := serveScript(t, expired).client(t, Options{}).Put(t.Context(), "x", "v")
	require.Equal(t, replica.SessionExpired, code(t, err))
	require.True(t, Definite(err))

	s := serveScript(t, done, lost, expired, done)
	c := s.client(t, Options{Retries: 5})
	_, err = c.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "x", "2")
	require.Equal(t, replica.SessionExpired, code(t, err))
	require.False(t, Definite(err), "the first attempt may have been applied and forgotten")
	require.Equal(t, "1 2 2", numbers(s.requests()))
}

func TestRetriesKeepTheNumberAndTheDoubt(t *testing.T) {
	s := serveScript(t, done, noLeader, lost, "drop", done, done)
	c := s.client(t, Options{Retries: 3})
	_, err := c.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "x", "2")
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "x", "3")
	require.NoError(t, err)
	require.Equal(t, "1 2 2 2 2 3", numbers(s.requests()))

	s = serveScript(t, lost, noLeader)
	_, err = s.client(t, Options{Retries: 1}).Put(t.Context(), "x", "1")
	require.Equal(t, replica.NoLeader, code(t, err))
	require.False(t, Definite(err), "the last attempt had no effect, but the one before may have had")
}

func TestARetryInAnExpiredSessionBeginsANewOne(t *testing.T) {
	s := serveScript(t, expired, done, done)
	c := s.client(t, Options{Retries: 1})
	_, err := c.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "x", "2")
	require.NoError(t, err)
	require.Equal(t, "1 1' 2'", numbers(s.requests()))
}

func TestARetryFollowsTheLeaderAndReturnsWhereThereIsNone(t *testing.T) {
	leader := serveScript(t, done, "drop")
	s := serveScript(t, fmt.Sprintf(`421 {"code":"not_leader","definite":true,"leader":"n2","leader_address":%q}`, leader.addr), done)
	c := s.client(t, Options{Retries: 2})
	_, err := c.Put(t.Context(), "x", "1")
	require.NoError(t, err)
	require.Equal(t, []string{"PUT /kv/x"}, leader.lines())
	_, err = c.Put(t.Context(), "x", "2")
	require.NoError(t, err)
	require.Equal(t, []string{"PUT /kv/x", "PUT /kv/x"}, leader.lines())
	require.Equal(t, []string{"PUT /kv/x", "PUT /kv/x"}, s.lines())
}

func TestAMembershipChangeIsRepeatedAndATransferOnlyToTheSameServer(t *testing.T) {
	const pending = `409 {"code":"change_pending","definite":true}`
	s := serveScript(t, pending, lost, "drop", `200 {"members":[{"id":"n4","address":"h:1"}]}`)
	reply, err := s.client(t, Options{Retries: 5}).AddMember(t.Context(), "n4", "h:1")
	require.NoError(t, err)
	require.Equal(t, []Member{{ID: "n4", Address: "h:1"}}, reply.Members)
	require.Len(t, s.requests(), 4)

	s = serveScript(t, noLeader, "drop", `200 {"leader":"n2"}`)
	leader, err := s.client(t, Options{Retries: 5}).TransferLeadership(t.Context(), "n2")
	require.NoError(t, err)
	require.Equal(t, raft.ID("n2"), leader.Leader)
	require.Len(t, s.requests(), 3)

	s = serveScript(t, noLeader, "drop", `200 {"leader":"n2"}`)
	_, err = s.client(t, Options{Retries: 5}).TransferLeadership(t.Context(), "")
	require.Equal(t, Unanswered, code(t, err))
	require.False(t, Definite(err))
	require.Len(t, s.requests(), 2)
}

func TestNothingOfAnAnswerThatWasNotUnderstoodIsKept(t *testing.T) {
	s := serveScript(t, `200 {"found":true,"value":"v","revision":"7"}`, `200 {"revision":8}`)
	reply, err := s.client(t, Options{Retries: 1}).Get(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, Reply{Revision: 8}, reply)
}

func TestTheNextPageBeginsRightAfterTheLastKey(t *testing.T) {
	s := serveScript(t, `200 {"items":[{"key":"a","value":"1","revision":2},{"key":"b"}],"more":true,"consistency":"lease"}`)
	q := Between("a", "c")
	page, err := s.client(t, Options{Consistency: Lease}).Range(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, RangeReply{Items: []Item{{"a", "1", 2}, {Key: "b"}}, More: true, Consistency: "lease"}, page)
	require.Equal(t, Between("b\x00", "c"), page.Next(q))
	require.Equal(t, []string{"GET /kv?from=a&to=c&consistency=lease"}, s.lines())
}

func TestARetryStopsWithItsContext(t *testing.T) {
	s := serveScript(t, noLeader, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := s.client(t, Options{Retries: 1 << 30})
	ended := make(chan error, 1)
	go func() {
		_, err := c.Put(ctx, "x", "1")
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(s.requests()) == 2 }, 10*time.Second, time.Millisecond)
	cancel()
	err := <-ended
	require.False(t, Definite(err))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.requests(), 2)
}

func TestTheErrorTellsTheLeader(t *testing.T) {
	s := serveScript(t, `421 {"code":"not_leader","message":"n2 leads","definite":true,"leader":"n2","leader_address":"h:1"}`)
	_, err := s.client(t, Options{}).Put(t.Context(), "x", "1")
	e, _ := errors.AsType[*Error](err)
	require.Equal(t, &Error{Code: replica.NotLeader, Message: "n2 leads", Definite: true, Leader: raft.ID("n2"), LeaderAddress: "h:1"}, e)
	require.EqualError(t, err, "not_leader: n2 leads")
}

func TestAnErrorOfSomethingElseIsNotDefinite(t *testing.T) {
	require.False(t, Definite(nil))
	require.False(t, Definite(io.EOF))
	require.Empty(t, CodeOf(nil))
	require.Empty(t, CodeOf(io.EOF))
}

func TestAnAnswerThatIsTooLongIsCutOff(t *testing.T) {
	s := serveScript(t, "200 "+strings.Repeat(" ", answerBytesMax+1))
	_, err := s.client(t, Options{}).Get(t.Context(), "x")
	require.Equal(t, Unanswered, code(t, err))
}

// FuzzAnswer: whatever a server answers, the client understands it or says that it does not.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"found":true,"value":"v","revision":1}`)
	f.Add(200, `{"succeeded":true,"revision":3,"results":[{"items":[{"key":"a"}],"more":true},null]}`)
	f.Add(200, `{"configuration_index":7,"members":[{"id":"n1","voter":true}]}`)
	f.Add(200, `{"peers":[{"id":"n1","heard_ms":-1}],"term":18446744073709551615}`)
	f.Add(404, `{"code":"not_found","definite":true,"found":false,"consistency":"stale"}`)
	f.Add(422, `{"code":"not_number","definite":true,"operation":3}`)
	f.Add(500, `oh no`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := answer{status: status, body: []byte(body)}
		understands[Reply](t, a)
		understands[RangeReply](t, a)
		understands[TxnReply](t, a)
		understands[Members](t, a)
		understands[Leader](t, a)
		understands[Status](t, a)
	})
}

func understands[T any](t *testing.T, a answer) {
	reply, failure := decodeAnswer[T](a)
	if failure == nil {
		require.Equal(t, http.StatusOK, a.status)
		return
	}
	var none T
	require.Equal(t, none, reply)
	require.NotEmpty(t, failure.Code)
	require.NotEmpty(t, failure.Error())
}
