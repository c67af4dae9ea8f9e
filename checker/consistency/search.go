package consistency

import (
	"context"
	"encoding/binary"
	"slices"

	"senkei/history"
)

// answer is how a search ended.
type answer uint8

const (
	outOfTime answer = iota
	outOfSteps
	exhausted
	found
)

// looksMax bounds, beside time and memory, the search for an order, which looks at what each
// session does next. It is one to three seconds.
const looksMax = 30_000_000

// search looks for one order of all accesses that keeps the order of each session and explains
// every result, depth first. A read that fits is taken at once, because it changes nothing. A
// value that only one write stores is not replaced while a read of it is to come. Dead ends are
// remembered.
type search struct {
	*record
	ctx       context.Context
	looks     int
	bytesLeft int64

	at    []int32 // how many accesses of each session were taken
	holds []int32 // the place of what each key holds
	toGo  []int   // by place: reads to come of a value that only one write stores; -1 for others
	rest  int     // accesses to come that certainly took place
	trail []taken
	dead  map[string]bool

	keyBytes  []byte
	deepest   int // length of the longest order that is a dead end, and its state
	deepAt    []int32
	deepHolds []int32
}

// taken is an access and what its key held before.
type taken struct {
	access int
	held   int32
}

// searchBytes is about what a search holds for each access, beside the states that it remembers.
const searchBytes = 64

func newSearch(ctx context.Context, r *record, memoryBytes int64) *search {
	s := &search{record: r, ctx: ctx, bytesLeft: memoryBytes - searchBytes*int64(len(r.accesses)), dead: map[string]bool{},
		at: make([]int32, len(r.sessions)), holds: make([]int32, r.keys), toGo: make([]int, len(r.writers))}
	for k, start := range r.start {
		s.holds[k] = int32(start)
	}
	for place := range s.toGo {
		if len(r.writers[place]) != 1 {
			s.toGo[place] = -1
		}
	}
	for _, a := range r.accesses {
		if a.maybe {
			continue
		}
		s.rest++
		if a.reads && s.toGo[a.foundAt] >= 0 {
			s.toGo[a.foundAt]++
		}
	}
	return s
}

// frame is a state and the writes that may come next in it.
type frame struct {
	trail int
	next  []int
}

func (s *search) run() answer {
	s.takeReads()
	frames := []frame{{len(s.trail), s.writes()}}
	for rounds := 0; s.rest > 0; {
		if s.looks > looksMax || s.bytesLeft < 0 {
			return outOfSteps
		}
		if rounds++; rounds%64 == 0 && s.ctx.Err() != nil {
			return outOfTime
		}
		top := &frames[len(frames)-1]
		if len(top.next) == 0 {
			s.measure()
			s.bury()
			frames = frames[:len(frames)-1]
			if len(frames) == 0 {
				return exhausted
			}
			s.back(frames[len(frames)-1].trail)
			continue
		}
		i := top.next[0]
		top.next = top.next[1:]
		s.take(i)
		s.takeReads()
		if s.dead[string(s.key())] {
			s.back(top.trail)
			continue
		}
		frames = append(frames, frame{len(s.trail), s.writes()})
	}
	return found
}

// next returns the access that session n does next.
func (s *search) next(n int) (int, bool) {
	s.looks++
	if int(s.at[n]) == len(s.sessions[n]) {
		return 0, false
	}
	return s.sessions[n][s.at[n]], true
}

// fits reports whether access i, which comes next in its session, can be taken.
func (s *search) fits(i int) bool {
	a, held := &s.accesses[i], s.holds[s.accesses[i].key]
	if a.reads && int32(a.foundAt) != held {
		return false
	}
	if !a.stores {
		return a.op.In.F != history.CAS || a.found != a.op.In.Expect
	}
	own := 0
	if a.reads && !a.maybe {
		own = 1
	}
	return s.toGo[held] < 0 || s.toGo[held] == own
}

