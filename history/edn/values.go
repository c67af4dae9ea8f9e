package edn

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// How values and keys of Clojure become those of a history, and back.
//
// A history knows numbers, texts, booleans and lists. A keyword becomes a text that begins
// with a colon, and such a text becomes a keyword again; so a string that begins like that
// is refused. Keys are texts only: the number 5 becomes the key "5", and back, so that the
// string "5" is refused as a key.

var (
	keyword = regexp.MustCompile(`^:[^\s,;"()\[\]{}\\:@^` + "`" + `~]+$`)
	digits  = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
)

// toJSON returns a value as history.Event carries it.
func toJSON(f form.Form) (json.RawMessage, error) {
	f = f.Untagged()
	switch f.Kind {
	case form.Nil:
		return json.RawMessage("null"), nil
	case form.Bool, form.Number:
		return json.RawMessage(f.Text), nil
	case form.Keyword:
		return json.RawMessage(history.Text(":" + f.Text)), nil
	case form.Text:
		if keyword.MatchString(f.Text) {
			return nil, history.Wrong(f.Line, "the string %q looks like a keyword; write the keyword, or another string", f.Text)
		}
		return json.RawMessage(history.Text(f.Text)), nil
	case form.List, form.Set:
		items := make([]string, len(f.Items))
		for i, item := range f.Items {
			text, err := toJSON(item)
			if err != nil {
				return nil, err
			}
			items[i] = string(text)
		}
		if f.Kind == form.Set {
			slices.Sort(items)
		}
		return json.RawMessage("[" + strings.Join(items, ",") + "]"), nil
	default:
		return nil, history.Wrong(f.Line, "the value %s is %s; write a number, a string, a keyword, true, false, nil, or a list or set of these", shown(f), f.Kind)
	}
}

// toTransaction returns the list of a transaction. Its functions are for history to check.
func toTransaction(f form.Form) (json.RawMessage, error) {
	f = f.Untagged()
	if f.Kind != form.List {
		return toJSON(f)
	}
	ops := make([]string, len(f.Items))
	for i, item := range f.Items {
		item = item.Untagged()
		if item.Kind != form.List || len(item.Items) != 3 || item.Items[0].Kind != form.Keyword {
			return nil, history.Wrong(f.Line, "the operation %s of a transaction is not of the form [:r key nil], [:w key value] or [:append key value]", shown(item))
		}
		key, err := toKey(item.Items[1])
		if err != nil {
			return nil, err
		}
		value, err := toJSON(item.Items[2])
		if err != nil {
			return nil, err
		}
		ops[i] = "[" + string(history.Text(item.Items[0].Text)) + "," + string(history.Text(key)) + "," + string(value) + "]"
	}
	return json.RawMessage("[" + strings.Join(ops, ",") + "]"), nil
}

// toKey returns a key.
func toKey(f form.Form) (string, error) {
	f = f.Untagged()
	switch {
	case f.Kind == form.Number && digits.MatchString(f.Text):
		return f.Text, nil
	case f.Kind == form.Keyword:
		return ":" + f.Text, nil
	case f.Kind == form.Text && (digits.MatchString(f.Text) || keyword.MatchString(f.Text)):
		return "", history.Wrong(f.Line, "the key %q is a string that looks like a number or a keyword; write it as that", f.Text)
	case f.Kind == form.Text:
		return f.Text, nil
	default:
		return "", history.Wrong(f.Line, "%s is no key; write a whole number, a keyword or a string", shown(f))
	}
}

// writeKey is the inverse of toKey.
func writeKey(key string) string {
	if digits.MatchString(key) || keyword.MatchString(key) {
		return key
	}
	return form.Quote(key)
}

// writeValue is the inverse of toJSON, but for sets.
func writeValue(v history.Value) string {
	switch {
	case v == history.Absent:
		return "nil"
	case v.IsList():
		var items []string
		for item := range v.Elements() {
			items = append(items, writeValue(item))
		}
		return "[" + strings.Join(items, " ") + "]"
	}
	text, isText := v.Text()
	switch {
	case !isText:
		return string(v)
	case keyword.MatchString(text):
		return text
	default:
		return form.Quote(text)
	}
}

// shown quotes a form in an error message.
func shown(f form.Form) string {
	const most = 40
	text := f.String()
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
