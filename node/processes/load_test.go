package processes

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"senkei/node/api"
	"senkei/node/replica"
)

// load is clients that write without a pause and remember what they were told.
type load struct {
	c       *cluster
	writers []*writer
	running errgroup.Group
	stopped chan struct{} // closed when the writers are to finish

	mu           sync.Mutex
	homes        []*node // that the writers may ask
	acknowledged int
	last         time.Time     // of an acknowledgement
	gap          time.Duration // the longest between two
}

// writer alternates between two kinds of writes: it appends tokens to keys of its own, and
// adds 1 to a number that all writers share.
type writer struct {
	id     int
	load   *load
	home   *node
	client *api.Client // of home

	tokens outcomes // of appends, by token
	sums   []int64  // that increments were answered with
	// refused and doubtful count increments that failed.
	refused, doubtful int
	codes             map[api.Code]int // of all that failed
}

// outcomes says of each write how it ended.
type outcomes struct{ acknowledged, refused, doubtful []int }

const (
	sharedKey = "sum"
	// tokensPerKey keeps values short.
	tokensPerKey = 100
	// writerRetries is how often a writer sends one write before it turns to another node:
	// for three seconds about, in which a node can come back.
	writerRetries = 10
)

// load starts writers. The first asks the first node first, the second the second.
func (c *cluster) load(writers int) *load {
	l := &load{c: c, stopped: make(chan struct{}), homes: slices.Clone(c.nodes), last: time.Now()}
	for i := range writers {
		w := &writer{id: i, load: l, codes: map[api.Code]int{}}
		w.turn(i)
		l.writers = append(l.writers, w)
		l.running.Go(w.run)
	}
	c.t.Cleanup(func() { _ = l.stop() })
	return l
}

// stop lets the writers finish. The first thing that no client may be told is an error.
func (l *load) stop() error {
	l.mu.Lock()
	select {
	case <-l.stopped:
	default:
		close(l.stopped)
	}
	l.mu.Unlock()
	return l.running.Wait()
}

// ask says which nodes the writers may ask from now on.
func (l *load) ask(nodes ...*node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.homes = slices.Clone(nodes)
}

func (l *load) acknowledge() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged++
	l.gap = max(l.gap, time.Since(l.last))
	l.last = time.Now()
}

// awaitProgress waits until so many further writes are acknowledged.
func (l *load) awaitProgress(writes int) {
	l.c.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.acknowledged
	}
	goal := count() + writes
	await(l.c.t, func() error {
		if n := count(); n < goal {
			return fmt.Errorf("%d writes are acknowledged, not yet %d", n, goal)
		}
		return nil
	})
}

// turn makes the writer ask a node, as a new client.
func (w *writer) turn(to int) {
	w.load.mu.Lock()
	w.home = w.load.homes[to%len(w.load.homes)]
	w.load.mu.Unlock()
	if w.client != nil {
		_ = w.client.Close() // nothing is under way
	}
	w.client = w.home.connect(writerRetries)
}

// homeless reports whether the writer may no longer ask the node that it asks.
func (w *writer) homeless() bool {
	w.load.mu.Lock()
	defer w.load.mu.Unlock()
	return !slices.Contains(w.load.homes, w.home)
}

func (w *writer) run() error {
	defer func() { _ = w.client.Close() }()
	turns := w.id
	for n := 0; ; n++ {
		select {
		case <-w.load.stopped:
			return nil
		case <-w.load.c.t.Context().Done(): // the test has failed
			return nil
		default:
		}
		if w.homeless() {
			w.turn(turns)
		}
		for _, err := range []error{w.append(n), w.increment()} {
			if err == nil {
				w.load.acknowledge()
				continue
			}
			code := api.CodeOf(err)
			if w.codes[code]++; !excuses[code] {
				return fmt.Errorf("writer %d was told what no client may be told: %w", w.id, err)
			}
			turns++
			w.turn(turns)
		}
	}
}

// excuses are the failures that a cluster in trouble may have.
var excuses = map[api.Code]bool{
	replica.NotLeader: true, replica.NoLeader: true, replica.LeaderLost: true, replica.Timeout: true,
	replica.Overloaded: true, api.Stopping: true, api.Unsent: true, api.Unanswered: true,
}

