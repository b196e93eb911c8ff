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

// Live forwards requests to the real system, or to a simulator on this machine.
type Live struct {
	Transport http.RoundTripper // nil = the default one, with the proxy of the environment

	once   sync.Once
	client *http.Client
}

// mostBody is the size of the largest answer.
const mostBody = 64 << 20

// Answer forwards q.
func (l *Live) Answer(ctx context.Context, q Request) (Answer, error) {
	l.once.Do(func() {
		keep := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		l.client = &http.Client{Transport: l.Transport, CheckRedirect: keep}
	})
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL.String(), bytes.NewReader(q.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("make request: %w", err)
	}
	for name, values := range q.Header {
		// Without Accept-Encoding the client decompresses the answer.
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

// Recorder records exchanges without secrets.
type Recorder struct {
	upstream Upstream
	scrub    *Scrubber

	mu   sync.Mutex
	all  []Exchange
	sent []http.Header // of each exchange
}

// NewRecorder returns a Recorder of upstream's answers. Scrub must know the connector's secrets.
func NewRecorder(upstream Upstream, scrub *Scrubber) *Recorder {
	return &Recorder{upstream: upstream, scrub: scrub}
}

// Answer forwards q and records the exchange.
func (r *Recorder) Answer(ctx context.Context, q Request) (Answer, error) {
	a, err := r.upstream.Answer(ctx, q)
	if err != nil {
		return a, err
	}
	e := r.scrub.Exchange(q, a)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.sent = append(r.all, e), append(r.sent, q.Header)
	return a, nil
}

// Exchanges returns the recording. It scrubs all exchanges once more, because a later answer may have
// revealed that a value in an earlier one is a secret.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Exchange, len(r.all))
	for i, e := range r.all {
		e.Sent = r.toldApart(i)
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

// common are headers that never tell requests apart: they are of the connection, or hold a credential.
var common = []string{
	"Authorization", "Cookie", "User-Agent", "Accept-Encoding", "Connection", "Content-Length", "Traceparent", "X-Forwarded-Proto",
}

// toldApart returns the headers by which an exchange differs from the others with the same method, URL
// and body, such as the page in a Range.
func (r *Recorder) toldApart(number int) map[string]string {
	var apart map[string]string
	for i, other := range r.all {
		if i == number || !sameRequest(r.all[number], other) {
			continue
		}
		for _, from := range []http.Header{r.sent[number], r.sent[i]} {
			for name := range from {
				own := r.sent[number].Get(name)
				if own == r.sent[i].Get(name) || slices.Contains(common, name) || r.scrub.Text(own) != own {
					continue
				}
				if apart == nil {
					apart = map[string]string{}
				}
				apart[name] = own
			}
		}
	}
	return apart
}
