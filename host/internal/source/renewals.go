package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Renewals seal the secrets that a vendor replaces during a run or a check of a
// connection.
type Renewals struct {
	Vault  setting.Vault
	Events *event.Log
	Log    func(level, text string) // nil = into no log

	connection string
	setAt      map[string]time.Time // of each stored secret that the connector was given
	values     []string             // of all secrets, those that were replaced too
	scrubber   atomic.Pointer[secret.Scrubber]
}

// Begin says which secrets the connector is given. Those in typed are not stored, so that
// a new value of them is not kept.
func (r *Renewals) Begin(connection host.Connection, secrets, typed map[string]string) {
	r.connection, r.setAt = connection.ID, map[string]time.Time{}
	for name, value := range secrets {
		r.values = append(r.values, value)
		for _, info := range connection.Secrets {
			if _, other := typed[name]; info.Name == name && !other {
				r.setAt[name] = info.SetAt
			}
		}
	}
	r.scrubber.Store(secret.NewScrubber(r.values...))
}

// Scrub removes the secrets from text, also those that came during the run.
func (r *Renewals) Scrub(text string) string { return r.scrubber.Load().Scrub(text) }

// SealFor returns Seal for a connector that hands new secrets over, and nil for another.
func (r *Renewals) SealFor(connector host.Connector) func(name, value string) error {
	if !slices.Contains(connector.Capabilities, sdk.CapabilityRenew) || len(r.setAt) == 0 {
		return nil
	}
	return r.Seal
}

// Seal puts the new value of a secret into the vault, unless a person changed the secret
// since the connector was given it. It must not be called by two goroutines at once.
func (r *Renewals) Seal(name, value string) error {
	r.values = append(r.values, value)
	r.scrubber.Store(secret.NewScrubber(r.values...))
	known, given := r.setAt[name]
	if !given {
		return fmt.Errorf("%q is no stored secret that this connector was given", name)
	}
	sealed, err := r.Vault.Seal(r.connection, map[string]string{name: value})
	if err != nil {
		return errors.New("it could not be encrypted")
	}
	unchanged := func(c *host.Connection) error {
		if slices.ContainsFunc(c.Secrets, func(info host.SecretInfo) bool { return info.Name == name && info.SetAt.Equal(known) }) {
			return nil
		}
		return errors.New("a person changed it meanwhile")
	}
	ctx := host.WithActor(context.Background(), host.AgentActor())
	changed, err := r.Vault.Store.UpdateConnection(ctx, r.connection, 0, unchanged, sealed, nil)
	if err != nil {
		r.log("error", fmt.Sprintf("the vendor replaced the secret %s, and the new value was not kept: %v", name, err))
		return fmt.Errorf("it was not kept: %w", err)
	}
	for _, info := range changed.Secrets {
		if info.Name == name {
			r.setAt[name] = info.SetAt
		}
	}
	r.Events.Publish("connection", r.connection, "changed")
	r.log("info", fmt.Sprintf("the vendor replaced the secret %s: the new value is kept", name))
	return nil
}

func (r *Renewals) log(level, text string) {
	if r.Log != nil {
		r.Log(level, text)
	}
}
