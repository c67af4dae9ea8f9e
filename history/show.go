package history

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// How values and keys from outside are shown: never with a character that moves the cursor,
// ends the line or turns the direction of writing, and never at any length.

// shownRunes is the most characters of a value that are shown, and sentenceRunes of a whole
// sentence.
const (
	shownRunes    = 64
	sentenceRunes = 300
)

// String returns the value as a person reads it: its JSON text, or that of EDN where JSON has
// no words, shortened in the middle if it is long; "nothing" where there is none. Different
// values may look the same.
func (v Value) String() string {
	if v == Absent {
		return "nothing"
	}
	text := string(v)
	if strings.Contains(text, `{"#`) {
		text = v.edn()
	}
	return printable(text)
}

// edn writes a value that JSON has no words for.
func (v Value) edn() string {
	if text, ok := v.Symbol(); ok {
		return text
	}
	if tag, inner, ok := v.Tagged(); ok {
		return "#" + tag + " " + inner.edn()
	}
	var items []string
	for item := range v.Elements() {
		items = append(items, item.edn())
	}
	for key, value := range v.Entries() {
		items = append(items, key.edn()+":"+value.edn())
	}
	inner := strings.Join(items, ",")
	switch {
	case v.IsSet():
		return "#{" + inner + "}"
	case v.IsMap():
		return "{" + inner + "}"
	case v.IsList():
		return "[" + inner + "]"
	default:
		return string(raw(v))
	}
}

// printable is a text that may come from anywhere as it stands in a sentence.
func printable(text string) string { return Shorten(Escape(text), shownRunes) }

// Escape writes what a terminal must not see as JSON escapes it: characters that move the
// cursor, end the line, cannot be seen or turn the direction of writing. What JSON says in
// quotes stays the same for a reader of JSON.
func Escape(text string) string {
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text { // a byte that is no text is U+FFFD
		switch high, low := utf16.EncodeRune(r); {
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case high == utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}

// Shorten cuts the middle out of a text of more than so many characters, at least 40, and
// says there how long it was. What makes two long texts differ may stand at either end.
func Shorten(text string, runesMax int) string {
	if len(text) <= runesMax || utf8.RuneCountInString(text) <= runesMax {
		return text
	}
	runes := []rune(text)
	gap := fmt.Sprintf("… %d characters …", len(runes))
	left := runesMax - utf8.RuneCountInString(gap)
	head := (left + 1) / 2
	return string(runes[:head]) + gap + string(runes[len(runes)-(left-head):])
}
