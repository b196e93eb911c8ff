package intake

import (
	"fmt"
	"unicode/utf8"
)

// checkKey returns why text cannot be the key of a record, "" when it can. A key that
// is only odd costs its record and not the run: it may be the customer's.
func checkKey(key string) (unusable, odd string) {
	switch {
	case key == "":
		return "it is empty", ""
	case len(key) > MaxKeyBytes:
		return fmt.Sprintf("it has %d bytes", len(key)), ""
	case !utf8.ValidString(key):
		return "it is not UTF-8", ""
	}
	for _, r := range key {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return "", fmt.Sprintf("its key has the control character %U", r)
		}
	}
	return "", ""
}
