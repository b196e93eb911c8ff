package notify

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Standing is what is known of a connection now.
type Standing struct {
	ID, Alias, Owner string
	Health           host.Health // unknown also while a person's pause or a stop of the host says nothing about it
	Ended            bool        // it is disconnected
	Paused           bool        // by the host
	Needs            []string    // what waits for a person, each with the same name as long as it is the same thing
	Credentials      []host.SecretInfo
}

// Cause is why a connection is not read.
type Cause struct {
	ID           diagnosis.CauseID     `json:"id"`
	Title        string                `json:"title"`
	Remedy       string                `json:"remedy,omitempty"`
	Who          diagnosis.ActingParty `json:"who"`
	Inconclusive bool                  `json:"inconclusive,omitempty"`
	Connector    string                `json:"connector"` // id
}

// told is what people were told of a connection, and what was seen since.
type told struct {
	Health      host.Health `json:"health,omitempty"` // empty = nothing was told
	Seen        host.Health `json:"seen,omitempty"`   // the verdict that was seen last
	Paused      bool        `json:"paused,omitempty"`
	Needs       []string    `json:"needs,omitempty"`
	Credentials []string    `json:"credentials,omitempty"`
	Changes     []time.Time `json:"changes,omitempty"` // of the verdict, within the last hour
	Held        bool        `json:"held,omitempty"`    // its changes are not told, because they are too many
}

// transition is what people should be told of one connection.
type transition struct {
	kind       notification.Kind
	standing   Standing
	flapping   int    // so many changes within an hour; 0 = it does not flap
	credential string // name of the credential
}

const (
	flapSpan   = time.Hour
	hoursOfDay = 24
)

// adopt takes a standing for what people know already.
func (t *told) adopt(s Standing, rules notification.Rules, now time.Time) {
	if s.Health != host.HealthUnknown {
		t.Health, t.Seen = s.Health, s.Health
	}
	t.Paused, t.Needs = s.Paused, s.Needs
	_ = t.credentials(s, rules, now)
}

// compare returns the transitions between what was told and a standing, and takes note of them.
func (t *told) compare(s Standing, rules notification.Rules, now time.Time) []transition {
	all := t.credentials(s, rules, now)
	if s.Health == host.HealthUnknown {
		return all
	}
	if t.Seen != "" && t.Seen != s.Health {
		t.Changes = append(t.Changes, now)
	}
	t.Seen = s.Health
	t.Changes = slices.DeleteFunc(t.Changes, func(at time.Time) bool { return now.Sub(at) >= flapSpan })
	paused := s.Paused && !t.Paused
	if t.Held && len(t.Changes) == 0 {
		t.Held = false
	}
	if !t.Held && len(t.Changes) >= rules.FlapChanges && !paused {
		// What is told is that it changes, so the end of this is told as a recovery.
		t.Held, t.Health, t.Paused, t.Needs = true, host.HealthUnhealthy, s.Paused, s.Needs
		return append(all, transition{kind: notification.KindUnhealthy, standing: s, flapping: len(t.Changes)})
	}
	if t.Held && !paused {
		return all
	}
	kind, news := t.kind(s)
	t.Health, t.Paused, t.Needs = s.Health, s.Paused, s.Needs
	if news {
		all = append(all, transition{kind: kind, standing: s})
	}
	return all
}

// kind returns the kind of transition that a standing is.
func (t *told) kind(s Standing) (kind notification.Kind, news bool) {
	needs := slices.ContainsFunc(s.Needs, func(need string) bool { return !slices.Contains(t.Needs, need) })
	switch {
	case s.Paused && !t.Paused:
		return notification.KindPaused, true
	case s.Health == host.HealthUnhealthy && needs:
		return notification.KindPerson, true
	case s.Health == host.HealthUnhealthy && t.Health != host.HealthUnhealthy:
		return notification.KindUnhealthy, true
	case s.Health == host.HealthHealthy && t.Health == host.HealthUnhealthy:
		return notification.KindRecovered, true
	}
	return "", false
}

// credentials returns the credentials that reach the age at which they are told, each once. A credential that was replaced has another
// age, so its name is told anew.
func (t *told) credentials(s Standing, rules notification.Rules, now time.Time) (all []transition) {
	if rules.CredentialDays == 0 || s.Ended {
		return nil
	}
	var due []string
	for _, c := range s.Credentials {
		if now.Sub(c.SetAt) < time.Duration(rules.CredentialDays-rules.NoticeDays)*hoursOfDay*time.Hour {
			continue
		}
		key := c.Name + "@" + c.SetAt.UTC().Format(time.RFC3339)
		if due = append(due, key); !slices.Contains(t.Credentials, key) {
			all = append(all, transition{kind: notification.KindCredential, standing: s, credential: c.Name})
		}
	}
	t.Credentials = due
	return all
}
