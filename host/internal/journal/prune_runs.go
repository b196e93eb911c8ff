package journal

import (
	"bytes"
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// changes plans the deletion of the oldest entries of the change logs. A chain
// can lose its beginning only, so the first entry that is held, or young enough,
// keeps all after it.
func (g *pruning) changes() (plan, error) {
	p := plan{phase: phaseChanges}
	ids, err := g.connections()
	if err != nil {
		return p, err
	}
	for _, id := range ids {
		if bytes.Compare([]byte(id), g.round.Place) < 0 {
			continue
		}
		err := eachEntry(g.txn, id, func(place entryPlace, _ logEntry, err error) error {
			if err != nil {
				return err
			}
			p.seen++
			if place.at.After(g.round.Versions) || g.holds.touchAny(id, place.at, place.at.Add(1)) || p.full(g.store.limits) {
				return errStop
			}
			p.doom(keyChange(id, place.epoch, place.at))
			p.doom(keyFeed(place.at))
			p.counts.Changes++
			p.anchor = &place
			return g.ctx.Err()
		})
		if err != nil || p.anchor != nil {
			// One chain in each transaction; the next step sees to the rest of it.
			p.place = []byte(id)
			return p, err
		}
	}
	return plan{phase: phaseLogs}, nil
}

// connections returns the ids of all connections, in order.
func (g *pruning) connections() (ids []string, err error) {
	err = eachKey(g.txn, key(prefixDocument, connectionNoun), func(k []byte) error {
		name, err := cutDocument(k)
		ids = append(ids, name.key)
		return err
	})
	return ids, err
}

// logs plans the deletion of the logs of old runs, newest first down to those
// that have none since an earlier round.
func (g *pruning) logs() (plan, error) {
	p := plan{phase: phaseLogs, place: g.round.Place}
	if g.round.Logs.IsZero() {
		return plan{phase: phaseRuns}, nil
	}
	full, err := g.olderRuns(&p, g.round.Logs, func(at time.Time, id string) (bool, error) {
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
	p.phase, p.place, p.logs = phaseRuns, nil, g.round.Logs
	return p, nil
}

// lines plans the deletion of a run's log and reports whether all of it goes into
// the step.
func (g *pruning) lines(p *plan, run string) (all bool, err error) {
	all = true
	err = eachKey(g.txn, key(prefixLog, run), func(k []byte) error {
		if p.full(g.store.limits) {
			all = false
			return errStop
		}
		p.seen++
		p.doom(bytes.Clone(k))
		return nil
	})
	return all, err
}

// runs plans the deletion of old runs. A run stays when it is one of its
// connection's latest, or when the change log still says what it did: records
// refer to it.
func (g *pruning) runs() (plan, error) {
	p := plan{phase: phaseRuns, place: g.round.Place}
	if g.round.Runs.IsZero() {
		return plan{}, nil
	}
	latest := map[string]time.Time{} // of the oldest run to keep, by connection
	full, err := g.olderRuns(&p, g.round.Runs, func(at time.Time, id string) (bool, error) {
		stored, err := loadRun(g.txn, id)
		if err != nil {
			return false, err
		}
		run := stored.Run
		if _, ok := latest[run.Connection]; !ok {
			if latest[run.Connection], err = g.latestRun(run.Connection); err != nil {
				return false, err
			}
		}
		p.seen += 20 // it costs more than looking at a key
		switch has, err := g.any(keyChangesOfRun(run.Connection, run.Epoch)); {
		case err != nil:
			return false, err
		case has, !run.Status.Final(), !at.Before(latest[run.Connection]):
			return true, nil
		}
		if all, err := g.lines(&p, id); err != nil || !all {
			return true, err
		}
		p.doom(key(prefixRun, id))
		p.doom(keyRunIndex(at, id))
		p.doom(keyRunOf(run.Connection, at, id))
		p.counts.Runs++
		return true, nil
	})
	if err != nil || full {
		return p, err
	}
	p.phase, p.place = "", nil
	return p, nil
}

// olderRuns calls fn with the runs before a moment, newest first, from p.place on
// until the step is full; then p.place is where to go on. Fn says whether to go
// on to older ones.
func (g *pruning) olderRuns(p *plan, before time.Time, fn func(at time.Time, id string) (bool, error)) (full bool, err error) {
	prefix := key(prefixRunIndex)
	from := keyRunIndex(before, "")
	if len(p.place) > 0 {
		from = p.place
	}
	it := g.txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		k := it.Item().Key()
		if p.full(g.store.limits) {
			p.place = bytes.Clone(k)
			return true, nil
		}
		at, rest, err := cutTime(k[len(prefix):])
		if err != nil {
			return false, err
		}
		id, _, err := cutText(rest)
		if err != nil {
			return false, err
		}
		p.seen++
		p.place = bytes.Clone(k)
		more, err := fn(at, id)
		if err != nil || !more {
			return false, errors.Join(err, g.ctx.Err())
		}
		if p.full(g.store.limits) {
			return true, g.ctx.Err() // perhaps not done with this one
		}
	}
	return false, g.ctx.Err()
}

// latestRun returns the time of the oldest of a connection's latest runs.
func (g *pruning) latestRun(connection string) (oldest time.Time, err error) {
	prefix, n := key(prefixRunsOf, connection), 0
	err = eachKey(g.txn, prefix, func(k []byte) error {
		if n++; n > keptRuns {
			return errStop
		}
		var err error
		oldest, _, err = cutTime(k[len(prefix):])
		return err
	})
	return oldest, err
}

// any reports whether there is anything under prefix.
func (g *pruning) any(prefix []byte) (has bool, err error) {
	err = eachKey(g.txn, prefix, func([]byte) error {
		has = true
		return errStop
	})
	return has, err
}
