package models_test

import (
	"bytes"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/checker/verify"
	"senkei/history"
)

var certificates = flag.Int("certificates", 600, "random histories of each model to certify")

// certifiable are all subjects, and those whose elements come but once.
func certifiable() []subject {
	all := subjects()
	for _, c := range collections() {
		c.name += ", decided"
		all = append(all, c.subject)
	}
	return all
}

// certifier makes and verifies the certificates of a model.
type certifier struct {
	keyed  checker.Keyed
	verify func(history.History, certificate.Certificate) error
}

func certifies[S comparable](m model.Model[S]) certifier {
	return certifier{
		keyed:  linearizable.Of(m),
		verify: func(h history.History, c certificate.Certificate) error { return verify.Certificate(m, h, c) },
	}
}

// certifier returns that of the subject's model.
func (s subject) certifier() certifier {
	all := []certifier{
		certifies(models.Register{}), certifies(models.KV{}), certifies(models.VersionedRegister{}), certifies(models.Store{}),
		certifies(models.Mutex{}), certifies(models.FencedLock{}), certifies(models.Set{}), certifies(models.Counter{}),
		certifies(models.FIFOQueue{}), certifies(models.UnorderedQueue{}), certifies(models.Log{}), certifies(models.List{}),
	}
	return all[slices.IndexFunc(all, func(c certifier) bool { return c.keyed.Name() == s.model.pruned.Name() })]
}

// order returns the IDs of an order that the object allows, found by trying all.
func (s subject) order(ops []history.Op, now object) ([]int, bool) {
	if !slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK }) {
		return []int{}, true
	}
	for i, op := range ops {
		if op.Outcome == history.Failed || slices.ContainsFunc(ops, func(other history.Op) bool { return other.Outcome == history.OK && other.Complete < op.Invoke }) {
			continue
		}
		rest := slices.Delete(slices.Clone(ops), i, i+1)
		for _, o := range now.after(op.In) {
			if op.Outcome == history.OK && !s.same(o.out, op.Out) {
				continue
			}
			if order, ok := s.order(rest, o.next); ok {
				return append([]int{op.ID}, order...), true
			}
		}
	}
	return nil, false
}

// allows reports whether the object can do the operations in this order, of which those of
// unknown outcome that have to wait do nothing. What an unordered queue does of unknown
// outcome may come later than it stands, as its model says.
func (s subject) allows(ops []history.Op, now object) bool {
	if len(ops) == 0 {
		return true
	}
	if _, ok := now.(bag); ok {
		ops = slices.Clone(ops)
		for i := range ops {
			ops[i].Invoke = 2 * i
			if ops[i].Outcome == history.OK {
				ops[i].Complete = 2*i + 1
			}
		}
		return s.possible(ops, now)
	}
	all := now.after(ops[0].In)
	if len(all) == 0 && ops[0].Outcome == history.Unknown {
		return s.allows(ops[1:], now)
	}
	return slices.ContainsFunc(all, func(o outcome) bool {
		return (ops[0].Outcome == history.Unknown || s.same(o.out, ops[0].Out)) && s.allows(ops[1:], o.next)
	})
}

// knownAt returns the operations as they were known at a position.
func knownAt(ops []history.Op, cut int) []history.Op {
	var known []history.Op
	for _, op := range ops {
		if op.Invoke > cut || op.Outcome == history.Failed {
			continue
		}
		if op.Complete > cut {
			op.Outcome, op.Out, op.Complete = history.Unknown, history.Output{}, history.Never
		}
		known = append(known, op)
	}
	return known
}

// right reports whether what is claimed of a key is true, and what is to prove it does.
func (s subject) right(h history.History, key string, k certificate.Key) bool {
	var ops []history.Op
	for of, some := range h.ByKey() {
		if of == key {
			ops = some
		}
	}
	at := func(ops []history.Op, id int) int {
		return slices.IndexFunc(ops, func(op history.Op) bool { return op.ID == id && op.Outcome != history.Failed })
	}
	var named []history.Op
	switch k.Status {
	case certificate.Valid:
		for _, id := range k.Order {
			i := at(ops, id)
			if i < 0 || slices.ContainsFunc(named, func(op history.Op) bool { return op.ID == id || ops[i].Complete < op.Invoke }) {
				return false
			}
			named = append(named, ops[i])
		}
		lacks := func(op history.Op) bool { return op.Outcome == history.OK && !slices.Contains(k.Order, op.ID) }
		return !slices.ContainsFunc(ops, lacks) && s.allows(named, s.start)
	case certificate.Invalid:
		known := knownAt(ops, k.Violation.Cut)
		for _, id := range k.Violation.Core {
			i := at(known, id)
			if i < 0 || slices.ContainsFunc(named, func(op history.Op) bool { return op.ID == id }) {
				return false
			}
			named = append(named, known[i])
		}
		return !s.oracle(named) && !s.oracle(known)
	default:
		return true
	}
}

