package jsonscan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// MaxDepth bounds nesting, so that a hostile document cannot exhaust the stack.
const MaxDepth = 128

// AppendRune appends r as it stands in a JSON string with the fewest escapes:
// the quote, the backslash and control characters, the latter by their short form
// when they have one.
func AppendRune(out []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(out, '\\', byte(r))
	case r >= 0x20:
		return utf8.AppendRune(out, r)
	}
	if short := shortEscape(byte(r)); short != 0 {
		return append(out, '\\', short)
	}
	return append(out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
}

// shortEscape returns the letter of a control character's short form, or 0.
func shortEscape(c byte) byte {
	if i := strings.IndexByte("\b\f\n\r\t", c); i >= 0 {
		return "bfnrt"[i]
	}
	return 0
}

// Number returns the end of the JSON number at start.
func Number(in []byte, start int) (int, error) {
	at := start
	digits := func() bool {
		first := at
		for at < len(in) && in[at] >= '0' && in[at] <= '9' {
			at++
		}
		return at > first
	}
	if at < len(in) && in[at] == '-' {
		at++
	}
	whole := at
	if !digits() || in[whole] == '0' && at > whole+1 {
		return start, errors.New("not a JSON value")
	}
	if at < len(in) && in[at] == '.' {
		at++
		if !digits() {
			return start, errors.New("not a number")
		}
	}
	if at < len(in) && (in[at] == 'e' || in[at] == 'E') {
		at++
		if at < len(in) && (in[at] == '+' || in[at] == '-') {
			at++
		}
		if !digits() {
			return start, errors.New("not a number")
		}
	}
	return at, nil
}

// Canonical reports whether doc is canonical, without allocating. It says no
// to the few canonical documents whose keys hold an escape: their order shows
// only after decoding, and the slow path returns them unchanged anyway.
func Canonical(doc []byte) bool {
	if !utf8.Valid(doc) {
		return false
	}
	end := Value(doc, 0, 0)
	return end == len(doc) && end > 0
}

// Value returns the end of the canonical value at at, or -1. It is inside depth
// arrays and objects.
func Value(in []byte, at, depth int) int {
	if at >= len(in) || depth > MaxDepth {
		return -1
	}
	switch in[at] {
	case '{':
		return object(in, at+1, depth)
	case '[':
		return array(in, at+1, depth)
	case '"':
		return String(in, at)
	case 't', 'f', 'n':
		for _, w := range []string{"true", "false", "null"} {
			if bytes.HasPrefix(in[at:], []byte(w)) {
				return at + len(w)
			}
		}
		return -1
	}
	end, err := Number(in, at)
	if err != nil {
		return -1
	}
	return end
}

func array(in []byte, at, depth int) int {
	if at < len(in) && in[at] == ']' {
		return at + 1
	}
	for {
		if at = Value(in, at, depth+1); at < 0 || at >= len(in) {
			return -1
		}
		if in[at] == ']' {
			return at + 1
		}
		if in[at] != ',' {
			return -1
		}
		at++
	}
}

func object(in []byte, at, depth int) int {
	if at < len(in) && in[at] == '}' {
		return at + 1
	}
	var last []byte
	for first := true; ; first = false {
		end := Key(in, at)
		if end < 0 {
			return -1
		}
		key := in[at+1 : end-2]
		if !first && bytes.Compare(last, key) >= 0 {
			return -1
		}
		last = key
		if at = Value(in, end, depth+1); at < 0 || at >= len(in) {
			return -1
		}
		if in[at] == '}' {
			return at + 1
		}
		if in[at] != ',' {
			return -1
		}
		at++
	}
}

// Key returns the end of the key at at with its colon, or -1. A key with an
// escape counts as none: where it sorts shows only after decoding.
func Key(in []byte, at int) int {
	if at >= len(in) || in[at] != '"' {
		return -1
	}
	end := Plain(in, at+1)
	if end+1 >= len(in) || in[end] != '"' || in[end+1] != ':' {
		return -1
	}
	return end + 2
}

// String returns the end of the string at at when it has the fewest escapes.
func String(in []byte, at int) int {
	if at >= len(in) || in[at] != '"' {
		return -1
	}
	for at = Plain(in, at+1); at < len(in); at = Plain(in, at+1) {
		if in[at] == '"' {
			return at + 1
		}
		if in[at] != '\\' {
			return -1 // a control character
		}
		if at = escape(in, at); at < 0 {
			return -1
		}
	}
	return -1
}

// Plain returns where the first byte at or after at stands that cannot be in a
// string as it is: a quote, a backslash or a control character. Without one it
// returns the length of in. Most of a record is strings, so it looks at eight
// bytes at once: a byte below n is one whose high bit is set by taking n away and
// was not set before. Behind the first such byte the borrow may mark others, but
// only the first counts.
func Plain(in []byte, at int) int {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	for ; at+8 <= len(in); at += 8 {
		v := binary.LittleEndian.Uint64(in[at:])
		quote, backslash := v^'"'*each, v^'\\'*each
		found := ((v-0x20*each)&^v | (quote-each)&^quote | (backslash-each)&^backslash) & high
		if found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for ; at < len(in); at++ {
		if c := in[at]; c < 0x20 || c == '"' || c == '\\' {
			return at
		}
	}
	return at
}

// escape returns the last byte of the escape at at when it is the shortest
// one for its character.
func escape(in []byte, at int) int {
	if at+1 >= len(in) {
		return -1
	}
	if strings.IndexByte(`"\bfnrt`, in[at+1]) >= 0 {
		return at + 1
	}
	if in[at+1] != 'u' || at+5 >= len(in) || in[at+2] != '0' || in[at+3] != '0' {
		return -1
	}
	const digits = "0123456789abcdef"
	high, low := strings.IndexByte(digits[:2], in[at+4]), strings.IndexByte(digits, in[at+5])
	if high < 0 || low < 0 || shortEscape(byte(high<<4|low)) != 0 {
		return -1
	}
	return at + 5
}
