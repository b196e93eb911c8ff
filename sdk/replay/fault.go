package replay

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Fault is one fault of a system. It applies to the requests whose path begins with Path and for
// which Only returns true, except for the first After of them. It happens so many Times. A request
// gets the first fault that applies to it.
type Fault struct {
	Path  string               // "" = every request
	Only  func(q Request) bool // nil = every request
	After int                  // number of requests without the fault
	Times int                  // 0 = always

	// The effect. Zero values leave the system's answer unchanged.
	Status   int
	Header   map[string]string // added
	Body     string            // replaces the body; with Status, "" is an empty body
	Edit     func(q Request, body []byte) []byte
	Redirect string        // to this address, or to the request's own for "self"
	Bomb     int           // bytes of JSON, sent as a gzip of a hundredth of the size or less
	Truncate bool          // half of the body, with a matching Content-Length
	Break    bool          // half of the body, then the connection breaks
	Reset    bool          // the connection breaks without an answer
	Stall    bool          // no answer until the client gives up
	Drip     time.Duration // the time over which the body is sent in small parts
	Delay    time.Duration // before the answer
	Refuse   string        // the proxy opens no connection, for a reason of sdk.EgressHeader
}

func (f Fault) concerns(q Request) bool {
	return strings.HasPrefix(q.URL.Path, f.Path) && (f.Only == nil || f.Only(q))
}

// Faults are the faults of one system, with their counts. The zero value has none.
type Faults struct {
	mu  sync.Mutex
	all []*counted
}

type counted struct {
	Fault
	seen, used int
}

// Add adds faults for the following requests.
func (f *Faults) Add(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range faults {
		f.all = append(f.all, &counted{Fault: one})
	}
}

// Take returns the fault that q gets.
func (f *Faults) Take(q Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.all {
		if !one.concerns(q) {
			continue
		}
		one.seen++
		if one.seen <= one.After || one.Times > 0 && one.used >= one.Times {
			continue
		}
		one.used++
		return one.Fault, true
	}
	return Fault{}, false
}

// Serve answers q with the fault; the zero Fault leaves upstream's answer unchanged. It returns the
// status that it sent. It stops when over is closed.
func (f Fault) Serve(
	w http.ResponseWriter, r *http.Request, q Request, over <-chan struct{}, upstream func() (Answer, error),
) (status int) {
	switch {
	case f.Reset:
		panic(http.ErrAbortHandler)
	case f.Stall:
		wait(r, time.Hour, over)
		panic(http.ErrAbortHandler)
	case f.Delay > 0 && !wait(r, f.Delay, over):
		return 0
	}
	var a Answer
	if f.Status == 0 && f.Redirect == "" {
		var err error
		if a, err = upstream(); err != nil {
			refuse(w, sdk.EgressRefused, err.Error())
			return 0
		}
	}
	a = f.change(q, a)
	f.send(w, r, a, over)
	return a.Status
}

// change applies the fault to an answer.
func (f Fault) change(q Request, a Answer) Answer {
	header := a.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	switch {
	case f.Redirect != "":
		to := f.Redirect
		if to == "self" {
			to = q.URL.String()
		}
		header.Set("Location", to)
		a.Status, a.Body = http.StatusFound, nil
	case f.Status != 0:
		a.Status, a.Body = f.Status, []byte(f.Body)
		header = http.Header{"Content-Type": {"application/json"}}
	case f.Body != "":
		a.Body = []byte(f.Body)
	}
	if f.Edit != nil {
		a.Body = f.Edit(q, a.Body)
	}
	if f.Truncate {
		a.Body = a.Body[:len(a.Body)/2]
	}
	for name, value := range f.Header {
		header.Set(name, value)
	}
	if f.Bomb > 0 {
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Type", "application/json")
		a.Body = bomb(f.Bomb)
	}
	a.Header = header
	return a
}

// bomb returns size bytes of JSON, compressed to less than a hundredth. It repeats one compressed
// block.
func bomb(size int) []byte {
	block := compressed(bytes.Repeat([]byte("0"), bombBlock))
	packed := compressed([]byte(`{"data":"`))
	for sent := 0; sent < size; sent += bombBlock {
		packed = append(packed, block...)
	}
	return append(packed, compressed([]byte(`"}`))...)
}

const bombBlock = 1 << 20

// compressed writes to memory, which cannot fail.
func compressed(plain []byte) []byte {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write(plain)
	_ = zip.Close()
	return packed.Bytes()
}

// send writes the answer, broken or slow if the fault says so.
func (f Fault) send(w http.ResponseWriter, r *http.Request, a Answer, over <-chan struct{}) {
	for name, values := range a.Header {
		if !dropped(name) || name == "Content-Encoding" || name == "Date" && f.Header["Date"] != "" {
			w.Header()[name] = values
		}
	}
	if r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	switch {
	case r.Method == http.MethodHead:
	case f.Break:
		_, _ = w.Write(a.Body[:len(a.Body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case f.Drip > 0:
		f.drip(w, r, a.Body, over)
	default:
		_, _ = w.Write(a.Body)
	}
}

const drips = 20

func (f Fault) drip(w http.ResponseWriter, r *http.Request, body []byte, over <-chan struct{}) {
	for part := range slices.Chunk(body, len(body)/drips+1) {
		_, _ = w.Write(part)
		_ = http.NewResponseController(w).Flush()
		if !wait(r, f.Drip/drips, over) {
			return
		}
	}
}

// wait waits for d and reports false when the client or the proxy has ended.
func wait(r *http.Request, d time.Duration, over <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
	case <-over:
	}
	return false
}

// name names the fault for messages.
func (f Fault) name() string {
	switch {
	case f.Refuse != "":
		return "no connection: " + f.Refuse
	case f.Stall:
		return "no answer"
	case f.Bomb > 0:
		return "a compressed answer that grows a hundredfold"
	case f.Redirect != "":
		return "a redirect"
	case f.Status != 0:
		return fmt.Sprintf("status %d", f.Status)
	case f.Truncate:
		return "half an answer"
	case f.Break:
		return "a broken connection"
	case f.Reset:
		return "a connection that ends"
	}
	return "a changed answer"
}
