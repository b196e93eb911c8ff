package sdk

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Ask is one request of an API whose lists are not plain GETs. It reads: POST is refused
// unless Reads declares that it changes nothing in the system.
type Ask struct {
	Method string // GET or POST; "" = GET
	Path   string // as Client.Get takes it
	Reads  bool
	Query  url.Values
	Header map[string]string

	SecretHeader map[string]Secret
	SecretQuery  map[string]Secret // never shown

	Body        []byte
	ContentType string
	// JSON says that the answer is JSON: a web page, or half a document, is
	// an error.
	JSON bool
	// Judge may replace the error of an answer, or the nil of one that says with a success
	// status that it failed. The client retries what its code allows.
	Judge func(answer *Response, err error) error
}

// Ask sends a request until it is answered, as Get does.
func (c *Client) Ask(ctx context.Context, a Ask) (*Response, error) {
	r := request{method: cmp.Or(a.Method, http.MethodGet), path: a.Path, query: a.Query, body: a.Body, ask: &a}
	if a.JSON {
		r.into = &json.RawMessage{}
	}
	if len(a.SecretQuery) > 0 {
		r.query = url.Values{}
		for name, values := range a.Query {
			r.query[name] = values
		}
		for name, value := range a.SecretQuery {
			r.query.Set(name, value.Reveal())
		}
	}
	return c.do(ctx, r)
}

// reads reports whether the author declared that the request changes nothing.
func (r request) reads() bool { return r.ask != nil && r.ask.Reads }

// addAsked sets the headers that an Ask has of its own.
func (r request) addAsked(header http.Header) error {
	if r.ask == nil {
		return nil
	}
	if r.ask.ContentType != "" {
		header.Set("Content-Type", r.ask.ContentType)
	}
	for name, value := range r.ask.Header {
		if !sendable(value) {
			return Errorf(CodeConfigInvalid, "the header %s would hold a line break", name)
		}
		header.Set(name, value)
	}
	return addSecrets(header, r.ask.SecretHeader)
}

// verdict returns the error that an answer is, after the Ask's own judgement.
func (c *Client) verdict(r request, answer *Response) error {
	err := c.judge(r, answer)
	if r.ask == nil || r.ask.Judge == nil {
		return err
	}
	return r.ask.Judge(answer, err)
}

// Conceal has a credential that was obtained in the run, such as a token, removed from
// everything that leaves the program, as the connection's own secrets are.
func (s *Session) Conceal(secret Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.concealed = append(s.concealed, secret)
	all := make(map[string]Secret, len(s.concealed))
	for _, one := range s.concealed {
		all[one.value] = one
	}
	s.scrub.more.Store(newScrubber(all))
}

// WaitFor reads how long a vendor asks to wait: seconds, a Unix time, or a moment in one
// of the forms of RFC 3339 and HTTP. 0 means that the text says nothing useful.
func WaitFor(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if reset := resetTime(text, now); !reset.IsZero() {
		return reset.Sub(now)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if at, err = http.ParseTime(text); err != nil {
			return 0
		}
	}
	return min(max(at.Sub(now), 0), longestWait)
}
