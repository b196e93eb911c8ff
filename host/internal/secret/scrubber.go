package secret

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mask replaces a secret value.
const mask = "••••"

const (
	shortestSecret  = 4  // shorter values would hide ordinary words
	shortestPartial = 8  // of a value inside other base64
	shortestLine    = 16 // of one line of a value that has several
)

// Scrubber replaces secret values in text. A nil Scrubber replaces nothing. Its methods
// may be called from any goroutine.
type Scrubber struct{ replacer *strings.Replacer }

// NewScrubber returns a scrubber for the secret values of at least four bytes.
func NewScrubber(values ...string) *Scrubber {
	seen := map[string]bool{}
	for _, value := range values {
		if len(value) < shortestSecret {
			continue
		}
		for _, form := range forms(value) {
			seen[form] = true
		}
	}
	delete(seen, "")
	// The longest first: a value may be part of another one.
	found := slices.SortedFunc(maps.Keys(seen), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs []string
	for _, form := range found {
		pairs = append(pairs, form, mask)
	}
	if len(pairs) == 0 {
		return nil
	}
	return &Scrubber{strings.NewReplacer(pairs...)}
}

// Scrub replaces every secret value in text with ••••: unchanged, URL-escaped, in hex, in
// base64 (also as a part of other base64), inside a JSON, Go or HTML string, and by line.
func (s *Scrubber) Scrub(text string) string {
	if s == nil || s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// forms returns the encodings of value in which text may contain it.
func forms(value string) []string {
	all := []string{
		value,
		hex.EncodeToString([]byte(value)),
		strings.ToUpper(hex.EncodeToString([]byte(value))),
		html.EscapeString(value),
		url.QueryEscape(value),
		url.PathEscape(value),
		lowerEscapes(url.QueryEscape(value)),
		lowerEscapes(url.PathEscape(value)),
		quoted(strconv.Quote(value)),
		jsonText(value, true),
		jsonText(value, false),
		asciiText(jsonText(value, true)),
		asciiText(jsonText(value, false)),
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		all = append(all, encoding.EncodeToString([]byte(value)))
		for shift := range 3 {
			all = append(all, shifted(encoding, value, shift))
		}
	}
	if lines := strings.Split(value, "\n"); len(lines) > 1 {
		for _, line := range lines {
			line = strings.TrimSpace(line)
			if len(line) >= shortestLine && !strings.HasPrefix(line, "-----") {
				all = append(all, line)
			}
		}
	}
	return all
}

// jsonText returns value as it is inside the quotes of a JSON string.
func jsonText(value string, escapeHTML bool) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(escapeHTML)
	if encoder.Encode(value) != nil {
		return value
	}
	return quoted(strings.TrimSuffix(text.String(), "\n"))
}

// asciiText returns text with JSON escapes for all but ASCII, as Python writes JSON.
func asciiText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}

// quoted returns what is between the quotes.
func quoted(text string) string { return text[1 : len(text)-1] }

// lowerEscapes returns text with %2f instead of %2F.
func lowerEscapes(text string) string {
	return escapePattern.ReplaceAllStringFunc(text, strings.ToLower)
}

var escapePattern = regexp.MustCompile(`%[0-9A-F]{2}`)

// shifted returns the letters of value's base64 after shift other bytes in a group of
// three, without the letters that other bytes share; "" if few remain.
func shifted(encoding *base64.Encoding, value string, shift int) string {
	padded := append(make([]byte, shift), value...)
	text := encoding.WithPadding(base64.NoPadding).EncodeToString(padded)
	text = text[:len(padded)*8/6]
	if shift > 0 {
		text = text[shift+1:]
	}
	if len(text) < shortestPartial {
		return ""
	}
	return text
}
