package notify

import (
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// incident is the transitions of one cause.
type incident struct {
	ID         string             `json:"id"`
	Key        string             `json:"key"`
	Kind       notification.Kind  `json:"kind"`
	Cause      Cause              `json:"cause"`
	Flapping   int                `json:"flapping,omitempty"`
	First      time.Time          `json:"first"`          // transition
	Last       time.Time          `json:"last"`           // transition
	Told       *time.Time         `json:"told,omitempty"` // nil = it is collecting
	Members    map[string]*member `json:"members"`        // by id of the connection
	RecoverAt  *time.Time         `json:"recover_at,omitempty"`
	RecoverEnd time.Time          `json:"recover_end,omitzero"`
	ToldPart   bool               `json:"told_part,omitempty"` // that some recovered
}

// member is a connection of an incident.
type member struct {
	Alias      string `json:"alias"`
	Owner      string `json:"owner,omitempty"`
	Credential string `json:"credential,omitempty"`
	Recovered  bool   `json:"recovered,omitempty"`
	ToldPart   bool   `json:"told_part,omitempty"` // it was named when some recovered
}

const (
	longest      = 10               // windows, after which an incident that goes on collecting is told
	partAfter    = 30 * time.Minute // the first recovery
	networkAlike = 3                // connectors that do not get through: the network, not a vendor
)

// Keys of incidents that are no cause's.
const (
	keyNetwork    = "network" // as a whole
	keyFlapping   = "flapping"
	keyCredential = "credential"
	keyBefore     = "before" // connections that failed before there were notifications
)

// reach says which connections a cause can keep from being read at once.
type reach int

const (
	reachOne       reach = iota // one connection
	reachConnector              // all of a connector
	reachAll
)

// reaches has the causes that reach further than one connection.
var reaches = map[diagnosis.CauseID]reach{
	diagnosis.CauseNetworkProxy: reachAll, diagnosis.CauseTLSIntercepted: reachAll, diagnosis.CauseClockSkew: reachAll,
	diagnosis.CauseStoreFull: reachAll, diagnosis.CauseHostBug: reachAll,

	diagnosis.CauseNetworkDNS: reachConnector, diagnosis.CauseNetworkConnect: reachConnector, diagnosis.CauseTLSCertificate: reachConnector,
	diagnosis.CauseVendorOutage: reachConnector, diagnosis.CauseVendorMaintenance: reachConnector, diagnosis.CauseRateLimit: reachConnector,
	diagnosis.CauseQuotaUsed: reachConnector, diagnosis.CauseAnswerChanged: reachConnector, diagnosis.CauseHostUndeclared: reachConnector,
	diagnosis.CauseConnectorBug: reachConnector, diagnosis.CauseConnectorGone: reachConnector, diagnosis.CauseConnectorRefused: reachConnector,
}

// key returns what transitions of one notification have in common.
func (c Cause) key() string {
	if reaches[c.ID] == reachAll {
		return string(c.ID)
	}
	return string(c.ID) + "/" + c.Connector
}

// shared reports whether a connection that fails for the cause later fails for the same.
func (c Cause) shared() bool { return reaches[c.ID] != reachOne }

func ofNetwork(id diagnosis.CauseID) bool {
	return id == diagnosis.CauseNetworkDNS || id == diagnosis.CauseNetworkConnect
}

// join adds a transition to the incident that it belongs to, or begins one. NewID names a new one.
func (s *state) join(t transition, cause Cause, now time.Time, newID func() string) {
	key, kind := cause.key(), t.kind
	m := &member{Alias: t.standing.Alias, Owner: t.standing.Owner}
	switch {
	case t.flapping > 0:
		key = keyFlapping
	case kind == notification.KindCredential:
		key, m.Credential = keyCredential, t.credential
	}
	if kind != notification.KindCredential {
		s.leave(t.standing.ID)
	}
	id := t.standing.ID + m.Credential // a connection may have several credentials
	for _, i := range s.Incidents {
		same := i.Kind == kind && i.Key == key && (i.Flapping > 0) == (t.flapping > 0)
		network := i.Key == keyNetwork && i.Kind == kind && ofNetwork(cause.ID)
		if (same || network) && (i.Told == nil || t.flapping == 0 && cause.shared()) {
			i.Members[id], i.Last = m, now
			i.Flapping = max(i.Flapping, t.flapping)
			i.RecoverAt = nil
			return
		}
	}
	s.Incidents = append(s.Incidents, &incident{
		ID: newID(), Key: key, Kind: kind, Cause: cause, Flapping: t.flapping, First: now, Last: now, Members: map[string]*member{id: m},
	})
}

// leave takes a connection out of its incident, without a word.
func (s *state) leave(connection string) {
	for _, i := range s.Incidents {
		if i.Kind != notification.KindCredential {
			delete(i.Members, connection)
		}
	}
}

// recover marks a connection as recovered in its incident. One that failed before there were notifications gets an incident for that.
func (s *state) recover(of Standing, now time.Time, newID func() string) {
	connection, found := of.ID, false
	for _, i := range s.Incidents {
		if i.Kind != notification.KindCredential && i.Members[connection] != nil {
			found = true
		}
	}
	if !found {
		s.before(of, now, newID)
	}
	for _, i := range s.Incidents {
		m := i.Members[connection]
		if m == nil || m.Recovered || i.Kind == notification.KindCredential {
			continue
		}
		m.Recovered = true
		if i.RecoverAt == nil {
			i.RecoverAt = &now
		}
		i.RecoverEnd = now
	}
}

// before puts a connection into the incident of those that failed before there were notifications.
func (s *state) before(of Standing, now time.Time, newID func() string) {
	m := &member{Alias: of.Alias, Owner: of.Owner}
	if at := slices.IndexFunc(s.Incidents, func(i *incident) bool { return i.Key == keyBefore }); at >= 0 {
		s.Incidents[at].Members[of.ID] = m
		return
	}
	s.Incidents = append(s.Incidents, &incident{
		ID: newID(), Key: keyBefore, Kind: notification.KindUnhealthy, First: now, Last: now, Told: &now, Members: map[string]*member{of.ID: m},
	})
}

// ripe returns what is to be told now, ends the incidents that are over, and returns when to ask again; zero = only after a transition.
func (s *state) ripe(now time.Time, window time.Duration) (all []telling, next time.Time) {
	s.widen(now, window)
	later := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	s.Incidents = slices.DeleteFunc(s.Incidents, func(i *incident) bool {
		if i.Told == nil {
			return i.begin(now, window, &all, later)
		}
		return i.end(now, window, &all, later)
	})
	return all, next
}

// telling is what is to be told of an incident.
type telling struct {
	incident *incident
	kind     notification.Kind
	members  map[string]*member // that it is about
	of       int                // members that the incident had, when some recovered; else 0
}

// begin tells a collecting incident once it is ripe. It reports whether the incident is over: everything recovered before it was told.
func (i *incident) begin(now time.Time, window time.Duration, all *[]telling, later func(time.Time)) (over bool) {
	at := i.Last.Add(window)
	if most := i.First.Add(longest * window); most.Before(at) {
		at = most
	}
	if now.Before(at) {
		later(at)
		return len(i.Members) == 0
	}
	maps.DeleteFunc(i.Members, func(_ string, m *member) bool { return m.Recovered })
	if len(i.Members) == 0 {
		return true
	}
	i.Told, i.RecoverAt = &now, nil
	*all = append(*all, telling{incident: i, kind: i.Kind, members: maps.Clone(i.Members)})
	return i.Kind == notification.KindCredential
}

// end tells that connections of an incident recovered, and reports whether it is over.
func (i *incident) end(now time.Time, window time.Duration, all *[]telling, later func(time.Time)) (over bool) {
	recovered := map[string]*member{}
	for id, m := range i.Members {
		if m.Recovered && !m.ToldPart {
			recovered[id] = m
		}
	}
	open := slices.ContainsFunc(slices.Collect(maps.Values(i.Members)), func(m *member) bool { return !m.Recovered })
	switch {
	case open && (i.RecoverAt == nil || i.ToldPart || len(recovered) == 0):
		return false
	case open:
		if at := i.RecoverAt.Add(partAfter); now.Before(at) {
			later(at)
			return false
		}
		i.ToldPart = true
		for _, m := range recovered {
			m.ToldPart = true
		}
		*all = append(*all, telling{incident: i, kind: notification.KindRecovered, members: recovered, of: len(i.Members)})
		return false
	case len(recovered) == 0:
		return true
	}
	if at := i.RecoverEnd.Add(window); now.Before(at) {
		later(at)
		return false
	}
	*all = append(*all, telling{incident: i, kind: notification.KindRecovered, members: recovered})
	return true
}

// widen makes one incident of the network of those that say that single systems cannot be reached, when they are several connectors'.
func (s *state) widen(now time.Time, window time.Duration) {
	for _, kind := range []notification.Kind{notification.KindUnhealthy, notification.KindPaused} {
		var alike []*incident
		ready := false
		for _, i := range s.Incidents {
			if i.Told == nil && i.Kind == kind && ofNetwork(i.Cause.ID) {
				alike = append(alike, i)
				ready = ready || !now.Before(i.Last.Add(window)) || !now.Before(i.First.Add(longest*window))
			}
		}
		if !ready || len(alike) < networkAlike {
			continue
		}
		one := alike[0]
		one.Key = keyNetwork
		for _, other := range alike[1:] {
			maps.Copy(one.Members, other.Members)
			other.Members = nil
			one.Last = later(one.Last, other.Last)
		}
		s.Incidents = slices.DeleteFunc(s.Incidents, func(i *incident) bool { return i.Members == nil })
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
