package history

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How values and keys from outside are shown: never with a character that moves the cursor,
// ends the line or turns the direction of writing, and never at any length.

// shownRunes is the most characters of a value that are shown, and headRunes how many of them
// are its beginning: what makes two long values differ may stand at either end.
const (
	shownRunes = 120
	headRunes  = 70
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

// printable escapes what a terminal must not see, and shortens what is long.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }) >= 0 {
		var b strings.Builder
		for _, r := range text {
			if unicode.IsGraphic(r) {
				b.WriteRune(r)
			} else {
				quoted := strconv.QuoteRuneToASCII(r)
				b.WriteString(quoted[1 : len(quoted)-1])
			}
		}
		text = b.String()
	}
	if len(text) <= shownRunes || utf8.RuneCountInString(text) <= shownRunes {
		return text
	}
	runes := []rune(text)
	return fmt.Sprintf("%s… %d characters …%s", string(runes[:headRunes]), len(runes), string(runes[len(runes)-(shownRunes-headRunes):]))
}
