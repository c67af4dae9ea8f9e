package formats

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// headBytes is how much of a file may be looked at to tell its format.
const headBytes = 64 << 10

// detect tells the format by the beginning of the file. A file without anything in it is
// empty in every format.
func (t Table) detect(in *bufio.Reader) (Format, error) {
	peeked, err := in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return Format{}, err
	}
	head := strings.TrimLeft(string(peeked), " \t\r\n")
	for _, f := range t {
		if head == "" || f.Begins(head) {
			return f, nil
		}
	}
	return Format{}, history.Wrong(0, "the file begins like none of the formats %s; pass --format if it is one of them", names(t, ", "))
}

// looksJSON knows an object. A map of EDN begins with a keyword instead of a string.
func looksJSON(head string) bool {
	inner, isObject := strings.CutPrefix(strings.TrimLeft(head, "[ \t\r\n"), "{")
	inner = strings.TrimLeft(inner, " \t\r\n")
	return isObject && (inner == "" || strings.HasPrefix(inner, `"`) || strings.HasPrefix(inner, "}"))
}

// ednBegins matches a map whose first key is a keyword, perhaps in a list, tagged, or behind
// comments.
var ednBegins = regexp.MustCompile(`^` + ednBlank + `[\[(]?` + ednBlank + `(?:#jepsen[^\s{]*\s*)?\{\s*:`)

const ednBlank = `(?:[\s,]|;[^\n]*\n)*`

func looksEDN(head string) bool { return ednBegins.MatchString(head) && !looksKV(head) }

// textBegins matches a line of Jepsen's history.txt.
var textBegins = regexp.MustCompile(`^:?[\w-]+\t:(?:invoke|ok|fail|info)\t`)

func looksText(head string) bool { return textBegins.MatchString(head) }

// looksKV knows a map with a :key, which Jepsen's events do not have.
func looksKV(head string) bool {
	f, _ := form.NewReader(strings.NewReader(head)).Next()
	_, hasKey := f.Get("key")
	return hasKey
}
