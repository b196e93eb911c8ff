package display

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible returns text for one line of a terminal, a log or a screen. Characters
// that a terminal obeys or that a person cannot see are written as escapes: ESC as
// \x1b, a new line as \n, the bidirectional mark U+202E as \u202e, a byte that is no
// UTF-8 as \xff. Text without such characters is returned unchanged.
//
// A record's own data is never changed where it is stored or sent as JSON; Visible is
// for the moment it is shown.
func Visible(text string) string { return visible(text, "") }

// VisibleText is Visible for text of several lines: new lines and tabs stay.
func VisibleText(text string) string { return visible(text, "\n\t") }

// visible escapes every hidden character but those in keep.
func visible(text, keep string) string {
	at := hiddenAt(text, keep)
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	for {
		b.WriteString(text[:at])
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size <= 1 {
			fmt.Fprintf(&b, `\x%02x`, text[at])
		} else {
			writeEscape(&b, r)
		}
		text = text[at+size:]
		if at = hiddenAt(text, keep); at < 0 {
			b.WriteString(text)
			return b.String()
		}
	}
}

// hiddenAt returns where the first character to escape is, -1 when there is none.
func hiddenAt(text, keep string) int {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f || strings.IndexByte(keep, c) >= 0 {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size <= 1 || Hidden(r) {
			return i
		}
		i += size
	}
	return -1
}

// Hidden reports whether a terminal obeys r or a person cannot see it: control
// characters (C0, DEL and C1), line and paragraph separators, bidirectional and other
// format characters, characters of no width, and code points that have no shape.
func Hidden(r rune) bool {
	return unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
}

// writeEscape writes r as an escape. From DEL on it is one that JSON reads as r, so
// that a JSON document stays the same document.
func writeEscape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < ' ':
		fmt.Fprintf(b, `\x%02x`, r)
	case r <= 0xffff:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		high, low := utf16.EncodeRune(r)
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
	}
}

// Cut returns the beginning of text, and how much of it is left out when it has more
// than most bytes.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + fmt.Sprintf("… (%d more bytes dropped)", len(text)-end)
}
