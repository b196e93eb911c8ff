package prune

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// planner plans one step. It reads in one transaction.
type planner struct {
	limits ledger.Limits
	ctx    context.Context
	txn    *badgerdir.Txn
	pass   layout.Pass
	done   time.Time // runs up to this one have no log
	holds  layout.Holds
}

func (g *planner) plan() (plan, error) {
	switch g.pass.Phase {
	case phaseVersions:
		return g.versions()
	case phaseChanges:
		return g.changes()
	case phaseLogs:
		return g.logs()
	default:
		return g.runs()
	}
}

// ownedHeader is a stream with the connection it belongs to.
type ownedHeader struct {
	layout.Header
	connection string
}

// streams returns all streams, by number.
func (g *planner) streams() (all []ownedHeader, err error) {
	err = layout.EachHeader(g.txn, layout.Key(layout.PrefixStream), func(connection string, h layout.Header, err error) error {
		all = append(all, ownedHeader{h, connection})
		return err
	})
	slices.SortFunc(all, func(a, b ownedHeader) int { return cmp.Compare(a.Number, b.Number) })
	return all, err
}

// versions plans the deletion of superseded versions, stream by stream.
func (g *planner) versions() (plan, error) {
	p := plan{limits: g.limits, phase: phaseVersions, next: g.pass.Next, slots: map[string][]uint32{}}
	if g.pass.Versions.IsZero() {
		return plan{phase: phaseLogs}, nil
	}
	streams, err := g.streams()
	if err != nil {
		return p, err
	}
	for _, h := range streams {
		prefix := layout.StreamKey(layout.PrefixVersion, h.Number)
		if !bytes.HasPrefix(p.next, prefix) {
			if bytes.Compare(p.next, prefix) > 0 {
				continue // done
			}
			p.next = prefix
		}
		more, err := g.stream(&p, h, prefix)
		if err != nil {
			return p, fmt.Errorf("stream %s: %w", h.Name, err)
		}
		if more {
			return p, nil
		}
		p.next = layout.StreamKey(layout.PrefixVersion, h.Number+1)
	}
	p.phase, p.next = phaseChanges, nil
	return p, nil
}

// stream plans for one stream, record by record from p.next on, and reports whether there
// is more of it than fits into the step.
func (g *planner) stream(p *plan, h ownedHeader, prefix []byte) (more bool, err error) {
	r := past{planner: g, stream: h}
	options := badgerdir.IteratorOptions{Prefix: prefix}
	err = layout.EachFrom(g.txn, options, p.next, func(item *badgerdir.Item) error {
		record, at, err := layout.CutVersion(item.Key()[len(prefix):])
		if err != nil {
			return err
		}
		if record != r.record {
			if more, err = r.settle(p, prefix); more || err != nil {
				return cmp.Or(err, layout.ErrStop)
			}
			r = past{planner: g, stream: h, record: record, until: layout.LastMoment}
		}
		p.seen++
		if err := r.visit(item, at); err != nil {
			return err
		}
		return g.ctx.Err()
	})
	if more || err != nil {
		return more, err
	}
	return r.settle(p, prefix)
}

// past is what one record has before the horizon: the version valid at the horizon, and
// those that it superseded.
type past struct {
	*planner
	stream ownedHeader
	record string
	until  time.Time    // when the version visited last was superseded
	old    []oldVersion // newest first
	kept   []bool
}

type oldVersion struct {
	layout.Version
	at time.Time
}

// visit takes in the next older version.
func (v *past) visit(item *badgerdir.Item, at time.Time) error {
	until := v.until
	v.until = at
	if at.After(v.pass.Versions) {
		return nil
	}
	v.kept = append(v.kept, v.holds.Touch(v.stream.connection, v.stream.Name, at, until))
	return item.Value(func(raw []byte) error {
		version, err := layout.UnpackVersion(raw)
		v.old = append(v.old, oldVersion{version, at})
		return err
	})
}

// settle plans which versions of the record are deleted, the oldest first, and reports
// whether the step is full with them. The next goes on at p.next.
func (v *past) settle(p *plan, prefix []byte) (full bool, err error) {
	if v.record == "" {
		return false, nil
	}
	for _, old := range v.doomed() {
		if p.full() {
			p.next = layout.AppendText(slices.Clone(prefix), v.record)
			return true, nil
		}
		p.doom(layout.VersionKey(v.stream.Number, v.record, old.at))
		p.counts.Versions++
		if err := v.doomDocument(p, old); err != nil {
			return false, err
		}
	}
	p.next = layout.AfterRecord(prefix, v.record)
	return p.full(), nil
}

// doomed returns the versions to delete, the oldest first. The one valid at the horizon
// stays, unless it is a removal with nothing older kept: the record then does not exist.
func (v *past) doomed() (gone []oldVersion) {
	if len(v.old) == 0 {
		return nil
	}
	if v.old[0].Kind != layout.Removed || slices.Contains(v.kept[1:], true) {
		v.kept[0] = true
	}
	for i, old := range slices.Backward(v.old) {
		if !v.kept[i] {
			gone = append(gone, old)
		}
	}
	return gone
}

// doomDocument plans to delete the document of a version from its pack.
func (v *past) doomDocument(p *plan, old oldVersion) error {
	if !old.Packed() {
		return nil
	}
	k := layout.PackKey(v.stream.Number, old.at, old.Chunk)
	if p.slots[string(k)] == nil {
		item, err := v.txn.Get(k)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		p.size += int(item.ValueSize()) // the rest of it is written again
	}
	p.slots[string(k)] = append(p.slots[string(k)], old.Slot)
	return nil
}

