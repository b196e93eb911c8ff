package replay

import (
	"cmp"
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

// mask replaces a value that a replay does not need.
const mask = "***"

// secretName reports whether the name of a header, parameter or field suggests a secret. The names
// of page parameters do not.
func secretName(name string) bool {
	lower := strings.ToLower(name)
	page := regexp.MustCompile(`page|next|cursor|sync|delta`)
	secret := regexp.MustCompile(`secret|passw|passphrase|token|authoriz|cookie|credential|bearer|signature|^sig$|^code$|` +
		`jwt|assertion|session|api[_-]?key|access[_-]?key|private[_-]?key|^key$|x-auth`)
	return !page.MatchString(lower) && secret.MatchString(lower)
}

// Scrubber replaces secrets by made-up values of the same form.
type Scrubber struct {
	mu       sync.Mutex
	madeUp   map[string]string // by real value
	replacer *strings.Replacer
}

// shortest is the length of the shortest secret that the scrubber replaces. Shorter values occur in
// ordinary words.
const shortest = 3

// NewScrubber returns a Scrubber for the connector's secrets, and the made-up secrets by the same
// names.
func NewScrubber(secrets map[string]string) (*Scrubber, map[string]string) {
	s := &Scrubber{madeUp: map[string]string{}}
	given := map[string]string{}
	for name, value := range secrets {
		given[name] = makeUp(name, value)
		s.learn(name, value)
	}
	return s, given
}

// learn adds a secret value.
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
	// The longest first: a secret may contain another one.
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(len(b[0])-len(a[0]), strings.Compare(a[0], b[0]))
	})
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	s.replacer = strings.NewReplacer(flat...)
}

// spellings returns the encodings in which a value may occur, each with its replacement.
func spellings(truth, other string) [][2]string {
	quoted := func(t string) string {
		raw, _ := json.Marshal(t)
		return string(raw[1 : len(raw)-1])
	}
	ways := []func(string) string{
		func(t string) string { return t }, url.QueryEscape, url.PathEscape, quoted,
	}
	if len(truth) >= 6 { // without the padding of base64
		ways = append(ways,
			func(t string) string { return base64.RawStdEncoding.EncodeToString([]byte(t)) },
			func(t string) string { return base64.RawURLEncoding.EncodeToString([]byte(t)) })
	}
	var pairs [][2]string
	for _, way := range ways {
		pairs = append(pairs, [2]string{way(truth), way(other)})
	}
	for line := range strings.Lines(truth) { // an error may quote one line of a key file
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

// Exchange returns q and a without secrets.
func (s *Scrubber) Exchange(q Request, a Answer) Exchange {
	s.learnFrom(a.Body)
	s.learnFrom(q.Body)
	e := Exchange{Method: q.Method, Status: a.Status, Header: map[string]string{}}
	e.URL, e.Asked = s.Text(showURL(q.URL).String()), s.Text(string(q.Body))
	for name, values := range a.Header {
		switch {
		case dropped(name):
		case name == "Set-Cookie":
			e.Header[name] = s.cookies(values)
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

// cookies replaces the values of cookies. Their names stay: a connector that sends a cookie back looks for
// its name.
func (s *Scrubber) cookies(values []string) string {
	made := make([]string, len(values))
	for i, cookie := range values {
		name, rest, _ := strings.Cut(cookie, "=")
		value, attributes, more := strings.Cut(rest, ";")
		s.learn(name, value)
		made[i] = name + "=" + makeUp(name, value)
		if more {
			made[i] += ";" + attributes
		}
	}
	return strings.Join(made, ", ")
}

// dropped reports whether a header belongs to one connection or one moment.
func dropped(name string) bool {
	return slices.Contains([]string{
		"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding",
		"Date", "Trailer", "Upgrade", "Alt-Svc", "Strict-Transport-Security",
	}, http.CanonicalHeaderKey(name))
}

// scrubAddresses masks secret parameters in the addresses of a header.
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

// learnFrom finds values in a document whose names suggest a secret, such as an access token from the
// system.
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
	secretField := regexp.MustCompile(`(?i)(^|access_?|refresh_?|id_?|auth_?|session_?|bearer_?)token$|` +
		`secret$|password$|passphrase$|api_?key$|private_?key$|^jwt$|assertion$`)
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

// makeUp returns a value with the form of another. It is made from the name, so it reveals only the
// form. The prefix with which a vendor marks its keys stays.
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
