// Package formats reads a history file of any format that Senkei knows, plain or compressed,
// and writes one. It goes by what a file holds, never by its name. Start at All and
// Table.ReadFile.
package formats

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"senkei/history"
	"senkei/history/edn"
	"senkei/history/porcupinelog"
)

// Format is one way to write a history.
type Format struct {
	Name    string
	Summary string
	// Decode reads a history. What is wrong in it is a *history.LineError.
	Decode func(io.Reader, Options) (history.History, error)
	// Encode writes one. What the format has no words for is a *history.UnwritableError.
	Encode func(io.Writer, history.History) error
	// Begins reports whether a file that begins like this, blanks left out, is of the format.
	Begins func(head string) bool
	// Keyable is set where values may be pairs of a key and a value, see Options.Keyed.
	Keyable bool
}

// Options say how to read a file.
type Options struct {
	// Format is the name of the file's format; empty means what its content says.
	Format string
	// Keyed means that the values of an EDN history are pairs of a key and a value, see
	// edn.Options.
	Keyed bool
	// RatioMax is how many times as long what is packed may be as the file; 0 means RatioMax.
	RatioMax int64
	history.Options
}

// Table holds the formats that a file may have, the likeliest first.
type Table []Format

// All is the table of this package's formats. A program that has formats of its own appends
// them.
func All() Table {
	return Table{
		{
			Name: "jsonl", Summary: "JSON Lines, one event a line: what senkei run records",
			Decode: func(r io.Reader, o Options) (history.History, error) { return o.Options.Decode(r) },
			Encode: history.Encode, Begins: looksJSON,
		},
		{
			Name: "edn", Summary: "Jepsen's history.edn",
			Decode: func(r io.Reader, o Options) (history.History, error) {
				return edn.Decode(r, edn.Options{Keyed: o.Keyed, Options: o.Options})
			},
			Encode: edn.Encode, Begins: looksEDN, Keyable: true,
		},
		{
			Name: "jepsen-txt", Summary: "Jepsen's history.txt (read, not written)",
			Decode: func(r io.Reader, o Options) (history.History, error) {
				return edn.DecodeText(r, edn.Options{Keyed: o.Keyed, Options: o.Options})
			},
			Encode: func(io.Writer, history.History) error {
				return &history.UnwritableError{Text: "it is read only; choose edn"}
			},
			Begins: looksText, Keyable: true,
		},
		{
			Name: "porcupine-etcd", Summary: "the log of Jepsen's etcd test that Porcupine ships: one register",
			Decode: func(r io.Reader, o Options) (history.History, error) { return porcupinelog.DecodeEtcd(r, o.Options) },
			Encode: porcupinelog.EncodeEtcd, Begins: func(head string) bool { return strings.HasPrefix(head, "INFO") },
		},
		{
			Name: "porcupine-kv", Summary: "the log of a key-value store that Porcupine ships: get, put, append",
			Decode: func(r io.Reader, o Options) (history.History, error) { return porcupinelog.DecodeKV(r, o.Options) },
			Encode: porcupinelog.EncodeKV, Begins: looksKV,
		},
	}
}

// Find returns the format of this name.
func (t Table) Find(name string) (Format, error) {
	i := slices.IndexFunc(t, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, fmt.Errorf("there is no format %q; choose one of %s", name, names(t, ", "))
	}
	return t[i], nil
}

func names(formats []Format, separator string) string {
	var list []string
	for _, f := range formats {
		list = append(list, f.Name)
	}
	return strings.Join(list, separator)
}

// ReadFile reads the history file at path. What is wrong in it is a *history.LineError that
// names the file. If it would be right in the order of its indexes, it is read in that.
func (t Table) ReadFile(path string, o Options) (history.History, error) {
	file, err := os.Open(path)
	if err != nil {
		return history.History{}, fmt.Errorf("read history: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return history.History{}, fmt.Errorf("read history: %w", err)
	}
	var in io.Reader = file
	switch mode := info.Mode(); {
	case mode.IsRegular():
		o.SizeBytes = info.Size()
	case mode.IsDir(), mode&os.ModeDevice != 0:
		return history.History{}, &history.LineError{Path: path, Text: "this is no file, and may never end; name a file"}
	default: // it has an end when what writes to it ends
		in = &unended{counted{r: file}}
	}
	h, err := t.Read(in, o)
	var wrong *history.LineError
	if errors.As(err, &wrong) && wrong.Ordered && o.Order == history.AsIs && o.Each == nil {
		o.Order = history.ByIndex
		if _, seek := file.Seek(0, io.SeekStart); seek == nil {
			if sorted, err := t.Read(file, o); err == nil {
				return sorted, nil
			}
		}
	}
	if wrong != nil {
		wrong.Path = path
		return history.History{}, wrong
	}
	if err != nil {
		return history.History{}, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// Read reads a history as a stream. What is wrong in it, damaged compression included, is a
// *history.LineError.
func (t Table) Read(r io.Reader, o Options) (history.History, error) {
	var forced Format
	if o.Format != "" {
		var err error
		if forced, err = t.Find(o.Format); err != nil {
			return history.History{}, err
		}
	}
	plain, err := decompress(r, cmp.Or(o.RatioMax, RatioMax))
	if err != nil {
		return history.History{}, err
	}
	defer plain.Close()
	in := bufio.NewReaderSize(plain, headBytes)
	if err := skipMark(in); err != nil {
		return history.History{}, err
	}
	f := forced
	if o.Format == "" {
		if f, err = t.detect(in); err != nil {
			return history.History{}, err
		}
	}
	if o.Keyed && !f.Keyable {
		keyable := slices.DeleteFunc(slices.Clone(t), func(f Format) bool { return !f.Keyable })
		return history.History{}, history.Wrong(0, "the file is %s, and only the values of %s can be keyed; leave out --keyed", f.Name, names(keyable, " and "))
	}
	h, err := f.Decode(in, o)
	if p, isPacked := plain.(*packed); isPacked && p.cut && err == nil {
		h.Notes = append(h.Notes, fmt.Sprintf("The %s data ends too early: what is missing was left out.", p.name))
	}
	return h, err
}

// skipMark passes over the byte-order mark of UTF-8, and refuses UTF-16.
func skipMark(in *bufio.Reader) error {
	head, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("\ufeff")):
		_, err := in.Discard(len("\ufeff"))
		return err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}),
		len(head) == 4 && (head[1] == 0 && head[3] == 0 || head[0] == 0 && head[2] == 0):
		return history.Wrong(0, "the file is UTF-16; convert it with: iconv -f UTF-16 -t UTF-8")
	}
	return nil
}
