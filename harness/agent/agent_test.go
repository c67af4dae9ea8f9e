package agent

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeFilter is a kernel in memory; lose makes it forget what it was told.
type fakeFilter struct {
	held []netip.Addr
	lose bool
	err  error
}

func (f *fakeFilter) Drop(peers []netip.Addr) error {
	if !f.lose {
		f.held = peers
	}
	return f.err
}

func (f *fakeFilter) Dropped() ([]netip.Addr, error) { return f.held, f.err }

func start(t *testing.T, f Filter) Client {
	srv := httptest.NewServer(Handler("secret", f))
	t.Cleanup(srv.Close)
	t.Cleanup(srv.Client().CloseIdleConnections)
	return Client{Addr: strings.TrimPrefix(srv.URL, "http://"), Token: "secret", HTTP: srv.Client()}
}

func addrs(s ...string) []netip.Addr {
	list := []netip.Addr{}
	for _, a := range s {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

func TestAPutReplacesTheWholeSet(t *testing.T) {
	ctx := context.Background()
	f := &fakeFilter{}
	c := start(t, f)
	require.NoError(t, c.Healthy(ctx))
	for _, set := range [][]netip.Addr{addrs("10.0.0.3", "10.0.0.2", "10.0.0.3"), addrs("10.0.0.4"), addrs(), nil} {
		require.NoError(t, c.Cut(ctx, set))
		require.Equal(t, normal(set), normal(f.held))
	}
}

func TestAPutIsRefusedWhenTheKernelDoesNotHoldTheSet(t *testing.T) {
	c := start(t, &fakeFilter{lose: true})
	require.ErrorContains(t, c.Cut(context.Background(), addrs("10.0.0.2")), "the kernel drops []")
}

func TestAnErrorOfTheKernelReachesTheCaller(t *testing.T) {
	ctx := context.Background()
	c := start(t, &fakeFilter{err: errors.New("operation not permitted")})
	require.ErrorContains(t, c.Cut(ctx, addrs("10.0.0.2")), "operation not permitted")
	require.ErrorContains(t, c.Healthy(ctx), "operation not permitted")
}

func TestNothingIsServedWithoutTheToken(t *testing.T) {
	f := &fakeFilter{}
	c := start(t, f)
	for _, token := range []string{"", "wrong", "secret2"} {
		c.Token = token
		require.ErrorContains(t, c.Cut(context.Background(), addrs("10.0.0.2")), "401")
		require.ErrorContains(t, c.Healthy(context.Background()), "401")
		require.Empty(t, f.held)
	}
	require.Panics(t, func() { Handler("", f) })
}

func TestWhatIsNotAShortListOfIPv4AddressesIsRefused(t *testing.T) {
	many := `["10.0.0.1"` + strings.Repeat(`,"10.0.0.1"`, MaxPeers) + `]`
	f := &fakeFilter{held: addrs("10.0.0.9")}
	srv := Handler("secret", f)
	for body, want := range map[string]string{
		``:                                "not a JSON list",
		`null`:                            "not a JSON list",
		`{}`:                              "not a JSON list",
		`[1]`:                             "not a JSON list",
		`["n1"]`:                          "not a JSON list",
		`["10.0.0.1"] []`:                 "not a JSON list",
		`["10.0.0.0/8"]`:                  "not a JSON list",
		`["::1"]`:                         "not an IPv4 address",
		`["::ffff:10.0.0.1"]`:             "not an IPv4 address",
		`[""]`:                            "not an IPv4 address",
		many:                              "65 peers are more than 64",
		strings.Repeat(" ", 5000) + `[]`:  "longer than 4096 bytes",
		strings.Repeat("[", bodyBytesMax): "not a JSON list",
	} {
		req := httptest.NewRequest(http.MethodPut, "/cuts", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer secret")
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, req)
		require.Equal(t, http.StatusBadRequest, w.Code, "%.40q", body)
		require.Contains(t, w.Body.String(), want, "%.40q", body)
	}
	require.Equal(t, addrs("10.0.0.9"), f.held)
}

func FuzzDecodePeers(f *testing.F) {
	for _, seed := range []string{`[]`, `["10.0.0.1","10.0.0.1"]`, `null`, `["::1%a"]`, `[`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		peers, err := decodePeers(strings.NewReader(body))
		if err != nil {
			return
		}
		require.NotNil(t, peers)
		require.LessOrEqual(t, len(peers), MaxPeers)
		for i, p := range peers {
			require.True(t, p.Is4())
			require.True(t, i == 0 || peers[i-1].Less(p))
		}
	})
}
