package models

import (
	"slices"
	"strings"

	"senkei/checker/model"
	"senkei/history"
)

// storeLists is what transactions tell of the keys of a store that hold lists.
type storeLists struct {
	ops      []history.Op
	ids      map[string]int32
	keys     []*listKey
	reads    []listRead // by transaction, those of keys that hold lists
	happened []bool     // by position: whether the transaction is known to have taken effect
	ends     []end
	whole    bool // whether every key holds a list
}

// listKey is one key.
type listKey struct {
	name    string
	isList  bool
	appends map[history.Value]*listAppend
	inOrder []*listAppend // as they were asked for
	versions
	writers []int32 // by place: who appended the element there
	unseen  []*listAppend
}

type listAppend struct {
	value     history.Value
	op, place int32
}

func (k *listKey) writer(place int) int32 { return k.writers[place] }

// listRead is a read in a transaction whose outcome is known.
type listRead struct {
	op    int
	key   int32
	value history.Value
	own   []history.Value // what the transaction appended to the key before
	after []history.Value // and later, if nothing of the key is read any more
	found int             // how many elements others had appended
}

func newStoreLists(ops []history.Op) *storeLists {
	l := &storeLists{ops: ops, ids: map[string]int32{}, happened: make([]bool, len(ops)), whole: true}
	for i := range ops {
		if ops[i].Outcome != history.Failed {
			l.add(i)
		}
	}
	for _, k := range l.keys {
		l.whole = l.whole && k.isList
	}
	l.reads = slices.DeleteFunc(l.reads, func(r listRead) bool { return !l.keys[r.key].isList })
	l.keys = slices.Clone(l.keys)
	for n, k := range l.keys {
		if !k.isList { // nothing is known of it
			l.keys[n] = &listKey{versions: versions{witness: nowhere}}
		}
	}
	l.sortEnds()
	return l
}

func (l *storeLists) key(name string) int32 {
	id, known := l.ids[name]
	if !known {
		id = int32(len(l.keys))
		l.ids[name] = id
		l.keys = append(l.keys, &listKey{name: name, isList: true, appends: map[history.Value]*listAppend{}, versions: versions{witness: nowhere}})
	}
	return id
}

// add takes what a transaction did.
func (l *storeLists) add(i int) {
	op := &l.ops[i]
	l.happened[i] = told(*op)
	own, first := map[int32][]history.Value(nil), len(l.reads)
	for part := range carriedOut(op).Micros() {
		id := l.key(part.Key)
		k := l.keys[id]
		switch part.F {
		case history.Append:
			if k.appends[part.Value] != nil {
				k.isList = false
				continue
			}
			a := &listAppend{value: part.Value, op: int32(i), place: nowhere}
			k.appends[part.Value], k.inOrder = a, append(k.inOrder, a)
			if !told(*op) {
				continue
			}
			if own == nil {
				own = map[int32][]history.Value{}
			}
			own[id] = append(own[id], part.Value)
		case history.Read:
			if told(*op) {
				l.reads = append(l.reads, listRead{op: i, key: id, value: part.Value, own: own[id]})
			}
		default:
			k.isList = false
		}
	}
	for n := len(l.reads) - 1; n >= first; n-- {
		r := &l.reads[n]
		if all := own[r.key]; len(all) > len(r.own) {
			r.after = all[len(r.own):]
		}
		delete(own, r.key) // the reads before say nothing of what comes later
	}
}

// learn finds the order of the elements of each key, and what each read found.
func (l *storeLists) learn() *model.Decision {
	for n := range l.reads {
		r := &l.reads[n]
		if r.value != history.Absent && !strings.HasPrefix(string(r.value), "[") {
			return l.refuted(r.key, []history.Value{r.value}, []int{r.op}, "a transaction read %s from %s, which holds a list", r.value, l.keys[r.key].name)
		}
		l.keys[r.key].consider(r.value, r.op)
	}
	for key, k := range l.keys {
		for v := range k.longest.Elements() {
			if wrong := l.place(int32(key), v, k.witness); wrong != nil {
				return wrong
			}
		}
	}
	for n := range l.reads {
		if wrong := l.found(&l.reads[n]); wrong != nil {
			return wrong
		}
	}
	for n := range l.reads {
		if wrong := l.extend(&l.reads[n]); wrong != nil {
			return wrong
		}
	}
	for key := range l.keys {
		if wrong := l.settle(int32(key)); wrong != nil {
			return wrong
		}
	}
	return nil
}

