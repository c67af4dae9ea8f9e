package history

import "bytes"

// quickSplit finds the fields of an event as nearly every event is written: on one line, with
// known fields, texts without escapes and whole numbers. It reports false for any other, which
// split reads with more care; what it accepts, split finds the same fields of.
func quickSplit(text []byte, fields *[fieldCount][]byte) bool {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return false
	}
	for at := 1; ; {
		if text[at] != '"' {
			return false
		}
		length := bytes.IndexByte(text[at+1:], '"')
		if length < 0 || at+length+3 >= len(text) {
			return false
		}
		f, known := fieldOf(text[at+1 : at+1+length])
		if at += length + 2; !known || fields[f] != nil || text[at] != ':' {
			return false
		}
		if at++; text[at] == ' ' {
			at++
		}
		from := at
		if at = quickSkip(text, from); at < 0 {
			return false
		}
		fields[f] = text[from:at]
		if at == len(text)-1 {
			return true
		}
		if text[at] != ',' {
			return false
		}
		if at++; text[at] == ' ' {
			at++
		}
	}
}

// quickSkip returns where the value that begins at a position ends, before the end of the
// text, or -1 if that takes care to find out.
func quickSkip(text []byte, at int) int {
	switch c := text[at]; {
	case c == '"':
		for at++; at < len(text)-1; at++ {
			switch c := text[at]; {
			case c == '"':
				return at + 1
			case c < ' ' || c == '\\':
				return -1
			}
		}
		return -1
	case c == '[' || c == '{':
		s := scanner{text: text[:len(text)-1], at: at}
		if _, err := s.skip(1); err != nil {
			return -1
		}
		return s.at
	}
	from := at
	for at < len(text)-1 && text[at] != ',' {
		at++
	}
	if word := text[from:at]; isWhole(word) || string(word) == "null" || string(word) == "true" || string(word) == "false" {
		return at
	}
	return -1
}

// isWhole reports whether a text is a whole number of JSON that has at most 18 digits.
func isWhole[T ~string | []byte](text T) bool {
	const most = 18
	digits := text
	if len(text) > 0 && text[0] == '-' {
		digits = text[1:]
	}
	if len(digits) == 0 || len(digits) > most || digits[0] == '0' && len(text) > 1 {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}
