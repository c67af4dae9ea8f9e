package kv

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"senkei/node/codec"
)

const (
	// MaxKeyBytes bounds Command.Key and Command.Client: 1 KiB each.
	MaxKeyBytes = 1 << 10
	// MaxValueBytes bounds Command.Value, Command.Expect and the value of a key: 1 MiB.
	MaxValueBytes = 1 << 20
	// MaxCommandBytes bounds an encoded command: two names, two values, and what the
	// encoding adds.
	MaxCommandBytes = 2*MaxKeyBytes + 2*MaxValueBytes + 64
)

// Validate says what is wrong with a command that a store cannot apply. Whoever
// proposes a command checks it first. Texts must be UTF-8, because that is what both
// the log's encoding and JSON replies can carry unchanged.
func (c Command) Validate() error {
	for _, text := range []struct {
		name, text string
		limitBytes int
	}{
		{"key", c.Key, MaxKeyBytes},
		{"client", c.Client, MaxKeyBytes},
		{"value", c.Value, MaxValueBytes},
		{"expected value", c.Expect, MaxValueBytes},
	} {
		if len(text.text) > text.limitBytes {
			return fmt.Errorf("the %s has %d bytes, more than %d", text.name, len(text.text), text.limitBytes)
		}
		if !utf8.ValidString(text.text) {
			return fmt.Errorf("the %s is not UTF-8 text", text.name)
		}
	}
	switch {
	case c.Op < Put || c.Op > Append:
		return fmt.Errorf("unknown operation %d", uint8(c.Op))
	case c.Key == "":
		return errors.New("the key is empty")
	case c.Client != "" && c.Seq == 0:
		return errors.New("the sequence number of a client begins with 1")
	case c.Client == "" && c.Seq != 0:
		return fmt.Errorf("sequence number %d without a client", c.Seq)
	case c.ExpectAbsent && c.Expect != "":
		return errors.New("the key is expected to be absent and to hold a value")
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
	if len(data) > MaxCommandBytes {
		return Command{}, fmt.Errorf("decode command: %d bytes, more than %d", len(data), MaxCommandBytes)
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
