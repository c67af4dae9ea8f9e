package pebble

import (
	"encoding/binary"
	"fmt"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// decoder gathers what is stored from single records, given in the order of their keys.
type decoder struct {
	disk       replica.Disk // without Staged
	generation uint64
	staging    *storage.Staging // nil where nothing is staged
	staged     kv.State         // what is staged; it belongs to the next generation
}

func newDecoder() *decoder {
	return &decoder{disk: replica.Disk{State: storage.EmptyState()}, staged: storage.EmptyState()}
}

// add takes one record; the error names it.
func (d *decoder) add(key, value []byte) error {
	switch {
	case len(key) == 0:
		return fmt.Errorf("record with an empty key")
	case key[0] == itemPrefix:
		return d.addItem(key, value)
	case key[0] == sessionPrefix:
		return d.addSession(key, value)
	case key[0] == logPrefix:
		return d.addEntry(key, value)
	case len(key) == 1:
		return d.addSingle(key, value)
	default:
		return unknownKey(key)
	}
}

func unknownKey(key []byte) error {
	return fmt.Errorf("record %q: its key has no known meaning", key)
}

// addSingle takes a record of which there is only one.
func (d *decoder) addSingle(key, value []byte) (err error) {
	switch key[0] {
	case statePrefix:
		d.generation, d.disk.State.Applied, err = decodeState(value)
		return err
	case basePrefix:
		if err := decode("base of the log", value, &d.disk.Base); err != nil {
			return err
		}
		return validateMeta("base of the log", d.disk.Base)
	case formatPrefix:
		return nil // Open has read it
	case hardPrefix:
		return decode("hard state", value, &d.disk.Hard)
	case stagingPrefix:
		d.staging = &storage.Staging{}
		if err := decode("staged snapshot", value, d.staging); err != nil {
			return err
		}
		d.staged.Applied = d.staging.Meta.Index
		return validateMeta("staged snapshot", d.staging.Meta)
	default:
		return unknownKey(key)
	}
}

func (d *decoder) addEntry(key, value []byte) error {
	index, err := logIndex(key)
	if err != nil {
		return err
	}
	entry, err := decodeEntry(index, value)
	if err != nil {
		return fmt.Errorf("log entry %d: %w", index, err)
	}
	d.disk.Entries = append(d.disk.Entries, entry)
	return nil
}

func (d *decoder) addItem(key, value []byte) error {
	state, name, err := d.owner(key)
	if err != nil {
		return err
	}
	item, err := decodeItem(value)
	if err != nil {
		return fmt.Errorf("key %q: %w", name, err)
	}
	state.Items[name] = item
	return nil
}

func (d *decoder) addSession(key, value []byte) error {
	state, name, err := d.owner(key)
	if err != nil {
		return err
	}
	var session kv.Session
	if err := decode(fmt.Sprintf("session of client %q", name), value, &session); err != nil {
		return err
	}
	state.Sessions[name] = session
	return nil
}

// owner returns the state to which an item or a session belongs, and the rest of its key.
func (d *decoder) owner(key []byte) (*kv.State, string, error) {
	if len(key) < 9 {
		return nil, "", unknownKey(key)
	}
	generation, name := binary.BigEndian.Uint64(key[1:]), string(key[9:])
	switch {
	case generation == d.generation:
		return &d.disk.State, name, nil
	case generation == d.generation+1 && d.staging != nil:
		return &d.staged, name, nil
	default:
		return nil, "", fmt.Errorf("record %q: it is of generation %d, but the state is of generation %d",
			key, generation, d.generation)
	}
}

// result returns what a restart finds.
func (d *decoder) result() (replica.Disk, error) {
	return storage.Recover(d.disk, d.staging, d.staged)
}

func decode(what string, value []byte, into any) error {
	if err := codec.Unmarshal(value, into); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func validateMeta(what string, meta raft.SnapshotMeta) error {
	if err := meta.Configuration.Validate(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