// takeReads takes all accesses that fit and change nothing.
func (s *search) takeReads() {
	for n := range s.sessions {
		for i, ok := s.next(n); ok && !s.accesses[i].stores && s.fits(i); i, ok = s.next(n) {
			s.take(i)
		}
	}
}

// writes returns the accesses that fit and change something, by invocation.
func (s *search) writes() []int {
	var fit []int
	for n := range s.sessions {
		if i, ok := s.next(n); ok && s.accesses[i].stores && s.fits(i) {
			fit = append(fit, i)
		}
	}
	slices.Sort(fit)
	return fit
}

func (s *search) take(i int) {
	a := &s.accesses[i]
	s.trail = append(s.trail, taken{i, s.holds[a.key]})
	s.count(i, -1)
	s.at[a.session]++
	if a.stores {
		s.holds[a.key] = int32(a.storedAt)
	}
}

// back undoes all but the first n accesses taken.
func (s *search) back(n int) {
	for len(s.trail) > n {
		t := s.trail[len(s.trail)-1]
		s.trail = s.trail[:len(s.trail)-1]
		s.count(t.access, 1)
		s.at[s.accesses[t.access].session]--
		s.holds[s.accesses[t.access].key] = t.held
	}
}

func (s *search) count(i, by int) {
	a := &s.accesses[i]
	if a.maybe {
		return
	}
	s.rest += by
	if a.reads && s.toGo[a.foundAt] >= 0 {
		s.toGo[a.foundAt] += by
	}
}

// measure keeps the state at the end of the longest order that is a dead end.
func (s *search) measure() {
	if len(s.trail) > s.deepest || s.deepAt == nil {
		s.deepest, s.deepAt, s.deepHolds = len(s.trail), slices.Clone(s.at), slices.Clone(s.holds)
	}
}

// wait is an access that could not be taken next, and the one that it has to wait for.
type wait struct{ head, until int }

// waits says why the longest order goes no further: accesses that wait for each other in a circle,
// or else the way to one that can never be taken any more, whose until is untold.
func (s *search) waits() []wait {
	s.at, s.holds = s.deepAt, s.deepHolds
	var waits []wait
	met := map[int]int{} // session -> place in waits
	n := slices.IndexFunc(s.sessions, func(accesses []int) bool {
		i, ok := s.next(s.accesses[accesses[0]].session)
		return ok && !s.accesses[i].maybe
	})
	for {
		if start, again := met[n]; again {
			return waits[start:]
		}
		met[n] = len(waits)
		head := s.sessions[n][s.at[n]]
		until := s.obstacle(head)
		if until == untold {
			return []wait{{head, until}}
		}
		waits = append(waits, wait{head, until})
		n = s.accesses[until].session
	}
}

// obstacle returns an access to come that access i has to wait for: the write of what it found, or a
// read of what it replaces; untold if there is none.
func (s *search) obstacle(i int) int {
	a := s.accesses[i]
	held := s.holds[a.key]
	blocked := a.reads && int32(a.foundAt) != held
	for n := range s.sessions {
		for _, j := range s.sessions[n][s.at[n]:] {
			other := s.accesses[j]
			writes := other.stores && other.storedAt == a.foundAt
			reads := other.reads && !other.maybe && int32(other.foundAt) == held
			if j != i && other.key == a.key && (blocked && writes || !blocked && reads) {
				return j
			}
		}
	}
	return untold
}

// key encodes the present state; it is overwritten by the next call. How far each session has
// come also says what is to come.
func (s *search) key() []byte {
	s.keyBytes = s.keyBytes[:0]
	for _, n := range s.at {
		s.keyBytes = binary.LittleEndian.AppendUint32(s.keyBytes, uint32(n))
	}
	for _, n := range s.holds {
		s.keyBytes = binary.LittleEndian.AppendUint32(s.keyBytes, uint32(n))
	}
	return s.keyBytes
}

// bury remembers that the present state is a dead end.
func (s *search) bury() {
	const overhead = 64 // of an entry of the map
	key := string(s.key())
	s.dead[key] = true
	s.bytesLeft -= int64(len(key)) + overhead
}