// keyed returns a history of a few keys, whose events are mixed.
func (s subject) keyed(r *rand.Rand, lie bool) history.History {
	var parts [][]history.Op
	var events [][]*int // of each key, in order
	for _, key := range []string{"", "a", "b"}[:1+r.IntN(3)] {
		ops := s.random(r, 1+r.IntN(5), lie && r.IntN(2) == 0)
		var positions []*int
		for i := range ops {
			ops[i].In.Key = key
			positions = append(positions, &ops[i].Invoke)
			if ops[i].Complete != history.Never {
				positions = append(positions, &ops[i].Complete)
			}
		}
		slices.SortFunc(positions, func(a, b *int) int { return *a - *b })
		parts, events = append(parts, ops), append(events, positions)
	}
	for position := 0; len(events) > 0; position++ {
		k := r.IntN(len(events))
		*events[k][0] = position
		if events[k] = events[k][1:]; len(events[k]) == 0 {
			events = slices.Delete(events, k, k+1)
		}
	}
	return history.History{Ops: inOrder(slices.Concat(parts...))}
}

// certify makes a certificate of what the checker finds. Where it shows no order, one is
// found by trying all.
func (s subject) certify(t *testing.T, c certifier, h history.History) certificate.Certificate {
	var parts []checker.Verdict
	for key, ops := range h.ByKey() {
		v := c.keyed.CheckKey(t.Context(), key, history.History{Ops: ops}, checker.Limits{Orders: true})
		if v.Status == checker.Valid && v.Evidence == nil {
			if order, ok := s.order(ops, s.start); ok {
				v.Evidence = &checker.Order{IDs: order}
			}
		}
		parts = append(parts, v)
	}
	return linearizable.Certify(s.model.id, h, checker.Merge("", parts...))
}

func TestACertificateOfWhatTheCheckerFoundHolds(t *testing.T) {
	for _, s := range certifiable() {
		t.Run(s.name, func(t *testing.T) {
			model := s.certifier()
			found := map[certificate.Status]int{}
			for seed := range uint64(*certificates) {
				r := rand.New(rand.NewPCG(seed, 5))
				h := s.keyed(r, seed%2 == 1)
				var file bytes.Buffer
				require.NoError(t, certificate.Encode(&file, s.certify(t, model, h)))
				c, err := certificate.Decode(&file, h)
				require.NoError(t, err, "seed %d", seed)
				require.NoError(t, model.verify(h, c), "seed %d: %s", seed, dump(h.Ops))
				for _, k := range c.Keys {
					found[k.Status]++
				}
			}
			require.Zero(t, found[certificate.Unknown])
			require.Greater(t, found[certificate.Invalid], *certificates/50, "too few violations")
		})
	}
}

// ids are those that prove what is said of the key; nil if none do.
func ids(k *certificate.Key) *[]int {
	switch k.Status {
	case certificate.Valid:
		return &k.Order
	case certificate.Invalid:
		return &k.Violation.Core
	default:
		return nil
	}
}

// mutations change one thing of a key. They return false where there is nothing to change.
var mutations = map[string]func(r *rand.Rand, h history.History, k *certificate.Key) bool{
	"swap": func(r *rand.Rand, _ history.History, k *certificate.Key) bool {
		list := *ids(k)
		if len(list) < 2 {
			return false
		}
		i, j := r.IntN(len(list)), r.IntN(len(list))
		list[i], list[j] = list[j], list[i]
		return i != j
	},
	"drop": func(r *rand.Rand, _ history.History, k *certificate.Key) bool {
		list := ids(k)
		if len(*list) == 0 {
			return false
		}
		i := r.IntN(len(*list))
		*list = slices.Delete(*list, i, i+1)
		return true
	},
	"repeat": func(r *rand.Rand, _ history.History, k *certificate.Key) bool {
		list := ids(k)
		if len(*list) == 0 {
			return false
		}
		*list = slices.Insert(*list, r.IntN(len(*list)+1), (*list)[r.IntN(len(*list))])
		return true
	},
	"insert": func(r *rand.Rand, h history.History, k *certificate.Key) bool {
		list := ids(k)
		*list = slices.Insert(*list, r.IntN(len(*list)+1), r.IntN(len(h.Ops)+2)-1)
		return true
	},
	"insert where it belongs": func(r *rand.Rand, h history.History, k *certificate.Key) bool {
		list, id := ids(k), r.IntN(len(h.Ops))
		i, there := slices.BinarySearch(*list, id)
		*list = slices.Insert(*list, i, id)
		return !there
	},
	"exchange": func(r *rand.Rand, h history.History, k *certificate.Key) bool {
		list := *ids(k)
		if len(list) == 0 {
			return false
		}
		i, before := r.IntN(len(list)), slices.Clone(list)
		list[i] = r.IntN(len(h.Ops)+2) - 1
		return !slices.Equal(before, list)
	},
	"another cut": func(r *rand.Rand, h history.History, k *certificate.Key) bool {
		if k.Violation == nil {
			return false
		}
		before := k.Violation.Cut
		k.Violation.Cut = r.IntN(2*len(h.Ops)+2) - 1
		return k.Violation.Cut != before
	},
	"another verdict": func(_ *rand.Rand, h history.History, k *certificate.Key) bool {
		if k.Status == certificate.Invalid {
			*k = certificate.Key{Key: k.Key, Status: certificate.Valid, Order: k.Violation.Core}
			return true
		}
		core := slices.Sorted(slices.Values(k.Order))
		*k = certificate.Key{Key: k.Key, Status: certificate.Invalid, Violation: &certificate.Violation{Cut: 2 * len(h.Ops), Core: core}}
		return true
	},
	"another key": func(r *rand.Rand, _ history.History, k *certificate.Key) bool {
		before := k.Key
		k.Key = pick(r, "", "a", "b", "c")
		return k.Key != before
	},
}

