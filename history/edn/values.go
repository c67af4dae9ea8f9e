package edn

import (
	"regexp"
	"slices"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// How values and keys of Clojure become those of a history, and back.
//
// A keyword becomes a text that begins with a colon, and such a text becomes a keyword again;
// so a string that looks like a keyword becomes a history.Symbol, as do symbols, characters
// and ratios. Sets, maps and tagged values are those of history.

// keyword matches what form.Reader reads as a keyword.
var keyword = regexp.MustCompile("^:[^ \t\r\n,;\"()\\[\\]{}]+$")

// toValue returns a value. In EDN, nil is null.
func toValue(f form.Form) (v history.Value, err error) {
	f = f.Untagged()
	switch f.Kind {
	case form.Nil:
		return history.Absent, nil
	case form.Bool:
		return history.Value(f.Text), nil
	case form.Number:
		if form.IsWhole(f.Text) { // which is its own text
			return history.Value(strings.Clone(f.Text)), nil
		}
		v, err = history.ParseValue([]byte(f.Text))
	case form.Keyword:
		return history.Text(":" + f.Text), nil
	case form.Text:
		if keyword.MatchString(f.Text) {
			return history.Symbol(form.Quote(f.Text)), nil
		}
		return history.Text(f.Text), nil
	case form.Tagged:
		inner, err := toValue(f.Items[0])
		return history.Tagged(f.Text, inner), err
	case form.List, form.Set, form.Map:
		v, err = toCollection(f)
	default:
		return history.Symbol(strings.Clone(f.Text)), nil
	}
	if err != nil {
		return v, history.Wrong(f.Line, "the value %s: %v; correct it", shown(f), err)
	}
	return v, nil
}

func toCollection(f form.Form) (history.Value, error) {
	items := make([]history.Value, len(f.Items))
	for i, item := range f.Items {
		var err error
		if items[i], err = toValue(item); err != nil {
			return history.Absent, err
		}
	}
	switch f.Kind {
	case form.List:
		return history.List(items...), nil
	case form.Set:
		return history.Set(items...)
	default:
		var entries []history.Entry
		for pair := range slices.Chunk(items, 2) {
			entries = append(entries, history.Entry{Key: pair[0], Value: pair[1]})
		}
		return history.Map(entries...)
	}
}

// toField returns a value as history.Event carries it.
func toField(f form.Form) (history.Value, error) {
	v, err := toValue(f)
	if v == history.Absent {
		v = "null"
	}
	return v, err
}

// toKey returns a key.
func toKey(f form.Form) (string, error) {
	v, err := toValue(f)
	return history.KeyOf(v), err
}

// writeKey is the inverse of toKey.
func writeKey(key string) string { return writeValue(history.KeyValue(key)) }

// writeValue is the inverse of toValue.
func writeValue(v history.Value) string {
	if v == history.Absent {
		return "nil"
	}
	if text, ok := v.Text(); ok {
		if keyword.MatchString(text) {
			return text
		}
		return form.Quote(text)
	}
	if text, ok := v.Symbol(); ok {
		return text
	}
	if tag, inner, ok := v.Tagged(); ok {
		return "#" + tag + " " + writeValue(inner)
	}
	var items []string
	for item := range v.Elements() {
		items = append(items, writeValue(item))
	}
	for key, value := range v.Entries() {
		items = append(items, writeValue(key)+" "+writeValue(value))
	}
	inner := strings.Join(items, " ")
	switch {
	case v.IsSet():
		return "#{" + inner + "}"
	case v.IsMap():
		return "{" + inner + "}"
	case v.IsList():
		return "[" + inner + "]"
	default:
		return string(v)
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
