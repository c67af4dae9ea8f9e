package porcupinelog

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// DecodeKV reads the log of a key-value store with get, put and append, as Porcupine's
// c10-ok.txt: one map of EDN a line, with a key and texts as values. What is wrong with it is
// a *history.LineError.
//
// In such a store an absent key and an empty text are the same. So a get of "" found
// nothing, and a put of "" is a delete.
func DecodeKV(r io.Reader, o history.Options) (history.History, error) {
	a := history.NewAssembler(o)
	forms := form.NewReader(r)
	for {
		f, err := forms.Next()
		var cut *form.Cut
		if errors.As(err, &cut) {
			a.Note("The file ends within what began on line %d: it is cut off and was left out.", cut.Line)
			return a.History()
		}
		if errors.Is(err, io.EOF) {
			return a.History()
		}
		var e history.Event
		if err == nil {
			e, err = kvEvent(f)
		}
		if err == nil {
			err = a.Add(f.Line, e)
		}
		if err != nil {
			return history.History{}, err
		}
	}
}

// kvFuncs are the names of a key-value store for the functions of a register.
var kvFuncs = map[string]history.Func{"get": history.Read, "put": history.Write, "append": history.Append}

func kvEvent(f form.Form) (e history.Event, err error) {
	field := func(name string, kind form.Kind) form.Form {
		v, ok := f.Get(name)
		if err == nil && (!ok || v.Kind != kind) {
			err = history.Wrong(f.Line, "no event of the form {:process 3, :type :invoke, :f :put, :key \"x\", :value \"y\"}, because :%s is not %s; delete it: an operation without a completion counts as unknown", name, kind)
		}
		return v
	}
	process := field("process", form.Number).Text
	e.Type = field("type", form.Keyword).Text
	name := field("f", form.Keyword).Text
	e.Key = field("key", form.Text).Text
	value, _ := f.Get("value")
	if name != "get" || e.Type == "ok" {
		value = field("value", form.Text)
	}
	if err != nil {
		return e, err
	}
	if e.Process = new(history.Process); e.Process.UnmarshalJSON([]byte(process)) != nil {
		return e, history.Wrong(f.Line, "process %s is no number from 0 to 2147483647; correct it", process)
	}
	do, known := kvFuncs[name]
	if !known {
		return e, history.Wrong(f.Line, "f %q is unknown; write get, put or append", name)
	}
	e.Value = history.Text(value.Text)
	if value.Text == "" && do != history.Append {
		e.Value = "null"
		if do == history.Write {
			do = history.Delete
		}
	}
	e.F = string(do)
	return e, nil
}

// EncodeKV writes h as DecodeKV reads it. An operation of another function than read, write,
// delete and append, and a key or value that is no text, is empty (but for a key, or what is
// appended), or holds a quote, a backslash or something that does not print are a
// *history.UnwritableError: such a log escapes nothing. Operations that failed, faults and
// times are left out.
func EncodeKV(w io.Writer, h history.History) error {
	return encode(w, h, func(e history.Event, op history.Op) (string, error) {
		if e.Type == "info" {
			return "", nil // the log has no word for it: the operation stays open
		}
		name := map[history.Func]string{history.Read: "get", history.Write: "put", history.Append: "append", history.Delete: "put"}[op.In.F]
		if name == "" {
			return "", errors.New("is not a read, write, delete or append, and such a log has nothing else")
		}
		value := "nil"
		if op.In.F != history.Read || e.Type == "ok" {
			text, isText := history.Value(e.Value).Text()
			empty := isText && text == "" && op.In.F != history.Append
			if !isText && string(e.Value) != "null" || empty || !plain(text) {
				return "", errors.New("has a value that is no plain text, and such a log has nothing else")
			}
			value = `"` + text + `"`
		}
		if !plain(op.In.Key) {
			return "", errors.New("has a key that such a log cannot write")
		}
		return fmt.Sprintf("{:process %s, :type :%s, :f :%s, :key \"%s\", :value %s}\n", e.Process, e.Type, name, op.In.Key, value), nil
	})
}

// plain reports whether a text needs no escapes.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) || r == '"' || r == '\\' })
}
