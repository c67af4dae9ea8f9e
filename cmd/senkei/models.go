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
	"senkei/checker/models"
	"senkei/checker/verify"
	"senkei/history"
)

// model is a sequential specification as `senkei check --model` offers it.
type model struct {
	name, summary string
	title         string   // what certificates call it
	aliases       []string // what other tools call it
	admit         func(history.Input) error
	property      checker.Keyed
	verify        func(history.History, certificate.Certificate) error
}

func specification[S comparable](m checker.Model[S], name, summary string, aliases ...string) model {
	return model{
		name: name, summary: summary, title: m.Name(), aliases: aliases,
		admit:    m.(checker.Admitter).Admit,
		property: linearizable.Of(m),
		verify:   func(h history.History, c certificate.Certificate) error { return verify.Certificate(m, h, c) },
	}
}

// allModels is the table of models. Each judges the keys of a history one by one.
func allModels() []model {
	return []model{
		specification(models.Register{}, "register", "read, write, cas", "cas-register"),
		specification(models.KV{}, "key-value", "read, write, cas, delete, append of text", "kv"),
		specification(models.VersionedRegister{}, "versioned-register", "read, write, cas, delete, with the store's revisions"),
		specification(models.Store{}, "store", "txn: transactions that read, write and append to lists", "multi-register", "list-append"),
		specification(models.Mutex{}, "mutex", "acquire, release"),
		specification(models.FencedLock{}, "fenced-lock", "acquire with a growing token, release"),
		specification(models.Set{}, "set", "add, read of all elements", "g-set"),
		specification(models.Counter{}, "counter", "add, read"),
		specification(models.FIFOQueue{}, "fifo-queue", "enqueue, dequeue, drain, in order"),
		specification(models.UnorderedQueue{}, "unordered-queue", "enqueue, dequeue, drain, in any order"),
		specification(models.Log{}, "log", "append with an offset, poll from one"),
		specification(models.List{}, "list", "append, read of the whole list"),
	}
}

func findModel(name string) (model, error) {
	all := allModels()
	i := slices.IndexFunc(all, func(m model) bool { return m.name == name || slices.Contains(m.aliases, name) })
	if i < 0 {
		return model{}, usagef("--model %q: choose one of %s", name, list(all, func(m model) string { return m.name }))
	}
	return all[i], nil
}

// admits returns a usage error if an operation is none of the model's, and names the models
// to which all of them belong.
func (m model) admits(h history.History) error {
	for _, op := range h.Ops {
		wrong := m.admit(op.In)
		if wrong == nil {
			continue
		}
		fit := slices.DeleteFunc(allModels(), func(m model) bool { return !m.knows(h) })
		remedy := "no model knows all operations of this history"
		if len(fit) > 0 {
			remedy = "choose --model " + list(fit, func(m model) string { return m.name })
		}
		return usagef("operation %d, %s, is not one of the model %s: %w; %s", op.ID, op, m.name, wrong, remedy)
	}
	return nil
}

func (m model) knows(h history.History) bool {
	return !slices.ContainsFunc(h.Ops, func(op history.Op) bool { return m.admit(op.In) != nil })
}

func modelsCommand() *cobra.Command {
	return listCommand("models", "List what a history file can be judged as", func(_ context.Context, w io.Writer) error {
		for _, m := range allModels() {
			also := ""
			if len(m.aliases) > 0 {
				also = "also " + list(m.aliases, func(name string) string { return name })
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", m.name, m.summary, also)
		}
		return nil
	})
}
