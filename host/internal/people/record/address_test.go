package record_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/people/record"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ann.Lee@Example.COM": "ann.lee@example.com", " ann@example.com ": "ann@example.com", "ann+x@example.com": "ann+x@example.com",
		"Jose\u0301@example.com": "jos\u00e9@example.com", "JOS\u00c9@example.com": "jos\u00e9@example.com",
		"stra\u00dfe@example.com": "stra\u00dfe@example.com",
		"":                        "", "ann": "", "ann@": "", "@example.com": "", "ann@b@example.com": "", "Ann Lee " +
			"<ann@example.com>": "", "ann lee@example.com": "",
	} {
		if got := record.Fold(text); got != want {
			t.Errorf("%q is folded to %q, want %q", text, got, want)
		}
	}
}
