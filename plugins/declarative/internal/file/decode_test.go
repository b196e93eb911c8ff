package file_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// TestAFileIsBounded has files that are too large, nested too deep, or that grow when
// their aliases are followed.
func TestAFileIsBounded(t *testing.T) {
	t.Parallel()
	bomb := "plumbline: 1\nstreams:\n- json: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 8 {
		name, before := string(rune('b'+i)), "a0"
		if i > 0 {
			before = string(rune('a' + i))
		}
		bomb += "- json: &" + name + " [*" + before + strings.Repeat(", *"+before, 9) + "]\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"too large": {"# " + strings.Repeat("x", 1<<20), "larger than 1024 KiB"},
		"too deep":  {"plumbline: 1\nstreams:\n- json: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deep"},
		"itself":    {"plumbline: 1\nstreams:\n- json: &a {b: *a}\n", "nested too deep"},
		"a bomb":    {bomb, "repeated too often"},
		"nothing":   {"# nothing\n", "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			if _, err := file.Decode(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%.300v", err)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"paging", "records", "json", "key"}
	for word, want := range map[string]string{"pagging": "paging", "Record": "records", "jsn": "json", "kay": "key", "colour": "", "x": ""} {
		got := file.Nearest(word, known)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "d": -1,
		"3 weeks": -1, "-1d": -1} {
		got, err := file.ParseDuration(text)
		if (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}
