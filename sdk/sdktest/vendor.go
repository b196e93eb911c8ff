package sdktest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Fault is one fault of a vendor. It happens so many Times; 0 = always.
type Fault = replay.Fault

// Vendor is a simulated API: a handler, and faults that replace its answers in the order in which
// they were added.
type Vendor struct {
	URL string

	handler http.Handler
	faults  replay.Faults
	over    chan struct{} // closed at the end of the test; ends stalled requests

	mu   sync.Mutex
	seen []Seen
}

// Seen is a request that the vendor received.
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

// HTML returns the fault of one sign-in page instead of an answer.
func HTML() Fault {
	return Fault{
		Times: 1, Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		Body: "<!doctype html><title>Sign in</title>",
	}
}

// Fail adds faults.
func (v *Vendor) Fail(faults ...Fault) { v.faults.Add(faults...) }

// Requests returns the requests so far.
func (v *Vendor) Requests() []Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.seen)
}

// ServeHTTP answers with the handler or the next fault.
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