// place takes v as the next element of a key, as a transaction says that it is.
func (l *storeLists) place(key int32, v history.Value, witness int) *model.Decision {
	k := l.keys[key]
	a := k.appends[v]
	switch {
	case a == nil:
		return l.refuted(key, []history.Value{v}, []int{witness}, "a transaction read %s from %s, which nobody appended", v, k.name)
	case a.place != nowhere:
		return l.refuted(key, []history.Value{v}, []int{witness}, "a transaction read %s from %s twice", v, k.name)
	}
	a.place = int32(k.size())
	k.grow(v)
	k.writers = append(k.writers, a.op)
	return nil
}

// found finds out what others had appended before a read, which ends with what its own
// transaction did.
func (l *storeLists) found(r *listRead) *model.Decision {
	k := l.keys[r.key]
	if !k.begins(r.value) {
		return l.disagree(r)
	}
	r.found = k.sizeOf(r.value) - len(r.own)
	for n, v := range slices.Backward(r.own) {
		switch at := r.found + n; {
		case at < 0:
			return l.refuted(r.key, []history.Value{v}, []int{r.op}, "a transaction read %s without %s, which it had appended itself", k.name, v)
		case k.at(at) != v:
			return l.refuted(r.key, []history.Value{v, k.at(at)}, []int{r.op}, "a transaction read %s with %s where %s had to be, which it had appended itself", k.name, k.at(at), v)
		}
	}
	return nil
}

// disagree explains that the longest version of a key does not begin with what was read.
func (l *storeLists) disagree(r *listRead) *model.Decision {
	k, at := l.keys[r.key], 0
	for here := range r.value.Elements() {
		if there := k.at(at); here != there {
			if a := k.appends[here]; a == nil || a.place != nowhere && int(a.place) < at {
				return l.place(r.key, here, r.op)
			}
			return l.refuted(r.key, []history.Value{here, there}, []int{r.op, k.witness},
				"two reads of %s begin alike, but then one returned %s and the other one %s", k.name, here, there)
		}
		at++
	}
	panic("models: two reads are said to differ that do not")
}

// extend takes what a transaction appended to a key after it had read it for the last time: that
// follows what it read.
func (l *storeLists) extend(r *listRead) *model.Decision {
	k := l.keys[r.key]
	for n, v := range r.after {
		at, a := r.found+len(r.own)+n, k.appends[v]
		switch {
		case at < k.size() && k.at(at) != v:
			return l.refuted(r.key, []history.Value{v, k.at(at)}, []int{r.op, k.witness}, "a transaction appended %s to %s right after what it had read there, but %s came in between", v, k.name, k.at(at))
		case at == k.size() && a.place != nowhere:
			return l.refuted(r.key, []history.Value{v}, []int{r.op}, "a transaction read %s from %s, which it appended only later", v, k.name)
		case at == k.size():
			l.place(r.key, v, r.op)
			k.witness = r.op
		}
	}
	return nil
}

// settle finds out which transactions are known to have happened, and what of a key nobody
// read. What one appended comes in the order in which it did.
func (l *storeLists) settle(key int32) *model.Decision {
	k := l.keys[key]
	var before *listAppend
	for _, a := range k.inOrder {
		if a.place == nowhere {
			k.unseen = append(k.unseen, a)
			continue
		}
		l.happened[a.op] = true
		if before != nil && before.op == a.op && before.place > a.place {
			return l.refuted(key, []history.Value{before.value, a.value}, []int{k.witness}, "a transaction appended %s to %s before %s, but it was read after that", before.value, k.name, a.value)
		}
		before = a
	}
	return nil
}

// refuted returns the decision that some operations prove within some elements of a key, with
// those that appended these.
func (l *storeLists) refuted(key int32, elements []history.Value, proof []int, why string, args ...any) *model.Decision {
	var parts []string
	for _, v := range elements {
		parts = append(parts, history.ElementOf(l.keys[key].name, v))
		if a := l.keys[key].appends[v]; a != nil {
			proof = append(proof, int(a.op))
		}
	}
	d := refuted(proof, why, args...)
	d.Parts = parts
	return &d
}
