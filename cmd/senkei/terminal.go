package main

import (
	"bytes"
	"io"
	"os"

	"golang.org/x/term"

	"senkei/history"
)

// shown is an output that a person looks at. Whatever a history, a node or a file holds, it
// lets through nothing that would move the cursor, turn the direction of writing or hide;
// lines end where Senkei ends them.
type shown struct{ raw io.Writer }

func (s shown) Write(text []byte) (int, error) {
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		lines[i] = []byte(history.Escape(string(line)))
	}
	if _, err := s.raw.Write(bytes.Join(lines, []byte("\n"))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// unshown is the output behind w, for what is no text for people, such as a history.
func unshown(w io.Writer) io.Writer {
	if s, ok := w.(shown); ok {
		return s.raw
	}
	return w
}

// widthOf returns how many characters fit into a line of the terminal behind w, and 0 where
// there is none.
func widthOf(w io.Writer) int {
	f, ok := unshown(w).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
