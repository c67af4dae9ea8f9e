package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"senkei/history"
)

// row is one history that both checkers judge.
type row struct {
	Kind       string `json:"kind"` // name of one of kinds
	Clients    int    `json:"clients"`
	Operations int    `json:"operations"`
	Unknown    int    `json:"unknown_percent"` // of the operations, outcomes that are unknown
	Violated   bool   `json:"violated"`        // whether a violation was planted
}

// String is what --only is matched with.
func (w row) String() string {
	return fmt.Sprintf("%s; %d clients; %s operations; %d %% unknown; %s",
		w.Kind, w.Clients, grouped(w.Operations), w.Unknown, w.truth())
}

// truth is what a checker must answer.
func (w row) truth() verdict {
	if w.Violated {
		return invalid
	}
	return valid
}

// rows are what is measured unless --only picks some. Where all outcomes are known,
// Porcupine is at its best.
func rows() []row {
	var all []row
	for _, series := range []struct {
		kind             string
		clients, unknown int
		operations       []int
	}{
		{uniqueRegister, 8, 0, []int{1_000, 10_000}},
		{uniqueRegister, 8, 1, []int{1_000, 10_000, 100_000, 1_000_000, 10_000_000}},
		{uniqueRegister, 32, 1, []int{10_000, 1_000_000}},
		{uniqueRegister, 100, 1, []int{10_000, 1_000_000}},
		{repeatingRegister, 8, 0, []int{1_000, 10_000, 100_000, 1_000_000}},
		{repeatingRegister, 8, 1, []int{1_000, 10_000, 100_000}},
		{repeatingRegister, 32, 0, []int{10_000}},
		{repeatingRegister, 100, 0, []int{10_000}},
		{"FIFO queue", 8, 0, []int{1_000, 10_000, 100_000}},
		{"FIFO queue", 8, 1, []int{1_000}},
		{"unordered queue", 8, 0, []int{1_000, 10_000, 100_000}},
		{"unordered queue", 8, 1, []int{1_000}},
		{"set", 8, 0, []int{1_000, 10_000}},
		{"set", 8, 1, []int{1_000}},
		{"store of 5 keys", 8, 0, []int{1_000, 10_000}},
		{"store of 5 keys", 8, 1, []int{1_000}},
		{versionedRegister, 8, 30, []int{1_000, 100_000, 1_000_000}},
		{wholeList, 8, 1, []int{1_000, 10_000, 100_000}},
		{wholeList, 32, 1, []int{1_000, 10_000, 100_000}},
		{storeOfLists, 8, 1, []int{1_000, 10_000, 250_000}},
	} {
		for _, n := range series.operations {
			for _, violated := range []bool{false, true} {
				all = append(all, row{series.kind, series.clients, n, series.unknown, violated})
			}
		}
	}
	return all
}

// history makes the operations of the row: the same from the same seed, in every process.
func (w row) history(seed uint64) ([]history.Op, error) {
	k, err := kindOf(w.Kind)
	if err != nil {
		return nil, err
	}
	ops := newExecution(w, k, rand.New(rand.NewPCG(seed, uint64(w.Clients)))).run()
	if w.Violated && !k.plant(ops, late(w.Operations)) {
		return nil, fmt.Errorf("%s: there is no place for a violation; use more operations", w)
	}
	return ops, nil
}

// late is the number of the operation about which a violation is planted: at 90 %.
func late(operations int) int { return operations * 9 / 10 }

// grouped writes n with commas.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
