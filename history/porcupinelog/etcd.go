// Package porcupinelog reads and writes the two log formats whose histories Porcupine ships
// under test_data: those of Jepsen's old etcd test and those of a key-value store. It reads
// no other lines than these, and writes nothing that they cannot say. Start at DecodeEtcd
// and DecodeKV.
package porcupinelog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"

	"senkei/history"
)

// lineBytesMax bounds a line of an etcd log, which holds a handful of numbers.
const lineBytesMax = 64 << 10

// etcdLine is an event in the console log of old versions of Jepsen, such as
// "INFO  jepsen.util - 3	:invoke	:cas	[2 4]".
var etcdLine = regexp.MustCompile(`^INFO\s+jepsen\.util\s+-\s+(\S+)\s+:(\w+)\s+:(\w[\w-]*)\s+(\S.*?)\s*$`)

var etcdValue = map[string]*regexp.Regexp{
	"read":  regexp.MustCompile(`^(?:nil|([0-9]+))$`),
	"write": regexp.MustCompile(`^([0-9]+)$`),
	"cas":   regexp.MustCompile(`^\[([0-9]+) ([0-9]+)\]$`),
}

// DecodeEtcd reads the log of Jepsen's etcd test of 2014: one register that is read, written
// and compared and set, as Porcupine's etcd_*.log. What is wrong with it is a
// *history.LineError. A fail, also of a compare-and-set, is an operation without effect; the
// log does not tell what a refused compare-and-set found.
func DecodeEtcd(r io.Reader, o history.Options) (history.History, error) {
	a := history.NewAssembler(o)
	tooLong := fmt.Sprintf("longer than %d KiB, which no line of such a log is; delete it", lineBytesMax>>10)
	err := history.EachLine(r, lineBytesMax, tooLong, func(number int, line string) error {
		e, err := etcdEvent(number, line)
		if err != nil {
			return err
		}
		return a.Add(number, e)
	})
	if err != nil {
		return history.History{}, err
	}
	return a.History()
}

func etcdEvent(number int, line string) (e history.Event, err error) {
	parts := etcdLine.FindStringSubmatch(line)
	if parts == nil {
		return e, history.Wrong(number, "no event of the form \"INFO  jepsen.util - 3 :invoke :write 4\"; delete the line: an operation without a completion counts as unknown")
	}
	e.Type, e.F = parts[2], parts[3]
	if e.Process = new(history.Process); parts[1] == ":nemesis" {
		*e.Process = history.Nemesis
		return e, nil
	}
	if err := e.Process.UnmarshalJSON([]byte(parts[1])); err != nil {
		return e, history.Wrong(number, "%v; correct it", err)
	}
	if e.Type == "fail" || e.Type == "info" {
		return e, nil // what stands there may be :timed-out
	}
	form, known := etcdValue[e.F]
	if !known {
		return e, history.Wrong(number, "f %q is unknown; write read, write or cas", e.F)
	}
	value := form.FindStringSubmatch(parts[4])
	switch {
	case value == nil:
		return e, history.Wrong(number, "the value %s is none of a %s; write a number, nil for a read that is asked or found nothing, or [expected new] for a cas", parts[4], e.F)
	case e.F == "cas":
		e.Value = history.Value("[" + value[1] + "," + value[2] + "]")
	case value[1] == "":
		e.Value = history.Value("null")
	default:
		e.Value = history.Value(value[1])
	}
	return e, nil
}

// EncodeEtcd writes h as DecodeEtcd reads it. An operation of another function than read,
// write and cas, a key, and a value that is not a whole number from 0 on are a
// *history.UnwritableError. Operations that failed, faults and times are left out. A refused compare-and-set becomes a
// fail, so that what it found is lost.
func EncodeEtcd(w io.Writer, h history.History) error {
	return encode(w, h, func(e history.Event, op history.Op) (string, error) {
		value := "nil"
		switch {
		case op.In.Key != "":
			return "", fmt.Errorf("has the key %q, and such a log has none", op.In.Key)
		case e.Type == "info":
			value = ":timed-out"
		case op.In.F == history.CAS:
			value = fmt.Sprintf("[%s %s]", op.In.Expect, op.In.Value)
		case string(e.Value) != "null":
			value = string(e.Value)
		}
		if form := etcdValue[e.F]; form == nil || e.Type != "info" && !form.MatchString(value) {
			return "", errors.New("is not a read, write or cas of whole numbers from 0 on, and such a log has nothing else")
		}
		return fmt.Sprintf("INFO  jepsen.util - %s\t:%s\t:%s\t%s\n", e.Process, e.Type, e.F, value), nil
	})
}

// encode writes the events of clients one by one, but for those of operations that failed.
func encode(w io.Writer, h history.History, line func(history.Event, history.Op) (string, error)) error {
	events, err := h.Events()
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	byInvoke := map[int]history.Op{}
	for _, op := range h.Ops {
		byInvoke[op.Invoke] = op
	}
	open := map[history.Process]history.Op{}
	out := bufio.NewWriter(w)
	for _, e := range events {
		if *e.Process < 0 {
			continue
		}
		if e.Type == "invoke" {
			open[*e.Process] = byInvoke[*e.Index]
		}
		op := open[*e.Process]
		if op.Outcome == history.Failed {
			continue
		}
		text, err := line(e, op)
		if err != nil {
			return &history.UnwritableError{Text: fmt.Sprintf("operation %d, %s, %v", op.ID, op, err)}
		}
		out.WriteString(text) // an error stays until Flush
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}
