package record

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Fold returns an email address as it is compared, or "" for a text that is none.
func Fold(email string) string {
	folded := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(email))))
	local, domain, found := strings.Cut(folded, "@")
	if !found || local == "" || domain == "" || strings.ContainsAny(folded, " \t\r\n<>") || strings.Contains(domain, "@") {
		return ""
	}
	return folded
}
