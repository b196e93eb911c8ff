package sdk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// The client's limits. HTTPOptions can change the first three.
const (
	attemptTimeout = 30 * time.Second
	maxBody        = 32 << 20
	maxWait        = 15 * time.Minute
	maxTries       = 3
	maxRateTries   = 8
)

// errAttemptTimeout is the cause of an attempt that took too long. It distinguishes the attempt
// from the end of the run.
var errAttemptTimeout = errors.New("attempt timed out")

// HTTPOptions says how a Client talks to one API.
type HTTPOptions struct {
	BaseURL       string            // every request stays on its scheme and host
	Setting       string            // JSON pointer to the setting that BaseURL is from, e.g. "/base_url"; "" = none
	Header        map[string]string // sent with every request
	SecretHeader  map[string]Secret // sent with every request, never shown
	Token         *Token            // sent with every request, and renewed
	QueryEndpoint []string          // whole paths where a POST changes nothing, e.g. "/graphql"
	CACertificate []byte            // PEM; trusted in addition to the system's certificates
	Timeout       time.Duration     // of one attempt; 0 = 30 s
	MaxBody       int64             // decompressed bytes; 0 = 32 MiB
	MaxWait       time.Duration     // for a rate limit; 0 = 15 min, never past the run's deadline

	// Explain may refine the error of a refused request with the vendor's message. Body has at
	// most 4 KiB; never copy all of it into the error.
	Explain func(e *Error, body []byte) *Error
}

// Client reads an HTTP API with GET and HEAD, and with POST to declared query endpoints. It
// retries failures that may pass, waits for rate limits, stays on its host, limits the size of
// answers, and logs each request under the current step. It is safe for concurrent use.
type Client struct {
	session *Session
	options HTTPOptions
	base    *url.URL
	http    *http.Client

	mu          sync.Mutex
	resumes     time.Time // the vendor's header allows no earlier request
	clockWarned bool      // the log has the warning about the vendor's clock
}

// Response is an answer with its whole body.
type Response struct {
	Status    int
	Header    http.Header
	Body      []byte
	URL       *url.URL
	RequestID string
}

// Errorf is the function Errorf for an error about this answer: it has the answer's status and
// request id.
func (r *Response) Errorf(code, format string, args ...any) *Error {
	e := Errorf(code, format, args...)
	e.UpstreamStatus, e.RequestID = r.Status, r.RequestID
	return e
}

// HTTP returns a client for one API. BaseURL must be https, except for a
// loopback host; the error for another one names the setting.
func (s *Session) HTTP(options HTTPOptions) (*Client, error) {
	if rule := AddressRule(options.BaseURL); rule != "" {
		return nil, ConfigInvalid(options.Setting, "the address %q %s", s.scrub.text(withoutUser(options.BaseURL)), rule)
	}
	base, err := url.Parse(options.BaseURL)
	if err != nil {
		return nil, ConfigInvalid(options.Setting, "%q is not the address of an API", s.scrub.text(options.BaseURL))
	}
	if base.Path == "" {
		base.Path = "/" // else JoinPath makes a path that does not begin with one
	}
	options.Timeout = cmp.Or(options.Timeout, attemptTimeout)
	options.MaxBody = cmp.Or(options.MaxBody, maxBody)
	options.MaxWait = cmp.Or(options.MaxWait, maxWait)
	transport := s.Transport()
	if transport.TLSClientConfig, err = trust(options.CACertificate); err != nil {
		return nil, err
	}
	c := &Client{session: s, options: options, base: base}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.checkRedirect}
	return c, nil
}

// Get reads a path below the base URL, or an absolute address on the same host, which vendors
// give for the next page.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (*Response, error) {
	return c.do(ctx, request{method: http.MethodGet, path: path, query: query})
}

// GetJSON is Get and decodes the answer into into. An answer that is not JSON is
// upstream.invalid_response. The client requests an incomplete answer once more.
func (c *Client) GetJSON(ctx context.Context, path string, query url.Values, into any) (*Response, error) {
	return c.do(ctx, request{method: http.MethodGet, path: path, query: query, into: into})
}

// Query posts body as JSON to a declared query endpoint and decodes the answer.
func (c *Client) Query(ctx context.Context, path string, body, into any) (*Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, Errorf(CodeInternalBug, "encode query: %w", err)
	}
	return c.do(ctx, request{method: http.MethodPost, path: path, body: raw, into: into})
}

// Do sends a request with the given method. It accepts HEAD, and refuses by name every method
// that could change something upstream.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values) (*Response, error) {
	return c.do(ctx, request{method: method, path: path, query: query})
}

// request is one request, whatever the number of its attempts.
type request struct {
	method string
	path   string
	query  url.Values
	body   []byte
	into   any // decode JSON into this
	ask    *Ask
	token  map[string]Secret // the header with the client's token
}

