package connections

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// The orders of a list of connections. A column with a dash before it is the other way
// round; what has no value in the column comes last either way.
const (
	OrderNewest = "newest" // the latest added first
	OrderUrgent = "urgent" // those that need a person first, then by alias
)

// columns are the other orders: by what a column shows. "" is no value.
var columns = map[string]func(host.ConnectionStatus) string{
	OrderUrgent:    func(c host.ConnectionStatus) string { return fmt.Sprint(urgency(c)) },
	OrderNewest:    func(c host.ConnectionStatus) string { return moment(&c.CreatedAt) },
	"alias":        func(c host.ConnectionStatus) string { return c.Alias },
	"connector":    func(c host.ConnectionStatus) string { return strings.ToLower(c.ConnectorName) },
	"category":     func(c host.ConnectionStatus) string { return titleOf(c.Categories) },
	"owner":        func(c host.ConnectionStatus) string { return strings.ToLower(c.Owner) },
	"last_success": func(c host.ConnectionStatus) string { return moment(c.LastSuccessAt) },
	"next_run":     func(c host.ConnectionStatus) string { return moment(c.NextRunAt) },
	"records":      func(c host.ConnectionStatus) string { return fmt.Sprintf("%012d", RecordsOf(c)) },
}

// order is how a list is sorted.
type order struct {
	group  func(host.ConnectionStatus) string // the group that a connection is in; nil = no groups
	column func(host.ConnectionStatus) string
	down   bool
}

// orderOf reads the names of an order and of what to group by.
func orderOf(name, group string) order {
	if name == "" || name == OrderNewest {
		name = "-" + OrderNewest
	}
	column, down := strings.CutPrefix(name, "-")
	o := order{group: groups[group], column: columns[column], down: down}
	if o.column == nil {
		o.column, o.down = columns[OrderUrgent], false
	}
	return o
}

// place is the place of a connection in a list. Places are compared from the first field on.
type place struct {
	Group   string `json:"g,omitempty"`
	Missing bool   `json:"m,omitempty"` // it has no value in the column
	Value   string `json:"v"`
	Alias   string `json:"a"`
	ID      string `json:"i"`
}

func (o order) place(c host.ConnectionStatus) place {
	p := place{Value: o.column(c), Alias: c.Alias, ID: c.ID}
	p.Missing = p.Value == ""
	if o.group != nil {
		p.Group = o.group(c)
	}
	return p
}

func (o order) compare(a, b place) int {
	if n := strings.Compare(a.Group, b.Group); n != 0 {
		return n
	}
	if a.Missing != b.Missing {
		if a.Missing {
			return 1
		}
		return -1
	}
	if n := strings.Compare(a.Value, b.Value); n != 0 {
		if o.down {
			return -n
		}
		return n
	}
	if n := strings.Compare(a.Alias, b.Alias); n != 0 {
		return n
	}
	return strings.Compare(a.ID, b.ID)
}

func (p place) cursor() string {
	raw, err := json.Marshal(p)
	if err != nil {
		return "" // five texts always encode
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// placeOf reads a cursor.
func placeOf(cursor string) (p place, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return p, host.Invalid("cursor", cursor, "must be a cursor of another page")
	}
	return p, nil
}

// urgency is the place of a connection in OrderUrgent: what a person has to act on, what
// is expected to heal, what was never read, what is well, and what a person paused.
func urgency(c host.ConnectionStatus) int {
	switch {
	case c.NeedsYou() && (c.Paused != nil || c.Reason == host.ReasonActionRequired):
		return 0
	case c.NeedsYou():
		return 1
	case c.Paused != nil:
		return 6
	case c.Health == host.HealthUnhealthy:
		return 2
	case c.Reason == host.ReasonLate:
		return 3
	case c.Health == host.HealthUnknown:
		return 4
	}
	return 5
}

// states are the values of Filter.Health, in the order of a list that is grouped by them.
var states = []host.Health{host.HealthUnhealthy, host.HealthHealthy, Paused, host.HealthUnknown}

var reasons = []host.Reason{
	host.ReasonActionRequired, host.ReasonFailing, host.ReasonDegraded, host.ReasonLate, host.ReasonDraft, host.ReasonOnTime,
	host.ReasonPaused,
}

// groups are what a list can be grouped by: a text that begins with the group's rank.
var groups = map[string]func(host.ConnectionStatus) string{
	facetHealth:   func(c host.ConnectionStatus) string { return fmt.Sprintf("%02d", slices.Index(states, countsAs(c))) },
	facetReason:   func(c host.ConnectionStatus) string { return fmt.Sprintf("%02d", slices.Index(reasons, c.Reason)) },
	facetCategory: func(c host.ConnectionStatus) string { return last(titleOf(c.Categories)) },
	facetOwner:    func(c host.ConnectionStatus) string { return last(strings.ToLower(c.Owner)) },
}

// last sorts an empty text behind all others.
func last(text string) string {
	if text == "" {
		return "\uffff"
	}
	return text
}

// titleOf is the title of the first category: the group that a connection is listed in.
func titleOf(categories []host.Category) string {
	for _, known := range host.Categories() {
		if len(categories) > 0 && known.ID == categories[0] {
			return known.Title
		}
	}
	return ""
}

// moment is a time as a text that sorts as it does.
func moment(at *time.Time) string {
	if at == nil {
		return ""
	}
	return fmt.Sprintf("%020d", at.UnixNano())
}

// RecordsOf counts the records of all streams of a connection.
func RecordsOf(c host.ConnectionStatus) (n int) {
	for _, s := range c.Streams {
		n += s.Records
	}
	return n
}
