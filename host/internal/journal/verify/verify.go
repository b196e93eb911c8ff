package verify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
)

// The kinds of bad entries besides anchor.Bad.
const (
	badFile       = "file"
	badChain      = "chain"
	badChangeLog  = "change_log"
	badVersion    = "version"
	badDigest     = "digest"
	badCount      = "count"
	badAudit      = "audit"
	badDocument   = "document"
	badConnection = "connection"
	badRun        = "run"
	badLog        = "log"
	badOther      = "other"
)

// badOrder is the order in which the kinds are reported.
var badOrder = []string{
	badFile, badChain, badChangeLog, badVersion, badDigest, badCount, anchor.Bad,
	badAudit, badDocument, badConnection, badRun, badLog, badOther,
}

// verifier collects what a verification finds.
type verifier struct {
	ledger *ledger.Ledger
	ctx    context.Context
	now    func() time.Time
	report func(ledger.Progress)
	result host.Verification
	alias  string // of the connection being checked
	found  map[string]*host.BadEntry
	phase  ledger.Progress

	anchors map[string][]anchor.Line // by connection
	since   time.Time                // what is older may be pruned
}

func newVerifier(ctx context.Context, now func() time.Time, report func(ledger.Progress)) *verifier {
	if report == nil {
		report = func(ledger.Progress) {}
	}
	return &verifier{
		ctx: ctx, report: report, now: now, found: map[string]*host.BadEntry{}, anchors: map[string][]anchor.Line{},
		result: host.Verification{
			StartedAt: now().UTC(), Schema: ledger.Schema,
			Connections: []host.ChainState{}, Bad: []host.BadEntry{}, Unfinished: []host.BadEntry{},
		},
	}
}

// All verifies one moment of an open journal, which may go on being used. Report, which
// may be nil, is called with the progress. The error is for what prevented the
// verification, not for what it found.
func All(ctx context.Context, l *ledger.Ledger, report func(ledger.Progress)) (host.Verification, error) {
	v := newVerifier(ctx, l.Now, report)
	v.ledger = l
	v.result.Files, v.result.Bytes = badgerdir.Files(l.Dir)
	found, err := l.Disk.Inspect(ctx, false, v.tables)
	if err != nil {
		return host.Verification{}, err
	}
	v.note(found)
	return v.all()
}

// Closed verifies a journal that no process has open. It finishes a swap that a crash cut
// off, as every start does. It reads the files before it opens them, because opening can
// make damage worse. When one is bad it checks nothing but files.
func Closed(ctx context.Context, options ledger.Options, report func(ledger.Progress)) (host.Verification, error) {
	if err := options.Complete(); err != nil {
		return host.Verification{}, err
	}
	if err := swap.Finish(options.Dir); err != nil {
		return host.Verification{}, err
	}
	v := newVerifier(ctx, options.Now, report)
	if err := v.closedFiles(options); err != nil {
		return host.Verification{}, err
	}
	if len(v.found) > 0 {
		return v.finish(), nil
	}
	l, err := prune.Open(options)
	if err != nil {
		return host.Verification{}, err
	}
	v.ledger = l
	result, err := v.all()
	return result, errors.Join(err, l.Close())
}

func (v *verifier) closedFiles(options ledger.Options) error {
	v.result.Files, v.result.Bytes = badgerdir.Files(options.Dir)
	found, err := badgerdir.Inspect(v.ctx, options.Disk(), v.tables)
	v.note(found)
	return err
}

// all verifies the entries.
func (v *verifier) all() (_ host.Verification, err error) {
	// Badger panics at some of what it cannot read.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read store: the database gave up: %v", r)
		}
	}()
	if err := v.readAnchors(); err != nil {
		return host.Verification{}, err
	}
	err = v.ledger.View(func(txn *badgerdir.Txn) error {
		h, err := layout.LoadHistory(txn)
		if err != nil {
			return err
		}
		v.since = h.Since
		if err := v.audit(txn); err != nil {
			return err
		}
		if err := v.plain(txn); err != nil {
			return err
		}
		connections, err := layout.ReadableConnections(txn)
		if err != nil {
			return fmt.Errorf("read connections: %w", err)
		}
		for _, c := range connections {
			if err := v.connection(txn, c.ID, c.Alias); err != nil {
				return fmt.Errorf("verify connection %s: %w", c.Alias, err)
			}
		}
		if err := v.strays(txn); err != nil {
			return err
		}
		return v.compareAnchors(txn)
	})
	if err != nil {
		return host.Verification{}, err
	}
	return v.finish(), nil
}

// Examine reads every table of an open journal and returns the first entry in each that is
// damaged. The database skips what it cannot read, so the owner of a journal calls Examine
// soon after opening it. It reads slowly, in the background.
func Examine(ctx context.Context, l *ledger.Ledger) (bad []host.BadEntry, err error) {
	found, err := l.Disk.Inspect(ctx, true, func(int, int) {})
	for _, f := range found {
		if len(bad) == 0 || bad[len(bad)-1].File != f.File {
			bad = append(bad, f.BadEntry)
		}
	}
	return bad, err
}

// note takes what an inspection of the files found.
func (v *verifier) note(found []badgerdir.Finding) {
	for _, f := range found {
		if f.Cut() {
			v.result.Unfinished = append(v.result.Unfinished, f.BadEntry)
		} else {
			v.bad(badFile, f.BadEntry, "%s", f.Message)
		}
	}
}

// tables reports how many tables are checked.
func (v *verifier) tables(done, total int) {
	v.report(ledger.Progress{Phase: "files", Done: int64(done), Total: int64(total)})
}

