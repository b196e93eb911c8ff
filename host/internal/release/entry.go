package release

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// Get returns what is installed of a connector.
func (s *Inventory) Get(id string) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.lock.Connectors[id]
	return e, ok
}

// IDs returns the connectors that are installed, sorted.
func (s *Inventory) IDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.lock.Connectors))
}

// Path returns the program of an installed release.
func (s *Inventory) Path(i Installed) string {
	return filepath.Join(s.dir, filepath.FromSlash(i.Program))
}

// Installation returns the entry as people see it.
func (e Entry) Installation() *host.Installation {
	i := host.Installation{
		Version: e.Current.Version, Signer: e.Current.Signer, Source: e.Current.Source, InstalledAt: e.Current.InstalledAt,
		Trial: e.OnTrial(), Waiting: e.Waiting, RolledBack: e.RolledBack,
	}
	if e.Previous != nil {
		i.Previous = e.Previous.Version
	}
	return &i
}

// OnTrial reports whether the current version replaced another and has no complete run yet.
func (e Entry) OnTrial() bool {
	return e.Previous != nil && e.Current.KeptAt == nil && e.RolledBack == nil
}

// edit changes one entry. Change returns false when nothing changed.
func (s *Inventory) edit(id string, change func(*Entry) (bool, error)) (Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.lock.Connectors[id]
	if !ok {
		return Entry{}, notInstalled(id)
	}
	switch changed, err := change(&e); {
	case err != nil:
		return Entry{}, err
	case !changed:
		return s.lock.Connectors[id], nil
	}
	return e, s.putLocked(id, &e)
}

// Keep ends the trial of the current version if its program has this hash. The version
// before it stays, so that a person can go back.
func (s *Inventory) Keep(id, sha256 string, now time.Time) error {
	_, err := s.edit(id, func(e *Entry) (bool, error) {
		at := now.UTC()
		due := e.Current.SHA256 == sha256 && e.Current.KeptAt == nil
		e.Current.KeptAt = &at
		return due, nil
	})
	return err
}

// Wait notes an update that a person has to agree to.
func (s *Inventory) Wait(id string, w host.WaitingUpdate) (Entry, error) {
	return s.edit(id, func(e *Entry) (bool, error) {
		if e.Waiting != nil && e.Waiting.Consent == w.Consent {
			return false, nil
		}
		e.Waiting = &w
		return true, nil
	})
}

// RollBack makes the previous version the current one and deletes the broken one. The
// reason stays until the next update.
func (s *Inventory) RollBack(id string, why host.RolledBack) (Entry, error) {
	return s.edit(id, func(e *Entry) (bool, error) {
		if e.Previous == nil {
			return false, problem(host.CodeConflict, "Install the version you want.",
				"no version of %s before %s is kept", id, e.Current.Version)
		}
		why.Version, why.To = e.Current.Version, e.Previous.Version
		source := e.Current.Source // the next release comes from there, too
		*e = Entry{Current: *e.Previous, RolledBack: &why}
		e.Current.Source = source
		return true, nil
	})
}

// Remove takes a connector out of the inventory.
func (s *Inventory) Remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.lock.Connectors[id]; !ok {
		return notInstalled(id)
	}
	return s.putLocked(id, nil)
}

// Agree compares a program's description with the release that a person agreed to. A difference is an error.
func Agree(m offer.Manifest, c host.Connector) error {
	switch {
	case m.ID != c.ID:
		return mismatch(m, "its program calls itself %q", c.ID)
	case m.Version != c.Version:
		return mismatch(m, "its program says it is version %s", c.Version)
	}
	if more := c.Asks().Beyond(m.Asks()); !more.None() {
		return mismatch(m, "its program asks for more than its manifest: %s", strings.Join(AskNames(more), ", "))
	}
	return nil
}

// AgreeInstalled is Agree for an installed release.
func AgreeInstalled(id string, i Installed, c host.Connector) error {
	agreed := offer.Manifest{
		ID: id, Version: i.Version, Permissions: i.Consented.Permissions, Network: i.Consented.Network, NetworkTCP: i.Consented.NetworkTCP,
		Files: i.Consented.Files,
	}
	return Agree(agreed, c)
}

// AskNames names what is asked for, a word or two each.
func AskNames(a host.Asks) []string {
	return askNames(a, func(n host.NetworkHost) string { return n.Host })
}

func askNames(a host.Asks, target func(host.NetworkHost) string) []string {
	var names []string
	for _, p := range a.Permissions {
		names = append(names, "permission "+p.ID)
	}
	for _, n := range a.Network {
		names = append(names, "host "+target(n))
	}
	if a.NetworkTCP {
		names = append(names, "network tcp")
	}
	for _, f := range a.Files {
		names = append(names, "file "+f.Path)
	}
	return names
}

func mismatch(m offer.Manifest, format string, args ...any) error {
	return problem(host.CodeReleaseMismatch, "Do not install it, and tell its author.",
		"%s %s is not what it says: "+format, append([]any{m.ID, m.Version}, args...)...)
}

func notInstalled(id string) *host.Problem {
	return host.NotFound("connector", id, "No release of it is installed; `plumbline connector list` shows where each connector comes from.")
}
