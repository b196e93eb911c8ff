package sdktest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Fault is one misbehaviour of a vendor, for so many Times; 0 is for ever.
type Fault = replay.Fault

// Vendor is a simulated API: an honest handler, and faults that take the place
// of its answers in the order in which they were given.
type Vendor struct {
	URL string

	handler http.Handler
	faults  replay.Faults
	over    chan struct{} // closed when the test ends; frees stalled requests

	mu   sync.Mutex
	seen []Seen
}

// Seen is a request the vendor got.
type Seen struct {
	Method string
	URL    string // path and query
	Header http.Header
}

// NewVendor starts a simulated API on this machine. It ends with the test.
func NewVendor(t testing.TB, handler http.Handler) *Vendor {
	t.Helper()
	v := &Vendor{handler: handler, over: make(chan struct{})}
	server := httptest.NewServer(v)
	v.URL = server.URL
	t.Cleanup(func() { close(v.over); server.Close() })
	return v
}

// HTML returns the fault of one sign-in page in the place of an answer.
func HTML() Fault {
	return Fault{
		Times: 1, Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		Body: "<!doctype html><title>Sign in</title>",
	}
}

// Fail adds faults.
func (v *Vendor) Fail(faults ...Fault) { v.faults.Add(faults...) }

// Requests returns what was asked so far.
func (v *Vendor) Requests() []Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Seen(nil), v.seen...)
}

// ServeHTTP answers as the handler does, or as the next fault says.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.seen = append(v.seen, Seen{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header.Clone()})
	v.mu.Unlock()
	q := replay.Request{Method: r.Method, URL: r.URL, Header: r.Header}
	fault, found := v.faults.Take(q)
	if !found {
		v.handler.ServeHTTP(w, r)
		return
	}
	fault.Serve(w, r, q, v.over, func() (replay.Answer, error) {
		answer := httptest.NewRecorder()
		v.handler.ServeHTTP(answer, r)
		return replay.Answer{Status: answer.Code, Header: answer.Header(), Body: answer.Body.Bytes()}, nil
	})
}