func TestACertificateWithOneMutationThatMakesItWrongIsRejected(t *testing.T) {
	for _, s := range certifiable() {
		t.Run(s.name, func(t *testing.T) {
			model := s.certifier()
			wrong, accepted := map[string]int{}, 0
			for seed := range uint64(*certificates) {
				r := rand.New(rand.NewPCG(seed, 6))
				h := s.keyed(r, seed%2 == 1)
				c := s.certify(t, model, h)
				for _, name := range slices.Sorted(maps.Keys(mutations)) {
					bad := c
					bad.Keys = slices.Clone(c.Keys)
					k := &bad.Keys[r.IntN(len(bad.Keys))]
					key := k.Key
					k.Order = slices.Clone(k.Order)
					if k.Violation != nil {
						k.Violation = &certificate.Violation{Cut: k.Violation.Cut, Core: slices.Clone(k.Violation.Core)}
					}
					if !mutations[name](r, h, k) {
						continue
					}
					err := model.verify(h, bad)
					if k.Key != key || !s.right(h, key, *k) {
						wrong[name]++
						require.Error(t, err, "seed %d, %s: %+v\nof%s", seed, name, *k, dump(h.Ops))
					} else if err == nil {
						accepted++
					}
				}
			}
			for name := range mutations {
				require.Greater(t, wrong[name], *certificates/100, name)
			}
			require.Positive(t, accepted, "what is right all the same is never accepted")
		})
	}
}

// The next test looks at what spares operations: were too much left out, then something that
// is left of a legal history would have no legal order.
func TestNoPartOfALegalHistoryIsAcceptedAsAViolation(t *testing.T) {
	for _, s := range certifiable() {
		t.Run(s.name, func(t *testing.T) {
			model := s.certifier()
			leftOut := 0
			for seed := range uint64(5 * *certificates) {
				r := rand.New(rand.NewPCG(seed, 7))
				h := history.History{Ops: s.random(r, 1+r.IntN(6), false)}
				if seed%2 == 1 {
					h.Ops = s.sequential(r, 1+r.IntN(6))
				}
				c := certificate.Certificate{Model: s.model.id, History: certificate.Digest(h), Keys: []certificate.Key{{Status: certificate.Invalid}}}
				cut := 2*len(h.Ops) + 1
				if r.IntN(3) == 0 {
					cut = r.IntN(cut)
				}
				known := knownAt(h.Ops, cut)
				for chosen := range 1 << len(known) {
					v := certificate.Violation{Cut: cut}
					for i, op := range known {
						if chosen>>i&1 == 1 {
							v.Core = append(v.Core, op.ID)
						}
					}
					c.Keys[0].Violation = &v
					err := model.verify(h, c)
					require.Error(t, err, "seed %d: %v was left at %d of %s", seed, v.Core, cut, dump(h.Ops))
					if strings.Contains(err.Error(), "has a legal order") && len(v.Core) < len(known) {
						leftOut++
					}
				}
			}
			if s.model.id != "mutex" && s.model.id != "fenced-lock" {
				require.Greater(t, leftOut, *certificates/10, "too little was left out")
			}
		})
	}
}

func TestWhatIsKnownAtAnyMomentIsRefutedIfAndOnlyIfNoOrderExists(t *testing.T) {
	for _, s := range certifiable() {
		t.Run(s.name, func(t *testing.T) {
			model := s.certifier()
			illegal := 0
			for seed := range uint64(*certificates) {
				r := rand.New(rand.NewPCG(seed, 8))
				h := history.History{Ops: s.random(r, 1+r.IntN(6), seed%4 > 0)}
				c := certificate.Certificate{Model: s.model.id, History: certificate.Digest(h), Keys: []certificate.Key{{Status: certificate.Invalid}}}
				for cut := range 2 * len(h.Ops) {
					known := knownAt(h.Ops, cut)
					v := certificate.Violation{Cut: cut}
					for _, op := range known {
						v.Core = append(v.Core, op.ID)
					}
					c.Keys[0].Violation = &v
					err := model.verify(h, c)
					if s.oracle(known) {
						require.ErrorContains(t, err, "has a legal order", "seed %d at %d: %s", seed, cut, dump(h.Ops))
					} else {
						illegal++
						require.NoError(t, err, "seed %d at %d: %s", seed, cut, dump(h.Ops))
					}
				}
			}
			require.Greater(t, illegal, *certificates/20, "too few violations")
		})
	}
}
