package form

// Quick reads forms of a text in memory as they are written nearly everywhere: maps, vectors
// and lists of keywords, whole numbers, strings without escapes, nil, true and false. What a
// Quick returns is valid until its Reset.
type Quick struct {
	items []Form // of the forms so far
	stack []Form // of the collections that are open
}

// Reset lets go of all forms.
func (q *Quick) Reset() { q.items = q.items[:0] }

// Form reads the form that begins at a position of a text, on a line, and returns where it
// ends. It returns false where Reader has to read it: because it is another form, or because it
// may be wrong.
func (q *Quick) Form(text string, at, line int) (f Form, end int, ok bool) {
	q.stack = q.stack[:0]
	return q.form(text, at, line, 0)
}

func (q *Quick) form(text string, at, line, depth int) (f Form, end int, ok bool) {
	if at >= len(text) || depth > nestingMax {
		return f, at, false
	}
	f.Line = line
	switch c := text[at]; c {
	case '{', '[', '(':
		return q.collection(f, text, at, depth)
	case '"':
		for i := at + 1; i < len(text); i++ {
			switch c := text[i]; {
			case c == '"':
				f.Kind, f.Text = Text, text[at+1:i]
				return f, i + 1, true
			case c < ' ' || c == '\\' || c >= 0x80:
				return f, at, false
			}
		}
		return f, at, false
	}
	end = at
	for end < len(text) && !ends[text[end]] {
		end++
	}
	f.Text = text[at:end]
	switch {
	case end == len(text): // it may go on
		return f, at, false
	case f.Text == "nil":
		f.Text = ""
	case f.Text == "true", f.Text == "false":
		f.Kind = Bool
	case isKeyword(f.Text):
		f.Kind, f.Text = Keyword, f.Text[1:]
	case IsWhole(f.Text):
		f.Kind = Number
	default:
		return f, at, false
	}
	return f, end, true
}

// collection reads what has brackets, all of it on one line.
func (q *Quick) collection(f Form, text string, at, depth int) (_ Form, end int, ok bool) {
	f.Kind = List
	if text[at] == '{' {
		f.Kind = Map
	}
	closes, from := closing[text[at]], len(q.stack)
	for at++; ; {
		for at < len(text) && (text[at] == ' ' || text[at] == ',') {
			at++
		}
		if at < len(text) && text[at] == closes {
			break
		}
		item, next, ok := q.form(text, at, f.Line, depth+1)
		if !ok {
			return f, at, false
		}
		at = next
		q.stack = append(q.stack, item)
	}
	if f.Kind == Map && (len(q.stack)-from)%2 != 0 {
		return f, at, false
	}
	begin := len(q.items)
	q.items = append(q.items, q.stack[from:]...) // an older array stays where it is
	q.stack = q.stack[:from]
	if f.Items = q.items[begin:len(q.items):len(q.items)]; f.Kind == Map {
		if _, twice := f.repeated(); twice {
			return f, at, false
		}
	}
	return f, at + 1, true
}

// ends are the bytes that end a token.
var ends = func() (ends [256]bool) {
	for _, c := range []byte(" \t\r\n,;\"()[]{}") {
		ends[c] = true
	}
	return ends
}()

func isKeyword(token string) bool {
	if len(token) < 2 || token[0] != ':' {
		return false
	}
	for i := 1; i < len(token); i++ {
		if token[i] <= ' ' || token[i] >= 0x7f || token[i] == '\\' {
			return false
		}
	}
	return true
}

// IsWhole reports whether a token is a whole number of at most 18 digits, as JSON has it.
func IsWhole(token string) bool {
	const most = 18
	digits := token
	if token != "" && token[0] == '-' {
		digits = token[1:]
	}
	if digits == "" || len(digits) > most || digits[0] == '0' && len(token) > 1 {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}
