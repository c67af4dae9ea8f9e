package consistency_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

// parse reads a history, one line for each event or finished operation:
//
//	1 w x 5       process 1 writes 5 to x, from here to here
//	1 r x 5       process 1 reads 5 from x; - is nothing
//	1 cas x 5 6   process 1 replaces 5 by 6
//	1 no x 5 6 7  the same, refused because it found 7
//
// A "?" before the process means that the outcome is unknown, a "!" that it failed.
func parse(t *testing.T, text string) history.History {
	b := history.NewBuilder()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		words := strings.Fields(line)
		outcome := history.OK
		switch words[0] {
		case "?":
			outcome, words = history.Unknown, words[1:]
		case "!":
			outcome, words = history.Failed, words[1:]
		}
		var p history.Process
		_, err := fmt.Sscan(words[0], &p)
		require.NoError(t, err)
		in, out := history.Input{Key: words[2]}, history.Output{}
		value := func(i int) history.Value { return history.Value(strings.TrimPrefix(words[i], "-")) }
		switch words[1] {
		case "w":
			in.F, in.Value = history.Write, value(3)
		case "r":
			in.F, out.Value = history.Read, value(3)
		case "cas":
			in.F, in.Expect, in.Value, out.Swapped = history.CAS, value(3), value(4), true
		case "no":
			in.F, in.Expect, in.Value, out.Value = history.CAS, value(3), value(4), value(5)
		default:
			t.Fatalf("line %q", line)
		}
		b.Invoke(p, "n1", in, 0)
		b.Complete(p, out, outcome, "", 0)
	}
	return b.History(0)
}

func judge(h history.History) consistency.Judgement {
	v := linearizable.Of(models.Register{}).Check(context.Background(), h, checker.Limits{})
	return consistency.Judge(context.Background(), h, v, checker.Limits{})
}

// statuses maps each model to its status, in letters: v, i or u.
func statuses(l consistency.Judgement) string {
	var text strings.Builder
	for _, r := range l.Verdicts {
		text.WriteString(r.Status.String()[:1])
	}
	return text.String()
}

// Breaks of one session guarantee each, after examples of Terry, Demers, Petersen, Spreitzer,
// Theimer and Welch, "Session guarantees for weakly consistent replicated data", 1994. Each has
// keys and processes of its own, so that they can be put together; in the end all agree.
const (
	// Section 3.1, example 1: a password is changed, and the old one is still asked for.
	password = `
		11 w password 1
		11 w password 2
		11 r password 1
		11 r password 2
		12 r password 2`
	// Section 3.2, example 3: a meeting that a calendar showed is gone.
	calendar = `
		21 w meeting 1
		22 r meeting 1
		22 r meeting -
		22 r meeting 1
		21 r meeting 1`
	// Section 3.3, example 6: a reply is shown without the article that it answers.
	board = `
		31 w article 1
		32 r article 1
		32 w reply 1
		33 r reply 1
		33 r article -
		33 r article 1
		32 r article 1
		32 r reply 1`
	// Section 3.4, example 9: new code is installed where the new version of the library that
	// it needs, which its author wrote before, is missing.
	library = `
		41 w library 1
		41 w library 2
		41 w code 1
		42 r code 1
		42 r library 1
		42 r library 2
		41 r library 2
		41 r code 1`
)

