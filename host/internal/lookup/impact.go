package lookup

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Impact returns what depends on a connection.
func (l *Lookup) Impact(ctx context.Context, ref string) (host.Impact, error) {
	connection, err := l.parts.Store.Connection(ref)
	if err != nil {
		return host.Impact{}, err
	}
	shared, err := l.statuses.Shared()
	if err != nil {
		return host.Impact{}, err
	}
	status, err := l.statuses.With(ctx, connection, shared)
	if err != nil {
		return host.Impact{}, err
	}
	others, err := l.statuses.Others(ctx, connection.ID, shared)
	if err != nil {
		return host.Impact{}, err
	}
	impact := host.Impact{
		Connection: connection.ID, Alias: connection.Alias, Records: connections.RecordsOf(status), Runs: len(status.History),
		Lists: listsOf(status, others), Shared: l.sharing(ctx, status, others, shared), Holds: []host.Hold{},
	}
	holds, err := l.parts.Store.Holds()
	if err != nil {
		return host.Impact{}, fmt.Errorf("read holds: %w", err)
	}
	for _, hold := range holds {
		if hold.Connection == connection.ID {
			impact.Holds = append(impact.Holds, hold)
		}
	}
	impact.Credential, err = l.credential(ctx, status, shared)
	return impact, err
}

// listsOf returns the lists that the records of a connection are part of, by kind. A
// stream that was never read is in none.
func listsOf(status host.ConnectionStatus, others []host.ConnectionStatus) []host.ImpactList {
	lists := []host.ImpactList{}
	for _, s := range status.Streams {
		if s.FirstReadAt == nil {
			continue
		}
		at := slices.IndexFunc(lists, func(l host.ImpactList) bool { return l.Kind == s.Kind })
		if at < 0 {
			at = len(lists)
			lists = append(lists, host.ImpactList{Kind: s.Kind, Others: sourcesOf(s.Kind, others)})
		}
		lists[at].Streams = append(lists[at].Streams, s)
		lists[at].Records += s.Records
	}
	return lists
}

// sourcesOf returns the connections that records of a kind were read of.
func sourcesOf(name string, connections []host.ConnectionStatus) []host.ImpactLink {
	links := []host.ImpactLink{}
	for i := range connections {
		records, read := 0, false
		for _, s := range connections[i].Streams {
			if s.Kind == name && s.FirstReadAt != nil {
				records, read = records+s.Records, true
			}
		}
		if read {
			links = append(links, linkTo(&connections[i], records))
		}
	}
	return links
}

func linkTo(c *host.ConnectionStatus, records int) host.ImpactLink {
	return host.ImpactLink{Connection: c.ID, Alias: c.Alias, ConnectorName: c.ConnectorName, Health: c.Health, Records: records}
}

// sharing returns the connections that draw on the same rate budget.
func (l *Lookup) sharing(
	ctx context.Context, status host.ConnectionStatus, others []host.ConnectionStatus, shared *connections.Shared,
) []host.ImpactLink {
	links := []host.ImpactLink{}
	connector := shared.Connector(ctx, status.Connector)
	if connector == nil || status.Disconnection != nil {
		return links
	}
	own := l.parts.Tenants.Of(*connector, status.Connection).Key
	if own == "" {
		return links
	}
	for i := range others {
		other := shared.Connector(ctx, others[i].Connector)
		if other != nil && l.parts.Tenants.Of(*other, others[i].Connection).Key == own {
			links = append(links, linkTo(&others[i], 0))
		}
	}
	return links
}

// credential says whose credential a connection uses.
func (l *Lookup) credential(ctx context.Context, status host.ConnectionStatus, shared *connections.Shared) (host.Credential, error) {
	c := host.Credential{
		Owner: status.Owner, Secrets: []host.SecretOrigin{}, People: []host.CredentialOwner{}, Permissions: []host.PermissionSeen{},
	}
	runs, _, err := l.parts.Store.Runs(journal.RunQuery{Connection: status.ID, Limit: connections.HistoryKept})
	if err != nil {
		return c, fmt.Errorf("read runs: %w", err)
	}
	if at := slices.IndexFunc(runs, func(r host.Run) bool { return r.Identity != "" }); at >= 0 {
		c.Identity = runs[at].Identity
	}
	if connector := shared.Connector(ctx, status.Connector); connector != nil {
		c.Permissions = permissionsSeen(*connector, runs)
	}
	for _, secret := range status.Secrets {
		origin, err := l.origin(ctx, status.ID, secret)
		if err != nil {
			return c, err
		}
		c.Secrets = append(c.Secrets, origin)
	}
	c.People, err = l.credentialOwners(ctx, c)
	return c, err
}

