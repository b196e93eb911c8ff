package jsonscan_test

import (
	"bytes"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/internal/jsonscan"
)

// TestPlain tries every byte at every position of the eight-byte words and of the rest, alone and before a byte
// that always ends the text.
func TestPlain(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for at := range 19 {
			text := bytes.Repeat([]byte{'a'}, 19)
			text[at] = byte(c)
			want := len(text)
			if c < 0x20 || c == '"' || c == '\\' {
				want = at
			}
			for begin := range at + 1 {
				if got := jsonscan.Plain(text, begin); got != want {
					t.Fatalf("byte %#x at %d, seen from %d: got %d, want %d", c, at, begin, got, want)
				}
			}
			if at+1 == len(text) {
				continue
			}
			text[at+1] = '"'
			if got := jsonscan.Plain(text, 0); got != min(want, at+1) {
				t.Fatalf("byte %#x at %d before a quote: got %d, want %d", c, at, got, min(want, at+1))
			}
		}
	}
}
