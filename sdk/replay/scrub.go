package replay

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// mask stands where a value was that nobody needs again.
const mask = "***"

// secretName reports whether a header, parameter or field of that name holds a
// secret. Names that say which page is asked for do not.
func secretName(name string) bool {
	lower := strings.ToLower(name)
	if strings.Contains(lower, "page") || strings.Contains(lower, "next") || strings.Contains(lower, "cursor") || strings.Contains(lower, "sync") || strings.Contains(lower, "delta") {
		return false
	}
	return regexp.MustCompile(`secret|passw|passphrase|token|authoriz|cookie|credential|bearer|signature|^sig$|^code$|jwt|assertion|session|api[_-]?key|access[_-]?key|private[_-]?key|^key$|x-auth`).MatchString(lower)
}

// Scrubber replaces secrets by made-up values of the same shape.
type Scrubber struct {
	mu       sync.Mutex
	madeUp   map[string]string // by true value
	replacer *strings.Replacer
}

// shortest is the length from which a value is looked for: a shorter one would
// blot out ordinary words.
const shortest = 3

// NewScrubber knows the secrets a connector is given. It returns beside it the
// made-up ones, under the same names.
func NewScrubber(secrets map[string]string) (*Scrubber, map[string]string) {
	s := &Scrubber{madeUp: map[string]string{}}
	given := map[string]string{}
	for name, value := range secrets {
		given[name] = makeUp(name, value)
		s.learn(name, value)
	}
	return s, given
}

// learn adds a value that must not be kept.
func (s *Scrubber) learn(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) < shortest || s.madeUp[value] != "" {
		return
	}
	s.madeUp[value] = makeUp(name, value)
	var pairs [][2]string
	for truth, other := range s.madeUp {
		pairs = append(pairs, spellings(truth, other)...)
	}
	// The longest first, so that a secret inside another leaves no remainder.
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if d := len(b[0]) - len(a[0]); d != 0 {
			return d
		}
		return strings.Compare(a[0], b[0])
	})
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	s.replacer = strings.NewReplacer(flat...)
}

// spellings are the ways in which a value may be repeated, each with its stand-in.
func spellings(truth, other string) [][2]string {
	quoted := func(t string) string {
		raw, _ := json.Marshal(t)
		return string(raw[1 : len(raw)-1])
	}
	ways := []func(string) string{
		func(t string) string { return t }, url.QueryEscape, url.PathEscape, quoted,
	}
	if len(truth) >= 6 { // what fills base64 up stays as it is
		ways = append(ways,
			func(t string) string { return base64.RawStdEncoding.EncodeToString([]byte(t)) },
			func(t string) string { return base64.RawURLEncoding.EncodeToString([]byte(t)) })
	}
	var pairs [][2]string
	for _, way := range ways {
		pairs = append(pairs, [2]string{way(truth), way(other)})
	}
	for line := range strings.Lines(truth) { // a key file may be quoted line by line
		if line = strings.TrimSpace(line); len(line) >= 16 && line != truth && !strings.HasPrefix(line, "-----") {
			pairs = append(pairs, [2]string{line, mask})
		}
	}
	return pairs
}

// Text returns t without secrets.
func (s *Scrubber) Text(t string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.replacer == nil {
		return t
	}
	return s.replacer.Replace(t)
}

// Exchange returns q and a as they may be kept.
func (s *Scrubber) Exchange(q Request, a Answer) Exchange {
	s.learnFrom(a.Body)
	s.learnFrom(q.Body)
	e := Exchange{Method: q.Method, URL: s.Text(showURL(q.URL).String()), Asked: s.Text(string(q.Body)), Status: a.Status, Header: map[string]string{}}
	for name, values := range a.Header {
		switch {
		case dropped(name):
		case secretName(name):
			e.Header[name] = mask
		case name == "Location" || name == "Link":
			e.Header[name] = s.Text(scrubAddresses(strings.Join(values, ", ")))
		default:
			e.Header[name] = s.Text(strings.Join(values, ", "))
		}
	}
	e.setBody([]byte(s.Text(string(a.Body))))
	return e
}

// dropped names headers that belong to one connection or one moment.
func dropped(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding", "Date", "Trailer", "Upgrade", "Alt-Svc", "Strict-Transport-Security":
		return true
	}
	return false
}

// scrubAddresses masks what is secret in the queries of addresses in a header.
func scrubAddresses(text string) string {
	parameter := regexp.MustCompile(`([?&])([^=&?]+)=([^&>;,"\s]*)`)
	return parameter.ReplaceAllStringFunc(text, func(found string) string {
		part := parameter.FindStringSubmatch(found)
		if secretName(part[2]) {
			return part[1] + part[2] + "=" + mask
		}
		return found
	})
}

// learnFrom finds values in a document whose names say that they are secret, such
// as an access token that the system hands out.
func (s *Scrubber) learnFrom(body []byte) {
	var document any
	if json.Unmarshal(body, &document) != nil {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return
		}
		for name, values := range form {
			for _, value := range values {
				if secretName(name) {
					s.learn(name, value)
				}
			}
		}
		return
	}
	s.walk("", document)
}

func (s *Scrubber) walk(name string, value any) {
	secretField := regexp.MustCompile(`(?i)(^|access_?|refresh_?|id_?|auth_?|session_?|bearer_?)token$|secret$|password$|passphrase$|api_?key$|private_?key$|^jwt$|assertion$`)
	harmless := regexp.MustCompile(`^\d{4}-\d\d-\d\d|^https?://|\s`) // a moment, an address, a sentence
	s.walkWith(secretField, harmless, name, value)
}

func (s *Scrubber) walkWith(secretField, harmless *regexp.Regexp, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for field, inner := range v {
			s.walkWith(secretField, harmless, field, inner)
		}
	case []any:
		for _, inner := range v {
			s.walkWith(secretField, harmless, name, inner)
		}
	case string:
		if secretField.MatchString(name) && len(v) >= 8 && !harmless.MatchString(v) {
			s.learn(name, v)
		}
	}
}

// makeUp returns a value with the shape of another. It is made from the name, so
// that nothing of the other but its shape can be read in it. A prefix by which a
// vendor marks its keys stays.
func makeUp(name, value string) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name))
	random := rand.New(rand.NewPCG(sum.Sum64(), 1))
	prefix := regexp.MustCompile(`^[A-Za-z]{2,5}[_-]`).FindString(value)
	var b strings.Builder
	b.WriteString(prefix)
	for _, r := range value[len(prefix):] {
		switch {
		case r >= 'a' && r <= 'z':
			r = 'a' + random.Int32N(26)
		case r >= 'A' && r <= 'Z':
			r = 'A' + random.Int32N(26)
		case r >= '0' && r <= '9':
			r = '0' + random.Int32N(10)
		}
		b.WriteRune(r)
	}
	return b.String()
}
