package packing

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// gather gathers what a pack says. Findings go into a spool file; the records are read from the journal when they are written.
func (p *Packer) gather(ctx context.Context, w wanted, spool *os.File) (*pack.Content, error) {
	workspace, err := p.parts.Store.Workspace()
	if err != nil {
		return nil, err
	}
	connections, err := p.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	c := &pack.Content{
		Product: "Plumbline", Version: p.parts.Version, Demo: workspace.Demo, From: w.from, Until: w.until, Moment: w.moment,
		Location: p.parts.Location, Absent: absent(),
		Framework: pack.Framework{ID: w.framework.ID, Title: w.framework.Title, Version: w.framework.Version, Licence: w.framework.Licence},
	}
	then, err := p.judge(ctx, w, spool)
	if err != nil {
		return nil, err
	}
	c.Findings = func(ctx context.Context, fn func(pack.Finding) error) error { return spooled(ctx, spool, fn) }
	for _, j := range then.Judged {
		c.Tests = append(c.Tests, pack.Tested{Test: j.Test, Setting: j.Setting, Result: j.Result})
	}
	addControls(c, w)
	if err := p.addPopulations(ctx, c, then, connections); err != nil {
		return nil, err
	}
	if err := p.addDocuments(ctx, c); err != nil {
		return nil, err
	}
	c.Chain = pack.Chain{Aliases: map[string]string{}, Links: p.links(w)}
	for _, one := range connections {
		c.Chain.Aliases[one.ID] = one.Alias
	}
	c.Notices = notices(c, connections)
	return c, nil
}

// absent are the parts that packs of this version do not have.
func absent() []pack.Absent {
	return []pack.Absent{
		{
			Part: "Decisions about controls",
			Why:  "owners, what does not apply, and controls of the company's own are not in packs of this version",
		},
		{Part: "Whether tests held on every day", Why: "results are of the end of the period alone in packs of this version"},
		{Part: "Access reviews", Why: "they are not in packs of this version"},
	}
}

// judge judges the tests of the chosen controls at the moment.
func (p *Packer) judge(ctx context.Context, w wanted, spool *os.File) (assess.Then, error) {
	chosen := map[string]bool{}
	for _, c := range w.controls {
		chosen[c.ID] = true
	}
	buffer := bufio.NewWriterSize(spool, 64<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	n := 0
	then, err := p.parts.Assessor.Past(ctx, assess.ThenQuery{
		At: w.moment,
		Wanted: func(t verdict.Test) bool {
			return slices.ContainsFunc(t.Controls, func(id string) bool { return chosen[id] })
		},
		Finding: func(t verdict.Test, item verdict.Item) error {
			if n++; n%roomEvery == 0 {
				if err := p.parts.Store.Room(); err != nil {
					return err
				}
			}
			return encoder.Encode(pack.Finding{Test: t.ID, Version: t.Version, Severity: t.Severity, Item: item})
		},
	})
	if err != nil {
		return then, err
	}
	return then, buffer.Flush()
}

// spooled calls fn with the findings of a spool file.
func spooled(ctx context.Context, spool *os.File, fn func(pack.Finding) error) error {
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read findings: %w", err)
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(spool, 64<<10))
	for decoder.More() {
		var f pack.Finding
		if err := decoder.Decode(&f); err != nil {
			return fmt.Errorf("read findings: %w", err)
		}
		if err := fn(f); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// addControls adds the controls with their tests, and the requirements that they meet in the order of the framework.
func addControls(c *pack.Content, w wanted) {
	met := map[string]bool{}
	for _, one := range w.controls {
		control := pack.Control{
			ID: one.ID, Title: one.Title, Text: one.Text, Manual: one.Manual, Requirements: one.Requirements[w.framework.ID], Tests: []string{},
		}
		for i := range c.Tests {
			if slices.Contains(c.Tests[i].Controls, one.ID) {
				control.Tests = append(control.Tests, c.Tests[i].ID)
			}
		}
		for _, id := range control.Requirements {
			met[id] = true
		}
		c.Controls = append(c.Controls, control)
	}
	for _, r := range w.framework.Requirements {
		if met[r.ID] {
			c.Requirements = append(c.Requirements, pack.Requirement{ID: r.ID, Title: r.Title})
		}
	}
}

// addPopulations adds the lists that the tests read, by connection and name.
func (p *Packer) addPopulations(ctx context.Context, c *pack.Content, then assess.Then, connections []host.Connection) error {
	connectors := map[string]string{}
	for _, one := range connections {
		connectors[one.ID] = one.Connector
	}
	type list struct{ connection, stream string }
	of := map[list]verdict.Reading{}
	for i := range c.Tests {
		for _, s := range c.Tests[i].Result.Sources {
			id := list{s.Connection, s.Stream}
			s.Direct = s.Direct || of[id].Direct
			of[id] = s
		}
	}
	covered := map[string]verdict.PeriodCoverage{} // by connection
	for id, reading := range of {
		if _, known := covered[id.connection]; !known {
			var err error
			if covered[id.connection], err = p.parts.Timeline.ConnectionCoverage(ctx, id.connection, c.From, c.Moment); err != nil {
				return err
			}
		}
		reads := then.Reads[id.connection][id.stream]
		one := pack.Population{
			Reading: reading, Connector: connectors[reading.Connection], Filter: "none: every record of the list at the moment",
			WholeRun: reads.Whole, LastRun: reads.Last, Records: p.records(reading, c),
		}
		for _, l := range covered[id.connection].Lists {
			if l.Stream == id.stream {
				one.Days, one.Spans = l.Days, l.Spans
			}
		}
		c.Populations = append(c.Populations, one)
	}
	slices.SortFunc(c.Populations, func(a, b pack.Population) int {
		return strings.Compare(a.Alias+"\x00"+a.Stream, b.Alias+"\x00"+b.Stream)
	})
	return nil
}

// How many records are read at once, and after how many rows the disk is looked at.
const (
	recordsAtOnce = 500
	roomEvery     = 5000
)

// records returns the reader of a list as it was at the moment.
func (p *Packer) records(of verdict.Reading, c *pack.Content) func(context.Context, func(host.Record) error) error {
	return func(ctx context.Context, fn func(host.Record) error) error {
		q := journal.RecordQuery{Connection: of.Connection, Stream: of.Stream, AsOf: c.Moment, Limit: recordsAtOnce}
		for n := 0; ; n += recordsAtOnce {
			if n%roomEvery == 0 {
				if err := p.parts.Store.Room(); err != nil {
					return err
				}
			}
			page, next, err := p.parts.Store.Records(ctx, q)
			if err != nil {
				return fmt.Errorf("read %s of %s: %w", of.Stream, of.Alias, err)
			}
			for _, record := range page {
				if err := fn(record); err != nil {
					return err
				}
			}
			if q.After = next; next == "" {
				return nil
			}
		}
	}
}

// links returns the reader of the chains up to the moment.
func (p *Packer) links(w wanted) func(context.Context, func(pack.Link) error) error {
	return func(ctx context.Context, fn func(pack.Link) error) error {
		return p.parts.Store.Links(ctx, w.moment, func(l journal.Link) error {
			return fn(pack.Link{Connection: l.Connection, Number: l.Number, At: l.At, Hash: l.Hash, Run: l.Run, Stream: l.Stream})
		})
	}
}
