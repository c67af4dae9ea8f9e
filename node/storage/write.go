package storage

import (
	"fmt"

	"senkei/node/kv"
	"senkei/node/replica"
)

// WriteAll carries out the effects, which are Persist, Apply, Stage and Compact, as many of
// them together as their meaning allows: that is group commit. Stage, Compact and what
// installs a snapshot take effect between what comes before and after them. Whenever a group
// is durable, durable is told the token of its latest Persist. The first error ends the work.
func WriteAll(w Writer, effects []replica.Effect, durable func(token uint64)) error {
	var g group
	for _, e := range effects {
		if endsGroup(e) {
			if err := g.write(w, durable); err != nil {
				return err
			}
		}
		var err error
		switch e := e.(type) {
		case replica.Persist:
			g.persists = append(g.persists, e)
		case replica.Apply:
			g.changes = append(g.changes, e.Change)
		case replica.Stage:
			err = w.Stage(e)
		case replica.Compact:
			err = w.Compact(e.Meta)
		default:
			panic(fmt.Sprintf("storage: effect %T is no write", e))
		}
		if err != nil {
			return err
		}
	}
	return g.write(w, durable)
}

// endsGroup reports whether what comes before the effect must be written before it.
func endsGroup(e replica.Effect) bool {
	switch e := e.(type) {
	case replica.Persist:
		return e.Install != nil
	case replica.Apply:
		return false
	default:
		return true
	}
}

// group is a run of writes that may be done together: first what must be durable, then
// changes of the state, none of which comes before the log that explains it.
type group struct {
	persists []replica.Persist
	changes  []kv.Change
}

// write writes the group and empties it.
func (g *group) write(w Writer, durable func(token uint64)) error {
	defer func() { *g = group{} }()
	if len(g.persists) > 0 {
		if err := w.Persist(g.persists); err != nil {
			return err
		}
		durable(g.persists[len(g.persists)-1].Token)
	}
	if len(g.changes) > 0 {
		return w.Apply(g.changes)
	}
	return nil
}
