package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store applies commands to a kv.Store, unless told to fail.
type store struct {
	kv      *kv.Store
	failure *replica.Error
	asked   []replica.Request
}

func (s *store) Do(_ context.Context, r replica.Request) replica.Reply {
	s.asked = append(s.asked, r)
	if s.failure != nil {
		return replica.Reply{Err: s.failure}
	}
	switch {
	case r.Change != nil || r.Transfer != nil:
		return replica.Reply{Leader: "n3"}
	case r.Read != nil:
		return replica.Reply{Result: s.kv.Read(r.Read.Query)}
	}
	result, _ := s.kv.Apply(s.kv.Applied()+1, &r.Command)
	return replica.Reply{Result: result}
}

func (s *store) Status() (replica.Status, bool) {
	return replica.Status{
		ID: "n2", Role: raft.Leader, Term: 7, Leader: "n2", Commit: 9, Applied: 8, LastIndex: 10, StateHash: 255,
		Configuration:      raft.NewConfiguration(raft.Server{ID: "n2"}, raft.Server{ID: "n3", Learner: true}),
		ConfigurationIndex: 4, SnapshotsInstalled: 2,
	}, true
}

func (s *store) ClientAddr(raft.ID) string { return "" }

func serve(t *testing.T) (*store, string) {
	s := &store{kv: kv.New(10)}
	server := httptest.NewServer(api.NewHandler(s, api.HandlerOptions{Metrics: http.NotFoundHandler()}))
	t.Cleanup(server.Close)
	return s, server.Listener.Addr().String()
}

func TestEveryOperationOfTheStoreIsPutToItOverHTTP(t *testing.T) {
	s, addr := serve(t)
	c := System{}.Open(addr)
	defer c.Close()
	read, more := history.Micro{F: history.Read, Key: "l"}, history.Micro{F: history.Append, Key: "l", Value: "2"}
	for _, step := range []struct {
		in   history.Input
		want history.Output
	}{
		{history.Input{F: history.CAS, Key: "x", Value: "1"}, history.Output{Swapped: true}},
		{history.Input{F: history.CAS, Key: "x", Expect: "7", Value: "8"}, history.Output{Value: "1"}},
		{history.Input{F: history.CAS, Key: "x", Expect: "1", Value: `"two é"`}, history.Output{Swapped: true}},
		{history.Input{F: history.Read, Key: "x"}, history.Output{Value: `"two é"`}},
		{history.Input{F: history.Write, Key: "x", Value: "3"}, history.Output{}},
		{history.Input{F: history.Read, Key: "x"}, history.Output{Value: "3"}},
		{history.Input{F: history.Delete, Key: "x"}, history.Output{}},
		{history.Input{F: history.Read, Key: "x"}, history.Output{}},
		{history.Input{F: history.Add, Key: "n", Value: "5"}, history.Output{}},
		{history.Input{F: history.Read, Key: "n"}, history.Output{Value: "5"}},
		{history.Input{F: history.Append, Key: "l", Value: "1"}, history.Output{}},
		{history.Input{F: history.Txn, Value: history.Transaction(more, read)}, history.Output{Value: `[["append","l",2],["r","l",[1,2]]]`}},
	} {
		out, err := c.Invoke(t.Context(), step.in)
		require.NoError(t, err, "%+v", step.in)
		require.Equal(t, step.want, out, "%+v", step.in)
	}
	for _, r := range s.asked {
		require.True(t, r.Forward)
	}
}

func TestOnlyWhatTheServerVouchesForHadNoEffect(t *testing.T) {
	s, addr := serve(t)
	c := System{}.Open(addr)
	defer c.Close()
	write := history.Input{F: history.Write, Key: "x", Value: "1"}

	s.failure = &replica.Error{Code: replica.NoLeader, Definite: true}
	_, err := c.Invoke(t.Context(), write)
	require.ErrorIs(t, err, cluster.ErrNoEffect)

	s.failure = &replica.Error{Code: replica.Timeout}
	_, err = c.Invoke(t.Context(), write)
	require.Error(t, err)
	require.NotErrorIs(t, err, cluster.ErrNoEffect)
	require.Len(t, s.asked, 2, "nothing is sent twice")

	for _, in := range []history.Input{{F: history.Enqueue, Key: "x"}, {F: history.CAS, Key: "x", Expect: "1"}} {
		_, err = c.Invoke(t.Context(), in)
		require.ErrorIs(t, err, cluster.ErrNoEffect)
	}
	require.Len(t, s.asked, 2, "what the store does not offer is not sent")
}

func TestANodeThatIsDownHadNoEffect(t *testing.T) {
	server := httptest.NewServer(nil)
	addr := server.Listener.Addr().String()
	server.Close()
	c := System{}.Open(addr)
	defer c.Close()
	_, err := c.Invoke(t.Context(), history.Input{F: history.Write, Key: "x", Value: "1"})
	require.ErrorIs(t, err, cluster.ErrNoEffect)
	_, err = System{}.Status(t.Context(), addr)
	require.Error(t, err)
}

func TestStatusSaysWhoLeads(t *testing.T) {
	_, addr := serve(t)
	status, err := System{}.Status(t.Context(), addr)
	require.NoError(t, err)
	require.Equal(t, cluster.Status{
		Node: "n2", Leader: "n2", Term: 7, Leads: true, Commit: 9, Applied: 8, Last: 10, State: "00000000000000ff",
		Configuration: 4, Members: []cluster.Member{{Node: "n2", Voter: true}, {Node: "n3"}}, Snapshots: 2,
	}, status)
}

func TestTheLaunchNamesEveryPeerAndWhereItIsReached(t *testing.T) {
	s := System{Path: "/bin/senkei-node", Args: []string{"--election-timeout", "1s"}}
	require.Equal(t, "node", s.Name())
	require.Equal(t, cluster.Launch{Binary: "/bin/senkei-node", Reference: true, Args: []string{
		"--id", "n1", "--peers", "n1=10.0.0.1:7000,n2=10.0.0.2:7000", "--data", "/data",
		"--peer-listen", ":7000", "--client-listen", "0.0.0.0:8080", "--advertise", "10.0.0.1:8080",
		"--election-timeout", "1s",
	}}, s.Launch(cluster.Endpoint{
		ID: "n1", PeerListen: ":7000", ClientListen: "0.0.0.0:8080", DataDir: "/data",
		Peers: map[history.NodeID]string{"n2": "10.0.0.2:7000", "n1": "10.0.0.1:7000"},
	}))
}

func TestMembersAndLeadershipAreChangedThroughTheLeader(t *testing.T) {
	s, addr := serve(t)
	require.NoError(t, System{}.AddMember(t.Context(), addr, "n4", "host:7000"))
	require.NoError(t, System{}.RemoveMember(t.Context(), addr, "n4"))
	require.NoError(t, System{}.Transfer(t.Context(), addr, "n3"))
	require.Equal(t, []replica.Request{
		{Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "n4", Addr: "host:7000"}}},
		{Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "n4"}}},
		{Transfer: &replica.Transfer{To: "n3"}},
	}, s.asked)
	s.failure = &replica.Error{Code: replica.ChangePending, Definite: true}
	require.Error(t, System{}.RemoveMember(t.Context(), addr, "n4"))
}
