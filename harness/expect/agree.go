package expect

import (
	"fmt"
	"time"

	"senkei/checker"
	"senkei/history"
)

// agree: while the step lasts, every node's commit index grows, and no two nodes that have
// applied as many entries hold different states; and in some poll since its beginning,
// which may be the one after the last operation, all nodes report the same log, commit
// index and state.
func (e Expectation) agree(seen record, span history.Span) checker.Verdict {
	answers := seen.within(span.Start, span.End)
	if len(answers) < answersMin || !tellLogs(answers) {
		return unknown("too few answers between %s and %s tell what the logs held", at(span.Start), at(span.End))
	}
	if text := contradiction(answers); text != "" {
		return violated("equal logs were expected; %s", text)
	}
	nodes := nodesOf(seen.observations)
	entries, text := growth(nodes, answers)
	if text != "" {
		return violated("every log was expected to grow between %s and %s; %s", at(span.Start), at(span.End), text)
	}
	moment, index, found := agreement(seen.observations, span.Start, len(nodes))
	if !found {
		return violated("all logs were expected to be equal at some moment after %s; they never were, and at last %s",
			at(span.Start), lastAnswers(nodes, seen.observations))
	}
	return met("the commit index of each of %d nodes grew by %d or more from %s to %s, no two states contradicted each other, and at %s all logs ended at index %d with the same state",
		len(nodes), entries, at(span.Start), at(span.End), at(moment), index)
}

// contradiction describes two answers with different states after the same entries.
func contradiction(answers []Observation) string {
	first := map[uint64]Observation{}
	for _, o := range answers {
		held, known := first[o.Applied]
		if known && held.State != o.State {
			return fmt.Sprintf("after entry %d, %s held state %s at %s and %s held %s at %s",
				o.Applied, held.Node, held.State, at(held.Told), o.Node, o.State, at(o.Told))
		}
		if !known {
			first[o.Applied] = o
		}
	}
	return ""
}

// growth returns by how much the commit index of every node grew at least, or describes one
// where it did not.
func growth(nodes []history.NodeID, answers []Observation) (least uint64, text string) {
	least = ^uint64(0)
	for _, n := range nodes {
		var low, high uint64
		heard := false
		for _, o := range answers {
			if o.Node != n {
				continue
			}
			if !heard {
				low, heard = o.Commit, true
			}
			high = max(high, o.Commit)
		}
		switch {
		case !heard:
			return 0, fmt.Sprintf("%s did not answer", n)
		case high <= low:
			return 0, fmt.Sprintf("the commit index of %s stayed at %d", n, low)
		}
		least = min(least, high-low)
	}
	return least, ""
}

// agreement looks for a poll in which all nodes said the same.
func agreement(observations []Observation, from time.Duration, nodes int) (told time.Duration, index uint64, found bool) {
	equal := 0 // answers of the poll that are like its first
	var first *Observation
	for _, o := range observations {
		if o.Asked < from {
			continue
		}
		if first == nil || o.Asked != first.Asked {
			first, equal = &o, 0
		}
		if !o.Silent && o.SameLog(first.Status) {
			equal++
		}
		if equal == nodes {
			return o.Told, o.Last, true
		}
	}
	return 0, 0, false
}

// nodesOf returns who was asked, in the order of the first poll.
func nodesOf(observations []Observation) []history.NodeID {
	var nodes []history.NodeID
	for _, o := range observations {
		if o.Asked != observations[0].Asked {
			break
		}
		nodes = append(nodes, o.Node)
	}
	return nodes
}

// lastAnswers says what each node said last.
func lastAnswers(nodes []history.NodeID, observations []Observation) string {
	var texts []string
	for _, o := range observations[max(len(observations)-len(nodes), 0):] {
		text := fmt.Sprintf("%s had index %d, commit index %d and state %s", o.Node, o.Last, o.Commit, o.State)
		if o.Silent {
			text = fmt.Sprintf("%s did not answer", o.Node)
		}
		texts = append(texts, text)
	}
	return join(texts)
}
