package extending

import (
	"errors"
	"fmt"
	"strconv"

	"senkei/history"
)

// Rising is a model: a register of numbers that keeps the largest of what was written.
type Rising struct{}

func (Rising) ID() string   { return "rising-register" }
func (Rising) Name() string { return "rising register" }

func (Rising) Admit(in history.Input) error {
	switch _, err := strconv.Atoi(string(in.Value)); {
	case in.F == history.Read || in.F == history.Write && err == nil:
		return nil
	case in.F == history.Write:
		return errors.New("only numbers rise")
	default:
		return errors.New("it is read and written only")
	}
}

func (Rising) Init() int { return 0 }

// Step takes a read of nothing for one of 0, and lets one without a result find anything.
func (Rising) Step(held int, op history.Op) (next int, ok bool) {
	if op.In.F == history.Write {
		value, _ := strconv.Atoi(string(op.In.Value))
		return max(held, value), true
	}
	found, _ := strconv.Atoi(string(op.Out.Value))
	return held, op.Outcome != history.OK || found == held
}

func (Rising) Why(held int, op history.Op) string {
	return fmt.Sprintf("it returned %s when %d was the largest so far", op.Out.Value, held)
}
