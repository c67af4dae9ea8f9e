package edn

import (
	"errors"
	"io"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// batch are the events of a piece of a file.
type batch struct {
	parsed []parsed
	cut    int   // line of what is cut off at the end of the file; 0 for none
	err    error // of what follows the events
}

// pieceDecoder decodes pieces, one after the other.
type pieceDecoder struct {
	words map[string]string // those that come again and again, apart from the text around them
}

// wordsMax is how many words are kept.
const wordsMax = 1 << 12

func newPieceDecoder() func(*history.Piece, *batch) {
	d := pieceDecoder{words: map[string]string{}}
	return d.decode
}

// decode reads a piece: the usual forms quickly, and from the first other one on all of them with
// care.
func (d *pieceDecoder) decode(p *history.Piece, b *batch) {
	b.parsed, b.cut, b.err = b.parsed[:0], 0, nil
	text, at, line := string(p.Text), 0, p.Line
	var quick form.Quick
	for b.err == nil {
		for at < len(text) && strings.IndexByte(" \t\r\n,", text[at]) >= 0 {
			if text[at] == '\n' {
				line++
			}
			at++
		}
		if at == len(text) {
			return
		}
		f, end, ok := quick.Form(text, at, line)
		if !ok {
			break
		}
		at = end
		d.add(b, f)
	}
	if b.err == nil {
		d.slowly(p, b, form.NewReaderOf(text[at:], line))
	}
}

func (d *pieceDecoder) slowly(p *history.Piece, b *batch, forms *form.Reader) {
	for b.err == nil {
		f, err := forms.Next()
		var cut *form.Cut
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &cut) && p.Last:
			b.cut = cut.Line
			return
		case err != nil:
			b.err = err
		default:
			d.add(b, f)
		}
	}
}

// add takes in an event. What is kept of it does not keep the text.
func (d *pieceDecoder) add(b *batch, f form.Form) {
	p, err := parse(f.Untagged())
	if err != nil {
		b.err = err
		return
	}
	p.Type, p.F, p.Client = d.word(p.Type), d.word(p.F), d.word(p.Client)
	p.Node = history.NodeID(d.word(string(p.Node)))
	p.Error, p.Text, p.Phase = strings.Clone(p.Error), strings.Clone(p.Text), d.word(p.Phase)
	b.parsed = append(b.parsed, p)
}

func (d *pieceDecoder) word(text string) string {
	if text == "" {
		return ""
	}
	known, ok := d.words[text]
	if !ok {
		if len(d.words) == wordsMax {
			clear(d.words)
		}
		known = strings.Clone(text)
		d.words[known] = known
	}
	return known
}
