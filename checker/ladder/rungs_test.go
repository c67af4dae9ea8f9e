package ladder_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/ladder"
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

func judge(h history.History) ladder.Ladder {
	v := checker.Linearizable(models.Register{}, checker.Limits{}).Check(context.Background(), h)
	return ladder.Judge(context.Background(), h, v, checker.Limits{})
}

// statuses maps each model to its status, in letters: v, i or u.
func statuses(l ladder.Ladder) string {
	var text strings.Builder
	for _, r := range l.Rungs {
		text.WriteString(r.Status.String()[:1])
	}
	return text.String()
}

// Each history is what its source shows, without the operations that show nothing here. The
// letters are the rungs, strongest first: linearizable, sequential, causal, monotonic reads,
// monotonic writes, read your writes, writes follow reads, eventual.
var hands = []struct {
	name, history, want, summary string
}{
	// Herlihy and Wing, "Linearizability", 1990, figure 1: each read returns the last value.
	{"linearizable", `
		1 w x 1
		2 r x 1
		1 r x 1`, "vvvvvvvv", "Strongest model known to hold: linearizable."},
	// Attiya and Welch, "Sequential consistency versus linearizability", 1994: a read of the
	// old value after the write of another process has ended.
	{"sequential: a stale read by another process", `
		1 w x 1
		2 r x -
		1 r x 1
		2 r x 1`, "ivvvvvvv", "Strongest model known to hold: sequential; linearizable is broken: "},
	// Ahamad, Neiger, Burns, Kohli and Hutto, "Causal memory", 1995: two processes see
	// concurrent writes in opposite orders.
	{"causal: concurrent writes seen in opposite orders", `
		1 w x 1
		2 w x 2
		3 r x 1
		4 r x 2
		3 r x 2
		4 r x 1
		3 r x 2
		4 r x 2`, "iivvvvvv", "Strongest model known to hold: causal; sequential is broken: Process 3 read 1 from x and then read 2 from x, but process 4 read 2 from x and then read 1 from x, which no single order has."},
	// Lamport, "How to make a multiprocessor computer…", 1979: both processes enter the
	// critical section. Several keys, so only the search can tell.
	{"causal: each of two processes misses the other's write", `
		1 w x 1
		2 w y 1
		1 r y -
		2 r x -
		1 r y 1
		2 r x 1
		1 r x 1
		2 r y 1`, "iivvvvvv", "Strongest model known to hold: causal; sequential is broken: No order of all operations keeps that of each process; the longest, of 0 operations, ends where process 1 wrote 1 to x only after process 2 read nothing"},
	// Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency", POPL 2017,
	// figure 2: a process that knows of a write through a third one reads what is older. Each
	// session guarantee is kept, because process 3 learns of the first by way of two others.
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
		5 r z 1`, "iiivvvvv", "Strongest model known to hold: monotonic reads, monotonic writes, read your writes, writes follow reads; causal is broken: "},
	// Terry et al., "Session guarantees…", 1994, section 3.1: a password is changed, and the
	// old one is still asked for.
	{"all but read your writes", `
		1 w x 1
		1 w x 2
		1 r x 1
		1 r x 2
		2 r x 2`, "iiivvivv", "Strongest model known to hold: monotonic reads, monotonic writes, writes follow reads; causal is broken: "},
	// The same, section 3.2: an appointment that a calendar showed is gone.
	{"all but monotonic reads", `
		1 w x 1
		2 r x 1
		2 r x -
		2 r x 1
		1 r x 1`, "iiiivvvv", ""},
	// The same, section 3.4: a new version is installed where a library that it needs, which
	// its author wrote before, is missing.
	{"all but monotonic writes", `
		1 w lib 1
		1 w app 1
		2 r app 1
		2 r lib -
		2 r lib 1
		1 r lib 1
		1 r app 1`, "iiivivvv", ""},
	// The same, section 3.3: a reply is shown without the article that it answers.
	{"all but writes follow reads", `
		1 w article 1
		2 r article 1
		2 w reply 1
		3 r reply 1
		3 r article -
		3 r article 1
		2 r article 1
		2 r reply 1`, "iiivvviv", ""},
	// Vogels, "Eventually consistent", 2009: anything may be read until replicas agree.
	{"eventual only", `
		1 w x 1
		1 r x -
		1 w y 1
		2 r y 1
		2 r x -
		2 r x 1
		2 r x -
		2 w z 1
		3 r z 1
		3 r x -
		3 r y -
		1 r x 1
		2 r x 1
		1 r y 1
		2 r y 1
		1 r z 1
		3 r z 1
		3 r y 1
		3 r x 1`, "iiiiiiiv", "Strongest model known to hold: eventual; writes follow reads is broken: "},
	{"nothing: replicas that never agree", `
		1 w x 1
		1 r x -
		2 r x 1
		2 w y 1
		1 r y 1
		1 r x -
		2 r y 1
		2 r y -
		2 r x -
		3 r y 1
		3 w z 1
		4 r z 1
		4 r y -
		2 w u 1
		2 w v 1
		4 r v 1
		4 r u -`, "iiiiiiii", "None of the models is known to hold."},
}

func TestEachRungIsToldFromTheNext(t *testing.T) {
	for _, hand := range hands {
		l := judge(parse(t, hand.history))
		require.Equal(t, hand.want, statuses(l), "%s: %+v", hand.name, l.Rungs)
		require.True(t, strings.HasPrefix(l.Summary(), hand.summary), "%s: %s", hand.name, l.Summary())
		for _, r := range l.Rungs {
			require.Equal(t, r.Status == checker.Valid, r.Reason == "", "%s: %s", hand.name, r.Model)
			require.Equal(t, r.Status == checker.Invalid, len(r.Ops) > 0, "%s: %s", hand.name, r.Model)
		}
	}
}
