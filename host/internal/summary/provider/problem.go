package provider

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/display"
)

// hostOf names the host of the settings.
func hostOf(r Request) string {
	if at, err := url.Parse(r.Settings.Address); err == nil {
		return at.Host
	}
	return "the provider"
}

func quoted(text string) string { return strconv.Quote(display.Cut(display.Visible(text), 60)) }

// problem is a problem of the provider that can pass.
func problem(code string, retry host.Retry, remedy, format string, args ...any) *host.Problem {
	return &host.Problem{Code: code, Message: fmt.Sprintf(format, args...), Remedy: remedy, Fault: host.FaultUpstream, Retry: retry}
}

func unreadable(r Request, what string) error {
	return problem(aisummary.CodeUnreadable, host.RetryWhenConfigChanges,
		"Check that the provider and the address in the settings belong together.", "%s does not speak as %s does: %s",
		hostOf(r), r.Settings.Provider, what)
}

func cutOff(r Request, where string) *host.Problem {
	return problem(aisummary.CodeCutOff, host.RetryAfter, "Generate again; if it happens each time, ask the provider or look at the proxy.",
		"the answer of %s broke off %s", hostOf(r), where)
}

func tokenLimit(r Request) error {
	p := problem(aisummary.CodeTokenLimit, host.RetryWhenConfigChanges, "Raise the token limit in the settings of the AI Summary.",
		"the answer was longer than the limit of %d tokens, so it is not whole", r.Settings.Tokens)
	p.Fault = host.FaultCustomer
	return p
}

func tooLong(r Request) error {
	return problem(aisummary.CodeUnreadable, host.RetryAfter, "Generate again, or choose another model.",
		"%s sent more than %d bytes, which no answer has", hostOf(r), longestReply)
}

func declined(r Request) error {
	return problem(aisummary.CodeDeclined, host.RetryAfter, "Use the built-in explanation, or choose another model.",
		"the model %s declined to answer", quoted(r.Settings.Model))
}

// said returns what an error body says, without the key and cut.
func said(r Request, body []byte) string {
	var shape struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	text := ""
	if json.Unmarshal(body, &shape) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		text = shape.Message
		if json.Unmarshal(shape.Error, &inner) == nil && inner.Message != "" {
			text = inner.Message
		} else if json.Unmarshal(shape.Error, &text) != nil {
			text = shape.Message
		}
	}
	if r.Key != "" {
		text = strings.ReplaceAll(text, r.Key, "••••")
	}
	return display.Cut(display.Visible(text), 300)
}

// failedMidway is the problem of an error within a stream.
func failedMidway(r Request, raw json.RawMessage) error {
	var kind struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(raw, &kind) // an error without a type is of no known kind
	whole, err := json.Marshal(map[string]json.RawMessage{"error": raw})
	if err != nil {
		return unreadable(r, "an error in the stream holds no JSON")
	}
	p := problem(aisummary.CodeProvider, host.RetryAfter, "Generate again in a few minutes.",
		"%s broke off the answer with an error", hostOf(r))
	if strings.Contains(kind.Type, "rate_limit") {
		p.Code, p.Message = aisummary.CodeRateLimited, hostOf(r)+" takes no more requests for now"
	}
	p.Detail = said(r, whole)
	return p
}