func (w *writer) key(token int) string { return fmt.Sprintf("tokens-%d-%d", w.id, token/tokensPerKey) }

func (w *writer) append(token int) error {
	_, err := w.client.Append(w.load.c.t.Context(), w.key(token), strconv.Itoa(token)+" ")
	o := &w.tokens
	switch {
	case err == nil:
		o.acknowledged = append(o.acknowledged, token)
	case api.Definite(err):
		o.refused = append(o.refused, token)
	default:
		o.doubtful = append(o.doubtful, token)
	}
	return err
}

func (w *writer) increment() error {
	reply, err := w.client.Increment(w.load.c.t.Context(), sharedKey, 1)
	switch {
	case err == nil:
		sum, err := strconv.ParseInt(reply.Value, 10, 64)
		if err != nil {
			return err
		}
		w.sums = append(w.sums, sum)
	case api.Definite(err):
		w.refused++
	default:
		w.doubtful++
	}
	return err
}

// verify stops the load, and checks what it was told against what the cluster holds: every
// acknowledged write took place exactly once and in its order, every refused one not at
// all, and one in doubt at most once.
func (l *load) verify() {
	t := l.c.t
	t.Helper()
	require.NoError(t, l.stop())
	client := l.c.nodes[0].open(20)
	for _, w := range l.writers {
		w.verifyTokens(t, client)
	}
	l.verifySums(client)
	codes := map[api.Code]int{}
	for _, w := range l.writers {
		for code, n := range w.codes {
			codes[code] += n
		}
	}
	t.Logf("%d writes acknowledged, others ended with %v; the longest time without an acknowledgement was %v",
		l.acknowledged, codes, l.gap.Round(time.Millisecond))
}

func (w *writer) verifyTokens(t *testing.T, client *api.Client) {
	t.Helper()
	keys := map[string]bool{}
	for _, tokens := range [][]int{w.tokens.acknowledged, w.tokens.refused, w.tokens.doubtful} {
		for _, token := range tokens {
			keys[w.key(token)] = true
		}
	}
	times := map[int]int{}
	var found []int
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		reply, err := client.Get(t.Context(), key)
		require.NoError(t, err)
		for _, text := range strings.Fields(reply.Value) {
			token, err := strconv.Atoi(text)
			require.NoError(t, err)
			require.Equal(t, key, w.key(token))
			found = append(found, token)
			times[token]++
		}
	}
	for _, token := range w.tokens.acknowledged {
		require.Equal(t, 1, times[token], "token %d of writer %d was acknowledged", token, w.id)
	}
	for _, token := range w.tokens.refused {
		require.Zero(t, times[token], "token %d of writer %d was refused", token, w.id)
	}
	for _, token := range w.tokens.doubtful {
		require.LessOrEqual(t, times[token], 1, "token %d of writer %d is in doubt", token, w.id)
	}
	// One in doubt can take effect late, and so behind those that followed it.
	inOrder := slices.DeleteFunc(found, func(token int) bool { return slices.Contains(w.tokens.doubtful, token) })
	slices.SortStableFunc(inOrder, func(a, b int) int { return a/tokensPerKey - b/tokensPerKey })
	require.Equal(t, w.tokens.acknowledged, inOrder, "the tokens of writer %d in their order", w.id)
}

// verifySums checks the shared number. Each increment that took place gave a sum of its own.
func (l *load) verifySums(client *api.Client) {
	t := l.c.t
	t.Helper()
	seen := map[int64]bool{}
	doubtful := 0
	for _, w := range l.writers {
		require.True(t, slices.IsSorted(w.sums), "the sums of writer %d never go back", w.id)
		for _, sum := range w.sums {
			require.False(t, seen[sum], "the sum %d was given twice", sum)
			seen[sum] = true
		}
		doubtful += w.doubtful
	}
	reply, err := client.Get(t.Context(), sharedKey)
	require.NoError(t, err)
	sum, err := strconv.ParseInt(reply.Value, 10, 64)
	require.NoError(t, err)
	require.GreaterOrEqual(t, sum, int64(len(seen)), "increments are missing")
	require.LessOrEqual(t, sum, int64(len(seen)+doubtful), "increments took place more often than they were sent")
	if len(seen) > 0 {
		require.LessOrEqual(t, slices.Max(slices.Collect(maps.Keys(seen))), sum)
	}
}
