package journal

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// The kinds of bad entries, in the order in which they are told.
const (
	badFile       = "file"
	badChain      = "chain"
	badChangeLog  = "change_log"
	badVersion    = "version"
	badDigest     = "digest"
	badCount      = "count"
	badAnchor     = "anchor"
	badAudit      = "audit"
	badDocument   = "document"
	badConnection = "connection"
	badRun        = "run"
	badLog        = "log"
	badOther      = "other"
)

var badOrder = []string{badFile, badChain, badChangeLog, badVersion, badDigest, badCount, badAnchor, badAudit, badDocument, badConnection, badRun, badLog, badOther}

// verifier gathers what a verification finds.
type verifier struct {
	store  *Journal
	ctx    context.Context
	now    func() time.Time
	report func(Progress)
	result host.Verification
	alias  string // of the connection being checked
	found  map[string]*host.BadEntry
	phase  Progress

	anchors map[string][]anchor // lines of the anchors file by connection
	since   time.Time           // what is older may be pruned
}

func (s *Journal) verifier(ctx context.Context, report func(Progress)) *verifier {
	v := newVerifier(ctx, s.now, report)
	v.store = s
	return v
}

func newVerifier(ctx context.Context, now func() time.Time, report func(Progress)) *verifier {
	if report == nil {
		report = func(Progress) {}
	}
	return &verifier{
		ctx: ctx, report: report, now: now, found: map[string]*host.BadEntry{}, anchors: map[string][]anchor{},
		result: host.Verification{StartedAt: now().UTC(), Schema: Schema, Connections: []host.ChainState{}, Bad: []host.BadEntry{}, Unfinished: []host.BadEntry{}},
	}
}

// VerifyAll reads everything that is stored and holds it against everything else
// it must agree with: see doc.go. It takes as long as reading does; what it reads
// is one moment of the store, which may go on being used. Report is told how far
// it is. The error is for what kept it from looking, not for what it found.
func (s *Journal) VerifyAll(ctx context.Context, report func(Progress)) (host.Verification, error) {
	return s.verifyAll(s.verifier(ctx, report), true)
}

// VerifyClosed checks a store that no process has open. It finishes a swap that a
// crash cut off, as every start does. Files are read before anything opens them,
// since opening can make damage worse; when one is bad the store is not opened and
// nothing but files is checked.
func VerifyClosed(ctx context.Context, options Options, report func(Progress)) (host.Verification, error) {
	if err := options.complete(); err != nil {
		return host.Verification{}, err
	}
	if err := FinishSwap(options.Dir); err != nil {
		return host.Verification{}, err
	}
	v := newVerifier(ctx, options.Now, report)
	v.result.Files, v.result.Bytes = badgerdir.Files(options.Dir)
	found, err := badgerdir.Inspect(ctx, options.disk(), v.tables)
	if err != nil {
		return host.Verification{}, err
	}
	v.note(found)
	if len(v.found) > 0 {
		return v.finish(), nil
	}
	s, err := Open(options)
	if err != nil {
		return host.Verification{}, err
	}
	v.store = s
	result, err := s.verifyAll(v, false)
	return result, errors.Join(err, s.Close())
}

func (s *Journal) verifyAll(v *verifier, files bool) (_ host.Verification, err error) {
	// Badger panics at some of what it cannot read.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read store: the database gave up: %v", r)
		}
	}()
	if files {
		v.result.Files, v.result.Bytes = badgerdir.Files(s.dir)
		found, err := s.disk.Inspect(v.ctx, false, v.tables)
		if err != nil {
			return host.Verification{}, err
		}
		v.note(found)
	}
	if err := v.readAnchors(); err != nil {
		return host.Verification{}, err
	}
	err = s.view(func(txn *badgerdir.Txn) error {
		if err := v.kept(txn); err != nil {
			return err
		}
		if err := v.audit(txn); err != nil {
			return err
		}
		if err := v.plain(txn); err != nil {
			return err
		}
		connections, err := knownConnections(txn)
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
		return v.holdToAnchors(txn)
	})
	if err != nil {
		return host.Verification{}, err
	}
	return v.finish(), nil
}

// Verify checks one connection and returns an error that names the first entry
// of each kind that does not agree with the rest.
func (s *Journal) Verify(ctx context.Context, connection string) error {
	v := s.verifier(ctx, nil)
	err := s.view(func(txn *badgerdir.Txn) error {
		if err := v.kept(txn); err != nil {
			return err
		}
		return v.connection(txn, connection, connection)
	})
	if err != nil {
		return err
	}
	var faults error
	for _, bad := range v.finish().Bad {
		faults = errors.Join(faults, errors.New(describeBad(bad)))
	}
	return faults
}

