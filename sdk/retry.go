package sdk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// retried sends a request until it is answered, cannot succeed, or would take too long. Each cause
// has its own count, so that a rate limit does not use up the tries for a failing server.
func (c *Client) retried(ctx context.Context, r request) (*Response, error) {
	u, err := c.address(r)
	if err != nil {
		return nil, err
	}
	var tries attempts
	for {
		if err := c.pace(ctx); err != nil {
			return nil, err
		}
		answer, err := c.leased(ctx, r, u)
		if err == nil {
			err = c.verdict(r, answer)
		}
		c.readLimits(answer)
		c.readClock(answer)
		if err == nil {
			return answer, nil
		}
		e := AsError(err)
		wait, again := tries.next(e, answer)
		if !again || ctx.Err() != nil {
			return nil, orCause(ctx, e)
		}
		if !c.affordable(ctx, wait) {
			if e.RetryAfter == 0 {
				e.RetryAfter = wait
			}
			return nil, e
		}
		source := "retry"
		if e.Code == CodeRateLimited {
			source = "429"
		}
		if err := c.session.pause(ctx, source, wait, -1, tries.total); err != nil {
			return nil, orCause(ctx, err)
		}
	}
}

// leased sends the request when the lease allows it.
func (c *Client) leased(ctx context.Context, r request, u *url.URL) (*Response, error) {
	if err := c.session.takeLease(ctx); err != nil {
		return nil, err
	}
	defer c.session.lease.release()
	return c.once(ctx, r, u)
}

// attempts counts the failures of one request.
type attempts struct {
	total, failures, limited, invalid int
}

// next counts e and returns whether to try again, and after which wait.
func (a *attempts) next(e *Error, answer *Response) (time.Duration, bool) {
	a.total++
	switch e.Code {
	case CodeRateLimited:
		a.limited++
		if e.RetryAfter > 0 {
			return e.RetryAfter, a.limited < maxRateTries
		}
		return jitter(time.Second, a.limited), a.limited < maxRateTries
	case CodeUpstream5xx, CodeUpstreamMaintenance, CodeNetworkConnect, CodeNetworkTimeout, CodeNetworkDNS:
		a.failures++
		wait := jitter(500*time.Millisecond, a.failures)
		if e.RetryAfter > 0 {
			wait = e.RetryAfter
		}
		return wait, a.failures < maxTries
	case CodeUpstreamInvalidResponse:
		a.invalid++
		cutShort := errors.Is(e, io.ErrUnexpectedEOF) && answer != nil
		return jitter(500*time.Millisecond, 1), cutShort && a.invalid < 2
	}
	return 0, false
}

// jitter returns a random wait. Its maximum is base, doubled with every try. Connectors that
// failed together therefore do not return together.
func jitter(base time.Duration, try int) time.Duration {
	ceiling := min(base<<min(try-1, 10), time.Minute)
	return rand.N(ceiling) + time.Millisecond
}

// affordable reports whether wait is allowed and ends before the run.
func (c *Client) affordable(ctx context.Context, wait time.Duration) bool {
	if wait > c.options.MaxWait {
		return false
	}
	end, ok := ctx.Deadline()
	return !ok || time.Now().Add(wait).Before(end)
}

// judge returns the error of an answer. It decodes the body if r wants that.
func (c *Client) judge(r request, answer *Response) error {
	if answer.Status < 200 || answer.Status > 299 {
		e := ErrorFromStatus(answer.Status, answer.Header, c.session.permissions())
		e.Message = c.base.Host + " " + e.Message
		if e.Code == CodeNotFoundEndpoint {
			e.Message += " at " + answer.URL.Path
		}
		if c.options.Explain != nil {
			e = c.options.Explain(e, answer.Body[:min(len(answer.Body), 4<<10)])
		}
		if words := ownWords(answer.Header, answer.Body); e.Detail == "" && !strings.Contains(e.Message, words) {
			e = e.WithDetail(words)
		}
		return e
	}
	if r.into == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind == "text/html" || strings.HasPrefix(strings.TrimSpace(string(answer.Body[:min(len(answer.Body), 64)])), "<") {
		return c.invalid(answer, "is a web page, not JSON").
			WithRemedy("Check that the address is the vendor's API and that no sign-in page, firewall or proxy answers instead.")
	}
	return c.decode(answer, r.into)
}

func (c *Client) decode(answer *Response, into any) error {
	err := json.Unmarshal(answer.Body, into)
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		// An incomplete or damaged body: do tries once more, as for a broken connection.
		return c.invalid(answer, "is not JSON from byte %d on", syntax.Offset).Because(io.ErrUnexpectedEOF)
	case errors.As(err, &typed):
		return c.invalid(answer, "has %s instead of the documented value at %s", typed.Value, cmp.Or(typed.Field, "its top level")).Because(err)
	}
	return c.invalid(answer, "cannot be read").Because(err)
}

// ErrorFromStatus returns the error of an HTTP status that is not a success. Permissions are the
// ids that the request needs.
func ErrorFromStatus(status int, header http.Header, permissions []string) *Error {
	var e *Error
	switch {
	case status == http.StatusUnauthorized:
		e = Errorf(CodeAuthInvalid, "refused the credential (status 401)")
	case status == http.StatusForbidden:
		e = PermissionMissing(permissions, "does not allow this credential to read this (status 403)")
	case status == http.StatusNotFound, status == http.StatusGone:
		e = Errorf(CodeNotFoundEndpoint, "has nothing (status %d)", status)
	case status == http.StatusTooManyRequests:
		e = Errorf(CodeRateLimited, "limits the number of requests (status 429)")
	case status == http.StatusProxyAuthRequired:
		e = Errorf(CodeNetworkProxy, "is behind a proxy that requires a sign-in (status 407)")
	case status == http.StatusPaymentRequired:
		e = Errorf(CodePermissionLicence, "does not include this in the current plan (status 402)")
	case status >= 500:
		e = Errorf(CodeUpstream5xx, "failed to answer (status %d)", status)
	default:
		e = Errorf(CodeUpstreamInvalidResponse, "refused the request (status %d)", status)
	}
	e.UpstreamStatus, e.RequestID = status, requestID(header)
	if e.Code == CodeRateLimited || e.Code == CodeUpstream5xx {
		e.RetryAfter = retryAfter(header, time.Now())
	}
	return e
}

// requestID returns the vendor's id of a request.
func requestID(header http.Header) string {
	for _, name := range []string{
		"X-Request-Id", "X-Amzn-Requestid", "X-Github-Request-Id", "X-Okta-Request-Id", "Request-Id", "X-Ms-Request-Id",
		"X-Correlation-Id", "Cf-Ray",
	} {
		if id := header.Get(name); id != "" {
			return cut(id, 128)
		}
	}
	return ""
}

// showURL returns u without its password and without the values of query parameters whose names
// suggest a secret.
func showURL(u *url.URL) string {
	shown := *u
	shown.User = nil
	query := shown.Query()
	for name := range query {
		for _, word := range []string{"token", "key", "secret", "password", "signature", "sig", "auth", "code", "session"} {
			if strings.Contains(strings.ToLower(name), word) && !isPageName(name) {
				query.Set(name, "***")
			}
		}
	}
	shown.RawQuery = query.Encode()
	return cut(shown.String(), 2<<10)
}

// isPageName reports whether a parameter names the requested page. The log shows these values.
func isPageName(name string) bool {
	lower := strings.ToLower(name)
	return strings.Contains(lower, "page") || strings.Contains(lower, "cursor") || strings.Contains(lower, "start")
}
