package display

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatATerminalObeysOrAPersonCannotSeeIsMadeVisible(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, line, text string }{
		"plain":                  {"Zoë ✓ 日本 – ok", "Zoë ✓ 日本 – ok", "Zoë ✓ 日本 – ok"},
		"clear the screen":       {"a\x1b[2Jb", `a\x1b[2Jb`, `a\x1b[2Jb`},
		"window title (OSC)":     {"\x1b]0;owned\x07", `\x1b]0;owned\x07`, `\x1b]0;owned\x07`},
		"C1 as UTF-8":            {"a\u009b31mb", `a\u009b31mb`, `a\u009b31mb`},
		"C1 as a bare byte":      {"a\x9b31mb", `a\x9b31mb`, `a\x9b31mb`},
		"carriage return":        {"fine\rforged", `fine\rforged`, `fine\rforged`},
		"new line and tab":       {"one\n\ttwo", `one\n\ttwo`, "one\n\ttwo"},
		"backspace, NUL and DEL": {"a\b\x00\x7f", `a\x08\x00\u007f`, `a\x08\x00\u007f`},
		"bidirectional override": {"\u202egpj.exe", `\u202egpj.exe`, `\u202egpj.exe`},
		"bidirectional isolates": {"\u2066a\u2069\u200e\u200f\u061c", `\u2066a\u2069\u200e\u200f\u061c`, `\u2066a\u2069\u200e\u200f\u061c`},
		"no width": {
			"ad\u200bmin\u200c\u200d\u2060\ufeff\u00ad", `ad\u200bmin\u200c\u200d\u2060\ufeff\u00ad`,
			`ad\u200bmin\u200c\u200d\u2060\ufeff\u00ad`,
		},
		"fillers":               {"a\u3164\u115f\u034f\ufe0f", `a\u3164\u115f\u034f\ufe0f`, `a\u3164\u115f\u034f\ufe0f`},
		"separators":            {"a\u2028b\u2029", `a\u2028b\u2029`, `a\u2028b\u2029`},
		"tags beyond the BMP":   {"a\U000e0041", `a\udb40\udc41`, `a\udb40\udc41`},
		"no shape":              {"a\ue000\ufffe", `a\ue000\ufffe`, `a\ue000\ufffe`},
		"a replacement that is": {"a\ufffdb", "a\ufffdb", "a\ufffdb"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Visible(test.in); got != test.line {
				t.Errorf("Visible(%q) = %q, want %q", test.in, got, test.line)
			}
			if got := VisibleText(test.in); got != test.text {
				t.Errorf("VisibleText(%q) = %q, want %q", test.in, got, test.text)
			}
		})
	}
}

func TestAJSONDocumentMadeVisibleIsTheSameDocument(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for r := rune(0); r <= 0x2fff; r++ {
		all.WriteRune(r)
	}
	all.WriteString("\U000e0041\U0001f600\ue000\ufeff")
	raw, err := json.Marshal(all.String())
	if err != nil {
		t.Fatal(err)
	}
	shown := VisibleText(string(raw))
	var back string
	if err := json.Unmarshal([]byte(shown), &back); err != nil || back != all.String() {
		t.Fatalf("the document changed: %v", err)
	}
	for _, r := range shown {
		if Hidden(r) {
			t.Errorf("%U is left", r)
		}
	}
	if !utf8.ValidString(shown) {
		t.Error("not UTF-8")
	}
}
