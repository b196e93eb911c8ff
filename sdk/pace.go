package sdk

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// pace waits until the vendor's header allows a request.
func (c *Client) pace(ctx context.Context) error {
	c.mu.Lock()
	wait := time.Until(c.resumes)
	c.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	if !c.affordable(ctx, wait) {
		e := Errorf(CodeRateLimited, "%s allows no more requests for %s", c.base.Host, wait.Round(time.Second))
		e.RetryAfter = wait
		return e
	}
	if err := c.session.pause(ctx, "header", wait, 0, 0); err != nil {
		return orCause(ctx, err)
	}
	return nil
}

// clockSlack is how far two clocks may be apart without a warning.
const clockSlack = 2 * time.Minute

// readClock warns once per run when the vendor's clock and this machine's are far apart. Moments
// and expiries then differ between the two.
func (c *Client) readClock(answer *Response) {
	if answer == nil {
		return
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return
	}
	apart := time.Since(date)
	if apart.Abs() < clockSlack {
		return
	}
	c.mu.Lock()
	warned := c.clockWarned
	c.clockWarned = true
	c.mu.Unlock()
	if !warned {
		c.session.Log().Warn(fmt.Sprintf("the clock of this machine and that of %s are %s apart", c.base.Host, apart.Abs().Round(time.Second)))
	}
}

// readLimits keeps the time until which the vendor allows no further request, from the usual
// families of headers.
func (c *Client) readLimits(answer *Response) {
	if answer == nil || answer.Status == http.StatusTooManyRequests {
		return // attempts.next handles a 429
	}
	for _, family := range []string{"X-Ratelimit-", "X-Rate-Limit-", "Ratelimit-"} {
		remaining, err := strconv.Atoi(answer.Header.Get(family + "Remaining"))
		if err != nil || remaining > 0 {
			continue
		}
		reset := resetTime(answer.Header.Get(family+"Reset"), time.Now())
		if reset.IsZero() {
			continue
		}
		c.mu.Lock()
		c.resumes = reset
		c.mu.Unlock()
		return
	}
}

// resetTime reads seconds from now, or a Unix time in seconds or milliseconds, depending on the
// size of the number. It ignores a time more than a year away.
func resetTime(text string, now time.Time) time.Time {
	seconds, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return time.Time{}
	case seconds > 1e11:
		seconds = seconds/1e3 - unixSeconds(now)
	case seconds > 1e9:
		seconds -= unixSeconds(now)
	case !(seconds >= 0): // NaN, too
		return time.Time{}
	}
	if seconds > longestWait.Seconds() {
		return time.Time{}
	}
	return now.Add(time.Duration(max(seconds, 0) * float64(time.Second)))
}

// longestWait is the longest wait that the client accepts from a header.
const longestWait = 365 * 24 * time.Hour

func unixSeconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// retryAfter reads the header Retry-After: seconds or an HTTP date. It returns 0 for a header
// that is missing, zero, in the past or unreadable.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if seconds > longestWait.Seconds() {
			return longestWait
		}
		return max(time.Duration(seconds*float64(time.Second)), 0)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}

// logRequest reports a finished request to the host.
func (c *Client) logRequest(method string, u *url.URL, answer *Response, bytes int, took time.Duration) {
	s := c.session
	shown := s.scrub.text(showURL(u))
	r := &connectorv1.Request{Method: method, Url: shown, Bytes: uint64(bytes), Took: durationpb.New(took)}
	if answer != nil {
		r.Status, r.RequestId = uint32(answer.Status), s.scrub.text(answer.RequestID)
	}
	s.sendProgress(&connectorv1.Progress{State: connectorv1.Progress_STATE_RUNNING, Request: r})
	if s.report.progress == nil { // a check has only the log
		s.Log().Debug(fmt.Sprintf("%s %s", method, shown), "status", r.GetStatus(), "took", took.Round(time.Millisecond))
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
