package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/minio/simdjson-go"

	"senkei/history"
)

// readingCommand makes this binary read one history, or write one.
const readingCommand = "reading-trial"

// The readers, as the result names them.
const (
	simdReader   = "simdjson-go alone"
	ownReader    = "Senkei's reader alone"
	goReader     = "encoding/json, line by line (Go's usual way)"
	regexpReader = "regular expressions, line by line (as Porcupine's tests read logs)"
)

// runReading does what the arguments say. It returns the exit code.
func runReading(args []string) int {
	err := errors.New("give what to do, and a file")
	if len(args) > 1 {
		err = read(args[0], args[1], args[2:])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", readingCommand, err)
		return 1
	}
	return 0
}

func read(what, path string, more []string) error {
	if what == "write" {
		var of recording
		if err := json.Unmarshal([]byte(more[0]), &of); err != nil {
			return err
		}
		return of.write(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	switch what {
	case simdReader:
		return bySIMD(f)
	case ownReader:
		_, err := history.ReadFile(path)
		return err
	case goReader:
		return byLine(f, byJSON)
	case regexpReader:
		return byLine(f, byRegexp)
	default:
		return fmt.Errorf("there is no reader %q", what)
	}
}

// bySIMD parses the lines and builds nothing.
func bySIMD(r io.Reader) error {
	var reuse *simdjson.ParsedJson
	text := make([]byte, 0, 4<<20)
	for {
		n, err := io.ReadFull(r, text[len(text):cap(text)])
		text = text[:len(text)+n]
		ended := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !ended {
			return err
		}
		whole := bytes.LastIndexByte(text, '\n') + 1
		if whole > 0 {
			if reuse, err = simdjson.ParseND(text[:whole], reuse); err != nil {
				return err
			}
		}
		text = append(text[:0], text[whole:]...)
		if ended {
			return nil
		}
	}
}

func byLine(r io.Reader, each func([]byte) error) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := each(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// line is what a program would read an event into.
type line struct {
	Index   int    `json:"index"`
	Time    int64  `json:"time"`
	Process int    `json:"process"`
	Type    string `json:"type"`
	F       string `json:"f"`
	Key     string `json:"key"`
	Value   any    `json:"value"`
	Node    string `json:"node"`
}

func byJSON(text []byte) error {
	var l line
	return json.Unmarshal(text, &l)
}

// lineForms are tried one after the other, as parseJepsenLog of Porcupine's tests does.
var lineForms = []*regexp.Regexp{
	regexp.MustCompile(`^\{"index":\d+,"time":\d+,"process":(\d+),"type":"invoke","f":"read","key":"(.*)","value":null,"node":".*"\}$`),
	regexp.MustCompile(`^\{"index":\d+,"time":\d+,"process":(\d+),"type":"invoke","f":"write","key":"(.*)","value":(\d+),"node":".*"\}$`),
	regexp.MustCompile(`^\{"index":\d+,"time":\d+,"process":(\d+),"type":"ok","f":"read","key":"(.*)","value":(null|\d+),"node":".*"\}$`),
	regexp.MustCompile(`^\{"index":\d+,"time":\d+,"process":(\d+),"type":"ok","f":"write","key":"(.*)","value":(\d+),"node":".*"\}$`),
}

func byRegexp(text []byte) error {
	s := string(text)
	for _, form := range lineForms {
		if form.FindStringSubmatch(s) != nil {
			return nil
		}
	}
	return fmt.Errorf("no event: %s", s)
}
