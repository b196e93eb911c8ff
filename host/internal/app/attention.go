package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

const (
	credentialAge = 365 * 24 * time.Hour // a credential older than this should be renewed
	backupAge     = 7 * 24 * time.Hour   // a backup older than this is old
	backupGrace   = 24 * time.Hour       // a store this young needs no backup yet
	oneCause      = 3                    // as many connections that fail alike on this side are one thing
)

// Attention returns what asks for a person. The order is that of host.AttentionKinds, the
// gravest consequence first; within a kind the longest-standing first, then by title. A
// connection is in it once for its health, with the kind of its reason, and besides for
// held removals, an old credential and the program that reads it. A connection that a
// person paused is left alone.
func (a *App) Attention(ctx context.Context) ([]host.Attention, error) {
	connectors, err := a.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	return a.attention(ctx, connectors, 0)
}

// KnownAttention is Attention without what asks for a person at connectors that are not
// known yet. It counts these and has them described in the background.
func (a *App) KnownAttention(ctx context.Context) (items []host.Attention, describing int, err error) {
	connectors, describing, err := a.KnownConnectors()
	if err != nil {
		return nil, 0, err
	}
	items, err = a.attention(ctx, connectors, describing)
	return items, describing, err
}

func (a *App) attention(ctx context.Context, connectors []host.Connector, describing int) ([]host.Attention, error) {
	connections, err := a.Connections(ctx, connections.Filter{})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	all := ofConnections(connections, now, a.parts.Started)
	for _, c := range connectors {
		all = append(all, ofConnector(c)...)
	}
	all = joinedTrust(all)
	findings, err := a.examine(ctx, a.examineConnectors(connectors, describing))
	if err != nil {
		return nil, err
	}
	all = append(all, ofFindings(findings)...)
	backup, err := a.backupAttention(connections, now)
	if err != nil {
		return nil, err
	}
	all = append(all, backup...)
	evidence, err := a.evidenceAttention()
	if err != nil {
		return nil, err
	}
	all = append(all, evidence...)
	slices.SortStableFunc(all, byConsequence)
	return all, nil
}

func byConsequence(a, b host.Attention) int {
	rank := func(x host.Attention) int { return slices.Index(host.AttentionKinds(), x.Kind) }
	since := func(x host.Attention) time.Time {
		if x.Since == nil {
			return time.Time{}
		}
		return *x.Since
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), since(a).Compare(since(b)), strings.Compare(a.Title, b.Title))
}

// ofConnections returns what asks for a person at connections, in the order of Attention.
func ofConnections(connections []host.ConnectionStatus, now, started time.Time) (all []host.Attention) {
	for _, c := range connections {
		all = append(all, ofConnection(c, now)...)
	}
	all = append(joined(all, connections), stopped(connections, started)...)
	slices.SortStableFunc(all, byConsequence)
	return all
}

// ofConnection returns what asks for a person at one connection.
func ofConnection(c host.ConnectionStatus, now time.Time) []host.Attention {
	if c.Paused != nil && c.Paused.By == host.PausedByPerson {
		return nil
	}
	var all []host.Attention
	held := heldAttention(c)
	if h, ok := healthAttention(c); ok && (len(held) == 0 || h.Kind != host.AttentionAction) {
		all = append(all, h)
	}
	all = append(all, held...)
	for _, s := range c.Secrets {
		if now.Sub(s.SetAt) < credentialAge {
			continue
		}
		item := about(c, host.AttentionCredential, host.SeverityWarning, s.SetAt)
		item.ID += "/" + s.Name
		item.Title = fmt.Sprintf("The %s of %s is %d days old", s.Name, c.Alias, int(now.Sub(s.SetAt).Hours()/24))
		item.Why = "A credential that lives for long is one that more people may have seen."
		item.Remedy = "Make a new one at the vendor and save it here; then delete the old one there."
		item.Action = editing(c, "Replace it")
		all = append(all, item)
	}
	return all
}

