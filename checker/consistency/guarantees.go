package consistency

import (
	"context"
	"fmt"
	"slices"
)

// guarantees judges the session guarantees (Terry, Demers, Petersen, Spreitzer, Theimer and
// Welch, "Session guarantees for weakly consistent replicated data", 1994, section 3) by the
// causal order, which also says which of two versions of a key is older:
//
//   - read your writes: after its own write, a session reads no older version of that key;
//   - monotonic reads: after it has read a version, it reads no older one of that key;
//   - monotonic writes: after it has read another session's write, it reads no version older
//     than one which that session wrote before to another key;
//   - writes follow reads: nor one older than that session had read before it wrote.
//
// Terry et al. define them by the writes that a server holds, which a history does not show.
// The last two promise in which order writes arrive, and only a session whose reads go forward
// shows that; so one that has seen a write is expected to keep seeing it. Where writes precede
// themselves, writes follow reads is broken.
func (o *order) guarantees(ctx context.Context) []Verdict {
	models := []string{MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads}
	found := map[string]Verdict{}
	switch {
	case o.limit != "":
	case o.cycle != nil:
		found[WritesFollowReads] = o.circle(WritesFollowReads)
	default:
		for s := range o.sessions {
			w := walk{order: o, session: s, seen: make([][]int, o.keys), news: make([]news, len(o.sessions)), found: found}
			if len(found) == len(models) || !w.run(ctx) {
				break
			}
		}
	}
	var verdicts []Verdict
	for _, model := range models {
		verdict, broken := found[model]
		if !broken {
			verdict = o.undecided(model)
		}
		verdicts = append(verdicts, verdict)
	}
	return verdicts
}

// walk follows one session and keeps what it has seen.
type walk struct {
	*order
	session int
	// seen holds, by key and by the place of the writing session in touched, the last read of
	// the latest write seen, none if there is none.
	seen  [][]int
	news  []news // by writing session
	found map[string]Verdict
}

// news are the reads through which a session saw the latest write of another session, and
// the latest one to another key than that; none where it has seen none.
type news struct{ latest, other int }

const none = -1

// run reports whether it came to the end in time; if not, it sets the limit.
func (w *walk) run(ctx context.Context) bool {
	for s := range w.news {
		w.news[s] = news{none, none}
	}
	for n, i := range w.sessions[w.session] {
		if n%1024 == 0 && ctx.Err() != nil {
			w.limit = "what each process saw of the others was not followed to the end in the time given"
			return false
		}
		a := &w.accesses[i]
		if !a.reads || a.maybe || a.from == untold {
			continue
		}
		w.ownWrites(i)
		w.ownReads(i)
		w.ofOthers(i)
		if a.from >= 0 {
			w.note(i)
		}
	}
	return true
}

// keep keeps the first break of a model.
func (w *walk) keep(model, reason string, accesses ...int) {
	w.found[model] = w.broken(model, reason, accesses...)
}

func (w *walk) open(model string) bool {
	_, broken := w.found[model]
	return !broken
}

func (w *walk) ownWrites(i int) {
	a := &w.accesses[i]
	own, ok := until(a.index-1, w.touched[a.key][w.touchesOf(a.key, w.session)].writes)
	if ok && own != a.from && w.older(a.from, own) && w.open(ReadYourWrites) {
		w.keep(ReadYourWrites, fmt.Sprintf("%s %s and then %s, which is older", w.process(i), w.wrote(own), w.saw(i)), own, i)
	}
}

func (w *walk) ownReads(i int) {
	a := &w.accesses[i]
	for _, earlier := range w.seen[a.key] {
		if earlier == none {
			continue
		}
		if newer := w.accesses[earlier].from; newer != a.from && w.older(a.from, newer) && w.open(MonotonicReads) {
			w.keep(MonotonicReads, fmt.Sprintf("%s %s and then %s, which is older", w.process(i), w.saw(earlier), w.saw(i)), earlier, i)
			return
		}
	}
}

// ofOthers looks at what the writers of what this session saw had written and read before.
func (w *walk) ofOthers(i int) {
	a := &w.accesses[i]
	for _, t := range w.touched[a.key] {
		through := w.news[t.session].latest
		if through >= 0 && w.accesses[through].key == a.key {
			through = w.news[t.session].other
		}
		if t.session == w.session || through < 0 {
			continue
		}
		seen := w.accesses[through].from
		if w.open(MonotonicWrites) {
			first, ok := until(w.accesses[seen].index-1, t.writes)
			if ok && first != a.from && w.older(a.from, first) {
				w.keep(MonotonicWrites, w.told(first, w.wrote(first), through, i), first, seen, through, i)
			}
		}
		if w.open(WritesFollowReads) {
			if read, ok := w.readNewer(t, w.accesses[seen].index-1, a.from); ok {
				w.keep(WritesFollowReads, w.told(read, w.saw(read), through, i), read, seen, through, i)
			}
		}
	}
}

// told says that a session did something before it wrote what this one saw through a read,
// and that access i then found what is older.
func (w *walk) told(before int, did string, through, i int) string {
	seen := w.accesses[through].from
	return fmt.Sprintf("%s %s and then %s; %s %s and then %s, which is older",
		w.process(before), did, w.wrote(seen), w.process(i), w.saw(through), w.saw(i))
}

// note keeps that access i saw a write.
func (w *walk) note(i int) {
	a := &w.accesses[i]
	from := &w.accesses[a.from]
	if w.seen[a.key] == nil {
		w.seen[a.key] = slices.Repeat([]int{none}, len(w.touched[a.key]))
	}
	index := func(read int) int { return w.accesses[w.accesses[read].from].index }
	before := &w.seen[a.key][w.touchesOf(a.key, from.session)]
	if *before == none || index(*before) <= from.index {
		*before = i
	}
	n := &w.news[from.session]
	switch {
	case n.latest == none:
		n.latest = i
	case index(n.latest) < from.index:
		if w.accesses[n.latest].key != a.key {
			n.other = n.latest
		}
		n.latest = i
	case w.accesses[n.latest].key != a.key && (n.other == none || index(n.other) < from.index):
		n.other = i
	}
}