// refusal is the problem of an answer that is no success.
func refusal(r Request, response *http.Response, body []byte) error {
	status, name := response.StatusCode, hostOf(r)
	var p *host.Problem
	switch {
	case status >= 300 && status < 400:
		p = problem(aisummary.CodeRedirected, host.RetryWhenConfigChanges,
			"Give the address that the provider documents; Plumbline never sends the key to another host than that of the settings.",
			"%s redirects to another address, which was not followed", name)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		p = problem(aisummary.CodeCredential, host.RetryWhenCredentialChanges,
			"Make a new key at the provider and store it in the settings of the AI Summary.", "%s refuses the key", name)
	case status == http.StatusPaymentRequired:
		p = problem(aisummary.CodeRejected, host.RetryAfter, "Look at the billing of the account at the provider.", "%s asks for a payment", name)
	case status == http.StatusNotFound:
		p = problem(aisummary.CodeModel, host.RetryWhenConfigChanges, "Check the address and the name of the model in the settings.",
			"%s does not know %s or the model %s", name, response.Request.URL.Path, quoted(r.Settings.Model))
	case status == http.StatusTooManyRequests:
		p = rateLimited(name, response)
	case status >= 500:
		p = problem(aisummary.CodeProvider, host.RetryAfter, "Generate again in a few minutes.", "%s has a fault of its own", name)
	default:
		p = problem(aisummary.CodeRejected, host.RetryWhenConfigChanges,
			"Check the model and the token limit in the settings; the detail has what the provider says.", "%s refuses the request", name)
	}
	p.Message += fmt.Sprintf(" (HTTP %d)", status)
	p.UpstreamStatus, p.Detail = status, said(r, body)
	if id := response.Header.Get("Request-Id") + response.Header.Get("X-Request-Id"); id != "" {
		p.RequestID = display.Cut(display.Visible(id), 100)
	}
	return p
}

// rateLimited says when to try again, if the provider does.
func rateLimited(name string, response *http.Response) *host.Problem {
	p := problem(aisummary.CodeRateLimited, host.RetryAfter, "Generate again later; the provider does not say when.",
		"%s takes no more requests for now", name)
	if wait := retryAfter(response.Header.Get("Retry-After"), time.Now()); wait > 0 {
		p.RetryAfter = wait.Seconds()
		p.Remedy = fmt.Sprintf("Generate again in %s; the provider says so.", wait.Round(time.Second))
	}
	return p
}

// longestWait bounds what a provider may say.
const longestWait = 24 * time.Hour

func retryAfter(text string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && seconds > 0 && seconds < longestWait.Seconds() {
		wait = time.Duration(seconds * float64(time.Second))
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}

// explain is the problem of a request that did not get through. Cancelling stays what it is.
func (c *Client) explain(ctx context.Context, r Request, err error) error {
	name := hostOf(r)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeLimit):
		p := problem(aisummary.CodeTimeLimit, host.RetryAfter, "Generate again, or raise the time limit in the settings of the AI Summary.",
			"%s took longer than the limit of %d seconds", name, r.Settings.Seconds)
		return p
	case errors.Is(cause, errStalled):
		return problem(aisummary.CodeStalled, host.RetryAfter, "Generate again; if it happens each time, ask the provider or look at the proxy.",
			"%s sent nothing for %s", name, c.stall)
	case cause != nil:
		return cause
	}
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	switch {
	case errors.As(err, &unknown), errors.As(err, &wrongName), errors.As(err, &invalid), errors.As(err, &verification):
		return problem(aisummary.CodeTLS, host.RetryWhenConfigChanges,
			"If a proxy of the company opens TLS, add its certificate to this machine's store; else check the address.",
			"the certificate of %s is not trusted: %s", name, display.Cut(display.Visible(innermost(err)), 200))
	case errors.As(err, &record), strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return problem(aisummary.CodeTLS, host.RetryWhenConfigChanges, "Check the address in the settings, also its port.",
			"%s does not speak TLS as it should", name)
	case errors.As(err, &dns):
		return network("Check the address in the settings and the network of this machine.", "the name %s is not known", name)
	}
	return network("Check that the provider runs and that the network of this machine and its proxy let it through.",
		"%s cannot be reached: %s", name, display.Cut(display.Visible(innermost(err)), 200))
}

func network(remedy, format string, args ...any) error {
	p := problem(aisummary.CodeUnreachable, host.RetryAfter, remedy, format, args...)
	p.Fault = host.FaultNetwork
	return p
}

// innermost returns the text of the error that began a chain.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// explainStream is the problem of a stream that could not be read to its end.
func explainStream(r Request, err error) error {
	var p *host.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, errNoEvents):
		return unreadable(r, errNoEvents.Error())
	case errors.Is(err, bufio.ErrTooLong):
		return tooLong(r)
	}
	return cutOff(r, "in the middle of the answer").Because(err)
}
