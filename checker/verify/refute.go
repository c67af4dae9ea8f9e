package verify

import (
	"errors"

	"senkei/history"
)

// triedBytesMax bounds what refute remembers, if a state takes stateBytes.
var triedBytesMax, stateBytes = 256 << 20, 200

// config is a state, and the operations of a core that led to it, a bit each.
type config[S comparable] struct {
	done  string
	state S
}

// refute tries every order of a core, by Invoke, and returns an error if one is legal. Nothing
// comes after the first end of what is left, which is that of an operation that began before,
// and so stands before it in the core. What never changes anything goes as soon as it can.
// Operations of unknown outcome are left out where they change nothing, and go after those
// before them that ask for the same.
func refute[S comparable](m Model[S], core []history.Op) error {
	tried, todo := map[config[S]]bool{}, []config[S]{{string(make([]byte, len(core)/8+1)), m.Init()}}
	for len(todo) > 0 {
		c, siblings := todo[len(todo)-1], len(todo)-1
		if todo = todo[:siblings]; tried[c] {
			continue
		}
		if tried[c] = true; len(tried) > triedBytesMax/(len(c.done)+stateBytes) {
			return ErrTooLarge
		}
		deadline, asked := history.Never, map[history.Input]bool{} // deadline: the first end
		for i, op := range core {
			if c.done[i/8]>>(i%8)&1 == 1 || op.Invoke > deadline {
				continue
			}
			deadline = min(deadline, op.Complete)
			next, ok := m.Step(c.state, op)
			if !ok || op.Outcome == history.Unknown && (next == c.state || asked[op.In]) {
				continue
			}
			asked[op.In] = asked[op.In] || op.Outcome == history.Unknown
			done := []byte(c.done)
			done[i/8] |= 1 << (i % 8)
			if _, changes, known := effect(m.ID(), op); next == c.state && known && len(changes) == 0 {
				todo = append(todo[:siblings], config[S]{string(done), next})
				break
			}
			todo = append(todo, config[S]{string(done), next})
		}
		if deadline == history.Never {
			return errors.New("its core has a legal order")
		}
	}
	return nil
}
