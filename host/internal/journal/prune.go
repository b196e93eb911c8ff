package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Retention says how long what is kept; 0 = for ever.
type Retention struct {
	History time.Duration // superseded versions of records, and the change log
	Runs    time.Duration // runs that changed nothing that is still kept
	Logs    time.Duration // lines of runs' logs
}

// keptRuns is how many runs of each connection stay, however old.
const keptRuns = 50

// round is one round of pruning. Each step goes on where the one before left off,
// in a transaction that also says so.
//
//	versions ──> changes ──> logs ──> runs ──> ended
//	   ^    crash, stop, a run begins: goes on at Place    |
//	   +---------------------- next round -----------------+
type round struct {
	Phase string    `json:"phase"`
	Place []byte    `json:"place,omitempty"` // key at which the phase goes on
	Began time.Time `json:"began"`

	Versions time.Time `json:"versions,omitzero"` // what each phase takes away what is older than
	Logs     time.Time `json:"logs,omitzero"`
	Runs     time.Time `json:"runs,omitzero"`

	Done   host.PruneResult `json:"done"`
	Before uint64           `json:"before"` // bytes of the store when it began
}

const (
	phaseVersions = "versions"
	phaseChanges  = "changes"
	phaseLogs     = "logs"
	phaseRuns     = "runs"
)

// plan is what one step will take away, and where the next begins.
type plan struct {
	keys   [][]byte
	slots  map[string][]uint32 // documents that go, by the key of their pack
	size   int
	seen   int              // keys looked at
	counts host.PruneResult // what the keys stand for
	anchor *entryPlace      // newest entry of the change log that goes
	logs   time.Time        // runs up to this one have no log after this
	phase  string           // next; empty = the round has ended
	place  []byte
}

// full reports whether the step has enough to do.
func (p *plan) full(l limits) bool {
	return len(p.keys) >= l.pruneKeys || p.size >= deleteBytes || p.seen >= l.pruneSeen
}

func (p *plan) doom(k []byte) {
	p.keys = append(p.keys, k)
	p.size += len(k)
}

// PruneStep takes away a bounded number of what the retention gives up, and
// reports whether the round has ended. It first says in the store how far back
// history is kept from then on; after a crash, or when it is called no more, the
// next call goes on. It never takes the current version of a record, the one that
// was valid at the horizon, or what a hold keeps.
func (s *Journal) PruneStep(ctx context.Context, r Retention) (ended bool, result host.PruneResult, err error) {
	if err := s.disk.Room(); err != nil {
		return false, result, err
	}
	h, err := s.beginRound(r)
	if err != nil || h.Round == nil {
		return true, result, err
	}
	var p plan
	err = s.view(func(txn *badgerdir.Txn) error {
		// Whatever hold is made from now on cannot reach back behind the horizon.
		holds, err := loadHolds(txn)
		if err != nil {
			return err
		}
		p, err = (&pruning{store: s, ctx: ctx, txn: txn, round: *h.Round, done: h.Logs, holds: holds}).plan()
		return err
	})
	if err != nil {
		return false, result, fmt.Errorf("plan pruning: %w", err)
	}
	if h, err = s.prune(p); err != nil {
		return false, result, fmt.Errorf("prune: %w", err)
	}
	if h.Round == nil {
		return true, *h.Last, nil
	}
	return false, h.Round.Done, nil
}

// beginRound begins a round, unless one is under way or there is nothing to do.
func (s *Journal) beginRound(r Retention) (h history, err error) {
	err = s.view(func(txn *badgerdir.Txn) (err error) {
		h, err = loadHistory(txn)
		return err
	})
	if err != nil || h.Round != nil || r == (Retention{}) {
		return h, err
	}
	bytes, err := s.Bytes()
	if err != nil {
		return h, err
	}
	now := s.now().UTC().Round(0)
	before := func(kept time.Duration) time.Time {
		if kept <= 0 {
			return time.Time{}
		}
		return now.Add(-kept)
	}
	return s.editHistory(func(_ *badgerdir.Txn, h *history) error {
		h.Round = &round{Phase: phaseVersions, Began: now, Versions: before(r.History), Logs: before(r.Logs), Runs: before(r.Runs), Before: bytes}
		h.Since = later(h.Since, h.Round.Versions)
		return nil
	})
}

// prune takes away what was planned and remembers where to go on.
func (s *Journal) prune(p plan) (history, error) {
	s.disk.Wrote(3 * p.size)
	return s.editHistory(func(txn *badgerdir.Txn, h *history) error {
		if p.anchor != nil {
			if err := dropAnchored(txn, *p.anchor); err != nil {
				return err
			}
			h.Pruned = later(h.Pruned, p.anchor.at)
		}
		for _, k := range p.keys {
			if err := txn.Delete(k); err != nil {
				return err
			}
		}
		if err := s.emptySlots(txn, p.slots); err != nil {
			return err
		}
		h.Logs = later(h.Logs, p.logs)
		h.Round.advance(p)
		if p.phase == "" {
			done := h.Round.Done
			if done.Deleted() {
				h.Before, h.Given = h.Round.Before, 0
			}
			h.RoundAt, h.Last, h.Round = s.now().UTC().Round(0), &done, nil
		}
		return nil
	})
}