// healthAttention returns what the health of a connection asks for, false when it asks
// for nothing.
func healthAttention(c host.ConnectionStatus) (host.Attention, bool) {
	var kind host.AttentionKind
	var title string
	severity := host.SeverityError
	switch {
	case c.Paused != nil:
		kind, title = host.AttentionPaused, c.Alias+" is paused, because it kept failing"
	case c.LastRun != nil && c.LastRun.Status == host.StatusInterrupted:
		return host.Attention{}, false // said once for all of them
	case c.Reason == host.ReasonActionRequired:
		kind, title = host.AttentionAction, c.Alias+" needs you"
	case c.Reason == host.ReasonFailing:
		kind, title = host.AttentionFailing, c.Alias+" is not read"
	case c.Reason == host.ReasonDegraded:
		kind, severity, title = host.AttentionDegraded, host.SeverityWarning, c.Alias+" is read in part"
	case c.Reason == host.ReasonLate:
		kind, severity, title = host.AttentionLate, host.SeverityWarning, c.Alias+" is late"
	case c.Reason == host.ReasonDraft && c.NextRunAt == nil && c.Activity == host.ActivityIdle:
		kind, severity, title = host.AttentionDraft, host.SeverityInfo, c.Alias+" was never synced"
	default:
		return host.Attention{}, false
	}
	item := about(c, kind, severity, c.Since)
	item.Title, item.Why, item.Remedy = title, c.Explanation, c.Remedy
	if t := connections.Trouble(c); t != nil {
		item.Why, item.Remedy = t.Message, t.Remedy
	}
	if p := causeOf(c); p != nil {
		item.Fault = p.Fault
		if strings.HasPrefix(p.Code, "auth.") {
			item.Action = editing(c, "Renew the credential")
		}
	}
	return item, true
}

// heldAttention returns the removals of a connection that wait for a person.
func heldAttention(c host.ConnectionStatus) (all []host.Attention) {
	for _, s := range c.Streams {
		if s.Held == nil || !s.Held.Waits() {
			continue
		}
		item := about(c, host.AttentionHeld, host.SeverityError, s.Held.Since)
		item.ID += "/" + s.Name
		item.Title = fmt.Sprintf("%s: %d removals of %s wait for you", c.Alias, s.Held.Removes, s.Title)
		item.Why, item.Remedy, item.Fault = s.Held.Explanation, s.Held.Remedy, host.FaultCustomer
		item.Action.Title, item.Action.Command = "Read the names", "plumbline connection held "+c.Alias+" "+s.Name
		all = append(all, item)
	}
	return all
}

// about begins what is said of a connection.
func about(c host.ConnectionStatus, kind host.AttentionKind, severity host.Severity, since time.Time) host.Attention {
	item := host.Attention{
		ID: string(kind) + "/" + c.ID, Kind: kind, Severity: severity, Connection: c.ID, Alias: c.Alias, Owner: c.Owner,
		Action: host.NextAction{Title: "Open " + c.Alias, Href: connectionHref(c.Alias), Command: "plumbline connection show " + c.Alias},
	}
	if !since.IsZero() {
		item.Since = &since
	}
	return item
}

func editing(c host.ConnectionStatus, title string) host.NextAction {
	return host.NextAction{Title: title, Href: connectionHref(c.Alias) + "/edit", Command: "plumbline connection edit " + c.Alias + " --help"}
}

func connectionHref(alias string) string { return "/connections/" + url.PathEscape(alias) }

// causeOf returns the problem that made the latest run of a connection unhealthy, or nil.
func causeOf(c host.ConnectionStatus) *host.Problem {
	if c.LastRun == nil || c.Health != host.HealthUnhealthy {
		return nil
	}
	for _, step := range c.LastRun.Steps {
		if !slices.Contains(c.FailingSteps, step.Name) {
			continue
		}
		if step.Error != nil {
			return step.Error
		}
		if len(step.Gaps) > 0 {
			return &step.Gaps[0].Error
		}
	}
	return c.LastRun.Error
}

// sharedCause is a cause on this side that keeps several connections from being read.
type sharedCause string

const (
	causeNetwork   sharedCause = "network"
	causeHost      sharedCause = "host"
	causeConnector sharedCause = "connector" // the connector's program is gone
)

// sharedBy returns the cause of a connection's failure when others may fail for it too.
func sharedBy(c host.ConnectionStatus) (sharedCause, bool) {
	p := causeOf(c)
	switch {
	case p == nil:
		return "", false
	case p.Code == host.CodeNotFound || p.Code == host.CodeConnectorGone:
		return causeConnector, true
	case p.Fault == host.FaultNetwork:
		return causeNetwork, true
	case p.Fault == host.FaultHost:
		return causeHost, true
	}
	return "", false
}

