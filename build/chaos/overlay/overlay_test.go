package overlay

import (
	"strings"
	"testing"
)

func TestAnAnchorMustBeThereOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source string
		want   string
		fails  bool
	}{
		"once":    {"a b c", "a X c", false},
		"twice":   {"a b b", "", true},
		"not":     {"a c", "", true},
		"changed": {"a B c", "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := apply(test.source, []Edit{{"edit", "file", "b", "X"}})
			if (err != nil) != test.fails || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), `"edit" of file`) {
				t.Errorf("the edit is not named: %v", err)
			}
		})
	}
}
