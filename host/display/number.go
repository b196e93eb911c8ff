package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// longestDigits is more digits than a number within the range of a float has before
// its point, and longestExponent more than its exponent has.
const (
	longestDigits   = 300
	longestExponent = 3
)

// CheckNumbers returns why a JSON document cannot be stored because of its numbers, ""
// when it can: each must be within the range of a 64-bit float, or its readers take it
// for infinity.
func CheckNumbers(doc []byte) (odd string) {
	if !mayOverflow(doc) {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return "" // its end, or no JSON, which is refused as such
		}
		if n, ok := token.(json.Number); ok {
			if _, err := strconv.ParseFloat(n.String(), 64); err != nil {
				return fmt.Sprintf("it has the number %s, which is out of range", Visible(Cut(n.String(), 40)))
			}
		}
	}
}

// mayOverflow reports whether a document has something like 1e999 or a very long row
// of digits, in a number or in a text. It is quick and never misses one.
func mayOverflow(doc []byte) bool {
	digits := 0
	for i, c := range doc {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > longestDigits {
				return true
			}
			continue
		case (c == 'e' || c == 'E') && digits > 0 && exponent(doc[i+1:]) >= longestExponent:
			return true
		}
		digits = 0
	}
	return false
}

// exponent returns how many digits the exponent has that doc begins with.
func exponent(doc []byte) int {
	if len(doc) > 0 && (doc[0] == '+' || doc[0] == '-') {
		doc = doc[1:]
	}
	n := 0
	for n < len(doc) && doc[n] >= '0' && doc[n] <= '9' {
		n++
	}
	return n
}
