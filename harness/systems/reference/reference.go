package reference

import (
	"errors"
	"fmt"
	"strconv"

	"senkei/history"
	"senkei/node/kv"
)

// Request is what the store is asked for: a query, or else a command.
type Request struct {
	Query   *kv.Query
	Command kv.Command
}

// Translate returns the request for an operation. Values are stored as their JSON text, and a
// list as its elements with a comma before each, so that the store's append makes one longer.
// An error means that the store has no such operation.
func Translate(in history.Input) (Request, error) {
	c := kv.Command{Key: in.Key, Value: string(in.Value)}
	switch in.F {
	case history.Read:
		return Request{Query: &kv.Query{Key: in.Key}}, nil
	case history.Write:
		c.Op = kv.Put
		if in.Value == history.Absent {
			c.Op = kv.Delete
		}
	case history.Delete:
		c.Op = kv.Delete
	case history.CAS:
		if in.Value == history.Absent {
			return Request{}, errors.New("the store has no compare-and-delete")
		}
		c.Op, c.Expect, c.ExpectAbsent = kv.CompareAndSet, string(in.Expect), in.Expect == history.Absent
	case history.Append:
		c.Op, c.Value = kv.Append, element(in.Value)
	case history.Add:
		n, err := strconv.ParseInt(string(in.Value), 10, 64)
		if err != nil {
			return Request{}, fmt.Errorf("the store adds whole numbers of 64 bits, not %s", in.Value)
		}
		c.Op, c.Value, c.Delta = kv.Increment, "", n
	case history.Txn:
		c = kv.Command{Op: kv.Transact, Txn: transaction(in.Value)}
	default:
		return Request{}, fmt.Errorf("the store has no %s", in.F)
	}
	return Request{Command: c}, nil
}

// transaction does not compare: its operations are done in any case.
func transaction(v history.Value) *kv.Txn {
	txn := &kv.Txn{}
	for m := range v.Micros() {
		op := kv.TxnOp{Op: kv.Put, Key: m.Key, Value: string(m.Value)}
		switch m.F {
		case history.Read:
			op = kv.TxnOp{Query: &kv.Query{Key: m.Key}}
		case history.Append:
			op.Op, op.Value = kv.Append, element(m.Value)
		}
		txn.Then = append(txn.Then, op)
	}
	return txn
}

// separator stands before each element of a list. No scalar's JSON text begins with it.
const separator = ","

func element(v history.Value) string { return separator + string(v) }

// Output returns what the result of an operation means. An error means that a key holds what
// no operation of a history can have stored there.
func Output(in history.Input, r kv.Result) (history.Output, error) {
	switch {
	case in.F == history.Read, in.F == history.CAS && !r.Swapped:
		v, err := value(in.Key, r)
		return history.Output{Value: v}, err
	case in.F == history.CAS:
		return history.Output{Swapped: true}, nil
	case in.F == history.Txn:
		var ms []history.Micro
		for m := range in.Value.Micros() {
			if m.F == history.Read {
				var err error
				if m.Value, err = value(m.Key, r.Results[len(ms)]); err != nil {
					return history.Output{}, err
				}
			}
			ms = append(ms, m)
		}
		return history.Output{Value: history.Transaction(ms...)}, nil
	default:
		return history.Output{}, nil
	}
}

// value reads what a key holds.
func value(key string, r kv.Result) (history.Value, error) {
	switch {
	case !r.Found:
		return history.Absent, nil
	case r.Value == "": // which stands for an absent key, so no key may hold it
		return history.Absent, fmt.Errorf("key %s holds an empty text, which is no value", key)
	case r.Value[:1] == separator:
		return history.Value("[" + r.Value[1:] + "]"), nil
	default:
		return history.Value(r.Value), nil
	}
}