// emptySlots takes documents out of their packs.
func (s *Journal) emptySlots(txn *badgerdir.Txn, slots map[string][]uint32) error {
	for k, doomed := range slots {
		before, err := read(txn, []byte(k))
		if before == nil || err != nil {
			return errors.Join(errPack, err)
		}
		after, err := s.codec.without(before, doomed)
		if err != nil {
			return err
		}
		if after == nil {
			err = txn.Delete([]byte(k))
		} else {
			err = txn.Set([]byte(k), after)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *round) advance(p plan) {
	r.Phase, r.Place = p.phase, p.place
	r.Done.Versions += p.counts.Versions
	r.Done.Changes += p.counts.Changes
	r.Done.Runs += p.counts.Runs
	r.Done.Logs += p.counts.Logs
}

// pruning plans one step. It looks at one moment of the store.
type pruning struct {
	store *Journal
	ctx   context.Context
	txn   *badgerdir.Txn
	round round
	done  time.Time // runs up to this one have no log
	holds holds
}

func (g *pruning) plan() (plan, error) {
	switch g.round.Phase {
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
	header
	connection string
}

// streams returns all streams, by number.
func (g *pruning) streams() (all []ownedHeader, err error) {
	err = each(g.txn, key(prefixStream), func(item *badgerdir.Item) error {
		connection, _, err := cutText(item.Key()[1:])
		if err != nil {
			return err
		}
		h := ownedHeader{connection: connection}
		err = unmarshal(item, &h.header)
		all = append(all, h)
		return err
	})
	slices.SortFunc(all, func(a, b ownedHeader) int { return cmp.Compare(a.Number, b.Number) })
	return all, err
}

// versions plans the deletion of superseded versions, stream by stream.
func (g *pruning) versions() (plan, error) {
	p := plan{phase: phaseVersions, place: g.round.Place, slots: map[string][]uint32{}}
	if g.round.Versions.IsZero() {
		return plan{phase: phaseLogs}, nil
	}
	streams, err := g.streams()
	if err != nil {
		return p, err
	}
	for _, h := range streams {
		prefix := numbered(prefixVersion, h.Number)
		if slices.Compare(p.place, prefix) > 0 && !hasPrefix(p.place, prefix) {
			continue // a stream before the place
		}
		if !hasPrefix(p.place, prefix) {
			p.place = prefix
		}
		more, err := g.stream(&p, h, prefix)
		if err != nil {
			return p, fmt.Errorf("stream %s: %w", h.Name, err)
		}
		if more {
			return p, nil
		}
		p.place = numbered(prefixVersion, h.Number+1)
	}
	p.phase, p.place = phaseChanges, nil
	return p, nil
}

func hasPrefix(k, prefix []byte) bool {
	return len(k) >= len(prefix) && slices.Equal(k[:len(prefix)], prefix)
}

// stream plans for one stream, record by record from p.place on, and reports
// whether there is more of it than goes into the step.
func (g *pruning) stream(p *plan, h ownedHeader, prefix []byte) (more bool, err error) {
	it := g.txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
	defer it.Close()
	past := past{pruning: g, stream: h}
	for it.Seek(p.place); it.Valid(); it.Next() {
		record, at, err := cutVersion(it.Item().Key()[len(prefix):])
		if err != nil {
			return false, err
		}
		if record != past.record {
			if more, err := past.settle(p, prefix); more || err != nil {
				return more, err
			}
			past = pastOf(g, h, record)
		}
		p.seen++
		if err := past.visit(it.Item(), at); err != nil {
			return false, err
		}
		if err := g.ctx.Err(); err != nil {
			return false, err
		}
	}
	return past.settle(p, prefix)
}

// past is what is older than the horizon of one record: the version valid at the
// horizon, and those it superseded.
type past struct {
	*pruning
	stream ownedHeader
	record string
	until  time.Time    // when the version visited last was superseded
	old    []oldVersion // newest first
	kept   []bool
}

type oldVersion struct {
	version
	at time.Time
}

func pastOf(g *pruning, h ownedHeader, record string) past {
	return past{pruning: g, stream: h, record: record, until: lastMoment}
}

// visit takes in the next older version.
func (v *past) visit(item *badgerdir.Item, at time.Time) error {
	until := v.until
	v.until = at
	if at.After(v.round.Versions) {
		return nil
	}
	v.kept = append(v.kept, v.holds.touch(v.stream.connection, v.stream.Name, at, until))
	return item.Value(func(raw []byte) error {
		version, err := unpackVersion(raw)
		version.doc = nil
		v.old = append(v.old, oldVersion{version, at})
		return err
	})
}

// settle plans what of the record goes, the oldest first, and reports whether the
// step is full with it; the next goes on at p.place.
func (v *past) settle(p *plan, prefix []byte) (full bool, err error) {
	if v.record == "" {
		return false, nil
	}
	for _, old := range v.doomed() {
		if p.full(v.store.limits) {
			p.place = appendText(slices.Clone(prefix), v.record)
			return true, nil
		}
		p.doom(keyVersion(v.stream.Number, v.record, old.at))
		p.counts.Versions++
		if err := v.doomDocument(p, old); err != nil {
			return false, err
		}
	}
	p.place = afterRecord(prefix, v.record)
	return p.full(v.store.limits), nil
}

// doomed returns the versions that go, the oldest first. The one valid at the
// horizon stays, but for a removal that nothing older needs: then the record is
// simply not there.
func (v *past) doomed() (gone []oldVersion) {
	if len(v.old) == 0 {
		return nil
	}
	if v.old[0].kind != changeRemoved || slices.Contains(v.kept[1:], true) {
		v.kept[0] = true
	}
	for i, old := range slices.Backward(v.old) {
		if !v.kept[i] {
			gone = append(gone, old)
		}
	}
	return gone
}

// doomDocument plans to take the document of a version out of its pack.
func (v *past) doomDocument(p *plan, old oldVersion) error {
	if !old.packed() {
		return nil
	}
	k := keyPack(v.stream.Number, old.at, old.chunk)
	if p.slots[string(k)] == nil {
		item, err := v.txn.Get(k)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		p.size += int(item.ValueSize()) // what is left of it is written again
	}
	p.slots[string(k)] = append(p.slots[string(k)], old.slot)
	return nil
}
