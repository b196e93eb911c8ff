package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// The orders of a list of connections.
const (
	OrderNewest = "newest" // the latest added first
	OrderUrgent = "urgent" // those in trouble first, then by alias
)

// ConnectionQuery asks for a page of connections.
type ConnectionQuery struct {
	Filter
	Order  string // OrderNewest or OrderUrgent
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
}

// ListConnections returns a page of the connections that pass the query's filter.
func (a *App) ListConnections(ctx context.Context, q ConnectionQuery) (ConnectionPage, error) {
	list, err := a.Connections(ctx, q.Filter)
	if err != nil {
		return ConnectionPage{}, err
	}
	return pageOf(list, q)
}

func pageOf(list []host.ConnectionStatus, q ConnectionQuery) (ConnectionPage, error) {
	after, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil {
		return ConnectionPage{}, host.Invalid("cursor", q.Cursor, "must be a cursor of another page")
	}
	key := newest
	if q.Order == OrderUrgent {
		key = urgent
	}
	slices.SortFunc(list, func(a, b host.ConnectionStatus) int { return strings.Compare(key(a), key(b)) })
	first := sort.Search(len(list), func(i int) bool { return key(list[i]) > string(after) })
	end := min(len(list), first+q.Limit)
	page := ConnectionPage{Items: make([]host.ConnectionItem, 0, end-first), Before: first, Matched: len(list)}
	for _, c := range list[first:end] {
		page.Items = append(page.Items, item(c))
	}
	cursor := func(last int) string {
		if last < 0 {
			return ""
		}
		return base64.RawURLEncoding.EncodeToString([]byte(key(list[last])))
	}
	if end < len(list) {
		page.Next = cursor(end - 1)
	}
	if first > 0 {
		previous := cursor(first - q.Limit - 1)
		page.Previous = &previous
	}
	return page, nil
}

// newest is the place of a connection in OrderNewest.
func newest(c host.ConnectionStatus) string {
	return fmt.Sprintf("%019d %s", math.MaxInt64-c.CreatedAt.UnixNano(), c.ID)
}

// urgent is the place of a connection in OrderUrgent.
func urgent(c host.ConnectionStatus) string {
	rank := 1
	switch {
	case c.Paused != nil:
		rank = 3
	case c.Health == host.HealthUnhealthy:
		rank = 0
	case c.Health == host.HealthHealthy:
		rank = 2
	}
	return fmt.Sprintf("%d %s", rank, c.Alias)
}

// item is what lists show of a connection.
func item(c host.ConnectionStatus) host.ConnectionItem {
	i := host.ConnectionItem{
		ID: c.ID, Alias: c.Alias, Connector: c.Connector, ConnectorName: c.ConnectorName, Categories: c.Categories,
		Schedule: c.Schedule, Paused: c.Paused, Notices: c.Notices,
		Health: c.Health, Reason: c.Reason, Explanation: c.Explanation, Since: c.Since, Trouble: trouble(c), Activity: c.Activity,
		Recent:        host.RecentRuns{Seconds: make([]int, 0, len(c.History))},
		LastSuccessAt: c.LastSuccessAt, NextRunAt: c.NextRunAt,
	}
	for _, s := range c.Streams {
		i.Records += s.Records
	}
	for _, o := range c.History {
		i.Recent.Statuses += string(o.Status[0])
		i.Recent.Seconds = append(i.Recent.Seconds, int(math.Round(o.Seconds)))
	}
	if run := c.LastRun; run != nil {
		i.LastRun = &host.RunItem{ID: run.ID, Status: run.Status, Queue: run.Queue}
		if at := slices.IndexFunc(run.Steps, func(s host.Step) bool { return s.Status == host.StatusRunning }); at >= 0 {
			i.LastRun.Step = run.Steps[at].Title
		}
	}
	return i
}

// trouble is what the latest run met, or why the host paused the connection; nil for
// a healthy connection and for one that a person paused.
func trouble(c host.ConnectionStatus) *host.Trouble {
	if c.Paused != nil && c.Paused.By == host.PausedByHost {
		return &host.Trouble{Step: "Paused", Message: c.Paused.Reason, Remedy: c.Paused.Remedy}
	}
	if c.Health != host.HealthUnhealthy {
		return nil
	}
	t := host.Trouble{Message: c.Explanation, Remedy: c.Remedy}
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
	if problem != nil {
		t.Message = problem.Message
		if problem.Remedy != "" {
			t.Remedy = problem.Remedy
		}
	}
	return &t
}