// address returns the request's URL, or an error when the request leaves the host or could
// change something.
func (c *Client) address(r request) (*url.URL, error) {
	ref, err := url.Parse(r.path)
	if err != nil {
		return nil, Errorf(CodeUpstreamInvalidResponse, "the address of the next page cannot be read")
	}
	u := ref
	if !ref.IsAbs() && ref.Host == "" {
		u = c.base.JoinPath(ref.EscapedPath())
		u.RawQuery = ref.RawQuery
	} else if err := c.SameHost(r.path); err != nil {
		return nil, err
	}
	if len(r.query) > 0 {
		q := u.Query()
		maps.Copy(q, r.query)
		u.RawQuery = q.Encode()
	}
	switch r.method {
	case http.MethodGet, http.MethodHead:
		return u, nil
	case http.MethodPost:
		if r.reads() || slices.Contains(c.options.QueryEndpoint, u.Path) {
			return u, nil
		}
	}
	return nil, Errorf(CodeInternalBug, "%s %s could change something upstream and is not declared as a query", r.method, u.Path)
}

// SameHost returns nil when next, an address from the vendor, has the client's scheme and host.
// A request to another host would give it the credential.
func (c *Client) SameHost(next string) error {
	u, err := url.Parse(next)
	if err != nil {
		return Errorf(CodeUpstreamInvalidResponse, "the address of the next page cannot be read")
	}
	if u, same := c.base.ResolveReference(u), c.base; u.Scheme != same.Scheme || !strings.EqualFold(hostPort(u), hostPort(same)) {
		return Errorf(CodeUpstreamInvalidResponse, "%s sent the connector to another host, %s", c.base.Host, u.Host)
	}
	return nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "http" {
		return u.Hostname() + ":80"
	}
	return u.Hostname() + ":443"
}

func (c *Client) checkRedirect(r *http.Request, via []*http.Request) error {
	if err := c.SameHost(r.URL.String()); err != nil {
		return err
	}
	if len(via) >= 5 {
		return Errorf(CodeUpstreamInvalidResponse, "%s redirects the connector in a circle", c.base.Host)
	}
	return nil
}

// once sends the request one time and reads the whole answer.
func (c *Client) once(ctx context.Context, r request, u *url.URL) (*Response, error) {
	t, done := newAttempt(ctx, c.options.Timeout)
	defer done()
	ctx = t.ctx
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, Errorf(CodeInternalBug, "make request: %w", err)
	}
	if err := c.addHeaders(req, r); err != nil {
		return nil, err
	}
	begun := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		c.logRequest(r.method, u, nil, 0, time.Since(begun))
		return nil, c.transportError(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	// An answer over TLS is from the system itself, whatever its headers say.
	if err := egressRefusal(res); err != nil && u.Scheme == "http" {
		return nil, c.transportError(ctx, err)
	}
	most := c.options.MaxBody
	if res.ContentLength >= 0 {
		most = min(most, res.ContentLength)
	}
	body, size, err := c.session.room.read(t, res.Body, most)
	answer := &Response{Status: res.StatusCode, Header: res.Header, Body: body, URL: res.Request.URL, RequestID: requestID(res.Header)}
	c.logRequest(r.method, u, answer, size, time.Since(begun))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return answer, c.invalid(answer, "ended early").Because(err).WithRemedy("Nothing needs to be done: the next run tries again.")
	case errors.Is(err, errBodyTooLarge):
		return nil, c.invalid(answer, "is larger than the %d MiB allowed", c.options.MaxBody>>20)
	case err != nil:
		return answer, c.transportError(ctx, err)
	}
	return answer, nil
}

func (c *Client) addHeaders(req *http.Request, r request) error {
	req.Header.Set("User-Agent", c.session.connector.ID+"/"+c.session.connector.Version+" ("+sdkVersion+")")
	if r.into != nil {
		req.Header.Set("Accept", "application/json")
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.options.Header {
		req.Header.Set(name, value)
	}
	if err := r.addAsked(req.Header); err != nil {
		return err
	}
	if err := addSecrets(req.Header, r.token); err != nil {
		return err
	}
	return addSecrets(req.Header, c.options.SecretHeader)
}

// addSecrets sets headers that hold credentials.
func addSecrets(header http.Header, secrets map[string]Secret) error {
	for name, value := range secrets {
		if !sendable(value.Reveal()) {
			return Errorf(CodeAuthInvalid, "the credential holds a line break or another character that no credential has").
				WithRemedy("Copy the credential without line breaks and enter it again.")
		}
		header.Set(name, value.Reveal())
	}
	return nil
}

// sendable reports whether value is valid in a header. A value with a line break is not.
func sendable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// transportError distinguishes an attempt that took too long from the end of the run. It returns
// the error of a refused redirect unchanged.
func (c *Client) transportError(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errAttemptTimeout):
		return Errorf(CodeNetworkTimeout, "%s did not answer within %s", c.base.Host, c.options.Timeout).Because(err)
	case cause != nil:
		return cause
	}
	return AsError(err)
}

// invalid is the error of an answer that does not match the documentation.
func (c *Client) invalid(r *Response, format string, args ...any) *Error {
	return r.Errorf(CodeUpstreamInvalidResponse, "the answer of "+c.base.Host+" to "+r.URL.Path+" "+format, args...)
}
