package bundle

import (
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/host/display"
)

// mask stands in the place of what looks like a credential.
const mask = "••••"

// credentials are the shapes of credentials. The first group of each stays.
var credentials = []*regexp.Regexp{
	regexp.MustCompile(`()(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----`),
	regexp.MustCompile(`(?i)((?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?(?:bearer|basic|token|ssws)?\s*)[^\s"',;]+`),
	regexp.MustCompile(`(?i)(\b(?:bearer|basic|ssws)\s+)[A-Za-z0-9+/_.~=-]{8,}`),
	regexp.MustCompile(`(?i)(\b[a-z0-9_-]*(?:secret|token|password|passwd|api[_-]?key|access[_-]?key|signature|credential)` +
		`["']?\s*[:=]\s*["']?)[^\s"',;&]{4,}`),
	regexp.MustCompile(`(://)[^/\s:@"']+:[^/\s@"']+@`),
	regexp.MustCompile(`()\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|sk_live_|rk_live_|SG\.|AIza|ya29\.|npm_|hf_|dop_v1_)` +
		`[A-Za-z0-9._-]{8,}`),
	regexp.MustCompile(`()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`),
	regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`),
}

// Redact returns a text of one line without what looks like a credential, without addresses of persons, and with hidden
// characters as escapes.
func Redact(text string) string {
	for _, shape := range credentials {
		text = shape.ReplaceAllString(text, "${1}"+mask)
	}
	return display.Visible(display.Cut(display.MaskContacts(text), longestText))
}

// longestText is the most bytes of one text.
const longestText = 4000

// redacted returns a decoded JSON document with every text in it redacted. Members whose name says that they hold a person's
// name are masked.
func redacted(value any) any {
	switch v := value.(type) {
	case string:
		return Redact(v)
	case []any:
		for i := range v {
			v[i] = redacted(v[i])
		}
	case map[string]any:
		for name, member := range v {
			if text, ok := member.(string); ok && personal(name) {
				v[name] = display.Mask(text)
				continue
			}
			v[name] = redacted(member)
			if who, ok := v[name].(map[string]any); ok && (name == "actor" || name == "by" || name == "set_by") {
				delete(who, "name") // of a user of this machine
			}
		}
	}
	return value
}

func personal(name string) bool {
	return strings.EqualFold(name, "owner") || strings.EqualFold(name, "identity") || strings.EqualFold(name, "email")
}
