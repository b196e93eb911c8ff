package request

import (
	"context"
	"encoding/json"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
)

// MaxCalls is how many requests one run may send.
const MaxCalls = 1_000_000

// Caller sends the requests of one run. It is safe for concurrent use.
type Caller struct {
	Plan    *plan.Plan
	Session *sdk.Session
	Scope   plan.Scope // with the settings

	// Sign adds the credential to a request and returns a stamp of it. Renew gives up the
	// credential with that stamp and reports whether a new one may be tried. Nil signs
	// nothing.
	// Way is that of the request; nil is that of the file.
	Sign  func(ctx context.Context, way *plan.Auth, a *sdk.Ask) (stamp int, err error)
	Renew func(way *plan.Auth, stamp int) bool

	calls atomic.Int64

	mu      sync.Mutex
	clients map[string]*sdk.Client // by origin
}

// New returns the caller of a session.
func New(p *plan.Plan, s *sdk.Session) (*Caller, error) {
	settings := map[string]any{}
	var raw json.RawMessage
	if err := s.Settings(&raw); err != nil {
		return nil, err
	}
	whole, err := Decode(raw)
	if err != nil {
		return nil, err
	}
	if object, ok := whole.(map[string]any); ok {
		settings = object
	}
	return &Caller{Plan: p, Session: s, Scope: plan.Scope{"settings": settings}, clients: map[string]*sdk.Client{}}, nil
}

// Settings returns the settings without secrets.
func (c *Caller) Settings() map[string]any {
	settings, _ := c.Scope["settings"].(map[string]any)
	return settings
}

// Base returns the client of the API.
func (c *Caller) Base(ctx context.Context) (*sdk.Client, error) {
	client, _, err := c.base(ctx)
	return client, err
}

// base returns the client of the API, and the path in its address.
func (c *Caller) base(ctx context.Context) (client *sdk.Client, path string, err error) {
	base, err := c.Plan.Base.In(ctx, c.Scope)
	if err != nil {
		return nil, "", sdk.ConfigInvalid("", "the address of the API cannot be built: %s", err.Error())
	}
	if u, err := url.Parse(base); err == nil {
		path = u.EscapedPath()
	}
	client, err = c.client(base)
	return client, path, err
}

// client returns the client of an address, the same one each time.
func (c *Caller) client(base string) (*sdk.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client := c.clients[base]; client != nil {
		return client, nil
	}
	client, err := c.Session.HTTP(sdk.HTTPOptions{BaseURL: base})
	if err != nil {
		return nil, err
	}
	c.clients[base] = client
	return client, nil
}

// At returns the client of a whole address and the path to ask it for. The address is
// made from settings or from answers, so its host must be one that network declares.
func (c *Caller) At(address string) (*sdk.Client, string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, "", sdk.Errorf(sdk.CodeConfigInvalid, "%q is not a whole address", address)
	}
	if !c.Plan.Reaches(u.Hostname(), c.Settings()) {
		return nil, "", sdk.Errorf(sdk.CodeNetworkDenied, "the connector does not declare the host %s", u.Hostname())
	}
	client, err := c.client(u.Scheme + "://" + u.Host)
	if err != nil {
		return nil, "", err
	}
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return client, path, nil
}

// count refuses the request that is one too many.
func (c *Caller) count() error {
	if c.calls.Add(1) > MaxCalls {
		return sdk.Errorf(sdk.CodeConfigInvalid, "reading this takes more than %d requests in one run", MaxCalls).
			WithRemedy("Read less with this connection, for example by a setting that names one part of the system.")
	}
	return nil
}
