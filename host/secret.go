package host

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSecret is the size of the largest secret, in bytes.
const MaxSecret = 64 << 10

// CheckSecret returns the rule that a secret or passphrase breaks, or "". Secrets
// travel as JSON, which replaces bytes that are not UTF-8 without a word: the value
// would be stored changed, and the system would refuse it later.
func CheckSecret(value string) string {
	switch {
	case len(value) > MaxSecret:
		return fmt.Sprintf("has %d bytes; at most %d are taken", len(value), MaxSecret)
	case strings.HasPrefix(value, "\uFEFF"):
		return "begins with a byte order mark, which an editor put there: save it as UTF-8 without one"
	case strings.HasPrefix(value, "\xFF\xFE"), strings.HasPrefix(value, "\xFE\xFF"):
		return "is UTF-16 text: save it as UTF-8 without a byte order mark"
	case !utf8.ValidString(value), strings.ContainsRune(value, utf8.RuneError):
		return "has bytes that are not UTF-8 text: encode it as the system that it is for says, such as Base64"
	case strings.ContainsRune(value, 0):
		return "has a NUL byte"
	}
	return ""
}
