package send

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Webhook sends a message as JSON, signed. At is the time of the attempt. It returns what the receiver answered.
func (s *Sender) Webhook(ctx context.Context, address, secret string, m Message, at time.Time) (string, error) {
	body, err := json.Marshal(m.Event)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	signature, ok := Sign(secret, m.ID, at, body)
	if !ok {
		return "", &Failure{Said: "the channel has no secret for signatures", Remedy: "Edit the channel and give it one."}
	}
	return s.post(ctx, address, body, at, []string{secret}, map[string]string{
		HeaderID: m.ID, HeaderTimestamp: strconv.FormatInt(at.Unix(), 10), HeaderSignature: signature,
	})
}

// Slack sends a message as incoming webhooks of Slack, Mattermost and Rocket.Chat take it.
func (s *Sender) Slack(ctx context.Context, address string, m Message, at time.Time) (string, error) {
	text := "*" + slackText(m.Title) + "*"
	for _, line := range m.Lines {
		text += "\n" + slackText(line)
	}
	if m.Remedy != "" {
		text += "\n" + slackText("What to do: "+m.Remedy)
	}
	switch {
	case m.Link != "":
		text += "\n<" + strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C").Replace(m.Link) + "|Open it in Plumbline>"
	case m.Command != "":
		text += "\n" + slackText(m.Command)
	}
	body, err := json.Marshal(map[string]any{"text": text, "unfurl_links": false, "unfurl_media": false})
	if err != nil {
		return "", fmt.Errorf("encode text: %w", err)
	}
	return s.post(ctx, address, body, at, nil, nil)
}

// slackText escapes what Slack reads as a mention, a link or a command.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

func (s *Sender) post(
	ctx context.Context, address string, body []byte, at time.Time, secrets []string, headers map[string]string,
) (string, error) {
	secrets = append(secrets, parts(address)...)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", &Failure{Said: "the address is none", Remedy: "Edit the channel and enter its address again."}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Plumbline")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := s.client.Do(request)
	if err != nil {
		var outer *url.Error // it quotes the address
		if errors.As(err, &outer) {
			err = outer.Err
		}
		remedy := "Check the address, the network of this machine and its proxy."
		return "", &Failure{Said: said("no answer: "+err.Error(), secrets...), Remedy: remedy}
	}
	defer func() { _ = response.Body.Close() }() // it was read as far as it is wanted
	raw, _ := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	answer := said(strings.TrimSpace(response.Status+" "+string(raw)), secrets...)
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return answer, nil
	}
	return "", refused(response, answer, at)
}

// parts returns what of an address may not be shown: the address, its path and its query.
func parts(address string) []string {
	all := []string{address}
	if u, err := url.Parse(address); err == nil {
		all = append(all, u.RequestURI())
		for _, part := range strings.FieldsFunc(u.RequestURI(), func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
			if len(part) >= 8 {
				all = append(all, part)
			}
		}
	}
	return all
}

// refused is the failure of an answer that accepts nothing.
func refused(response *http.Response, answer string, at time.Time) *Failure {
	f := &Failure{Said: answer}
	switch code := response.StatusCode; {
	case code >= 300 && code < 400:
		f.Said = answer + ": it redirects, and a redirect is not followed because the request is secret"
		f.Remedy = "Enter the address that it redirects to."
	case code == http.StatusGone:
		f.Final, f.Remedy = true, "The receiver says that it is gone for good: remove the channel, or enter another address."
	case code == http.StatusTooManyRequests || code >= 500:
		f.After = retryAfter(response.Header.Get("Retry-After"), at)
		f.Remedy = "The receiver does not take messages at the moment: try again later."
	default:
		f.Answered, f.Remedy = true, "Compare the address and the secret with those of the receiver."
	}
	return f
}

// retryAfter reads seconds or a date, and at most a day.
func retryAfter(text string, at time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(seconds, 24*60*60)) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(at)
	}
	return min(max(wait, 0), 24*time.Hour)
}
