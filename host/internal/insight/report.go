package insight

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Span is the time that a report is about.
type Span struct {
	Since, Until time.Time // from the first moment on, and before the second
	Zone         *time.Location
}

// Source is a connection with its facts.
type Source struct {
	Connection, Alias string
	Rows              []RowKey // the rows that it counts in
	Facts             []Fact   // oldest first
	Streams           []string // the names that the bits of Fact.Unread stand for
}

// RowKey names a row.
type RowKey struct {
	Key   string `json:"key" doc:"Id of the connection or the connector, the category, or the owner; none for no owner"`
	Title string `json:"title"`
}

// Report is what is known of all runs of a span.
type Report struct {
	Since time.Time      `json:"since"`
	Until time.Time      `json:"until" doc:"Not part of the span"`
	Zone  string         `json:"zone" doc:"The time zone of the days"`
	Days  []DayCount     `json:"days" doc:"Each day of the span, oldest first, also those without a run"`
	Total Figures        `json:"total"`
	Rows  []RowFigures   `json:"rows" doc:"The least reliable first"`
	Cause []CauseFigures `json:"causes" doc:"What kept runs from completing; those that say nothing about the company's systems last"`
	// Enough is false until a connection has two runs: one run is no history.
	Enough bool `json:"enough" doc:"A connection has at least two runs in the span"`
}

// DayCount counts the runs of a day.
type DayCount struct {
	Day          string    `json:"day" doc:"Such as 2026-01-31"`
	Since        time.Time `json:"since" doc:"When the day, or the part of it that is in the span, begins"`
	Until        time.Time `json:"until"`
	Completed    int       `json:"completed"`
	Partial      int       `json:"partial"`
	Failed       int       `json:"failed"`
	Inconclusive int       `json:"inconclusive"`
	Cancelled    int       `json:"cancelled"`
}

func (d *DayCount) add(outcome uint8) {
	*[...]*int{&d.Completed, &d.Partial, &d.Failed, &d.Inconclusive, &d.Cancelled}[outcome]++
}

// RowFigures is the figures of one connection, or of several.
type RowFigures struct {
	RowKey
	Connections int `json:"connections"`
	Figures
	Strip Strip `json:"strip"`
}

// Strip is a calendar with a cell for each day of the report.
type Strip struct {
	States     string `json:"states" doc:"A letter for each day, of the worst outcome: c completed, p partial, i inconclusive, f failed, - no run that counts"`
	Runs       []int  `json:"runs" doc:"How many runs each day had"`
	Incomplete []int  `json:"incomplete" doc:"How many of them did not complete"`
}

// letters are the letters of a strip by outcome, and worse tells which of two is shown: what read nothing hides what read a part.
var (
	letters = [...]byte{completed: 'c', partial: 'p', failed: 'f', inconclusive: 'i', cancelled: '-'}
	badness = [...]int{completed: 1, partial: 2, failed: 4, inconclusive: 3, cancelled: 0}
)

// CauseFigures is a group of causes with what it affects.
type CauseFigures struct {
	Group        Group       `json:"group" enum:"credential,permission,setting,network,decision,machine,rate_limit,vendor_outage,connector_bug,our_side,unknown"`
	Inconclusive bool        `json:"inconclusive" doc:"It says nothing about the company's systems"`
	Runs         int         `json:"runs" doc:"Runs that did not complete for it"`
	Partial      int         `json:"partial" doc:"How many of them read a part"`
	LastAt       time.Time   `json:"last_at" doc:"When the latest of them was queued"`
	Affected     []Affected  `json:"connections" doc:"The connections they are of, most runs first"`
	Lists        []ListReach `json:"lists" doc:"Lists that records of the streams are part of that these runs did not read whole"`
	People       *int        `json:"people" doc:"People with an account in these connections; null while the accounts are read"`
}

// Affected is a connection that a cause was found at.
type Affected struct {
	Connection string   `json:"connection"`
	Alias      string   `json:"alias"`
	Runs       int      `json:"runs"`
	Streams    []string `json:"streams" doc:"Names of the streams that these runs did not read whole"`
	Ongoing    bool     `json:"ongoing" doc:"The last run of the span did not complete for it"`
}

// ListReach is a list with what of it a cause affects.
type ListReach struct {
	Kind    string `json:"kind"`
	Streams int    `json:"streams"`
	Records int    `json:"records" doc:"Current records of these streams"`
}

// Compute returns the report of a span.
func Compute(span Span, sources []Source) Report {
	c := computing{report: Report{
		Since: span.Since, Until: span.Until, Zone: span.Zone.String(), Days: daysOf(span), Rows: []RowFigures{}, Cause: []CauseFigures{},
	}}
	c.bounds = make([]int64, 0, len(c.report.Days)+1)
	for _, d := range c.report.Days {
		c.bounds = append(c.bounds, d.Since.UnixNano())
	}
	c.bounds = append(c.bounds, span.Until.UnixNano())
	c.rows, c.causes = map[RowKey]*gathering{}, make([]CauseFigures, len(groups))
	filter := Filter{Since: span.Since, Until: span.Until}
	for i := range sources {
		c.add(&sources[i], filter)
	}
	return c.done()
}

// daysOf returns the days of a span in its time zone.
func daysOf(span Span) (days []DayCount) {
	for at := span.Since; at.Before(span.Until); {
		local := at.In(span.Zone)
		next := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, span.Zone)
		if !next.After(at) { // a zone whose day begins an hour late
			next = at.Add(24 * time.Hour)
		}
		end := next
		if end.After(span.Until) {
			end = span.Until
		}
		days = append(days, DayCount{Day: local.Format(time.DateOnly), Since: at.UTC(), Until: end.UTC()})
		at = next
	}
	return days
}

