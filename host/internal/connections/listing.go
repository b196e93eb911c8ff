package connections

import (
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// ConnectionQuery asks for a page of connections.
type ConnectionQuery struct {
	Filter
	Order  string // OrderNewest, OrderUrgent or a column, which may have a dash before it
	Group  string // health, reason, category or owner; empty = no groups
	Facets bool   // count the values of each facet
	Limit  int
	Cursor string // Next or Previous of another page; empty = the first page
}

// ConnectionPage is a page of a list of connections.
type ConnectionPage struct {
	Items    []host.ConnectionItem `json:"items"`
	Next     string                `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Previous *string               `json:"previous_cursor,omitempty" doc:"Send as cursor for the page before; empty for the first page, absent on it"`
	Before   int                   `json:"before" doc:"How many connections of the list come before this page"`
	Matched  int                   `json:"matched" doc:"Connections of the whole list, on all pages"`
	Total    int                   `json:"total" doc:"Connections there are, whatever the filter"`
	NeedsYou int                   `json:"needs_you" doc:"How many of them a person has to act on"`
	Facets   []host.Facet          `json:"facets,omitempty"`

	Disconnected int  `json:"disconnected" doc:"How many connections are disconnected; they are a list of their own"`
	Demo         bool `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// ListConnections returns a page of the connections that pass the query's filter.
func (k *Keeper) ListConnections(ctx context.Context, q ConnectionQuery) (ConnectionPage, error) {
	list, err := k.Connections(ctx, Filter{Disconnected: q.Disconnected})
	if err != nil {
		return ConnectionPage{}, err
	}
	page, err := pageOf(list, q)
	if err != nil {
		return page, err
	}
	page.Disconnected, err = k.disconnected()
	return page, err
}

// pageOf returns a page of list, which holds every connection.
func pageOf(list []host.ConnectionStatus, q ConnectionQuery) (ConnectionPage, error) {
	page := ConnectionPage{Total: len(list)}
	counts := q.parse().counting()
	matched := make([]host.ConnectionStatus, 0, len(list))
	for _, c := range list {
		if c.NeedsYou() {
			page.NeedsYou++
		}
		if counts.selects(c) {
			matched = append(matched, c)
		}
	}
	if q.Facets {
		page.Facets = counts.list()
	}
	return page, page.cut(matched, q)
}

// cut puts the part of a list that a query asks for on the page.
func (page *ConnectionPage) cut(list []host.ConnectionStatus, q ConnectionQuery) error {
	order := orderOf(q.Order, q.Group)
	slices.SortFunc(list, func(a, b host.ConnectionStatus) int { return order.compare(order.place(a), order.place(b)) })
	first := 0
	if q.Cursor != "" {
		after, err := placeOf(q.Cursor)
		if err != nil {
			return err
		}
		first = sort.Search(len(list), func(i int) bool { return order.compare(order.place(list[i]), after) > 0 })
	}
	end := min(len(list), first+q.Limit)
	page.Items, page.Before, page.Matched = make([]host.ConnectionItem, 0, end-first), first, len(list)
	for _, c := range list[first:end] {
		page.Items = append(page.Items, item(c))
	}
	if end < len(list) {
		page.Next = order.place(list[end-1]).cursor()
	}
	if first > 0 {
		page.Previous = new(string)
		if at := first - q.Limit - 1; at >= 0 {
			*page.Previous = order.place(list[at]).cursor()
		}
	}
	return nil
}

// item is what lists show of a connection.
func item(c host.ConnectionStatus) host.ConnectionItem {
	i := host.ConnectionItem{
		ID: c.ID, Alias: c.Alias, Connector: c.Connector, ConnectorName: c.ConnectorName, Categories: c.Categories,
		Schedule: c.Schedule, Paused: c.Paused, Disconnection: c.Disconnection, Owner: c.Owner, NeedsYou: c.NeedsYou(), Notices: c.Notices,
		Health: c.Health, Reason: c.Reason, Explanation: c.Explanation, Since: c.Since, Trouble: Trouble(c), Activity: c.Activity,
		Recent:        host.RecentRuns{Seconds: make([]int, 0, len(c.History))},
		LastSuccessAt: c.LastSuccessAt, NextRunAt: c.NextRunAt, Records: RecordsOf(c),
	}
	for _, o := range c.History {
		i.Recent.Statuses += string(o.Status[0])
		i.Recent.Seconds = append(i.Recent.Seconds, int(math.Round(o.Seconds)))
	}
	if run := c.LastRun; run != nil {
		i.LastRun = &host.RunItem{ID: run.ID, Status: run.Status, Queue: run.Queue}
		for _, step := range run.Steps {
			i.LastRun.Added += step.Added
			i.LastRun.Changed += step.Changed
			i.LastRun.Removed += step.Removed
		}
		if at := slices.IndexFunc(run.Steps, func(s host.Step) bool { return s.Status == host.StatusRunning }); at >= 0 {
			i.LastRun.Step = run.Steps[at].Title
		}
	}
	return i
}

// Trouble is what the latest run met, or why the host paused the connection; nil for
// a healthy connection and for one that a person paused.
func Trouble(c host.ConnectionStatus) *host.Trouble {
	if c.Paused != nil && c.Paused.By == host.PausedByHost {
		t := &host.Trouble{Step: "Paused", Message: c.Paused.Reason, Remedy: c.Paused.Remedy, Action: host.HelpResume}
		if ofSettings(c.Paused.Code) {
			t.Action = host.HelpEdit
		}
		return t
	}
	if c.Health != host.HealthUnhealthy {
		return nil
	}
	t := host.Trouble{Message: c.Explanation, Remedy: c.Remedy, Action: host.HelpSync}
	if c.LastRun == nil {
		return &t
	}
	problem := c.LastRun.Error
	if at := slices.IndexFunc(c.LastRun.Steps, func(s host.Step) bool { return slices.Contains(c.FailingSteps, s.Name) }); at >= 0 {
		step := c.LastRun.Steps[at]
		t.Step = step.Title
		switch {
		case step.Error != nil:
			problem = step.Error
		case len(step.Gaps) > 0:
			problem = &step.Gaps[0].Error
		}
	}
	switch {
	case problem != nil:
		t.Message, t.Action = problem.Message, helping(*problem)
		if problem.Remedy != "" {
			t.Remedy = problem.Remedy
		}
	case len(HeldOf(c.Streams)) > 0:
		t.Action = host.HelpDecide
	}
	return &t
}

// ofSettings reports whether problems with this code come from a setting or a credential.
func ofSettings(code string) bool {
	return strings.HasPrefix(code, "auth.") || strings.HasPrefix(code, "config.") || strings.HasPrefix(code, "secret.")
}

// helping is what to do about a problem of a run.
func helping(p host.Problem) host.Helping {
	switch {
	case p.Code == host.CodeRemovalHeld:
		return host.HelpDecide
	case ofSettings(p.Code), p.Retry == host.RetryWhenConfigChanges, p.Retry == host.RetryWhenCredentialChanges:
		return host.HelpEdit
	case p.Fault == host.FaultConnector:
		return host.HelpRead
	}
	return host.HelpSync
}
