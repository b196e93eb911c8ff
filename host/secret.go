package host

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
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

// SecretExpiry returns when a credential ends, as far as it says so itself: a certificate in PEM, or a JSON Web Token with the claim exp.
// Any other credential says nothing, and nothing is guessed.
func SecretExpiry(value string) *time.Time {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "-----BEGIN ") {
		return certificateExpiry([]byte(value))
	}
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return nil
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expires json.Number `json:"exp"`
	}
	if !decodesPart(parts[0], &header) || header.Algorithm == "" || !decodesPart(parts[1], &claims) {
		return nil
	}
	seconds, err := claims.Expires.Float64()
	if err != nil || seconds <= 0 || seconds > 253402300799 { // the last second that RFC 3339 can write
		return nil
	}
	at := time.Unix(int64(seconds), 0).UTC()
	return &at
}

func decodesPart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	return err == nil && json.Unmarshal(raw, into) == nil
}

// certificateExpiry returns the earliest end of the certificates in a text of PEM blocks.
func certificateExpiry(text []byte) (earliest *time.Time) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return earliest
		}
		if text = rest; block.Type != "CERTIFICATE" {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && (earliest == nil || c.NotAfter.Before(*earliest)) {
			end := c.NotAfter.UTC()
			earliest = &end
		}
	}
}
