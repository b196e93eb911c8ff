package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Upstream answers requests in the place of the systems that connectors read. It
// is used by several goroutines at once.
type Upstream interface {
	Answer(ctx context.Context, q Request) (Answer, error)
}

// Request is what a connector asks.
type Request struct {
	Method string
	URL    *url.URL // whole: scheme, host, path, query
	Header http.Header
	Body   []byte
}

// Answer is what it is told.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // not compressed
}

// Exchange is a request and its answer as they stand in a recording. One of JSON,
// Text and Base64 holds the body.
type Exchange struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`             // a query value "*" stands for any
	Asked  string            `json:"asked,omitempty"` // body of the request; "*" stands for any
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	JSON   json.RawMessage   `json:"json,omitempty"`
	Text   string            `json:"text,omitempty"`
	Base64 []byte            `json:"base64,omitempty"`
}

// answer returns the recorded answer as a connector gets it.
func (e Exchange) answer() Answer {
	a := Answer{Status: e.Status, Header: http.Header{}}
	for name, value := range e.Header {
		a.Header.Set(name, value)
	}
	switch {
	case len(e.JSON) > 0:
		a.Body = e.JSON
	case e.Text != "":
		a.Body = []byte(e.Text)
	default:
		a.Body = e.Base64
	}
	return a
}

// setBody keeps body in the form that is easiest to read and edit.
func (e *Exchange) setBody(body []byte) {
	e.JSON, e.Text, e.Base64 = nil, "", nil
	switch {
	case len(body) == 0:
	case json.Valid(body):
		e.JSON = body
	case utf8.Valid(body):
		e.Text = string(body)
	default:
		e.Base64 = body
	}
}

// matches reports whether the exchange answers q.
func (e Exchange) matches(q Request) bool {
	recorded, err := url.Parse(e.URL)
	if err != nil || e.Method != q.Method {
		return false
	}
	asked := showURL(q.URL)
	if recorded.Scheme != asked.Scheme || !strings.EqualFold(recorded.Host, asked.Host) || recorded.EscapedPath() != asked.EscapedPath() {
		return false
	}
	want, got := recorded.Query(), asked.Query()
	if len(want) != len(got) {
		return false
	}
	for name, values := range want {
		if got[name] == nil || values[0] != "*" && strings.Join(values, "\x00") != strings.Join(got[name], "\x00") {
			return false
		}
	}
	return e.Asked == "*" || sameBody(e.Asked, q.Body)
}

// sameBody compares documents by what they say and all else by its bytes.
func sameBody(recorded string, asked []byte) bool {
	if recorded == string(asked) {
		return true
	}
	var a, b any
	if json.Unmarshal([]byte(recorded), &a) != nil || json.Unmarshal(asked, &b) != nil {
		return false
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Name says of a request what it is, without secrets.
func (q Request) Name() string { return q.Method + " " + showURL(q.URL).String() }

// showURL returns u with its query in order and without values whose names say
// that they are secret.
func showURL(u *url.URL) *url.URL {
	shown := *u
	shown.User, shown.Fragment = nil, ""
	shown.Host = strings.ToLower(shown.Host)
	query := shown.Query()
	for name := range query {
		if secretName(name) {
			query.Set(name, mask)
		}
	}
	shown.RawQuery = query.Encode()
	return &shown
}

// readExchanges reads exchanges that stand one after another, each on one line or
// on several.
func readExchanges(from io.Reader) ([]Exchange, error) {
	var all []Exchange
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	for {
		var e Exchange
		err := decoder.Decode(&e)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read exchange %d: %w", len(all)+1, err)
		}
		if u, err := url.Parse(e.URL); err != nil || u.Host == "" || e.Method == "" || e.Status == 0 {
			return nil, fmt.Errorf("read exchange %d: method, whole url and status are wanted", len(all)+1)
		}
		all = append(all, e)
	}
}

// writeExchanges writes one exchange a line.
func writeExchanges(to io.Writer, all []Exchange) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	for i, e := range all {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("write exchange %d: %w", i+1, err)
		}
	}
	return nil
}