// bad notes a finding. The first of each kind is kept, the others are counted.
func (v *verifier) bad(kind string, b host.BadEntry, format string, args ...any) {
	if first := v.found[kind]; first != nil {
		first.Further++
		return
	}
	b.Kind, b.Message = kind, fmt.Sprintf(format, args...)
	if b.Alias == "" {
		b.Alias = v.alias
	}
	v.found[kind] = &b
}

func (v *verifier) finish() host.Verification {
	for _, kind := range badOrder {
		if b := v.found[kind]; b != nil {
			v.result.Bad = append(v.result.Bad, *b)
		}
	}
	v.result.FinishedAt = v.now().UTC()
	return v.result
}

// step counts what was checked and reports it now and then.
func (v *verifier) step() error {
	if v.phase.Done++; v.phase.Done%512 == 0 {
		v.report(v.phase)
		return v.ctx.Err()
	}
	return nil
}

func (v *verifier) begin(phase string, total int) {
	v.phase = ledger.Progress{Phase: phase, Total: int64(total)}
	v.report(v.phase)
}

// connection checks the chain and the streams of a connection.
func (v *verifier) connection(txn *badgerdir.Txn, id, alias string) error {
	v.alias = alias
	defer func() { v.alias = "" }()
	state := host.ChainState{Connection: id, Alias: alias}
	logged, err := v.chain(txn, id, &state)
	if err != nil {
		return fmt.Errorf("read change log: %w", err)
	}
	headers, err := layout.Headers(txn, id)
	if err != nil {
		v.bad(badOther, host.BadEntry{}, "the header of a stream cannot be read: %v", err)
	}
	for _, h := range headers {
		v.begin("records", h.Records)
		c, err := v.stream(txn, h)
		if err != nil {
			return fmt.Errorf("verify stream %s: %w", h.Name, err)
		}
		if c.stored != logged[h.Name] {
			if err := v.firstDifference(txn, id, h); err != nil {
				return err
			}
		}
		state.Records += c.records
		state.Versions += c.versions
		delete(logged, h.Name)
	}
	for name := range logged {
		v.bad(badChangeLog, host.BadEntry{Stream: name}, "the change log knows the stream, but it is not stored")
	}
	v.result.Connections = append(v.result.Connections, state)
	return v.ctx.Err()
}

// chain follows a connection's chain and tallies its changes by stream.
func (v *verifier) chain(txn *badgerdir.Txn, id string, state *host.ChainState) (map[string]tally, error) {
	logged := map[string]tally{}
	err := v.walk(txn, id, state, func(entry layout.EntryID, e layout.Entry, bad *host.BadEntry) {
		changes, err := layout.UnpackChanges(e.Body, entry.At)
		if err != nil {
			v.bad(badChangeLog, *bad, "the entry of the change log cannot be read: %v", err)
		}
		if len(changes) > 0 {
			bad.Run, bad.Stream = changes[0].Run, changes[0].Stream
		}
		for _, c := range changes {
			if c.At.After(v.since) {
				t := logged[c.Stream]
				t.add(c)
				logged[c.Stream] = t
			}
		}
	})
	return logged, err
}

// walk follows a chain from its anchor to its head and names an entry that does not follow
// the one before it. It calls fn with every entry that can be read; fn may add to what is
// said of the entry if it is bad.
func (v *verifier) walk(
	txn *badgerdir.Txn, id string, state *host.ChainState, fn func(layout.EntryID, layout.Entry, *host.BadEntry),
) error {
	log := "change log"
	if id == layout.AuditChain {
		log = "audit log"
	}
	c, err := layout.LoadChain(txn, id)
	if err != nil {
		v.bad(badChain, host.BadEntry{}, "the head of the chain cannot be read: %v", err)
	}
	state.Length, state.From, state.Head = c.Length, c.Anchor, hex.EncodeToString(c.Head[:])
	v.begin("chain", int(c.Length-c.Anchor))
	number, before := c.Anchor, c.AnchorLink
	lines := map[uint64][]anchor.Line{} // by length of the chain
	for _, line := range v.anchors[id] {
		lines[line.Length] = append(lines[line.Length], line)
	}
	err = layout.EachEntry(txn, id, func(entry layout.EntryID, e layout.Entry, err error) error {
		bad := host.BadEntry{At: &entry.At, Number: e.Number}
		if err != nil {
			v.bad(badChangeLog, bad, "the entry of the %s cannot be read: %v", log, err)
			return v.step()
		}
		if e.Number <= c.Anchor && e.Number != 0 {
			return v.step() // waits to be deleted
		}
		fn(entry, e, &bad)
		switch {
		case e.Number != number+1:
			v.bad(badChain, bad, "entry %d of the %s follows entry %d: entries are missing, or were added", e.Number, log, number)
		case e.Link != before.Next(e.Number, entry, e.Body):
			v.bad(badChain, bad, "entry %d of the %s was changed after it was written, or follows another", e.Number, log)
		}
		number, before = e.Number, e.Link
		v.compareLink(lines[e.Number], e)
		if fed, err := layout.IsFed(txn, entry); err != nil || !fed {
			v.bad(badChangeLog, bad, "entry %d of the %s is missing from the feed, or cannot be read there: %v", e.Number, log, err)
		}
		return v.step()
	})
	if err == nil && (number != c.Length || before != c.Head) {
		v.bad(badChain, host.BadEntry{Number: c.Length},
			"the %s ends at entry %d, its chain at entry %d: entries are missing, or the last one is another", log, number, c.Length)
	}
	return err
}