// joined makes one of the connections that fail for one cause on this side, such as a
// network that is down: what each of them says would hide everything else.
func joined(all []host.Attention, connections []host.ConnectionStatus) []host.Attention {
	causes := map[string]sharedCause{}
	for _, c := range connections {
		if cause, ok := sharedBy(c); ok {
			causes[c.ID] = cause
		}
	}
	byCause := map[sharedCause][]host.Attention{}
	causeOf := func(x host.Attention) sharedCause {
		of := []host.AttentionKind{host.AttentionAction, host.AttentionPaused, host.AttentionFailing, host.AttentionDegraded}
		if !slices.Contains(of, x.Kind) {
			return ""
		}
		return causes[x.Connection]
	}
	for _, item := range all {
		if cause := causeOf(item); cause != "" {
			byCause[cause] = append(byCause[cause], item)
		}
	}
	all = slices.DeleteFunc(all, func(x host.Attention) bool { return len(byCause[causeOf(x)]) >= oneCause })
	for cause, items := range byCause {
		if len(items) >= oneCause {
			all = append(all, together(cause, items))
		}
	}
	return all
}

// together says once what items have in common. It is of the gravest kind of them.
func together(cause sharedCause, items []host.Attention) host.Attention {
	slices.SortStableFunc(items, byConsequence)
	one := items[0]
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].Alias
	}
	one.ID, one.Severity, one.Connection, one.Alias = "together/"+string(cause), host.SeverityError, "", ""
	if slices.ContainsFunc(items, func(x host.Attention) bool { return x.Owner != one.Owner }) {
		one.Owner = "" // several people's
	}
	one.Title = map[sharedCause]string{
		causeNetwork:   fmt.Sprintf("The network keeps %d connections from being read", len(items)),
		causeHost:      fmt.Sprintf("This machine keeps %d connections from being read", len(items)),
		causeConnector: fmt.Sprintf("%d connections have lost their connector", len(items)),
	}[cause]
	one.Why = fmt.Sprintf("%s (%s). The same keeps these from being read: %s.", strings.TrimRight(one.Why, "."), names[0],
		strings.Join(names[1:], ", "))
	one.Action = host.NextAction{
		Title: "Show them", Href: "/connections?health=unhealthy", Command: "plumbline connection list --health unhealthy",
	}
	return one
}

