package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Upstream answers requests instead of the systems that connectors read. It is safe for concurrent
// use.
type Upstream interface {
	Answer(ctx context.Context, q Request) (Answer, error)
}

// Request is a connector's request.
type Request struct {
	Method string
	URL    *url.URL // whole: scheme, host, path, query
	Header http.Header
	Body   []byte
}

// Answer is the answer to a Request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // not compressed
}

// Exchange is a recorded request with its answer. One of JSON, Text and Base64 holds the body.
type Exchange struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`             // a query value "*" matches any value
	Asked  string            `json:"asked,omitempty"` // body of the request; "*" matches any body
	Sent   map[string]string `json:"sent,omitempty"`  // headers by which requests with the same URL and body differ
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	JSON   json.RawMessage   `json:"json,omitempty"`
	Text   string            `json:"text,omitempty"`
	Base64 []byte            `json:"base64,omitempty"`
}

// answer returns the recorded answer.
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

// setBody stores body in the most readable of the three fields.
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
	for name, value := range e.Sent {
		if q.Header.Get(name) != value {
			return false
		}
	}
	return e.Asked == "*" || sameBody(e.Asked, q.Body)
}

// sameBody compares JSON by its values and other bodies by their bytes.
func sameBody(recorded string, asked []byte) bool {
	if recorded == string(asked) {
		return true
	}
	var a, b any
	if json.Unmarshal([]byte(recorded), &a) != nil || json.Unmarshal(asked, &b) != nil {
		return false
	}
	return reflect.DeepEqual(a, b)
}

// Name returns method and address of a request, without secrets.
func (q Request) Name() string { return q.Method + " " + showURL(q.URL).String() }

// showURL returns u with a sorted query, without the values of parameters whose names suggest a
// secret.
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

// readExchanges reads a sequence of exchanges. Each may have several lines.
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
			return nil, fmt.Errorf("read exchange %d: it must have a method, an absolute url and a status", len(all)+1)
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
