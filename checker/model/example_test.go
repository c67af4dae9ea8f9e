package model_test

import (
	"context"
	"fmt"
	"strings"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/history"
)

// Tickets is a machine that gives out the numbers 1, 2, 3, … to those who acquire one. Its state
// is the last number given.
type Tickets struct{}

var _ model.Model[int] = Tickets{}

func (Tickets) ID() string   { return "tickets" }
func (Tickets) Name() string { return "ticket machine" }

func (Tickets) Admit(in history.Input) error {
	if in.F != history.Acquire {
		return fmt.Errorf("a ticket machine knows no %s", in.F)
	}
	return nil
}

func (Tickets) Init() int { return 0 }

func (Tickets) Step(last int, op history.Op) (next int, ok bool) {
	given := history.Int(int64(last + 1))
	return last + 1, op.Outcome != history.OK || op.Out.Value == given
}

func (Tickets) Why(last int, op history.Op) string {
	return fmt.Sprintf("it was given %s but %d was the last number given", op.Out.Value, last)
}

// A model of one's own is a type with six methods: ID and Name say what it is called, Admit what
// may be asked of it, Init its first state, Step which results are right and what the next state
// is, and Why what was wrong with one that is not.
func ExampleModel() {
	h, err := history.Decode(strings.NewReader(`
		{"process":0,"type":"invoke","f":"acquire"}
		{"process":1,"type":"invoke","f":"acquire"}
		{"process":1,"type":"ok","f":"acquire","value":1}
		{"process":0,"type":"ok","f":"acquire","value":1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict := linearizable.Of(Tickets{}).Check(context.Background(), h, checker.Limits{})
	fmt.Println(verdict.Status)
	fmt.Println(checker.CoreOf(verdict.Evidence).Refused[0].Reason)
	// Output:
	// invalid
	// it was given 1 but 1 was the last number given
}
