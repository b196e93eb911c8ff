package sdk

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// pace waits until both the own rate and the vendor's header allow a request.
func (c *Client) pace(ctx context.Context) error {
	c.mu.Lock()
	now := time.Now()
	vendor := c.resumes.Sub(now)
	var own time.Duration
	if c.options.Rate > 0 {
		start := now
		if c.nextAt.After(now) {
			start = c.nextAt
		}
		own = start.Sub(now)
		c.nextAt = start.Add(time.Duration(float64(time.Second) / c.options.Rate))
	}
	c.mu.Unlock()
	if vendor > 0 {
		if !c.affordable(ctx, vendor) {
			e := Errorf(CodeRateLimited, "%s allows no more requests for %s", c.base.Host, vendor.Round(time.Second))
			e.RetryAfter = vendor
			return e
		}
		if err := c.session.pause(ctx, "header", vendor, 0, 0); err != nil {
			return orCause(ctx, err)
		}
	}
	if own > vendor {
		if err := c.session.pause(ctx, "budget", own-max(vendor, 0), -1, 0); err != nil {
			return orCause(ctx, err)
		}
	}
	return nil
}

// clockSlack is how far two clocks may be apart before somebody should know.
const clockSlack = 2 * time.Minute

// readClock warns once a run when the vendor's clock and this machine's are far
// apart: moments and expiries then mean something else on either side.
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
	told := c.clockTold
	c.clockTold = true
	c.mu.Unlock()
	if !told {
		c.session.Log().Warn(fmt.Sprintf("the clock of this machine and that of %s are %s apart", c.base.Host, apart.Abs().Round(time.Second)))
	}
}

// readLimits remembers until when the vendor allows no further request, as the
// usual header families tell it.
func (c *Client) readLimits(answer *Response) {
	if answer == nil || answer.Status == http.StatusTooManyRequests {
		return // a 429 is waited for on its own account
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

// resetTime reads seconds from now, or a Unix time in seconds or milliseconds,
// whichever the number is. One more than a year away says nothing useful.
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

// longestWait is more than any vendor means.
const longestWait = 365 * 24 * time.Hour

func unixSeconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// retryAfter reads the header of that name, seconds or an HTTP date. 0 means
// that it says nothing useful: none, zero, in the past, or unreadable.
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

func (s *Session) sendRequest(method, shown string, answer *Response, bytes int, took time.Duration) {
	r := &connectorv1.Request{Method: method, Url: shown, Bytes: uint64(bytes), Took: durationOf(took)}
	if answer != nil {
		r.Status, r.RequestId = uint32(answer.Status), s.scrub.text(answer.RequestID)
	}
	s.sendProgress(&connectorv1.Progress{State: connectorv1.Progress_STATE_RUNNING, Request: r})
	if s.report.progress == nil { // a check has a log and nothing else
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
