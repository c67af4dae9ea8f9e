package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/checker/verify"
	"senkei/history"
	"senkei/workloads"
)

// specification is a sequential specification as `senkei check --model` offers it.
type specification struct {
	id, summary string
	aliases     []string // what other tools call it
	admit       func(history.Input) error
	property    checker.Keyed
	verify      func(history.History, certificate.Certificate) error
}

func specified[S comparable](m model.Model[S], summary string, aliases ...string) specification {
	return specification{
		id: m.ID(), summary: summary, aliases: aliases,
		admit:    m.Admit,
		property: linearizable.Of(m),
		verify:   func(h history.History, c certificate.Certificate) error { return verify.Certificate(m, h, c) },
	}
}

// allModels is the table of models. Each judges the keys of a history one by one.
func allModels() []specification {
	return []specification{
		specified(models.Register{}, "read, write, cas", "cas-register"),
		specified(models.KV{}, "read, write, cas, delete, append of text", "kv"),
		specified(models.VersionedRegister{}, "read, write, cas, delete, with the store's revisions"),
		specified(models.Store{}, "txn: transactions that read, write and append to lists", "multi-register", "list-append"),
		specified(models.Mutex{}, "acquire, release"),
		specified(models.FencedLock{}, "acquire with a growing token, release"),
		specified(models.Set{}, "add, read of all elements", "g-set"),
		specified(models.Counter{}, "add, read"),
		specified(models.FIFOQueue{}, "enqueue, dequeue, drain, in order"),
		specified(models.UnorderedQueue{}, "enqueue, dequeue, drain, in any order"),
		specified(models.Log{}, "append with an offset, poll from one"),
		specified(models.List{}, "append, read of the whole list"),
	}
}

func findModel(name string) (specification, error) {
	all := allModels()
	i := slices.IndexFunc(all, func(m specification) bool { return m.id == name || slices.Contains(m.aliases, name) })
	if i < 0 {
		return specification{}, usagef("--model %q: choose one of %s", name, list(all, func(m specification) string { return m.id }))
	}
	return all[i], nil
}

// modelOf returns the model by which a workload judges.
func modelOf(w workloads.Workload) (specification, error) {
	k, ok := w.Property.(checker.Keyed)
	if !ok {
		return specification{}, usagef("the workload %s judges by no model: its property is %s", w.Name, w.Property.Name())
	}
	return findModel(k.Model())
}

// admits returns a usage error if an operation is none of the model's, and names the models
// to which all of them belong.
func (m specification) admits(h history.History) error {
	for _, op := range h.Ops {
		wrong := m.admit(op.In)
		if wrong == nil {
			continue
		}
		fit := slices.DeleteFunc(allModels(), func(m specification) bool { return !m.knows(h) })
		remedy := "no model knows all operations of this history"
		if len(fit) > 0 {
			remedy = "choose --model " + list(fit, func(m specification) string { return m.id })
		}
		return usagef("operation %d, %s, is not one of the model %s: %w; %s", op.ID, op, m.id, wrong, remedy)
	}
	return nil
}

func (m specification) knows(h history.History) bool {
	return !slices.ContainsFunc(h.Ops, func(op history.Op) bool { return m.admit(op.In) != nil })
}

func modelsCommand() *cobra.Command {
	return listCommand("models", "List what a history file can be judged as", func(_ context.Context, w io.Writer) error {
		for _, m := range allModels() {
			also := ""
			if len(m.aliases) > 0 {
				also = "also " + list(m.aliases, func(name string) string { return name })
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", m.id, m.summary, also)
		}
		return nil
	})
}
