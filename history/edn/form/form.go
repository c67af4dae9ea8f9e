// Package form reads EDN, the notation of Clojure's data (github.com/edn-format/edn), one
// form after another, so that a history of any length needs the memory of one event. It
// knows the line of each form, and refuses what it does not understand instead of guessing:
// it never drops a repeated key or text behind a form. What a form means is for others to
// say. Start at Reader.
package form

import (
	"slices"
	"strings"
)

// Kind is what a form is.
type Kind uint8

// The kinds of forms.
const (
	Nil     Kind = iota
	Bool         // Text is true or false
	Number       // Text is a number as JSON writes it
	Text         // a string; Text is its content
	Keyword      // Text is the name without the colon
	List         // a vector or a list
	Set          // Items as they stand
	Map          // Items are key, value, key, value, …; no keyword stands twice as a key
	Tagged       // Text is the tag without the #, Items the tagged form
	Other        // a symbol, a character, a ratio, …; Text is what stands there
)

// String returns what a sentence calls a form of the kind.
func (k Kind) String() string {
	return [...]string{
		Nil: "nil", Bool: "a boolean", Number: "a number", Text: "a string", Keyword: "a keyword", List: "a list",
		Set: "a set", Map: "a map", Tagged: "a tagged value", Other: "a symbol or a character",
	}[k]
}

// Form is one value of EDN.
type Form struct {
	Kind  Kind
	Text  string
	Items []Form
	Line  int // where it begins, from 1
}

// String writes the form as EDN, on one line.
func (f Form) String() string {
	items := make([]string, len(f.Items))
	for i, item := range f.Items {
		items[i] = item.String()
	}
	inner := strings.Join(items, " ")
	switch f.Kind {
	case Nil:
		return "nil"
	case Text:
		return Quote(f.Text)
	case Keyword:
		return ":" + f.Text
	case List:
		return "[" + inner + "]"
	case Set:
		return "#{" + inner + "}"
	case Map:
		return "{" + inner + "}"
	case Tagged:
		return "#" + f.Text + " " + inner
	default:
		return f.Text
	}
}

var escapes = strings.NewReplacer("\\", `\\`, "\"", `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// Quote writes a string as EDN.
func Quote(s string) string { return `"` + escapes.Replace(s) + `"` }

// Get returns the value of a keyword in a Map, and whether it is there.
func (f Form) Get(keyword string) (Form, bool) {
	for i := 0; f.Kind == Map && i+1 < len(f.Items); i += 2 { // a map that is cut off may end in a key
		if f.Items[i].Kind == Keyword && f.Items[i].Text == keyword {
			return f.Items[i+1], true
		}
	}
	return Form{}, false
}

// Untagged returns the form without its tags, if there are any and each belongs to Jepsen,
// as in #jepsen.history.Op{…}.
func (f Form) Untagged() Form {
	for f.Kind == Tagged && len(f.Text) > len("jepsen.") && f.Text[:len("jepsen.")] == "jepsen." {
		f = f.Items[0]
	}
	return f
}

// repeated returns a keyword that stands twice as a key.
func (f Form) repeated() (string, bool) {
	var few [16]string
	seen := few[:0]
	for i := 0; i < len(f.Items); i += 2 {
		if f.Items[i].Kind != Keyword {
			continue
		}
		if slices.Contains(seen, f.Items[i].Text) {
			return f.Items[i].Text, true
		}
		seen = append(seen, f.Items[i].Text)
	}
	return "", false
}
