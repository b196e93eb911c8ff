package journal

import (
	"context"
	"io"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/journal/feed"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
	"github.com/plumbline-dev/plumbline/host/internal/journal/records"
	"github.com/plumbline-dev/plumbline/host/internal/journal/runs"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
	"github.com/plumbline-dev/plumbline/host/internal/journal/verify"
	"github.com/plumbline-dev/plumbline/host/internal/journal/writer"
)

// Types of the methods of Journal, which its rooms define.
type (
	// Options say where the journal is and how to open it.
	Options = ledger.Options
	// Progress says how far a long work is.
	Progress = ledger.Progress
	// Space is how much room there is on the disk.
	Space = badgerdir.Space
	// AuditQuery asks for entries of the audit log.
	AuditQuery = documents.AuditQuery
	// RunQuery asks for runs.
	RunQuery = runs.Query
	// LogQuery asks for lines of a run's log.
	LogQuery = runs.LogQuery
	// LogPage is a page of a run's log.
	LogPage = runs.LogPage
	// RecordQuery asks for records.
	RecordQuery = records.Query
	// ChangeQuery asks for changes.
	ChangeQuery = records.ChangeQuery
	// ChangePage is a page of changes.
	ChangePage = records.ChangePage
	// VersionQuery asks for the versions of one record.
	VersionQuery = records.VersionQuery
	// RecordAt is what the journal has of one record.
	RecordAt = records.RecordAt
	// StreamWriter writes what one run reads from one stream.
	StreamWriter = writer.StreamWriter
	// Finish says how to end the read of a stream.
	Finish = writer.Finish
	// Sweep says how many records a complete read may remove.
	Sweep = writer.Sweep
	// Swept is what became of the records that were not seen.
	Swept = writer.Swept
	// Link is one link of a chain.
	Link = feed.Link
	// Retention says how long what is kept.
	Retention = prune.Retention
)

// Errors of EachVersionSince.
var (
	ErrNotInHistory = records.ErrNotInHistory
	ErrEnough       = records.ErrEnough
)

// Journal is an open journal. Its methods may be called from any goroutine.
type Journal struct {
	*documents.Documents
	*runs.Table
	*records.Reader
	*writer.Streams
	*feed.Index
	*prune.Pruner
	ledger *ledger.Ledger
}

// Open opens the journal, or makes one in an empty directory. It finishes a swap and
// deletions that a crash left. The caller closes it. Refusals are *host.Problem:
// store.locked, store.wrong_key, store.newer_schema, store.damaged, disk.full.
func Open(options Options) (*Journal, error) {
	if err := swap.Finish(options.Dir); err != nil {
		return nil, err
	}
	l, err := prune.Open(options)
	if err != nil {
		return nil, err
	}
	return Over(l), nil
}

// Over returns the journal in an open ledger.
func Over(l *ledger.Ledger) *Journal {
	d := documents.New(l)
	return &Journal{
		Documents: d, Table: runs.New(l), Reader: records.New(l), Streams: writer.New(l), Index: feed.New(l),
		Pruner: prune.New(l, d), ledger: l,
	}
}

// Close writes what is in memory and closes the directory. A second call returns what the
// first did.
func (j *Journal) Close() error { return j.ledger.Close() }

// Clock returns the present moment of the journal: now, or the latest commit time when
// that is later because the clock was set back since.
func (j *Journal) Clock() time.Time { return j.ledger.Clock() }

// FeedNews returns a channel that is closed when the feed may have grown. A reader takes
// it before it reads the feed.
func (j *Journal) FeedNews() <-chan struct{} { return j.ledger.FeedNews() }

// VerifyAll verifies the journal: see package verify.
func (j *Journal) VerifyAll(ctx context.Context, report func(Progress)) (host.Verification, error) {
	return verify.All(ctx, j.ledger, report)
}

// Examine reads all tables in the background and returns the damaged ones: see package
// verify.
func (j *Journal) Examine(ctx context.Context) ([]host.BadEntry, error) {
	return verify.Examine(ctx, j.ledger)
}

// Backup writes a backup to w, which seals it. Version is the program's.
func (j *Journal) Backup(ctx context.Context, w io.Writer, version string, report func(Progress)) (host.Backup, error) {
	return backup.Write(ctx, j.ledger, w, version, report)
}

// Maintain gives space in the value log back to the system. It is called every few minutes
// when little is going on, and returns early when ctx ends.
func (j *Journal) Maintain(ctx context.Context) error { return j.ledger.Disk.Maintain(ctx) }

// Space measures the disk of the journal.
func (j *Journal) Space() (Space, error) { return j.ledger.Disk.Space() }

// CheckSpace measures the disk, releases the ballast or sets it aside again, and opens the
// directory for writing once there is room. It is called every few seconds.
func (j *Journal) CheckSpace() (Space, error) { return j.ledger.Disk.CheckSpace() }

// Room returns a disk.full problem while nothing may be added to the disk of the journal,
// also for callers that write files beside it.
func (j *Journal) Room() error { return j.ledger.Disk.Check() }

// ReleaseBallast deletes the ballast of a closed journal.
func ReleaseBallast(dir string) error { return badgerdir.ReleaseBallast(dir) }
