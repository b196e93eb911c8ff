package layout_test

import (
	"bytes"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestKeysKeepOrder(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", "\x00", "\x00\x00", "\x00\x01", "\x00a", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x01", "a\x00b", "a\x01", "ab", "b", "\xff",
	}
	for i, a := range texts {
		back, rest, err := layout.CutText(append(layout.AppendText(nil, a), 'x'))
		if err != nil || back != a || string(rest) != "x" {
			t.Errorf("%q came back as %q with rest %q (%v)", a, back, rest, err)
		}
		for j, b := range texts {
			if got, want := bytes.Compare(layout.AppendText(nil, a), layout.AppendText(nil, b)), cmpInt(i, j); got != want {
				t.Errorf("%q and %q compare as %d, want %d", a, b, got, want)
			}
			if i != j && bytes.HasPrefix(layout.AppendText(nil, a), layout.AppendText(nil, b)) {
				t.Errorf("key of %q begins with that of %q", a, b)
			}
		}
	}
	for _, bad := range []string{"", "abc", "a\x00", "a\x00\xff"} {
		if _, _, err := layout.CutText([]byte(bad)); err == nil {
			t.Errorf("malformed key %q was read", bad)
		}
	}
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
