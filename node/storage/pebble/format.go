package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"senkei/node/codec"
)

const formatRemedy = "run the Senkei that wrote it, or remove this server from its cluster and add it again with an empty directory"

// checkFormat refuses data in another format, and marks a new directory with this one.
func (p *Store) checkFormat() error {
	value, closer, err := p.db.Get([]byte{formatPrefix})
	if errors.Is(err, pebble.ErrNotFound) {
		return p.begin()
	}
	if err != nil {
		return err
	}
	found, _, err := codec.TakeUvarint(value)
	if closing := closer.Close(); err == nil {
		err = closing
	}
	switch {
	case err != nil:
		return fmt.Errorf("its format number: %w", err)
	case found != format:
		return fmt.Errorf("it has format %d and not %d, which this Senkei reads; %s", found, format, formatRemedy)
	default:
		return nil
	}
}

// begin marks a directory as new, unless there is something in it.
func (p *Store) begin() error {
	err := p.scan(nil, func(_, _ []byte) error {
		return fmt.Errorf("it is from an older Senkei, which did not write down its format; %s", formatRemedy)
	})
	if err != nil {
		return err
	}
	return p.write(pebble.Sync, func(b *pebble.Batch) error {
		return b.Set([]byte{formatPrefix}, binary.AppendUvarint(nil, format), nil)
	})
}
