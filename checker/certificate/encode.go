package certificate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// version is that of the file's form. In version 1 a model had its name instead of its ID.
const version = 2

// Mark is how every certificate begins.
const Mark = `{"senkei_certificate":`

// head is the first line.
type head struct {
	Version int    `json:"senkei_certificate"`
	Model   string `json:"model"`
	History string `json:"history_sha256"`
	Keys    int    `json:"keys"`
}

// Encode writes c as JSON, one object a line: a head, each key, and a SHA-256 of the bytes
// before, so that damage is noticed even where it makes another certificate that holds.
// The sum keeps no one from making a new one; what a certificate claims rests on its
// orders and cores alone.
func Encode(w io.Writer, c Certificate) error {
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	if err := writeLine(out, head{Version: version, Model: c.Model, History: c.History, Keys: len(c.Keys)}); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	for _, k := range c.Keys {
		if err := writeLine(out, k); err != nil {
			return fmt.Errorf("write certificate of key %q: %w", k.Key, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	if _, err := w.Write(lastLine(sum.Sum(nil))); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	return nil
}

func writeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w) // ends the line
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// lastLine is the only form in which the sum may stand in the file.
func lastLine(sum []byte) []byte { return fmt.Appendf(nil, "{\"sha256\":\"%x\"}\n", sum) }

// strictly reads one line that must hold nothing but v.
func strictly(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the object")
	}
	return nil
}
