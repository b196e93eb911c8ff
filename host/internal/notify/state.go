package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// state is everything that is stored of notifications but channels and rules, which are documents of the journal.
type state struct {
	Version       int                         `json:"version"`
	Began         time.Time                   `json:"began,omitzero"` // of the first Step
	Told          map[string]*told            `json:"told"`           // by id of the connection
	Incidents     []*incident                 `json:"incidents"`
	Notifications []notification.Notification `json:"notifications"` // oldest first
}

func emptyState() state { return state{Version: stateVersion, Told: map[string]*told{}} }

const (
	stateVersion = 1
	mostKept     = 500                 // notifications
	longestKept  = 90 * 24 * time.Hour // a notification
)

// box is where sealed files of one directory are.
type box struct {
	dir string
	key *secret.MasterKey
}

// sealedAs is the name under which the files of this package are sealed, in place of a connection's id.
const sealedAs = "notification"

func (b box) path(name string) string { return filepath.Join(b.dir, name+".sealed") }

// read decodes a sealed file into v, which stays as it is when there is none.
func (b box) read(name string, v any) error {
	raw, err := os.ReadFile(b.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		raw, err = b.key.Open(sealedAs, name, raw)
	}
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		p := host.Refused("notification.unreadable",
			"Restore the file from a copy of the data directory, or delete it and enter the secrets of channels again.",
			"the file %s cannot be read", b.path(name))
		return p.Because(err)
	}
	return nil
}

// setAside renames a sealed file and returns its new path.
func (b box) setAside(name string, at time.Time) (string, error) {
	aside := fmt.Sprintf("%s.unreadable-%d", b.path(name), at.Unix())
	return aside, durable.Rename(b.path(name), aside)
}

// write replaces a sealed file. It is on the disk when write returns.
func (b box) write(name string, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		raw, err = b.key.Seal(sealedAs, name, raw)
	}
	if err == nil {
		err = durable.MakeDirs(b.dir, 0o700)
	}
	if err == nil {
		err = durable.WriteBytes(b.path(name), 0o600, raw)
	}
	if err != nil {
		return fmt.Errorf("write %s of notifications: %w", name, err)
	}
	return nil
}

// copy returns a copy that shares nothing that compare changes.
func (s *state) copy() state {
	c := *s
	c.Told = make(map[string]*told, len(s.Told))
	for id, t := range s.Told {
		one := *t
		one.Changes = slices.Clone(t.Changes) // the others are replaced, never changed
		c.Told[id] = &one
	}
	return c
}

// same reports whether what was told is the same in both.
func (s *state) same(other *state) bool { return reflect.DeepEqual(s.Told, other.Told) }

// compare returns the transitions of all connections and takes note of them. Connections that ended or are gone are forgotten.
func (s *state) compare(standings []Standing, rules notification.Rules, now time.Time) (all []transition) {
	known := map[string]bool{}
	for _, one := range standings {
		if one.Ended {
			continue
		}
		known[one.ID] = true
		t := s.Told[one.ID]
		if t == nil {
			t = &told{}
			s.Told[one.ID] = t
		}
		all = append(all, t.compare(one, rules, now)...)
	}
	for id := range s.Told {
		if !known[id] {
			delete(s.Told, id)
			s.leave(id)
		}
	}
	return all
}

// prune forgets notifications that are old and over.
func (s *state) prune(now time.Time) {
	kept := s.Notifications[:0]
	for i, n := range s.Notifications {
		old := len(s.Notifications)-i > mostKept || now.Sub(n.At) > longestKept
		if !old || waits(n) {
			kept = append(kept, n)
		}
	}
	s.Notifications = kept
}

func waits(n notification.Notification) bool {
	for _, d := range n.Deliveries {
		if d.State == notification.DeliveryWaiting {
			return true
		}
	}
	return false
}
