package people

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// takeUp brings the index up to date: documents first, then the streams of the connections that there are.
func (p *People) takeUp(ctx context.Context) (changed bool, err error) {
	p.mu.Lock()
	p.ix.Today(p.config.Now())
	p.mu.Unlock()
	edited, changed, err := p.takeEdits(ctx)
	if err != nil {
		return false, err
	}
	again, differ := false, false
	if edited {
		if again, differ, err = p.takeConnections(ctx); err != nil {
			return false, err
		}
	}
	changed = changed || differ
	pruned, err := p.takePruning()
	if err != nil {
		return false, err
	}
	marks, err := p.marks()
	if err != nil {
		return false, err
	}
	moved, err := p.takeStreams(ctx, marks, pruned || again)
	return changed || moved, err
}

// takeEdits takes up edits of documents since the last time. The first time it reads all decisions. It reports whether anything was
// edited, and whether that was a decision or an order that the index did not have.
func (p *People) takeEdits(ctx context.Context) (edited, changed bool, err error) {
	if p.lastEdit.IsZero() {
		return true, true, p.takeAllDecisions(ctx)
	}
	latest, precedence := p.lastEdit, false
	for q := (journal.AuditQuery{Since: p.lastEdit.Add(1), Limit: 1000}); ; {
		entries, next, err := p.config.Journal.Audit(ctx, q)
		if err != nil {
			return edited, changed, err
		}
		p.mu.Lock()
		for _, e := range entries {
			edited = true
			if e.At.After(latest) {
				latest = e.At
			}
			switch e.Collection {
			case documents.CollectionAccountDecision:
				var fresh bool
				fresh, err = p.decided(e)
				changed = changed || fresh
			case documents.CollectionPersonPrecedence:
				precedence = true
			}
			if err != nil {
				break
			}
		}
		p.mu.Unlock()
		if err != nil {
			return edited, changed, err
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	if precedence {
		if err := p.takePrecedence(); err != nil {
			return edited, changed, err
		}
		changed = true
	}
	p.lastEdit = latest
	return edited, changed, nil
}

// decided takes up a decision from the audit log, and reports whether the index did not have it. The caller holds mu.
func (p *People) decided(e host.Entry) (fresh bool, err error) {
	var d account.StoredDecision
	if len(e.Document) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(e.Document, &d); err != nil {
		return false, fmt.Errorf("decode decision about %s: %w", e.Key, err)
	}
	return p.ix.Decide(e.Key, e.Revision, d), nil
}

func (p *People) takeAllDecisions(ctx context.Context) error {
	entries, _, err := p.config.Journal.Audit(ctx, journal.AuditQuery{Limit: 1})
	if err != nil {
		return err
	}
	latest := time.Unix(0, 1)
	if len(entries) > 0 {
		latest = entries[0].At
	}
	all, err := p.config.Journal.AccountDecisions()
	if err != nil {
		return err
	}
	p.mu.Lock()
	for _, d := range all {
		p.ix.Decide(d.Key, d.Revision, d.Value)
	}
	p.mu.Unlock()
	if err := p.takePrecedence(); err != nil {
		return err
	}
	p.lastEdit = latest
	return nil
}

func (p *People) takePrecedence() error {
	d, err := p.config.Journal.PersonPrecedence()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ix.Prefer(d.Value, d.Revision)
	return nil
}

// takeConnections takes up which connections there are. The records of one that is disconnected are not current, so no list has them; a
// comparison of two moments before its end does. It reports whether persons are known from others than before, and whether
// anything differs.
func (p *People) takeConnections(ctx context.Context) (again, differ bool, err error) {
	stored, err := p.config.Journal.Connections()
	if err != nil {
		return false, false, err
	}
	described := map[string]host.Connector{}
	all, ended := make([]*directory.Connection, 0, len(stored)), []endedConnection(nil)
	for _, c := range stored {
		of, known := described[c.Connector]
		if !known {
			if of, err = p.config.Connector(ctx, c.Connector); err != nil {
				if ctx.Err() != nil {
					return false, false, ctx.Err()
				}
				of = p.connector[c.Connector] // as it was; the next run says what is wrong with it
			}
			described[c.Connector] = of
		}
		one := &directory.Connection{ID: c.ID, Alias: c.Alias, Name: cmp.Or(of.Name, c.Connector), Categories: of.Categories}
		if c.Disconnection != nil {
			ended = append(ended, endedConnection{*one, c.Disconnection.At})
			continue
		}
		all = append(all, one)
	}
	p.connector = described
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = ended
	again, differ = p.ix.Connect(all)
	return again, differ, nil
}

// takePruning takes up since when history is kept. It reports whether that is another moment than before.
func (p *People) takePruning() (pruned bool, err error) {
	maintained, err := p.config.Journal.Maintenance()
	if err != nil {
		return false, err
	}
	var since time.Time
	if maintained.HistorySince != nil {
		since = *maintained.HistorySince
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ix.KeptSince(since), nil
}

// marks returns the marks of the streams that the index is about.
func (p *People) marks() ([]host.StreamMark, error) {
	marks, err := p.config.Journal.StreamMarks()
	if err != nil {
		return nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.DeleteFunc(marks, func(m host.StreamMark) bool {
		return !p.ix.Concerns(m)
	}), nil
}

// takeStreams reads the streams that moved since the last time; all of them again if whole.
func (p *People) takeStreams(ctx context.Context, marks []host.StreamMark, whole bool) (moved bool, err error) {
	p.mu.Lock()
	moved = p.ix.Keep(marks)
	p.position.Streams, p.position.Read = len(marks), 0
	p.mu.Unlock()
	for _, m := range marks {
		one, err := p.takeStream(ctx, m, whole)
		if err != nil {
			return moved, fmt.Errorf("read accounts of stream %s: %w", m.Name, err)
		}
		moved = moved || one
		p.mu.Lock()
		p.position.Read++
		if m.LastAt.After(deref(p.position.AsOf)) {
			p.position.AsOf = &m.LastAt
		}
		p.mu.Unlock()
	}
	return moved, nil
}

func deref(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// takeStream reads what is new of a stream.
func (p *People) takeStream(ctx context.Context, m host.StreamMark, whole bool) (moved bool, err error) {
	taken, known := p.ix.Mark(m.Connection, m.Name) // only the goroutine with the token changes the index
	if known && taken.Number == m.Number && !whole {
		if !m.LastAt.After(taken.LastAt) {
			return false, nil
		}
		mark, versions, err := p.since(ctx, taken)
		if err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ix.Extend(mark, versions)
			return true, nil
		}
		if !errors.Is(err, journal.ErrNotInHistory) {
			return false, gone(err)
		}
	}
	mark, versions, err := p.all(ctx, m)
	if err != nil {
		return false, gone(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ix.Replace(mark, versions)
	return true, nil
}

// gone returns nil for the error of a connection that was deleted meanwhile.
func gone(err error) error {
	var problem *host.Problem
	if errors.As(err, &problem) && problem.Code == host.CodeNotFound {
		return nil
	}
	return err
}

// since reads the versions of a stream that the index does not have, oldest first.
func (p *People) since(ctx context.Context, taken host.StreamMark) (mark host.StreamMark, versions []directory.Version, err error) {
	mark, err = p.config.Journal.EachVersionSince(ctx, taken.Connection, taken.Name, taken.LastAt, func(v host.Version) error {
		one, err := directory.VersionOf(v)
		versions = append(versions, one)
		return err
	})
	return mark, versions, err
}

// all reads a stream: of each record a removal if it is the latest, and the latest version that has a document.
func (p *People) all(ctx context.Context, m host.StreamMark) (mark host.StreamMark, versions []directory.Version, err error) {
	has := false // the last of versions has the document of its key
	mark, err = p.config.Journal.EachVersion(ctx, m.Connection, m.Name, func(v host.Version) error {
		last := len(versions) - 1
		same := last >= 0 && versions[last].Key == v.Key
		switch {
		case same && has:
			versions[last].First = v.At.UnixNano()
			return nil
		case same && v.Removed:
			return nil
		}
		one, err := directory.VersionOf(v)
		one.First, has = one.At, !v.Removed
		versions = append(versions, one)
		return err
	})
	return mark, versions, err
}
