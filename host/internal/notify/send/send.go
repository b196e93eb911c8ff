package send

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Message is what is sent. Its texts are plain; each medium escapes them.
type Message struct {
	ID      string // idempotency key
	Title   string
	Lines   []string
	Remedy  string
	Link    string // empty without a public address
	Command string // what shows the same on a terminal
	At      time.Time
	Event   Event // body of a signed webhook
}

// Event is the body of a signed webhook.
type Event struct {
	Type      string    `json:"type"` // such as connection.unhealthy
	Timestamp time.Time `json:"timestamp"`
	Data      Data      `json:"data"`
}

// Data is what an event is about.
type Data struct {
	ID           string                    `json:"id"`
	Title        string                    `json:"title"`
	Text         string                    `json:"text"`
	Remedy       string                    `json:"remedy,omitempty"`
	Cause        string                    `json:"cause,omitempty"`
	Who          string                    `json:"who,omitempty"`
	Inconclusive bool                      `json:"inconclusive"`
	Urgent       bool                      `json:"urgent"`
	Count        int                       `json:"count"`
	Connections  []notification.Connection `json:"connections"` // at most 50
	Link         string                    `json:"link,omitempty"`
}

// Failure says why a message was not accepted.
type Failure struct {
	Said     string        // by the other side, or why it said nothing
	Remedy   string        // for a person who tests the channel
	Final    bool          // another attempt cannot succeed
	Answered bool          // the other side answered about this message; another message may be accepted
	After    time.Duration // the other side asks to wait so long; 0 = it does not say
}

// Error implements error.
func (f *Failure) Error() string { return f.Said }

// Sender sends. Its methods may be called from any goroutine.
type Sender struct {
	client *http.Client
	roots  *x509.CertPool // nil = those of this machine
}

const (
	timeout    = 20 * time.Second // of one attempt
	mostAnswer = 4 << 10          // bytes of an answer that are read
	mostSaid   = 300              // runes of an answer that are shown
)

// New returns a sender. Proxy chooses the proxy for an address; webhooks go through it, mail does not. Roots are the authorities that
// certificates are checked against; nil = those of this machine.
func New(proxy func(*url.URL) (*url.URL, error), roots *x509.CertPool) *Sender {
	transport := &http.Transport{
		Proxy:             func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		TLSClientConfig:   tlsConfig("", roots),
		DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout / 2, ResponseHeaderTimeout: timeout,
	}
	return &Sender{roots: roots, client: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// said makes one short line of an answer, without the secrets.
func said(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) > 3 {
			text = strings.ReplaceAll(text, secret, "••••")
		}
	}
	text = display.Visible(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > mostSaid {
		text = string(runes[:mostSaid]) + "…"
	}
	return text
}
