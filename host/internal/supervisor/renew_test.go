package supervisor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// TestASecretThatTheVendorReplacedIsKept has the next run begin with the new value, and
// the host remove it from what the connector says.
func TestASecretThatTheVendorReplacedIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t, func(b *bundle, _ *supervisor.Config) { b.secrets = map[string]string{"token": oldToken} })
	c := b.connection(t, "picky", "corp", `{"streams":[{"name":"users","records":3}]}`)
	for range 2 {
		run := b.sync(t, c)
		if run.Status != host.StatusSucceeded {
			t.Fatal(told(run))
		}
		lines, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID}))
		if text := fmt.Sprintf("%+v%+v", run, lines); err != nil || strings.Contains(text, newToken) || strings.Contains(text, oldToken) {
			t.Errorf("a secret is shown: %s, %v", text, err)
		}
	}
	if got := b.unsealed(t, c); got != newToken {
		t.Errorf("the secret is %q", got)
	}
	now, err := b.store.Connection(c.ID)
	if err != nil || len(now.Secrets) != 1 || !now.Secrets[0].SetAt.After(c.Secrets[0].SetAt) {
		t.Errorf("%+v, %v", now.Secrets, err)
	}
}

// TestAPersonsSecretIsNotReplaced has a person enter another value during the run.
func TestAPersonsSecretIsNotReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t, func(b *bundle, _ *supervisor.Config) { b.secrets = map[string]string{"token": oldToken} })
	c := b.connection(t, "picky", "corp", `{"streams":[{"name":"users","records":3}]}`)
	sealed, err := b.vault.Seal(c.ID, map[string]string{"token": "entered-by-a-person"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.UpdateConnection(asTester(t), c.ID, 0, func(*host.Connection) error { return nil }, sealed, nil); err != nil {
		t.Fatal(err)
	}
	r := &source.Renewals{Vault: b.vault, Events: b.events}
	r.Begin(c, b.secrets, nil)
	if err := r.Seal("token", newToken); err == nil {
		t.Error("the value of the run is kept")
	}
	if got := b.unsealed(t, c); got != "entered-by-a-person" {
		t.Errorf("the secret is %q", got)
	}
}

// TestATypedSecretIsNotReplaced: a check of a value that is not stored keeps nothing.
func TestATypedSecretIsNotReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t, func(b *bundle, _ *supervisor.Config) { b.secrets = map[string]string{"token": oldToken} })
	c := b.connection(t, "picky", "corp", `{}`)
	r := &source.Renewals{Vault: b.vault, Events: b.events}
	r.Begin(c, map[string]string{"token": "typed"}, map[string]string{"token": "typed"})
	if err := r.Seal("token", newToken); err == nil || b.unsealed(t, c) != oldToken ||
		strings.Contains(r.Scrub("typed "+newToken), "token-of") {
		t.Errorf("%v, the secret is %q", err, b.unsealed(t, c))
	}
}

// unsealed returns the secret "token" of a connection, as the next run is given it.
func (b *bundle) unsealed(t *testing.T, c host.Connection) string {
	t.Helper()
	sealed, err := b.store.SealedSecrets(c.ID)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := b.vault.Key.Open(c.ID, "token", sealed["token"])
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