// stopped says that the host ended in the middle of syncs, as long as those have not run
// again.
func stopped(connections []host.ConnectionStatus, started time.Time) []host.Attention {
	var names []string
	for _, c := range connections {
		if r := c.LastRun; r != nil && r.Status == host.StatusInterrupted && c.Activity == host.ActivityIdle {
			names = append(names, c.Alias)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	since := started.UTC()
	item := host.Attention{
		ID: "stopped", Kind: host.AttentionStopped, Severity: host.SeverityWarning, Since: &since, Fault: host.FaultHost,
		Title:  fmt.Sprintf("Plumbline stopped in the middle of %d syncs", len(names)),
		Why:    "What they had read is kept, and the next sync of each goes on from there: " + strings.Join(names, ", ") + ".",
		Remedy: "Sync them now, or wait for their next scheduled run.",
		Action: host.NextAction{Title: "Show them", Href: "/connections", Command: "plumbline connection list"},
	}
	if len(names) == 1 {
		item.Title = "Plumbline stopped in the middle of a sync of " + names[0]
		item.Why = "What it had read is kept, and the next sync goes on from there."
		item.Remedy = "Sync it now, or wait for its next scheduled run."
		item.Action = host.NextAction{Title: "Open " + names[0], Href: connectionHref(names[0]), Command: "plumbline connection show " + names[0]}
	}
	return []host.Attention{item}
}

// ofConnector returns what asks for a person at a connector that is in use.
func ofConnector(c host.Connector) (all []host.Attention) {
	if c.Connections == 0 {
		return nil
	}
	item := host.Attention{
		Severity: host.SeverityWarning,
		Action: host.NextAction{
			Title: "Look at it", Href: "/connections/available?q=" + url.QueryEscape(c.ID), Command: "plumbline connector show " + c.ID,
		},
	}
	if c.Trust == host.TrustUnverified {
		item.ID, item.Kind = "trust/"+c.ID, host.AttentionTrust
		item.Title = fmt.Sprintf("The program of %s is unverified", cmp.Or(c.Name, c.ID))
		item.Why = "It has no signature that Plumbline knows, and no person said that they trust it. It gets the credentials of its connections."
		item.Remedy = "If you know where it comes from, trust exactly this program with `plumbline connector trust " + c.ID + "`."
		all = append(all, item)
	}
	if i := c.Installation; i != nil && i.Waiting != nil {
		item.ID, item.Kind, item.Since = "update/"+c.ID, host.AttentionUpdate, &i.Waiting.Since
		item.Title = fmt.Sprintf("%s %s waits for your consent", cmp.Or(c.Name, c.ID), i.Waiting.Version)
		item.Why = fmt.Sprintf("It asks for more than %s was given, so %s stays in use.", i.Version, i.Version)
		item.Remedy = "Read what it asks for and agree with `plumbline connector update " + c.ID + "`."
		all = append(all, item)
	} else if i != nil && i.RolledBack != nil && i.RolledBack.By == "host" {
		item.ID, item.Kind, item.Since = "update/"+c.ID, host.AttentionUpdate, &i.RolledBack.At
		item.Title = fmt.Sprintf("%s %s broke and was taken back", cmp.Or(c.Name, c.ID), i.RolledBack.Version)
		item.Why = fmt.Sprintf("%s is in use again.", i.RolledBack.To)
		item.Remedy = "Report it to the connector's author; a newer version can be installed when there is one."
		all = append(all, item)
	}
	return all
}

// joinedTrust makes one item of many programs that no person has vouched for.
func joinedTrust(all []host.Attention) []host.Attention {
	isTrust := func(x host.Attention) bool { return x.Kind == host.AttentionTrust }
	var names []string
	for _, x := range all {
		if isTrust(x) {
			names = append(names, strings.TrimPrefix(x.ID, "trust/"))
		}
	}
	if len(names) < oneCause {
		return all
	}
	one := all[slices.IndexFunc(all, isTrust)]
	one.ID, one.Title = "trust", fmt.Sprintf("The programs of %d connectors in use are unverified", len(names))
	one.Why = "They have no signature that Plumbline knows, and no person said that they trust them: " + strings.Join(names, ", ") + "."
	one.Remedy = "If you know where they come from, trust exactly these programs with `plumbline connector trust ID`."
	one.Action = host.NextAction{Title: "Look at them", Href: "/settings", Command: "plumbline connector list"}
	return append(slices.DeleteFunc(all, isTrust), one)
}

// ofFindings returns what the doctor found to have failed. What other kinds say better is
// left to them, and what is only a warning to the doctor's own screen.
func ofFindings(findings []host.Finding) (all []host.Attention) {
	for _, f := range findings {
		item := host.Attention{
			ID: "doctor/" + f.ID, Kind: host.AttentionDoctor, Severity: host.SeverityCritical, Title: "Doctor: " + f.Title,
			Why: f.Message, Remedy: f.Fix,
			Fault: host.FaultHost, Action: host.NextAction{Title: "Open Doctor", Href: "/doctor", Command: "plumbline doctor"},
		}
		switch {
		case f.ID == "disk" && f.Status != "ok":
			item.ID, item.Kind, item.Title = "disk", host.AttentionDisk, "The disk is nearly full"
			if f.Status == "warn" {
				item.Severity = host.SeverityWarning
			}
		case f.Status != "fail":
			continue
		}
		all = append(all, item)
	}
	return all
}

// backupAttention says that there is no backup, or that the latest is old.
func (a *App) backupAttention(connections []host.ConnectionStatus, now time.Time) ([]host.Attention, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	oldest := slices.MinFunc(connections, func(a, b host.ConnectionStatus) int { return a.CreatedAt.Compare(b.CreatedAt) }).CreatedAt
	if now.Sub(oldest) < backupGrace {
		return nil, nil
	}
	last, found, err := a.LastBackup()
	if err != nil || found && now.Sub(last.CreatedAt) < backupAge {
		return nil, err
	}
	item := host.Attention{
		ID: "backup", Kind: host.AttentionBackup, Severity: host.SeverityWarning, Fault: host.FaultCustomer,
		Title: "There is no backup", Why: "If this disk is lost, the history that evidence stands on is lost with it.",
		Remedy: "Back up to another disk, and keep the passphrase elsewhere.",
		Action: host.NextAction{Title: "Back up", Href: "/backup", Command: "plumbline backup create --help"},
	}
	if found {
		item.Title, item.Since = fmt.Sprintf("The latest backup is %d days old", int(now.Sub(last.CreatedAt).Hours()/24)), &last.CreatedAt
		item.Why = "If this disk is lost, the history since then is lost with it."
	}
	return []host.Attention{item}, nil
}
