package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"senkei/checker/model"
	"senkei/history"
)

// Admit knows read, write and cas.
func (Register) Admit(in history.Input) error {
	return only(in, history.Read, history.Write, history.CAS)
}

// only admits these functions.
func only(in history.Input, funcs ...history.Func) error {
	if slices.Contains(funcs, in.F) {
		return nil
	}
	names := make([]string, len(funcs))
	for i, f := range funcs {
		names[i] = string(f)
	}
	return fmt.Errorf("%s is none of %s", in.F, strings.Join(names, ", "))
}

// foreign stops at a request that was not admitted.
func foreign(object string, in history.Input) {
	panic(fmt.Sprintf("models: a %s has no function %q", object, in.F))
}

// whole returns the whole number that v is, from -most to most.
func whole(v history.Value, most int64) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil && -most <= n && n <= most
}

// told reports whether the result of op constrains its model.
func told(op history.Op) bool { return op.Outcome == history.OK }

// removableReads returns what marks the operations of these functions, which change nothing:
// whatever order is legal with them is legal without them.
func removableReads(funcs ...history.Func) func(ops []history.Op) []bool {
	return marking(func(op *history.Op) bool { return slices.Contains(funcs, op.In.F) })
}

// marking returns what marks the operations of which something holds.
func marking(holds func(op *history.Op) bool) func(ops []history.Op) []bool {
	return func(ops []history.Op) []bool {
		marked := make([]bool, len(ops))
		for i := range ops {
			marked[i] = holds(&ops[i])
		}
		return marked
	}
}

// shown is the most elements of a state that are printed.
const shown = 20

// enumerate writes the elements of a state, such as "{1, 2}".
func enumerate(open string, items []history.Value, end string) string {
	var texts []string
	for i, item := range items {
		if i == shown {
			texts = append(texts, fmt.Sprintf("… %d more", len(items)-shown))
			break
		}
		texts = append(texts, item.String())
	}
	return open + strings.Join(texts, ", ") + end
}

// observing returns the kind of operations of which these functions only find something.
func observing(funcs ...history.Func) func(op *history.Op) model.Kind {
	return func(op *history.Op) model.Kind {
		if slices.Contains(funcs, op.In.F) {
			return model.Finds
		}
		return model.Transforms
	}
}
