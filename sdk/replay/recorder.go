package replay

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Live asks the real system, or a simulator on this machine.
type Live struct {
	// Transport sends the requests; nil = one that goes straight out, or through
	// the proxy that the environment names.
	Transport http.RoundTripper

	once   sync.Once
	client *http.Client
}

// mostBody is where an answer is broken off: nothing that a connector reads in one
// piece is as large.
const mostBody = 64 << 20

// Answer sends q on.
func (l *Live) Answer(ctx context.Context, q Request) (Answer, error) {
	l.once.Do(func() {
		l.client = &http.Client{Transport: l.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	})
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL.String(), bytes.NewReader(q.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("make request: %w", err)
	}
	for name, values := range q.Header {
		// Without Accept-Encoding the answer comes here as it is kept: not compressed.
		if name != "Accept-Encoding" && name != "Connection" && !strings.HasPrefix(name, "Proxy-") {
			r.Header[name] = slices.Clone(values)
		}
	}
	answer, err := l.client.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("send request: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBody+1))
	if err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > mostBody {
		return Answer{}, fmt.Errorf("read answer: it is larger than %d MiB", mostBody>>20)
	}
	return Answer{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// Recorder keeps what goes by, without secrets.
type Recorder struct {
	upstream Upstream
	scrub    *Scrubber

	mu  sync.Mutex
	all []Exchange
}

// NewRecorder records what upstream answers. Scrub must know the secrets that the
// connector is given.
func NewRecorder(upstream Upstream, scrub *Scrubber) *Recorder {
	return &Recorder{upstream: upstream, scrub: scrub}
}

// Answer passes q on and keeps the exchange.
func (r *Recorder) Answer(ctx context.Context, q Request) (Answer, error) {
	a, err := r.upstream.Answer(ctx, q)
	if err != nil {
		return a, err
	}
	e := r.scrub.Exchange(q, a)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
	return a, nil
}

// Exchanges returns what was recorded. A later answer may have shown that a word
// of an earlier one was a secret, so all are scrubbed once more.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Exchange, len(r.all))
	for i, e := range r.all {
		e.URL, e.Asked = r.scrub.Text(e.URL), r.scrub.Text(e.Asked)
		header := map[string]string{}
		for name, value := range e.Header {
			header[name] = r.scrub.Text(value)
		}
		e.Header = header
		e.setBody([]byte(r.scrub.Text(string(e.answer().Body))))
		all[i] = e
	}
	return all
}
