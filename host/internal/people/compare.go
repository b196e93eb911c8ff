package people

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Comparison says what differs between the accounts of a page at two moments.
type Comparison struct {
	From    time.Time        `json:"from"`
	To      time.Time        `json:"to"`
	Added   int              `json:"added"`
	Removed int              `json:"removed"`
	Changed int              `json:"changed" doc:"Accounts there were at both moments, of which a cell or a decision differs"`
	Items   []Difference     `json:"items" doc:"By connection and name; the added ones first, then the removed ones"`
	Demo    bool             `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	More    bool             `json:"more,omitempty" doc:"Some differences are left out of items; the counts are of all"`
	Sources []ComparedSource `json:"sources" doc:"Connections of the page; only those that were read by both moments are compared"`
}

// Difference is what differs of one account.
type Difference struct {
	Account string       `json:"account" doc:"The account's id"`
	Name    string       `json:"name" doc:"The account's name, user name, address or key"`
	Alias   string       `json:"alias" doc:"Of the account's connection"`
	Change  string       `json:"change" enum:"added,removed,changed"`
	Cells   []CellChange `json:"cells" doc:"What differs of one that there was at both moments"`
}

// CellChange is a cell with its values at both moments.
type CellChange struct {
	Cell     string `json:"cell" doc:"A field of the account, or a column of the page"`
	Before   string `json:"before" doc:"Empty when it was not known"`
	After    string `json:"after"`
	Decision bool   `json:"decision,omitempty" doc:"A person decided it; else its source says so"`
}

// ComparedSource says whether a connection could be compared.
type ComparedSource struct {
	Connection  string     `json:"connection" doc:"The connection's id"`
	Alias       string     `json:"alias"`
	State       string     `json:"state" enum:"compared,not_read,disconnected" doc:"disconnected: it was by the later moment, so its records were not current, and nothing is said of it. not_read: nothing was read of it by the earlier moment, so what was there then is not known, and nothing is said of it"`
	Explanation string     `json:"explanation,omitempty"`
	FirstReadAt *time.Time `json:"first_read_at,omitempty"`
}

// changes in the order of a comparison.
var changeOrder = []string{"added", "removed", "changed"}

// Compare returns what differs between two moments: at most limit accounts, and the counts of all. It reads the history of every stream
// of the page. A moment whose history was pruned is a history.pruned problem.
func (p *People) Compare(ctx context.Context, page account.Page, from, to time.Time, limit int) (Comparison, error) {
	if err := p.fresh(ctx); err != nil {
		return Comparison{}, err
	}
	p.mu.RLock()
	err := p.building()
	var streams []stream
	for _, mark := range p.ix.Marks(page) {
		streams = append(streams, stream{mark: mark, of: p.ix.Connection(mark.Connection)})
	}
	ended := p.ended
	p.mu.RUnlock()
	if err != nil {
		return Comparison{}, err
	}
	past, err := p.endedStreams(page, ended)
	if err != nil {
		return Comparison{}, err
	}
	streams = append(streams, past...)
	slices.SortFunc(streams, func(a, b stream) int {
		return cmp.Or(strings.Compare(a.of.Alias, b.of.Alias), strings.Compare(a.mark.Name, b.mark.Name))
	})
	c := &comparing{people: p, page: page, from: from, to: to, found: map[string]*Difference{}, compared: map[stored]bool{}}
	c.Sources, c.From, c.To = []ComparedSource{}, from, to
	for _, st := range streams {
		if err := c.stream(ctx, st); err != nil {
			return Comparison{}, fmt.Errorf("compare stream %s of %s: %w", st.mark.Name, st.of.Alias, err)
		}
	}
	if err := c.decisions(ctx); err != nil {
		return Comparison{}, err
	}
	return c.done(limit), nil
}

// endedStreams returns the streams of a page that are of connections which are disconnected.
func (p *People) endedStreams(page account.Page, ended []endedConnection) (streams []stream, err error) {
	if len(ended) == 0 {
		return nil, nil
	}
	marks, err := p.config.Journal.StreamMarks()
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		at := slices.IndexFunc(ended, func(c endedConnection) bool { return c.ID == m.Connection })
		if at >= 0 && ended[at].Has(m, page) {
			streams = append(streams, stream{mark: m, of: ended[at].Connection, ended: &ended[at].at})
		}
	}
	return streams, nil
}

// stream is a stream that is compared.
type stream struct {
	mark  host.StreamMark
	of    directory.Connection
	ended *time.Time // since when its connection is disconnected; nil = it is not
}

// stored names a stream that the journal has.
type stored struct{ connection, name string }

// comparing is a comparison while it is made.
type comparing struct {
	Comparison
	people   *People
	page     account.Page
	from, to time.Time
	found    map[string]*Difference // by account
	compared map[stored]bool
}

// stream compares a stream at both moments, unless nothing was read of it by the earlier one.
func (c *comparing) stream(ctx context.Context, st stream) error {
	source := ComparedSource{Connection: st.of.ID, Alias: st.of.Alias, State: "compared"}
	stats, err := c.people.config.Journal.StreamStats(st.of.ID)
	if err != nil {
		return err
	}
	for _, s := range stats {
		if s.Name == st.mark.Name {
			source.FirstReadAt = s.FirstReadAt
		}
	}
	if ended := st.ended; ended != nil && !c.to.Before(*ended) {
		source.State, source.Explanation = "disconnected", "It is disconnected since "+ended.UTC().Format("2 Jan 2006 15:04 MST")+"."
	} else if source.FirstReadAt == nil || c.from.Before(*source.FirstReadAt) {
		source.State, source.Explanation = "not_read", "Nothing was read of it by "+c.from.UTC().Format("2 Jan 2006 15:04 MST")+"."
	} else {
		if err := c.people.config.Journal.KeptAt([]host.StreamMark{st.mark}, c.from); err != nil {
			return err
		}
		c.compared[stored{st.of.ID, st.mark.Name}] = true
		err = c.versions(ctx, st)
	}
	at := slices.IndexFunc(c.Sources, func(s ComparedSource) bool { return s.Connection == st.of.ID })
	switch {
	case at < 0:
		c.Sources = append(c.Sources, source)
	case source.State == "not_read": // what is not known of one stream is said of the connection
		c.Sources[at] = source
	}
	return err
}

// versions compares the versions of every record that were valid at the moments.
func (c *comparing) versions(ctx context.Context, st stream) error {
	var key string
	var after []byte // of the version at the later moment; nil = there was none
	var decided, pending bool
	settle := func(before []byte) error {
		decided, pending = true, false
		return c.record(st, key, before, after)
	}
	_, err := c.people.config.Journal.EachVersion(ctx, st.mark.Connection, st.mark.Name, func(v host.Version) error {
		if v.Key != key {
			if pending { // it has no version at the earlier moment
				if err := settle(nil); err != nil {
					return err
				}
			}
			key, after, decided, pending = v.Key, nil, false, false
		}
		switch {
		case decided || v.At.After(c.to):
			return nil
		case !v.At.After(c.from) && !pending:
			decided = true // the same version at both
			return nil
		case !v.At.After(c.from):
			if v.Removed {
				return settle(nil)
			}
			return settle(v.Doc)
		case !pending:
			if pending = true; !v.Removed {
				after = bytes.Clone(v.Doc)
			}
		}
		return nil
	})
	if err == nil && pending {
		err = settle(nil)
	}
	return err
}

// record compares the documents of a record; nil = there was none.
func (c *comparing) record(st stream, key string, before, after []byte) error {
	if before == nil && after == nil {
		return nil
	}
	d := &Difference{Account: directory.AccountID(st.mark.Connection, st.mark.Name, key), Alias: st.of.Alias, Cells: []CellChange{}}
	old, _, err := c.cells(st, key, before)
	if err != nil {
		return err
	}
	now, called, err := c.cells(st, key, after)
	if err != nil {
		return err
	}
	if d.Name = called; after == nil {
		_, d.Name, _ = c.cells(st, key, before)
	}
	switch {
	case before == nil:
		d.Change = "added"
	case after == nil:
		d.Change = "removed"
	default:
		d.Change = "changed"
		for i := range now {
			if old[i].Value != now[i].Value {
				d.Cells = append(d.Cells, CellChange{Cell: now[i].Name, Before: old[i].Value, After: now[i].Value})
			}
		}
		if len(d.Cells) == 0 {
			return nil
		}
	}
	c.found[d.Account] = d
	return nil
}

// cells returns what a document says, and what its account is called; nothing without a document.
func (c *comparing) cells(st stream, key string, doc []byte) (cells []directory.Cell, called string, err error) {
	if doc == nil {
		return nil, "", nil
	}
	return directory.Cells(st.of, st.mark, c.page, key, doc, c.to)
}

// decisions adds what people decided between the moments.
func (c *comparing) decisions(ctx context.Context) error {
	type span struct{ before, after account.StoredDecision }
	spans := map[string]*span{}
	q := journal.AuditQuery{Collection: documents.CollectionAccountDecision, Since: c.from.Add(1), Until: c.to, Limit: 1000}
	for {
		entries, next, err := c.people.config.Journal.Audit(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			var before, after account.StoredDecision
			if err := unmarshalAll(e.Before, &before, e.Document, &after); err != nil {
				return err
			}
			if spans[e.Key] == nil {
				spans[e.Key] = &span{after: after}
			}
			spans[e.Key].before = before // entries are newest first
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	for id, s := range spans {
		if !c.compared[stored{s.after.Connection, s.after.Stream}] {
			continue
		}
		d := c.found[id]
		if d == nil {
			d = &Difference{Account: id, Name: s.after.Subject, Alias: c.alias(s.after.Connection), Change: "changed", Cells: []CellChange{}}
		}
		for _, part := range parts(s.before, s.after) {
			d.Cells = append(d.Cells, CellChange{Cell: part.Part, Before: part.Before, After: part.After, Decision: true})
		}
		if len(d.Cells) > 0 {
			c.found[id] = d
		}
	}
	return nil
}

func (c *comparing) alias(connection string) string {
	for _, s := range c.Sources {
		if s.Connection == connection {
			return s.Alias
		}
	}
	return ""
}

// unmarshalAll decodes two documents; an absent one stays empty.
func unmarshalAll(first json.RawMessage, one any, second json.RawMessage, two any) error {
	for raw, into := range map[*json.RawMessage]any{&first: one, &second: two} {
		if len(*raw) == 0 {
			continue
		}
		if err := json.Unmarshal(*raw, into); err != nil {
			return fmt.Errorf("decode decision: %w", err)
		}
	}
	return nil
}

// done returns the comparison.
func (c *comparing) done(limit int) Comparison {
	c.Items = make([]Difference, 0, len(c.found))
	for _, d := range c.found {
		switch d.Change {
		case "added":
			c.Added++
		case "removed":
			c.Removed++
		default:
			c.Changed++
		}
		c.Items = append(c.Items, *d)
	}
	slices.SortFunc(c.Items, func(a, b Difference) int {
		return cmp.Or(
			cmp.Compare(slices.Index(changeOrder, a.Change), slices.Index(changeOrder, b.Change)),
			strings.Compare(a.Alias, b.Alias), strings.Compare(a.Name, b.Name), strings.Compare(a.Account, b.Account),
		)
	})
	if len(c.Items) > limit {
		c.Items, c.More = c.Items[:limit], true
	}
	return c.Comparison
}
