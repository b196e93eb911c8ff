package sdk

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// shortestScrubbed is the length of the shortest secret that the scrubber removes. Shorter values
// occur in ordinary words.
const shortestScrubbed = 3

// scrubber removes known secret values from text that leaves the program, also in the usual
// encodings of HTTP libraries.
type scrubber struct {
	replacer *strings.Replacer
	long     []string                 // secrets that are too long to occur by chance
	more     atomic.Pointer[scrubber] // of secrets that came later; see Conceal
}

func newScrubber(secrets map[string]Secret) *scrubber {
	var found, long []string
	for _, s := range secrets {
		if len(s.value) < shortestScrubbed {
			continue
		}
		quoted, _ := json.Marshal(s.value)
		found = append(found, s.value, url.QueryEscape(s.value), url.PathEscape(s.value), string(quoted[1:len(quoted)-1]))
		if len(s.value) >= 8 {
			long = append(long, s.value)
			found = append(found, base64.StdEncoding.EncodeToString([]byte(s.value)), base64.URLEncoding.EncodeToString([]byte(s.value)))
		}
		for line := range strings.Lines(s.value) {
			if line = strings.TrimSpace(line); len(line) >= 16 {
				found = append(found, line) // an error may quote one line of a key file
			}
		}
	}
	// The longest first: a secret may contain another one.
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(found))
	for _, f := range slices.Compact(found) {
		pairs = append(pairs, f, mask)
	}
	return &scrubber{replacer: strings.NewReplacer(pairs...), long: long}
}

// holds reports whether t holds a long secret.
func (s *scrubber) holds(t string) bool {
	if more := s.more.Load(); more != nil && more.holds(t) {
		return true
	}
	return slices.ContainsFunc(s.long, func(secret string) bool { return strings.Contains(t, secret) })
}

// text returns s without secrets.
func (s *scrubber) text(t string) string {
	if more := s.more.Load(); more != nil {
		t = more.text(t)
	}
	return s.replacer.Replace(t)
}

// clean returns a copy of e without secrets, each text within its limit.
func (s *scrubber) clean(e *Error) *Error {
	c := *e
	c.Message = cut(s.text(e.Message), 1<<10)
	c.Remedy = cut(s.text(e.Remedy), 1<<10)
	c.Detail = cut(s.text(e.Detail), MaxLogBytes)
	c.Scope = cut(s.text(e.Scope), 1<<10)
	c.UpstreamCode = cut(s.text(e.UpstreamCode), 256)
	c.RequestID = cut(s.text(e.RequestID), 256)
	return &c
}

// cut shortens t to at most limit bytes of valid UTF-8.
func cut(t string, limit int) string {
	if len(t) <= limit {
		return strings.ToValidUTF8(t, "\uFFFD")
	}
	return strings.ToValidUTF8(t[:limit-3], "") + "…"
}
