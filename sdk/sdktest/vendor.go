package sdktest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Vendor is a simulated API: an honest handler, and faults that take the place
// of its answers in the order in which they were given.
type Vendor struct {
	URL string

	handler http.Handler
	over    chan struct{} // closed when the test ends; frees stalled requests

	mu     sync.Mutex
	faults []Fault
	seen   []Seen
}

// Fault is one misbehaviour, used up by Times requests.
type Fault struct {
	Path   string // only for requests whose path has this prefix
	Skip   int    // let so many matching requests through first
	Times  int    // 0 = once, -1 = for ever
	Status int    // answer with this status; 0 keeps the handler's answer
	Header map[string]string
	Body   string

	Truncate bool // the handler's answer, broken off half way
	Reset    bool // the connection breaks without an answer
	Stall    bool // no answer until the client gives up
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

// HTML returns the fault of a sign-in page in the place of an answer.
func HTML() Fault {
	return Fault{Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"}, Body: "<!doctype html><title>Sign in</title>"}
}

// Fail queues faults.
func (v *Vendor) Fail(faults ...Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		v.faults = append(v.faults, f)
	}
}

// Requests returns what was asked so far.
func (v *Vendor) Requests() []Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Seen(nil), v.seen...)
}

// take notes the request and returns the fault that applies to it.
func (v *Vendor) take(r *http.Request) (Fault, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = append(v.seen, Seen{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header.Clone()})
	for i := range v.faults {
		f := &v.faults[i]
		if !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		found := *f
		if f.Times--; f.Times == 0 {
			v.faults = append(v.faults[:i], v.faults[i+1:]...)
		}
		return found, true
	}
	return Fault{}, false
}

// ServeHTTP answers as the handler does, or as the next fault says.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, faulty := v.take(r)
	switch {
	case !faulty:
		v.handler.ServeHTTP(w, r)
	case f.Reset:
		panic(http.ErrAbortHandler)
	case f.Stall:
		select {
		case <-r.Context().Done():
		case <-v.over:
		}
	case f.Truncate:
		v.truncate(w, r)
	default:
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		if f.Status == 0 {
			v.handler.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
	}
}

// truncate announces the whole answer and sends half of it.
func (v *Vendor) truncate(w http.ResponseWriter, r *http.Request) {
	whole := httptest.NewRecorder()
	v.handler.ServeHTTP(whole, r)
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	body := whole.Body.Bytes()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(whole.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