// changes plans the deletion of the oldest entries of the change logs. A chain can lose
// its beginning only, so the first entry that is held, or young enough, keeps all after it.
func (g *planner) changes() (plan, error) {
	p := plan{limits: g.limits, phase: phaseChanges}
	ids, err := g.connections()
	if err != nil {
		return p, err
	}
	for _, id := range ids {
		if bytes.Compare([]byte(id), g.pass.Next) < 0 {
			continue
		}
		err := layout.EachEntry(g.txn, id, func(entry layout.EntryID, _ layout.Entry, err error) error {
			if err != nil {
				return err
			}
			p.seen++
			if entry.At.After(g.pass.Versions) || g.holds.TouchAny(id, entry.At, entry.At.Add(1)) || p.full() {
				return layout.ErrStop
			}
			p.doom(entry.Key())
			p.doom(layout.FeedKey(entry.At))
			p.counts.Changes++
			p.anchor = &entry
			return g.ctx.Err()
		})
		if err != nil || p.anchor != nil {
			// A transaction changes one chain; the next step goes on with it.
			p.next = []byte(id)
			return p, err
		}
	}
	return plan{phase: phaseLogs}, nil
}

// connections returns the ids of all connections, in order.
func (g *planner) connections() (ids []string, err error) {
	err = layout.EachKey(g.txn, layout.Key(layout.PrefixDocument, layout.CollectionConnection), func(k []byte) error {
		_, id, err := layout.CutDocument(k)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// logs plans the deletion of the logs of old runs, newest first down to those that have
// none since an earlier pass.
func (g *planner) logs() (plan, error) {
	p := plan{limits: g.limits, phase: phaseLogs, next: g.pass.Next}
	if g.pass.Logs.IsZero() {
		return plan{phase: phaseRuns}, nil
	}
	full, err := g.olderRuns(&p, g.pass.Logs, func(at time.Time, id string) (bool, error) {
		if !at.After(g.done) {
			return false, nil
		}
		before := len(p.keys)
		all, err := g.lines(&p, id)
		if all && len(p.keys) > before {
			p.counts.Logs++
		}
		return true, err
	})
	if err != nil || full {
		return p, err
	}
	p.phase, p.next, p.logs = phaseRuns, nil, g.pass.Logs
	return p, nil
}

// lines plans the deletion of a run's log and reports whether all of it fits into the step.
func (g *planner) lines(p *plan, run string) (all bool, err error) {
	all = true
	err = layout.EachKey(g.txn, layout.Key(layout.PrefixLog, run), func(k []byte) error {
		if p.full() {
			all = false
			return layout.ErrStop
		}
		p.seen++
		p.doom(bytes.Clone(k))
		return nil
	})
	return all, err
}

// runs plans the deletion of old runs. A run stays when it is one of its connection's
// latest, or when the change log still has what it did: records refer to it.
func (g *planner) runs() (plan, error) {
	p := plan{limits: g.limits, phase: phaseRuns, next: g.pass.Next}
	if g.pass.Runs.IsZero() {
		return plan{}, nil
	}
	latest := map[string]time.Time{} // of the oldest run to keep, by connection
	full, err := g.olderRuns(&p, g.pass.Runs, func(at time.Time, id string) (bool, error) {
		stored, err := layout.LoadRun(g.txn, id)
		if err != nil {
			return false, err
		}
		run := stored.Run
		if _, ok := latest[run.Connection]; !ok {
			if latest[run.Connection], _, err = layout.OldestKept(g.txn, run.Connection); err != nil {
				return false, err
			}
		}
		p.seen += 20 // it costs more than reading a key
		switch logged, err := layout.First(g.txn, layout.EntriesOfRun(run.Connection, run.Epoch)); {
		case err != nil:
			return false, err
		case logged != nil, !run.Status.Final(), !at.Before(latest[run.Connection]):
			return true, nil
		}
		if all, err := g.lines(&p, id); err != nil || !all {
			return true, err
		}
		p.doom(layout.Key(layout.PrefixRun, id))
		p.doom(layout.RunIndexKey(at, id))
		p.doom(layout.RunOfKey(run.Connection, at, id))
		p.counts.Runs++
		return true, nil
	})
	if err != nil || full {
		return p, err
	}
	p.phase, p.next = "", nil
	return p, nil
}

// olderRuns calls fn with the runs before a moment, newest first, from p.next on until the
// step is full; then p.next is where to go on. Fn says whether to go on to older ones.
func (g *planner) olderRuns(p *plan, before time.Time, fn func(at time.Time, id string) (bool, error)) (full bool, err error) {
	prefix := layout.Key(layout.PrefixRunIndex)
	from := layout.RunIndexKey(before, "")
	if len(p.next) > 0 {
		from = p.next
	}
	err = layout.EachFrom(g.txn, badgerdir.IteratorOptions{Prefix: prefix}, from, func(item *badgerdir.Item) error {
		p.next = item.KeyCopy(nil)
		at, id, err := layout.CutListed(p.next[len(prefix):])
		if err != nil {
			return err
		}
		p.seen++
		more, err := fn(at, id)
		if err != nil || !more {
			return cmp.Or(err, layout.ErrStop)
		}
		if full = p.full(); full {
			return layout.ErrStop // perhaps not done with this run
		}
		return g.ctx.Err()
	})
	return full, err
}
