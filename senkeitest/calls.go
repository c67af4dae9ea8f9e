package senkeitest

import (
	"encoding/json"
	"fmt"

	"senkei/harness/cluster"
	"senkei/history"
)

// ErrNoEffect marks an operation that provably never had and never will have an effect. Any
// other error leaves that unknown.
var ErrNoEffect = cluster.ErrNoEffect

// Do records an operation around a call that does it. An error that wraps ErrNoEffect says
// that it failed, and any other error that its outcome is unknown, as does a panic.
func (c *Client) Do(in history.Input, call func() (history.Output, error)) (history.Output, error) {
	op := c.Begin(in)
	out, err := call()
	op.complete(cluster.OutcomeOf(err), out, err)
	return out, err
}

// Read records a read of a key, which found what call returns.
func (c *Client) Read(key string, call func() (history.Value, error)) (history.Value, error) {
	out, err := c.Do(history.Input{F: history.Read, Key: key}, func() (history.Output, error) {
		v, err := call()
		return history.Output{Value: v}, err
	})
	return out.Value, err
}

// Write records a write of v to a key.
func (c *Client) Write(key string, v history.Value, call func() error) error {
	_, err := c.Do(history.Input{F: history.Write, Key: key, Value: v}, func() (history.Output, error) {
		return history.Output{}, call()
	})
	return err
}

// CAS records a compare-and-set of a key, and returns whether call said that it swapped. That
// it did not counts as no effect and proves nothing more. Where the value found instead is
// known, Do with that as the Output's Value says more.
func (c *Client) CAS(key string, expect, v history.Value, call func() (swapped bool, err error)) (bool, error) {
	op := c.Begin(history.Input{F: history.CAS, Key: key, Expect: expect, Value: v})
	swapped, err := call()
	outcome := cluster.OutcomeOf(err)
	if err == nil && !swapped {
		outcome = history.Failed
	}
	op.complete(outcome, history.Output{Swapped: swapped}, err)
	return swapped, err
}

// Value returns what v is in a history: a number, a string, a boolean or a slice of these; nil
// is nothing, as of a key that was never written. It panics at what a history cannot hold.
func Value(v any) history.Value {
	switch v := v.(type) {
	case history.Value:
		return v
	case int:
		return history.Int(int64(v))
	case string:
		return history.Text(v)
	}
	text, err := json.Marshal(v)
	var value history.Value
	if err == nil {
		err = value.UnmarshalJSON(text)
	}
	if err != nil {
		panic(fmt.Sprintf("senkeitest: a value of type %T: %s", v, err))
	}
	return value
}