func describeBad(b host.BadEntry) string {
	var where []string
	for _, part := range []struct{ word, value string }{{"stream", b.Stream}, {"record", b.Key}, {"run", b.Run}, {"file", b.File}} {
		if part.value != "" {
			where = append(where, part.word+" "+part.value)
		}
	}
	return strings.Join(append(where, b.Message), ": ")
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

// tables tells how many tables are checked.
func (v *verifier) tables(done, total int) {
	v.report(Progress{Phase: "files", Done: int64(done), Total: int64(total)})
}

// Examine reads every table of the open store and returns the first entry in each that
// is damaged. The database passes over what it cannot read, so the owner of a store
// calls Examine soon after opening it. It reads little at a time.
func (s *Journal) Examine(ctx context.Context) (bad []host.BadEntry, err error) {
	found, err := s.disk.Inspect(ctx, true, func(int, int) {})
	for _, f := range found {
		if len(bad) == 0 || bad[len(bad)-1].File != f.File {
			bad = append(bad, f.BadEntry)
		}
	}
	return bad, err
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

// step counts what was looked at and tells so now and then.
func (v *verifier) step() error {
	if v.phase.Done++; v.phase.Done%512 == 0 {
		v.report(v.phase)
		return v.ctx.Err()
	}
	return nil
}

func (v *verifier) begin(phase string, total int) {
	v.phase = Progress{Phase: phase, Total: int64(total)}
	v.report(v.phase)
}

// kept finds out how far back everything must be there.
func (v *verifier) kept(txn *badgerdir.Txn) error {
	h, err := loadHistory(txn)
	v.since = h.Since
	return err
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
	headers, err := streamHeaders(txn, id)
	if err != nil {
		v.bad(badOther, host.BadEntry{}, "the header of a stream cannot be read: %v", err)
	}
	for _, h := range headers {
		v.begin("records", h.Records)
		a := audit{verifier: v, header: h, documents: v.store.documents(txn), logged: logged[h.Name], digest: digest{memory: v.store.memory}}
		err := errors.Join(a.run(txn), a.digest.check())
		a.digest.close()
		if err != nil {
			return fmt.Errorf("verify stream %s: %w", h.Name, err)
		}
		if a.logged != a.stored {
			if err := v.firstDifference(txn, id, h); err != nil {
				return err
			}
		}
		state.Records += a.records
		state.Versions += a.versions
		delete(logged, h.Name)
	}
	for name := range logged {
		v.bad(badChangeLog, host.BadEntry{Stream: name}, "the change log knows the stream, but it is not stored")
	}
	v.result.Connections = append(v.result.Connections, state)
	return v.ctx.Err()
}

// chain walks a connection's change log and tallies its changes by stream.
func (v *verifier) chain(txn *badgerdir.Txn, id string, state *host.ChainState) (map[string]tally, error) {
	logged := map[string]tally{}
	err := v.walk(txn, id, state, func(place entryPlace, e logEntry, bad *host.BadEntry) {
		changes, err := unpackChanges(e.body, place.at)
		if err != nil {
			v.bad(badChangeLog, *bad, "the entry of the change log cannot be read: %v", err)
		}
		if len(changes) > 0 {
			bad.Run, bad.Stream = changes[0].Run, changes[0].Stream
		}
		for _, k := range changes {
			if !k.At.After(v.since) {
				continue
			}
			t := logged[k.Stream]
			t.add(k.Key, k.Run, k.At, k.Hash)
			logged[k.Stream] = t
		}
	})
	return logged, err
}

// walk follows a chain from its anchor to its head and names what does not follow what
// is before it. It calls fn with every entry that can be read; fn may add to what is
// said of the entry if it is bad.
func (v *verifier) walk(txn *badgerdir.Txn, id string, state *host.ChainState, fn func(entryPlace, logEntry, *host.BadEntry)) error {
	log := "change log"
	if id == auditChain {
		log = "audit log"
	}
	c, err := loadChain(txn, id)
	if err != nil {
		v.bad(badChain, host.BadEntry{}, "the head of the chain cannot be read: %v", err)
	}
	state.Length, state.From, state.Head = c.length, c.anchor, hex.EncodeToString(c.head[:])
	v.begin("chain", int(c.length-c.anchor))
	number, before := c.anchor, c.anchorLink
	lines := byNumber(v.anchors[id])
	err = eachEntry(txn, id, func(place entryPlace, e logEntry, err error) error {
		at := place.at
		bad := host.BadEntry{At: &at, Number: e.number}
		if err != nil {
			v.bad(badChangeLog, bad, "the entry of the %s cannot be read: %v", log, err)
			return v.step()
		}
		if e.number <= c.anchor && e.number != 0 {
			return v.step() // waits to be deleted
		}
		fn(place, e, &bad)
		switch {
		case e.number != number+1:
			v.bad(badChain, bad, "entry %d of the %s follows entry %d: entries are missing, or were added", e.number, log, number)
		case e.link != before.next(e.number, place, e.body):
			v.bad(badChain, bad, "entry %d of the %s is not as it was written, or follows another", e.number, log)
		}
		number, before = e.number, e.link
		v.holdLink(lines[number], number, before)
		if fed, err := isFed(txn, place); err != nil || !fed {
			v.bad(badChangeLog, bad, "entry %d of the %s is missing from the feed, or cannot be read there: %v", e.number, log, err)
		}
		return v.step()
	})
	if err == nil && (number != c.length || before != c.head) {
		v.bad(badChain, host.BadEntry{Number: c.length}, "the %s ends at entry %d, its chain at entry %d: entries are missing, or the last one is another", log, number, c.length)
	}
	return err
}

func knownConnections(txn *badgerdir.Txn) (all []host.Connection, err error) {
	err = eachConnection(txn, func(c host.Connection, err error) error {
		if err == nil { // verification names one that cannot be read
			all = append(all, c)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b host.Connection) int { return cmp.Compare(a.Alias, b.Alias) })
	return all, err
}

func moment(at time.Time) *time.Time { return &at }
