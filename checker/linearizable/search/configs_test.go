package search

import (
	"math/rand/v2"
	"senkei/checker/linearizable/projection"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// unpacked is a configuration in plain words.
type unpacked struct {
	state     int32
	must, may []bool // by slot
	used      []int  // by crashed class
}

// shape is a timeline that has nothing but its slots and its counters.
func shape(slots int, counters []int) *Timeline {
	t := &Timeline{slots: slots}
	for _, members := range counters {
		t.crashed = append(t.crashed, crashedClass{members: make([]int32, members)})
	}
	t.pack()
	return t
}

func (t *Timeline) packed(u unpacked) configuration {
	l := t.layout()
	c := make(configuration, l.words())
	c.setState(u.state)
	for slot := range t.slots {
		if u.must[slot] {
			set(l.must(c), int32(slot))
		}
		if u.may[slot] {
			set(l.may(c), int32(slot))
		}
	}
	for i, n := range u.used {
		l.used(c)[t.crashed[i].word] += uint64(n) << t.crashed[i].shift
	}
	return c
}

// some draws a configuration.
func (t *Timeline) some(r *rand.Rand, states int32) unpacked {
	u := unpacked{state: r.Int32N(states), must: make([]bool, t.slots), may: make([]bool, t.slots)}
	for slot := range t.slots {
		u.must[slot], u.may[slot] = r.IntN(2) == 0, r.IntN(2) == 0
	}
	for _, l := range t.crashed {
		u.used = append(u.used, r.IntN(len(l.members)+1))
	}
	return u
}

// near draws one that differs in a place or two.
func (t *Timeline) near(r *rand.Rand, u unpacked) unpacked {
	u.must, u.may, u.used = slices.Clone(u.must), slices.Clone(u.may), slices.Clone(u.used)
	for range 1 + r.IntN(2) {
		switch kind := r.IntN(7); {
		case kind < 2 && t.slots > 0:
			u.must[r.IntN(t.slots)] = kind == 0
		case kind < 4 && t.slots > 0:
			u.may[r.IntN(t.slots)] = kind == 2
		case kind < 6 && len(u.used) > 0:
			i := r.IntN(len(u.used))
			u.used[i] = r.IntN(len(t.crashed[i].members) + 1)
		case kind == 6:
			u.state = r.Int32N(2)
		}
	}
	return u
}

// dominates says of plain words what layout.dominates says of packed ones.
func (u unpacked) dominates(v unpacked) bool {
	if u.state != v.state {
		return false
	}
	for slot := range u.must {
		if u.must[slot] && !v.must[slot] || v.may[slot] && !u.may[slot] {
			return false
		}
	}
	for i := range u.used {
		if u.used[i] > v.used[i] {
			return false
		}
	}
	return true
}

// someShape draws up to 130 slots and counters of all widths.
func someShape(r *rand.Rand) *Timeline {
	counters := make([]int, r.IntN(12))
	for i := range counters {
		counters[i] = 1 + r.IntN(1<<r.IntN(12))
	}
	return shape([]int{0, 1, 3, 63, 64, 65, 130}[r.IntN(7)], counters)
}

func TestAConfigurationDominatesAsItsPlainWordsSay(t *testing.T) {
	r, dominated := rand.New(rand.NewPCG(1, 1)), 0
	for range 1000 {
		line := someShape(r)
		l := line.layout()
		for range 50 {
			a := line.some(r, 2)
			b := line.near(r, a)
			want := a.dominates(b)
			if want {
				dominated++
			}
			require.Equal(t, want, l.dominates(line.packed(a), line.packed(b)), "%+v beside %+v", a, b)
			require.Equal(t, b.dominates(a), l.dominates(line.packed(b), line.packed(a)), "%+v beside %+v", b, a)
		}
	}
	require.Greater(t, dominated, 1000)
}

func TestTheLargestCountOfALaneNeitherBorrowsNorCarries(t *testing.T) {
	line := shape(0, []int{1, 7, 8, 1 << 20, 3})
	l := line.layout()
	full, none := unpacked{}, unpacked{used: make([]int, 5)}
	for _, e := range line.crashed {
		full.used = append(full.used, len(e.members))
	}
	require.True(t, l.dominates(line.packed(none), line.packed(full)))
	require.False(t, l.dominates(line.packed(full), line.packed(none)))
	for i := range full.used {
		less := unpacked{used: slices.Clone(full.used)}
		less.used[i]--
		require.True(t, l.dominates(line.packed(less), line.packed(full)), "crashed class %d", i)
		require.False(t, l.dominates(line.packed(full), line.packed(less)), "crashed class %d", i)
	}
}

func TestASetKeepsExactlyWhatNothingElseInItDominates(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 500 {
		line := someShape(r)
		s := newConfigs(line.layout())
		for range 3 { // and again after it was cleared
			var given []configuration
			base := line.some(r, 2)
			for range 1 + r.IntN(chainMax-1) {
				c := line.packed(line.near(r, base))
				given = append(given, c)
				n, isNew := s.add(c)
				if isNew {
					require.Equal(t, c, s.at(n))
				}
			}
			var want []configuration
			for i, c := range given {
				if !slices.ContainsFunc(given[:i], func(d configuration) bool { return slices.Equal(c, d) }) &&
					!slices.ContainsFunc(given, func(d configuration) bool { return !slices.Equal(c, d) && s.dominates(d, c) }) {
					want = append(want, c)
				}
			}
			require.ElementsMatch(t, want, s.survivors())
			s.clear()
			require.Zero(t, s.n)
		}
	}
}

// survivors returns copies of what is not dead.
func (s *configs) survivors() []configuration {
	var list []configuration
	for n := range s.n {
		if !s.isDead(n) {
			list = append(list, slices.Clone(s.at(n)))
		}
	}
	return list
}

func TestASetKnowsWhatIsEqualHoweverManyCameBetween(t *testing.T) {
	line := shape(2000, nil)
	s := newConfigs(line.layout())
	c := make(configuration, s.words())
	one := func(i int) configuration { // none dominates another
		clear(c)
		set(s.must(c), int32(i))
		return c
	}
	for i := range 2000 {
		n, isNew := s.add(one(i))
		require.True(t, isNew)
		require.Equal(t, i, n)
	}
	for i := range 2000 {
		_, isNew := s.add(one(i))
		require.False(t, isNew, "%d", i)
		require.Equal(t, one(i), s.at(i), "it has stayed as the set grew")
		require.False(t, s.isDead(i))
	}
	s.clear()
	_, isNew := s.add(one(7))
	require.True(t, isNew, "a cleared set knows nothing")
}

func TestASetThatWasClearedHoldsNoMoreThanItSays(t *testing.T) {
	line := shape(64, nil)
	s := newConfigs(line.layout())
	c := make(configuration, s.words())
	for i := range 100_000 {
		c[0], c[1] = uint64(i), 1
		s.add(c)
	}
	s.clear()
	s.add(c)
	s.clear()
	require.Less(t, s.bytes(), int64(3<<20))
	require.Less(t, cap(s.exact), 1000)
	require.Less(t, cap(s.latest), 1000)
}

func TestStatesAreNumberedInTheOrderInWhichTheyAreMet(t *testing.T) {
	s := newStates[bool](projection.Model{})
	require.EqualValues(t, 0, s.number(false), "the first state is 0")
	require.EqualValues(t, 1, s.number(true))
	require.EqualValues(t, 0, s.number(false))
	require.Equal(t, []bool{false, true}, s.list)
}