// origin finds in the audit log who set a secret.
func (l *Lookup) origin(ctx context.Context, connection string, secret host.SecretInfo) (host.SecretOrigin, error) {
	origin := host.SecretOrigin{Name: secret.Name, SetAt: secret.SetAt}
	// The secret's time is taken just before the entry's.
	entries, _, err := l.parts.Store.Audit(ctx, journal.AuditQuery{
		Collection: "connection", Key: connection, Since: secret.SetAt.Add(-time.Second), Until: secret.SetAt.Add(time.Minute), Limit: 1000,
	})
	if err != nil {
		return origin, err
	}
	for i := len(entries) - 1; i >= 0; i-- { // the oldest first
		var after host.Connection
		if json.Unmarshal(entries[i].Document, &after) != nil {
			continue // of a deletion
		}
		if slices.ContainsFunc(after.Secrets, func(s host.SecretInfo) bool { return s.Name == secret.Name && s.SetAt.Equal(secret.SetAt) }) {
			origin.Actor = &entries[i].Actor
			return origin, nil
		}
	}
	return origin, nil
}

// address finds e-mail addresses in what a vendor or a person wrote.
var address = regexp.MustCompile(`[^\s<>()",;:]+@[^\s<>()",;:]+\.[^\s<>()",;:.]+`)

// mostOwners is how many addresses of one connection are looked up.
const mostOwners = 8

// credentialOwners looks up the persons that a credential depends on among the records of
// HR sources, by exact address.
func (l *Lookup) credentialOwners(ctx context.Context, c host.Credential) ([]host.CredentialOwner, error) {
	roles := map[string]string{}
	var addresses []string
	note := func(text, role string) {
		for _, found := range address.FindAllString(strings.ToLower(text), -1) {
			if roles[found] == "" && len(addresses) < mostOwners {
				roles[found] = role
				addresses = append(addresses, found)
			}
		}
	}
	note(c.Identity, "identity")
	note(c.Owner, "owner")
	for _, s := range c.Secrets {
		if s.Actor != nil && s.Actor.Kind == host.ActorPerson {
			note(s.Actor.Name, "setter")
		}
	}
	owners := []host.CredentialOwner{}
	for _, wanted := range addresses {
		page, err := l.recordPage(ctx, RecordQuery{Kind: string(kind.KindPerson), Query: wanted, Limit: 50})
		if err != nil {
			return owners, fmt.Errorf("look up the owner of a credential: %w", err)
		}
		for i := range page.Items {
			if owner, ok := ownerIn(&page.Items[i], wanted, l.parts.Now().In(l.parts.Location)); ok {
				owner.Role = roles[wanted]
				owners = append(owners, owner)
			}
		}
	}
	return owners, nil
}

// ownerIn reads a person's record; false when its address is another one.
func ownerIn(r *host.Record, wanted string, now time.Time) (host.CredentialOwner, bool) {
	var person struct {
		Name    string `json:"name"`
		Email   string `json:"email"`
		Status  string `json:"status"`
		EndedAt string `json:"ended_at"`
	}
	if json.Unmarshal(r.Data, &person) != nil || !strings.EqualFold(person.Email, wanted) {
		return host.CredentialOwner{}, false
	}
	owner := host.CredentialOwner{
		Name: person.Name, Email: person.Email, Status: person.Status, EndedAt: person.EndedAt,
		Connection: r.Alias, Stream: r.Stream, Key: r.Key, State: "stays",
	}
	ended := person.EndedAt
	if len(ended) > len(time.DateOnly) {
		ended = ended[:len(time.DateOnly)]
	}
	switch today := now.Format(time.DateOnly); {
	case person.Status == "terminated", ended != "" && ended < today:
		owner.State = "left"
	case ended != "":
		owner.State = "leaving"
	}
	return owner, true
}

// permissionsSeen says what the latest run that read anything shows about each permission
// of a connector.
func permissionsSeen(connector host.Connector, runs []host.Run) []host.PermissionSeen {
	at := slices.IndexFunc(runs, func(run host.Run) bool {
		return slices.ContainsFunc(run.Steps, func(s host.Step) bool {
			return s.Stream != "" && (s.Status == host.StatusSucceeded || s.Status == host.StatusPartial)
		})
	})
	seen := make([]host.PermissionSeen, 0, len(connector.Permissions))
	for _, p := range connector.Permissions {
		one := host.PermissionSeen{ID: p.ID, Reason: p.Reason, Streams: p.Streams, Optional: p.Optional, State: "unknown"}
		if one.Streams == nil {
			one.Streams = []string{}
		}
		if at >= 0 {
			one.State = permissionIn(runs[at].Steps, p)
		}
		seen = append(seen, one)
	}
	return seen
}

func permissionIn(steps []host.Step, p host.Permission) string {
	names := func(problem *host.Problem) bool { return problem != nil && slices.Contains(problem.Permissions, p.ID) }
	read, unread := 0, 0
	for i := range steps {
		s := &steps[i]
		if names(s.Error) || slices.ContainsFunc(s.Gaps, func(g host.Gap) bool { return names(&g.Error) }) {
			return "missing"
		}
		if !slices.Contains(p.Streams, s.Stream) {
			continue
		}
		if s.Status == host.StatusSucceeded {
			read++
		} else {
			unread++
		}
	}
	if read > 0 && unread == 0 {
		return "granted"
	}
	return "unknown"
}
