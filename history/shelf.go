package history

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Shelf keeps the operations of a history by key, each packed into about 40 bytes, for
// histories that are too long to be held: beyond a bound they lie in a temporary file, so that
// memory follows the number of keys. Operations may come in any order. Start at NewShelf.
type Shelf struct {
	numbers map[string]int
	names   []string
	keys    []shelved // by number
	order   []int     // numbers by name; made by Keys
	held    int       // bytes in memory
	heldMax int
	dir     string
	file    *os.File
	size    int64 // of the file
}

// shelved is what is kept of one key.
type shelved struct {
	text   []byte
	stored []extent // in the file, what came before text
	last   mark
	ops    int
}

type extent struct {
	from int64
	size int
}

// mark is what the next operation is written in terms of.
type mark struct{ id, invoke, start int }

// shelfBytes is how much a Shelf keeps in memory.
const shelfBytes = 128 << 20

// NewShelf returns an empty Shelf that puts its file, if it needs one, into a directory; empty
// means the system's for temporary files.
func NewShelf(dir string) *Shelf {
	return &Shelf{numbers: map[string]int{}, heldMax: shelfBytes, dir: dir}
}

// Put takes an operation. An error means that the file could not be written.
func (s *Shelf) Put(op *Op) error {
	n, known := s.numbers[op.In.Key]
	if !known {
		n = len(s.keys)
		s.numbers[op.In.Key] = n
		s.names, s.keys = append(s.names, op.In.Key), append(s.keys, shelved{})
	}
	k := &s.keys[n]
	before := len(k.text)
	k.text = k.last.append(k.text, op)
	k.ops++
	if s.held += len(k.text) - before; s.held > s.heldMax {
		return s.store()
	}
	return nil
}

// store moves what is in memory to the file.
func (s *Shelf) store() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "senkei-history-")
		if err != nil {
			return fmt.Errorf("keep a long history: %w", err)
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil { // it goes with this process
			return fmt.Errorf("keep a long history: %w", err)
		}
	}
	out := bufio.NewWriterSize(s.file, 1<<20)
	for i := range s.keys {
		if k := &s.keys[i]; len(k.text) > 0 {
			out.Write(k.text) // an error stays until Flush
			k.stored = append(k.stored, extent{s.size, len(k.text)})
			s.size += int64(len(k.text))
			k.text = nil
		}
	}
	s.held = 0
	if err := out.Flush(); err != nil {
		return fmt.Errorf("keep a long history in %s: %w", os.TempDir(), err)
	}
	return nil
}

// Keys returns the keys in ascending order.
func (s *Shelf) Keys() []string {
	s.order = make([]int, len(s.names))
	for i := range s.order {
		s.order[i] = i
	}
	slices.SortFunc(s.order, func(a, b int) int { return cmp.Compare(s.names[a], s.names[b]) })
	keys := make([]string, len(s.order))
	for i, n := range s.order {
		keys[i] = s.names[n]
	}
	return keys
}

// Ops returns the operations of a key, by its index in Keys, in the order of Invoke. Several
// goroutines may ask at once.
func (s *Shelf) Ops(key int) ([]Op, error) {
	k, name := &s.keys[s.order[key]], s.names[s.order[key]]
	size := len(k.text)
	for _, e := range k.stored {
		size += e.size
	}
	text := make([]byte, 0, size)
	for _, e := range k.stored {
		at := len(text)
		text = text[:at+e.size]
		if _, err := s.file.ReadAt(text[at:], e.from); err != nil && err != io.EOF {
			return nil, fmt.Errorf("read what was kept of a long history: %w", err)
		}
	}
	text = append(text, k.text...)
	packed, ops, last := unpacker{rest: string(text)}, make([]Op, k.ops), mark{}
	for i := range ops {
		last.read(&packed, &ops[i])
		ops[i].In.Key = name
	}
	slices.SortFunc(ops, func(a, b Op) int { return cmp.Compare(a.Invoke, b.Invoke) })
	return ops, nil
}

// Close lets go of the file.
func (s *Shelf) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// append packs an operation but for its key.
func (m *mark) append(to []byte, op *Op) []byte {
	to = binary.AppendVarint(to, int64(op.ID-m.id))
	to = binary.AppendVarint(to, int64(op.Process))
	to = binary.AppendVarint(to, int64(op.Invoke-m.invoke))
	ended := uint64(0)
	if op.Complete != Never {
		ended = uint64(op.Complete - op.Invoke)
	}
	to = binary.AppendUvarint(to, ended)
	to = binary.AppendVarint(to, int64(op.Start)-int64(m.start))
	to = binary.AppendVarint(to, int64(op.End-op.Start))
	swapped := Outcome(0)
	if op.Out.Swapped {
		swapped = 4
	}
	to = append(to, byte(op.Outcome|swapped))
	to = binary.AppendUvarint(to, op.Out.Revision)
	for _, text := range []string{string(op.In.F), string(op.Node), string(op.In.Value), string(op.In.Expect), string(op.Out.Value), op.Err} {
		to = binary.AppendUvarint(to, uint64(len(text)))
		to = append(to, text...)
	}
	*m = mark{op.ID, op.Invoke, int(op.Start)}
	return to
}

// read is the inverse of append.
func (m *mark) read(from *unpacker, op *Op) {
	op.ID = m.id + int(from.signed())
	op.Process = Process(from.signed())
	op.Invoke = m.invoke + int(from.signed())
	op.Complete = Never
	if ended := from.unsigned(); ended > 0 {
		op.Complete = op.Invoke + int(ended)
	}
	op.Start = time.Duration(m.start) + time.Duration(from.signed())
	op.End = op.Start + time.Duration(from.signed())
	flags := Outcome(from.rest[0])
	from.rest = from.rest[1:]
	op.Outcome, op.Out.Swapped = flags&3, flags&4 != 0
	op.Out.Revision = from.unsigned()
	op.In.F, op.Node = Func(from.text()), NodeID(from.text())
	op.In.Value, op.In.Expect, op.Out.Value = Value(from.text()), Value(from.text()), Value(from.text())
	op.Err = from.text()
	*m = mark{op.ID, op.Invoke, int(op.Start)}
}

// unpacker reads what was packed, which is never damaged.
type unpacker struct{ rest string }

func (u *unpacker) unsigned() uint64 {
	var n uint64
	for i := 0; ; i++ {
		c := u.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			u.rest = u.rest[i+1:]
			return n
		}
	}
}

func (u *unpacker) signed() int64 {
	n := u.unsigned()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) text() string {
	n := u.unsigned()
	text := u.rest[:n]
	u.rest = u.rest[n:]
	return text
}