// Each history satisfies what its name says, and no stronger model. The letters are the verdicts,
// strongest first: linearizable, sequential, causal, monotonic reads, monotonic writes, read
// your writes, writes follow reads, eventual.
var hands = []struct {
	name, history, want, summary string
}{
	// By the definition of Herlihy and Wing, "Linearizability: a correctness condition for
	// concurrent objects", 1990: each takes effect at once.
	{"linearizable", `
		1 w x 1
		2 r x 1
		1 r x 1`, "vvvvvvvv", "Strongest model known to hold: linearizable."},
	// Sequential consistency lets a process "read arbitrarily stale state"
	// (jepsen.io/consistency/models/sequential), because it knows no time (Attiya and Welch,
	// "Sequential consistency versus linearizability", 1994).
	{"sequential: a stale read by another process", `
		1 w x 1
		2 r x -
		1 r x 1
		2 r x 1`, "ivvvvvvv", "Strongest model known to hold: sequential; linearizable is broken: "},
	// Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency", POPL 2017,
	// figure 2(d), which the paper gives as causal in each sense, but not sequential; with reads
	// at the end. Several keys, so only the search can tell.
	{"causal: figure 2(d) of Bouajjani et al.", figure2["d"] + `
		1 r x 2
		1 r y 2
		2 r y 2`, "iivvvvvv", "Strongest model known to hold: causal; sequential is broken: No order of all operations keeps that of each process"},
	// Lamport, "How to make a multiprocessor computer that correctly executes multiprocess
	// programs", 1979: both processes enter the critical section; with reads at the end.
	{"causal: each of two processes misses the other's write", `
		1 w a 1
		2 w b 1
		1 r b -
		2 r a -
		1 r b 1
		2 r a 1
		1 r a 1
		2 r b 1`, "iivvvvvv", "Strongest model known to hold: causal; sequential is broken: No order of all operations keeps that of each process; the longest, of 0 operations, ends where process 1 wrote 1 to a only after process 2 read nothing"},
	// Causal memory orders what is causally related only (Ahamad, Neiger, Burns, Kohli and
	// Hutto, "Causal memory: definitions, implementation, and programming", 1995), so concurrent
	// writes may be seen in opposite orders.
	{"causal: concurrent writes seen in opposite orders", `
		1 w x 1
		2 w x 2
		3 r x 1
		4 r x 2
		3 r x 2
		4 r x 1
		3 r x 2
		4 r x 2`, "iivvvvvv", "Strongest model known to hold: causal; sequential is broken: Process 3 read 1 from x and then read 2 from x, but process 4 read 2 from x and then read 1 from x, which no single order has."},
	// After figure 2(e) of Bouajjani et al., where what is read is older than what was known by
	// way of another process. Here the way is longer, so that no session guarantee is broken.
	{"all session guarantees: a chain over three processes", `
		1 w x 1
		2 r x 1
		2 w y 1
		3 r y 1
		3 w z 1
		4 r z 1
		4 r x -
		5 r x 1
		4 r x 1
		4 r y 1
		5 r y 1
		5 r z 1`, "iiivvvvv", "Strongest model known to hold: monotonic reads, monotonic writes, read your writes, writes follow reads; causal is broken: Process 4 read nothing from x although what it knew then included that process 1 wrote 1 to x"},
	{"monotonic reads only", password + board + library, "iiiviiiv", "Strongest model known to hold: monotonic reads; causal is broken: "},
	{"monotonic writes only", password + calendar + board, "iiiiviiv", "Strongest model known to hold: monotonic writes; monotonic reads is broken: "},
	{"read your writes only", calendar + board + library, "iiiiiviv", "Strongest model known to hold: read your writes; monotonic writes is broken: "},
	{"writes follow reads only", password + calendar + library, "iiiiiivv", "Strongest model known to hold: writes follow reads; read your writes is broken: "},
	// Vogels, "Eventually consistent", 2009: without new updates, all reads return the last
	// value in the end. Until then they may return anything.
	{"eventual only", password + calendar + board + library, "iiiiiiiv", "Strongest model known to hold: eventual; writes follow reads is broken: Process 32 read 1 from article and then wrote 1 to reply; process 33 read 1 from reply and then read nothing from article, which is older."},
	{"nothing: replicas that never agree", password + calendar + board + library + `
		1 w x 1
		1 r x 1
		2 r x -`, "iiiiiiii", "None of the models is known to hold."},
}

func TestEachModelIsToldFromTheNext(t *testing.T) {
	for _, hand := range hands {
		l := judge(parse(t, hand.history))
		require.Equal(t, hand.want, statuses(l), "%s: %+v", hand.name, l.Verdicts)
		require.True(t, strings.HasPrefix(l.Summary(), hand.summary), "%s: %s", hand.name, l.Summary())
		for _, r := range l.Verdicts {
			require.Equal(t, r.Status == checker.Valid, r.Reason == "", "%s: %s", hand.name, r.Model)
			require.Equal(t, r.Status == checker.Invalid, len(r.Ops) > 0, "%s: %s", hand.name, r.Model)
		}
	}
}