// computing is a report in the making.
type computing struct {
	report Report
	bounds []int64 // where the days begin, and the end
	total  tally
	rows   map[RowKey]*gathering
	causes []CauseFigures // by the number of the group
	taken  []*Fact        // of one source
}

// gathering is a row in the making.
type gathering struct {
	tally
	connections int
	worst       []uint8 // by day, outcome + 1; 0 = none
	runs, bad   []int
}

func (c *computing) add(s *Source, filter Filter) {
	c.taken = c.taken[:0]
	for i := range s.Facts {
		if filter.Takes(&s.Facts[i]) {
			c.taken = append(c.taken, &s.Facts[i])
		}
	}
	var own tally
	own.add(c.taken)
	c.report.Enough = c.report.Enough || len(c.taken)-own.by[cancelled] > 1
	c.total.join(&own)
	c.addCauses(s)
	rows := make([]*gathering, len(s.Rows))
	for i, key := range s.Rows {
		if rows[i] = c.rows[key]; rows[i] == nil {
			days := len(c.report.Days)
			rows[i] = &gathering{worst: make([]uint8, days), runs: make([]int, days), bad: make([]int, days)}
			c.rows[key] = rows[i]
		}
		rows[i].connections++
		rows[i].join(&own)
	}
	day := 0
	for _, f := range c.taken {
		day = c.day(f.At, day)
		c.report.Days[day].add(f.outcome)
		for _, r := range rows {
			r.mark(day, f.outcome)
		}
	}
}

// day returns the day of a moment; near is a day to look at first.
func (c *computing) day(at int64, near int) int {
	if at >= c.bounds[near] && at < c.bounds[near+1] {
		return near
	}
	place, found := slices.BinarySearch(c.bounds, at)
	if !found {
		place--
	}
	return min(max(place, 0), len(c.bounds)-2)
}

func (g *gathering) mark(day int, outcome uint8) {
	if outcome == cancelled {
		return
	}
	g.runs[day]++
	if outcome != completed {
		g.bad[day]++
	}
	if was := g.worst[day]; was == 0 || badness[outcome] > badness[was-1] {
		g.worst[day] = outcome + 1
	}
}

func (g *gathering) strip() Strip {
	states := make([]byte, len(g.worst))
	for i, worst := range g.worst {
		if states[i] = '-'; worst > 0 {
			states[i] = letters[worst-1]
		}
	}
	return Strip{States: string(states), Runs: g.runs, Incomplete: g.bad}
}

// addCauses counts what kept the runs of a source from completing.
func (c *computing) addCauses(s *Source) {
	at := make([]int, len(groups)) // where the connection stands in a cause, + 1
	unread := make([]uint64, len(groups))
	last := uint8(0)
	for _, f := range c.taken {
		if f.outcome != cancelled {
			last = f.group
		}
		if f.group == 0 {
			continue
		}
		cause := &c.causes[f.group]
		if at[f.group] == 0 {
			cause.Affected = append(cause.Affected, Affected{Connection: s.Connection, Alias: s.Alias})
			at[f.group] = len(cause.Affected)
		}
		cause.Runs++
		cause.Affected[at[f.group]-1].Runs++
		unread[f.group] |= f.Unread
		if f.outcome == partial {
			cause.Partial++
		}
		if when := time.Unix(0, f.At).UTC(); when.After(cause.LastAt) {
			cause.LastAt = when
		}
	}
	for group, place := range at {
		if place == 0 {
			continue
		}
		one := &c.causes[group].Affected[place-1]
		one.Ongoing, one.Streams = last == uint8(group), []string{}
		for i, name := range s.Streams {
			if unread[group]&(1<<i) != 0 {
				one.Streams = append(one.Streams, name)
			}
		}
	}
}

func (c *computing) done() Report {
	r := c.report
	r.Total = c.total.figures()
	for key, g := range c.rows {
		r.Rows = append(r.Rows, RowFigures{RowKey: key, Connections: g.connections, Figures: g.figures(), Strip: g.strip()})
	}
	slices.SortFunc(r.Rows, func(a, b RowFigures) int {
		return cmp.Or(cmp.Compare(orOne(a.Success), orOne(b.Success)), cmp.Compare(b.Runs, a.Runs), strings.Compare(a.Title, b.Title),
			strings.Compare(a.Key, b.Key))
	})
	for i := range c.causes {
		cause := &c.causes[i]
		if cause.Runs == 0 {
			continue
		}
		cause.Group, cause.Inconclusive, cause.Lists = groups[i], groups[i].Inconclusive(), []ListReach{}
		slices.SortStableFunc(cause.Affected, func(a, b Affected) int {
			return cmp.Or(cmp.Compare(b.Runs, a.Runs), strings.Compare(a.Alias, b.Alias))
		})
		r.Cause = append(r.Cause, *cause)
	}
	slices.SortStableFunc(r.Cause, func(a, b CauseFigures) int {
		if a.Inconclusive != b.Inconclusive {
			return map[bool]int{true: 1, false: -1}[a.Inconclusive]
		}
		return cmp.Compare(b.Runs, a.Runs)
	})
	return r
}

// orOne puts rows without runs behind those that completed.
func orOne(success *float64) float64 {
	if success == nil {
		return 2
	}
	return *success
}
