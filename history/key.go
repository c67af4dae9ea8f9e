package history

import "strings"

// nilKey is the key that nil is, since a key of JSON that is null means that there is none.
var nilKey = string(Symbol("nil"))

// KeyOf returns the key that a value is, so that different values are different keys. A text
// is itself, unless it reads like another value: the number 1 is the key 1, and the text "1"
// the key "1", with its quotes.
func KeyOf(v Value) string {
	if v == Absent {
		return nilKey
	}
	if text, ok := v.Text(); ok && !readsLikeValue(text) {
		return text
	}
	return string(v)
}

// KeyValue returns the value that a key is: the inverse of KeyOf.
func KeyValue(key string) Value {
	if key != "" && readsLikeValue(key) {
		return Value(key)
	}
	return Text(key)
}

// readsLikeValue reports whether a text is the canonical text of a value.
func readsLikeValue(text string) bool {
	if text == "" {
		return true
	}
	if strings.IndexByte(`"[{-0123456789ntf`, text[0]) < 0 {
		return false
	}
	v, err := ParseValue([]byte(text))
	return err == nil && string(raw(v)) == text
}

// ShowKey writes a key as a person reads it.
func ShowKey(key string) string {
	if strings.HasPrefix(key, "{") {
		return KeyValue(key).String()
	}
	return printable(key)
}
