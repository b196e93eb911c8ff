package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Kin returns who belonged to whom at a moment, by the records and the decisions of then. It reads the streams that persons and accounts
// are known from, and keeps nothing. The order of the sources is today's.
func (p *People) Kin(ctx context.Context, at time.Time) (*directory.Kin, error) {
	ix, _, err := p.indexAt(ctx, at)
	if err != nil {
		return nil, err
	}
	return ix.At(at, p.config.Limits).Kin(), nil
}

// indexAt returns the index of a moment, and the streams that it is made of.
func (p *People) indexAt(ctx context.Context, at time.Time) (*directory.Index, []host.StreamMark, error) {
	if err := p.fresh(ctx); err != nil {
		return nil, nil, err
	}
	p.mu.RLock()
	err := p.building()
	connections, precedence, revision := p.ix.Connections(), p.ix.Precedence(), p.ix.Revision()
	p.mu.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	ix := directory.New()
	ix.Today(at)
	ix.Connect(connections)
	ix.Prefer(precedence, revision)
	if err := p.decisionsAt(ctx, ix, at); err != nil {
		return nil, nil, err
	}
	marks, err := p.marks()
	if err != nil {
		return nil, nil, err
	}
	for _, m := range marks {
		versions, err := p.versionsAt(ctx, m, at)
		if err != nil {
			return nil, nil, fmt.Errorf("read accounts of stream %s: %w", m.Name, err)
		}
		ix.Replace(m, versions)
	}
	return ix, marks, nil
}

// versionsAt returns of each record the version of a moment; a removal also has the version before it.
func (p *People) versionsAt(ctx context.Context, m host.StreamMark, at time.Time) (versions []directory.Version, err error) {
	done := "" // the key whose version with a document is there
	_, err = p.config.Journal.EachVersion(ctx, m.Connection, m.Name, func(v host.Version) error {
		if v.At.After(at) || len(versions) > 0 && done == v.Key {
			return nil
		}
		one, err := directory.VersionOf(v)
		versions = append(versions, one)
		if !v.Removed {
			done = v.Key
		}
		return err
	})
	return versions, gone(err)
}

// decisionsAt gives an index the decisions of a moment: those of today, less what was decided since.
func (p *People) decisionsAt(ctx context.Context, ix *directory.Index, at time.Time) error {
	all, err := p.config.Journal.AccountDecisions()
	if err != nil {
		return err
	}
	decided := map[string]account.StoredDecision{}
	for _, d := range all {
		decided[d.Key] = d.Value
	}
	for q := (journal.AuditQuery{Collection: documents.CollectionAccountDecision, Since: at.Add(1), Limit: 1000}); ; {
		entries, next, err := p.config.Journal.Audit(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range entries { // newest first
			delete(decided, e.Key)
			if len(e.Before) == 0 {
				continue
			}
			var before account.StoredDecision
			if err := json.Unmarshal(e.Before, &before); err != nil {
				return fmt.Errorf("decode decision about %s: %w", e.Key, err)
			}
			decided[e.Key] = before
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	for key, d := range decided {
		ix.Decide(key, 1, d)
	}
	return nil
}
