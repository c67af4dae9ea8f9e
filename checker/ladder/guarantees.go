package ladder

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"senkei/checker"
)

// guarantees judges the session guarantees (Terry, Demers, Petersen, Spreitzer, Theimer and
// Welch, "Session guarantees for weakly consistent replicated data", 1994) in the terms of the
// causal order, which also says which of two versions of a key is older:
//
//   - read your writes: after its own write, a session reads no older version of that key;
//   - monotonic reads: after it has read a version, it reads no older one of that key;
//   - monotonic writes: after it has read another session's write, it reads no version older
//     than one which that session wrote before to another key;
//   - writes follow reads: nor one older than that session had read before it wrote.
//
// The last two promise in which order writes arrive, which is seen only by a session whose
// reads go forward; so one that has seen a write is expected to keep seeing it. Writes that
// precede themselves do not follow reads.
func (o *order) guarantees(ctx context.Context) []Rung {
	models := []string{MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads}
	found := map[string]Rung{}
	switch {
	case o.limit != "":
	case o.cycle != nil:
		found[WritesFollowReads] = o.circle(WritesFollowReads)
	default:
		for s := range o.sessions {
			if ctx.Err() != nil || o.looks > looksMax {
				o.limit = notFollowed
				break
			}
			w := walk{order: o, session: s, seen: map[int]map[int]int{}, news: map[int]*news{}, found: found}
			w.run()
		}
		if o.looks > looksMax {
			o.limit = notFollowed
		}
	}
	var rungs []Rung
	for _, model := range models {
		rung, broken := found[model]
		if !broken {
			rung = o.undecided(model)
		}
		rungs = append(rungs, rung)
	}
	return rungs
}

const notFollowed = "what each process saw of the others was not followed to the end within the time and the bounds given"

// walk follows one session and keeps what it has seen.
type walk struct {
	*order
	session int
	// seen holds, by key and writing session, the last read of the latest write seen.
	seen  map[int]map[int]int
	news  map[int]*news // by writing session
	found map[string]Rung
}

// news are the reads through which a session saw the latest write of another session, and
// the latest one to another key than that.
type news struct{ latest, other int }

func (w *walk) run() {
	for _, i := range w.sessions[w.session] {
		d := w.deeds[i]
		if !d.reads || d.maybe || d.from == untold {
			continue
		}
		w.ownWrites(i)
		w.ownReads(i)
		w.ofOthers(i)
		if d.from >= 0 {
			w.note(i)
		}
	}
}

// broken keeps the first break of a model.
func (w *walk) broken(model, reason string, deeds ...int) {
	if _, already := w.found[model]; !already {
		w.found[model] = Rung{Model: model, Status: checker.Invalid, Reason: checker.Sentence(reason), Ops: w.ops(deeds...)}
	}
}

func (w *walk) ownWrites(i int) {
	d := w.deeds[i]
	own, ok := w.lastUntil(w.touched[d.key][w.session].writes, d.index-1)
	if ok && own != d.from && w.older(d.from, own) {
		w.broken(ReadYourWrites, fmt.Sprintf("%s %s and then %s, which is older", w.process(i), w.wrote(own), w.saw(i)), own, i)
	}
}

func (w *walk) ownReads(i int) {
	d := w.deeds[i]
	for _, s := range slices.Sorted(maps.Keys(w.seen[d.key])) {
		earlier := w.seen[d.key][s]
		if newer := w.deeds[earlier].from; newer != d.from && w.older(d.from, newer) {
			w.broken(MonotonicReads, fmt.Sprintf("%s %s and then %s, which is older", w.process(i), w.saw(earlier), w.saw(i)), earlier, i)
			return
		}
	}
}

// ofOthers looks at what the writers of what this session saw had written and read before.
func (w *walk) ofOthers(i int) {
	d := w.deeds[i]
	for _, s := range slices.Sorted(maps.Keys(w.touched[d.key])) {
		n := w.news[s]
		if s == w.session || n == nil {
			continue
		}
		through := n.latest
		if w.deeds[through].key == d.key {
			through = n.other
		}
		if through < 0 {
			continue
		}
		seen := w.deeds[through].from
		index := w.deeds[seen].index
		told := fmt.Sprintf("; %s %s and then %s, which is older", w.process(i), w.saw(through), w.saw(i))
		if first, ok := w.lastUntil(w.touched[d.key][s].writes, index-1); ok && first != d.from && w.older(d.from, first) {
			w.broken(MonotonicWrites, fmt.Sprintf("%s %s and then %s", w.process(first), w.wrote(first), w.wrote(seen))+told, first, seen, through, i)
		}
		for _, read := range w.touched[d.key][s].reads {
			if w.looks++; w.deeds[read].index >= index || w.looks > looksMax {
				break
			}
			if first := w.deeds[read].from; first >= 0 && first != d.from && w.older(d.from, first) {
				w.broken(WritesFollowReads, fmt.Sprintf("%s %s and then %s", w.process(read), w.saw(read), w.wrote(seen))+told, read, seen, through, i)
				break
			}
		}
	}
}

// note keeps that deed i saw a write.
func (w *walk) note(i int) {
	d := w.deeds[i]
	from := w.deeds[d.from]
	if w.seen[d.key] == nil {
		w.seen[d.key] = map[int]int{}
	}
	index := func(read int) int { return w.deeds[w.deeds[read].from].index }
	if before, ok := w.seen[d.key][from.session]; !ok || index(before) <= from.index {
		w.seen[d.key][from.session] = i
	}
	n := w.news[from.session]
	switch {
	case n == nil:
		w.news[from.session] = &news{latest: i, other: -1}
	case index(n.latest) < from.index:
		if w.deeds[n.latest].key != d.key {
			n.other = n.latest
		}
		n.latest = i
	case w.deeds[n.latest].key != d.key && (n.other < 0 || index(n.other) < from.index):
		n.other = i
	}
}
