package history

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// exponentMax bounds the exponent of a number in either direction: what is beyond it nobody
// writes in earnest, and no reader keeps.
const exponentMax = 1_000_000_000

// zerosMax is in how many zeros a whole number may end without being written with an exponent:
// more than a 64-bit integer can. pointZeros is the same for those behind the point of a small
// one.
const (
	zerosMax   = 21
	pointZeros = 6
)

// appendNumber appends the canonical text of a number that is written as JSON allows:
// numbers have the same text if they are mathematically equal, however many digits they have
// and whatever their form: 1, 1.0 and 10e-1 are "1".
func appendNumber(to, text []byte) ([]byte, error) {
	if isPlain(text) {
		return append(to, text...), nil
	}
	rest, negative := bytes.CutPrefix(text, []byte("-"))
	mantissa, exponent := rest, 0
	if i := bytes.IndexAny(rest, "eE"); i >= 0 {
		mantissa = rest[:i]
		n, err := strconv.Atoi(string(rest[i+1:]))
		if err != nil || n > exponentMax || n < -exponentMax {
			if len(bytes.Trim(mantissa, "0.")) > 0 {
				return to, errors.New("a number with an exponent beyond 10^9")
			}
			n = 0
		}
		exponent = n
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := append(append(make([]byte, 0, len(mantissa)), whole...), fraction...)
	point := len(whole) + exponent // the value is 0.digits times 10^point
	significant := bytes.TrimLeft(digits, "0")
	point -= len(digits) - len(significant)
	significant = bytes.TrimRight(significant, "0")
	if len(significant) == 0 {
		return append(to, '0'), nil
	}
	if negative {
		to = append(to, '-')
	}
	return appendDecimal(to, significant, point), nil
}

// appendDecimal appends 0.digits times 10^point; digits neither begin nor end with a zero.
func appendDecimal(to, digits []byte, point int) []byte {
	switch n := len(digits); {
	case point >= n && point-n <= zerosMax:
		to = append(to, digits...)
		return append(to, bytes.Repeat([]byte("0"), point-n)...)
	case point > 0 && point < n:
		to = append(append(to, digits[:point]...), '.')
		return append(to, digits[point:]...)
	case point <= 0 && point > -pointZeros:
		to = append(append(to, "0."...), bytes.Repeat([]byte("0"), -point)...)
		return append(to, digits...)
	}
	to = append(to, digits[0])
	if len(digits) > 1 {
		to = append(append(to, '.'), digits[1:]...)
	}
	return strconv.AppendInt(append(to, 'e'), int64(point-1), 10)
}

// isPlain reports whether a number is a whole one that is its own canonical text for certain.
func isPlain(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte("-"))
	if len(digits) > zerosMax || len(digits) < len(text) && digits[0] == '0' {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// truncated returns a number without its fraction, and false for what is no number or none
// that 64 bits hold.
func truncated(text []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}
