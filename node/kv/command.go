package kv

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"senkei/node/codec"
	"senkei/node/limits"
)

// Op is what a command does.
type Op uint8

const (
	// Put stores Value.
	Put Op = iota + 1
	// Delete removes the key; deleting an absent key succeeds with Found false.
	Delete
	// CompareAndSet stores Value if the key holds Expect, or is absent where
	// ExpectAbsent is set; else it answers with what the key holds.
	CompareAndSet
	// Append adds Value to the end of what the key holds; an absent key holds "".
	Append
	// Increment adds Delta to what the key holds, a decimal number of 64 bits with a sign,
	// and answers with the sum; an absent key holds 0.
	Increment
	// Transact carries out Txn.
	Transact
)

// String returns the operation's name, such as "put".
func (o Op) String() string {
	switch o {
	case Put:
		return "put"
	case Delete:
		return "delete"
	case CompareAndSet:
		return "compare-and-set"
	case Append:
		return "append"
	case Increment:
		return "increment"
	case Transact:
		return "transact"
	default:
		panic(fmt.Sprintf("kv: operation %d", uint8(o)))
	}
}

// Command is one write, as it stands in the log. Client and Seq make a retry harmless:
// of the commands with one (Client, Seq) at most one takes effect, and all of them get
// its result. An empty Client opts out.
type Command struct {
	Op           Op     `cbor:"1,keyasint"`
	Key          string `cbor:"2,keyasint,omitempty"` // empty for Transact
	Value        string `cbor:"3,keyasint,omitempty"`
	Expect       string `cbor:"4,keyasint,omitempty"`
	ExpectAbsent bool   `cbor:"5,keyasint,omitempty"`
	Client       string `cbor:"6,keyasint,omitempty"`
	Seq          uint64 `cbor:"7,keyasint,omitempty"` // from 1, rising with each new command of Client
	Delta        int64  `cbor:"8,keyasint,omitempty"` // of Increment
	Txn          *Txn   `cbor:"9,keyasint,omitempty"` // of Transact
}

// Validate says what is wrong with a command that a store cannot apply. Whoever
// proposes a command checks it first. Texts must be UTF-8, because that is what both
// the log's encoding and JSON replies can carry unchanged.
func (c Command) Validate() error {
	if err := validText("client", c.Client, limits.KeyBytesMax); err != nil {
		return err
	}
	if err := validText("expected value", c.Expect, limits.ValueBytesMax); err != nil {
		return err
	}
	switch {
	case c.Client != "" && c.Seq == 0:
		return errors.New("the sequence number of a client begins with 1")
	case c.Client == "" && c.Seq != 0:
		return fmt.Errorf("sequence number %d without a client", c.Seq)
	case c.ExpectAbsent && c.Expect != "":
		return errors.New("the key is expected to be absent and to hold a value")
	case c.Op != CompareAndSet && (c.ExpectAbsent || c.Expect != ""):
		return errors.New("only a compare-and-set expects something")
	case (c.Op == Transact) != (c.Txn != nil):
		return errors.New("a transaction, and nothing else, has compares and operations")
	case c.Op != Transact:
		return c.write().validate()
	case c.write() != write{op: Transact}:
		return errors.New("the keys of a transaction stand in its operations")
	default:
		return c.Txn.validate()
	}
}

func (c Command) write() write { return write{c.Op, c.Key, c.Value, c.Delta} }

// write is what a command and an operation of a transaction have in common.
type write struct {
	op         Op
	key, value string
	delta      int64
}

func (w write) validate() error {
	if w.op < Put || w.op > Increment {
		return fmt.Errorf("unknown operation %d", uint8(w.op))
	}
	if err := validKey(w.key); err != nil {
		return err
	}
	if err := validText("value", w.value, limits.ValueBytesMax); err != nil {
		return err
	}
	switch {
	case w.value != "" && (w.op == Delete || w.op == Increment):
		return fmt.Errorf("the operation %q has no value", w.op)
	case w.delta != 0 && w.op != Increment:
		return fmt.Errorf("the operation %q has no number to add", w.op)
	}
	return nil
}

func validKey(key string) error {
	if key == "" {
		return errors.New("the key is empty")
	}
	return validText("key", key, limits.KeyBytesMax)
}

func validText(name, text string, sizeBytesMax int) error {
	if len(text) > sizeBytesMax {
		return fmt.Errorf("the %s has %d bytes, more than %d", name, len(text), sizeBytesMax)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("the %s is not UTF-8 text", name)
	}
	return nil
}

// Encode returns the command as it stands in the log: CBOR (RFC 8949), the same bytes
// for the same command.
func Encode(c Command) []byte {
	return codec.Marshal(c)
}

// Decode reverses Encode. The error says why data is not a valid command.
func Decode(data []byte) (Command, error) {
	if len(data) > limits.CommandBytesMax {
		return Command{}, fmt.Errorf("decode command: %d bytes, more than %d", len(data), limits.CommandBytesMax)
	}
	var c Command
	if err := codec.Unmarshal(data, &c); err != nil {
		return Command{}, fmt.Errorf("decode command: %w", err)
	}
	if err := c.Validate(); err != nil {
		return Command{}, fmt.Errorf("decode command: %w", err)
	}
	return c, nil
}
