package edn

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// Encode writes h so that Jepsen's tools and Decode read it, one map a line: reading it back
// gives h again. Keyed operations get values of the form [key value]; where some have a key
// and others have none, that is a *history.UnwritableError. What Jepsen has no word for stands
// in fields that it passes over: :observed, :result, :revision, :node, and of faults :fault,
// :phase and :text.
func Encode(w io.Writer, h history.History) error {
	keyed, err := allKeyed(h)
	if err != nil {
		return err
	}
	events, err := h.Events()
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	out := bufio.NewWriter(w)
	for _, e := range events {
		out.WriteString(encode(e, keyed)) // an error stays until Flush
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// allKeyed reports whether every operation has a key, or none.
func allKeyed(h history.History) (bool, error) {
	keyed := 0
	for _, op := range h.Ops {
		if op.In.Key != "" {
			keyed++
		}
	}
	if keyed > 0 && keyed < len(h.Ops) {
		return false, &history.UnwritableError{Text: fmt.Sprintf("%d of %d operations have a key and the others have none, and EDN has no form for both", keyed, len(h.Ops))}
	}
	return keyed > 0, nil
}

// line collects the fields of a map.
type line struct{ strings.Builder }

func (l *line) field(name, text string) {
	if l.Len() > 0 {
		l.WriteString(", ")
	}
	l.WriteString(":" + name + " " + text)
}

func (l *line) text(name, text string) {
	if text != "" {
		l.field(name, form.Quote(text))
	}
}

func encode(e history.Event, keyed bool) string {
	var l line
	if e.Index != nil {
		l.field("index", strconv.Itoa(*e.Index))
	}
	l.field("time", strconv.FormatInt(e.Time, 10))
	l.field("process", process(*e.Process))
	l.field("type", ":"+e.Type)
	l.field("f", name(e.F))
	value := asked(e)
	if keyed && *e.Process >= 0 {
		value = "[" + writeKey(e.Key) + " " + value + "]"
	}
	l.field("value", value)
	if e.Observed != "" {
		l.field("observed", writeValue(orAbsent(e.Observed)))
	}
	if e.Result != "" {
		l.field("result", writeValue(orAbsent(e.Result)))
	}
	if e.Revision != 0 {
		l.field("revision", strconv.FormatUint(e.Revision, 10))
	}
	if *e.Process == history.Monitor {
		l.field("monitor", "true")
	}
	if e.Fault != nil {
		l.field("fault", strconv.Itoa(*e.Fault))
		l.field("phase", name(e.Phase))
	}
	l.text("text", e.Text)
	l.text("node", string(e.Node))
	l.text("error", e.Error)
	return "{" + l.String() + "}\n"
}

// process writes the monitor as the nemesis, which Jepsen's checkers pass over.
func process(p history.Process) string {
	if p < 0 {
		return ":nemesis"
	}
	return p.String()
}

var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./?!*+-]*$`)

// name writes a name as a keyword, if it can be one.
func name(text string) string {
	if plainWord.MatchString(text) {
		return ":" + text
	}
	return form.Quote(text)
}

var micros = map[history.Func]string{history.Read: ":r", history.Write: ":w", history.Append: ":append"}

// asked writes the value of an event.
func asked(e history.Event) string {
	v := orAbsent(e.Value)
	if *e.Process < 0 || history.Func(e.F) != history.Txn || v == history.Absent {
		return writeValue(v)
	}
	var ops []string
	for m := range v.Micros() {
		ops = append(ops, "["+micros[m.F]+" "+writeKey(m.Key)+" "+writeValue(m.Value)+"]")
	}
	return "[" + strings.Join(ops, " ") + "]"
}

// orAbsent is the value of a field.
func orAbsent(v history.Value) history.Value {
	if v == "null" {
		return history.Absent
	}
	return v
}
