package provider

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/company"
)

// Client sends requests. Its methods may be called from any goroutine.
type Client struct {
	http  *http.Client
	stall time.Duration
}

// usualStall is how long a stream may bring nothing.
const usualStall = 30 * time.Second

// New returns a client that gives up a stream which brings nothing for stall; 0 = 30 seconds.
func New(stall time.Duration) *Client {
	if stall == 0 {
		stall = usualStall
	}
	proxy := company.Environment()
	return &Client{stall: stall, http: &http.Client{
		Transport: &http.Transport{
			Proxy:               func(r *http.Request) (*url.URL, error) { return proxy.For(r.URL) },
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 15 * time.Second, DisableCompression: true, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Reply is a whole answer.
type Reply struct {
	Text         string
	Model        string // that the provider says has answered
	InputTokens  int    // 0 = the provider did not say
	OutputTokens int
}

// longestReply is the most bytes that an answer may have.
const longestReply = 256 << 10

// Causes for which a request is given up.
var (
	errStalled   = errors.New("the stream brings nothing")
	errTimeLimit = errors.New("the time limit is over")
)

// Send asks a model and returns its whole answer. It reports how many characters have arrived,
// 0 once the provider has begun to answer. It ends when ctx ends. A problem says what went
// wrong and what to do; it holds no key.
func (c *Client) Send(ctx context.Context, r Request, report func(characters int)) (Reply, error) {
	limit := time.Duration(r.Settings.Seconds) * time.Second
	ctx, stop := context.WithTimeoutCause(ctx, limit, errTimeLimit)
	defer stop()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	body, err := r.Body()
	if err != nil {
		return Reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, URL(r.Settings), bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("write the request: %w", err)
	}
	request.Header = r.Headers(r.Key)
	watch := time.AfterFunc(c.stall, func() { giveUp(errStalled) }) // ends here, by Stop or by having fired
	defer watch.Stop()
	response, err := c.http.Do(request)
	if err != nil {
		return Reply{}, c.explain(ctx, r, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(response.Body, 16<<10))
		if err != nil && context.Cause(ctx) != nil {
			return Reply{}, c.explain(ctx, r, err)
		}
		return Reply{}, refusal(r, response, text)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		return Reply{}, unreadable(r, fmt.Sprintf("it answers with %q instead of a stream of events", kind))
	}
	report(0)
	alive := func() { watch.Reset(c.stall) }
	reply, err := read(r, &watched{response.Body, alive}, report)
	if err != nil && context.Cause(ctx) != nil {
		return Reply{}, c.explain(ctx, r, err)
	}
	return reply, err
}

// watched is a stream that reports each time it brings something.
type watched struct {
	io.Reader
	alive func()
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.alive()
	}
	return n, err
}

// read reads the events of a stream.
func read(r Request, from io.Reader, report func(characters int)) (Reply, error) {
	var s stream = &chatStream{request: r}
	if r.Settings.Provider == aisummary.ProviderAnthropic {
		s = &messagesStream{request: r}
	}
	var text strings.Builder
	var reply Reply
	characters := 0
	err := events(from, func(data []byte) (bool, error) {
		more, ended, err := s.take(data, &reply)
		if err != nil {
			return true, err
		}
		if text.WriteString(more); text.Len() > longestReply {
			return true, tooLong(r)
		}
		if more != "" {
			characters += len([]rune(more))
			report(characters)
		}
		return ended, nil
	})
	if err != nil {
		return Reply{}, explainStream(r, err)
	}
	if err := s.end(); err != nil {
		return Reply{}, err
	}
	reply.Text = text.String()
	return reply, nil
}
