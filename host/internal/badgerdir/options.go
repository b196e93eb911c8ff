package badgerdir

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/plumbline-dev/plumbline/host"
)

// Options say where the directory is and how to open it.
type Options struct {
	Dir    string // it exists
	Key    []byte // 32 bytes; everything on disk is encrypted with it
	Logger *slog.Logger
	Now    func() time.Time

	// MinFreeBytes is the free space below which nothing is added; 0 = the
	// greater of 512 MiB and 5 % of the disk. It is never less than what Badger
	// may still write by itself.
	MinFreeBytes uint64
	// BallastBytes is the size of a file that is deleted when the disk is nearly full,
	// so that there is room to close; 0 = none.
	BallastBytes uint64
	// FreeSpace measures the disk that holds dir, in bytes; nil = ask the system.
	FreeSpace func(dir string) (free, total uint64, err error)

	// Begun says that entries were written once, whatever is in the directory.
	Begun bool
	// Names returns what names the keys of damaged files. Each inspection has its own.
	Names func() Names
	// KeepTables leaves tables unmerged.
	KeepTables bool
}

// Names says what keys are about. An inspection makes one call at a time.
type Names interface {
	// Ours says whether entries are stored under k.
	Ours(k []byte) bool
	// Wants says whether Learn is to see the entries between two keys; no next = the end.
	Wants(first, next []byte) bool
	// Learn takes an entry that can be read.
	Learn(k, value []byte)
	// Name says what a key is about.
	Name(k []byte) host.BadEntry
	// Phrase says it in words.
	Phrase(k []byte) string
}

// Badger returns Badger's options. The journal's design.md says why these.
func (o *Options) Badger() badger.Options {
	b := badger.DefaultOptions(o.Dir)
	b.Logger = badgerLogger{o.Logger}
	b.MetricsEnabled = false

	b.SyncWrites = true
	b.DetectConflicts = true // the epoch check relies on it
	// Each block is checked when it is read. Checking tables when they are opened would
	// read everything at every start: seconds, and all of it in memory. Badger skips a bad
	// block without a word, so Dir.Inspect reads all blocks once the directory is open.
	b.ChecksumVerificationMode = options.OnBlockRead

	b.EncryptionKey = o.Key
	b.VerifyValueChecksum = true // of large values, which are in the value log
	b.IndexCacheSize = 16 << 20  // never 0: encryption would panic at the first flush
	b.BlockCacheSize = 16 << 20
	b.BloomFalsePositive = 0.1 // half as large as at 0.01, which is most of an index

	b.MemTableSize = memTableBytes
	b.NumMemtables = memTables
	b.BaseTableSize = tableBytes
	b.BlockSize = blockBytes
	b.TableSizeMultiplier = 1
	b.BaseLevelSize = 8 << 20
	b.NumLevelZeroTables = 5
	b.NumLevelZeroTablesStall = 15
	b.Compression = options.None
	b.NumCompactors = 2 // the fewest Badger takes
	if o.KeepTables {
		b.NumCompactors = 0
	}
	b.ValueThreshold = inlineBytes
	b.ValueLogFileSize = 64 << 20
	return b
}

// The memtables, which Badger writes out as tables later. design.md says why they are small.
const (
	memTableBytes = 7 << 18
	tableBytes    = 11 << 17
	blockBytes    = 32 << 10
	memTables     = 2 // full ones waiting to be written out, besides the one being filled
)

// inlineBytes is the size from which on a value is in the value log and not in the tree.
const inlineBytes = 96 << 10

// explainOpen turns an error of Badger's into a problem that a person can act on.
func explainOpen(dir string, err error) error {
	text := err.Error()
	switch {
	// Badger formats its cause into text.
	case strings.Contains(text, "directory lock"), strings.Contains(text, "Another process is using"):
		return locked(dir).Because(err)
	case strings.Contains(text, badger.ErrEncryptionKeyMismatch.Error()):
		return wrongKey(dir).Because(err)
	}
	return fmt.Errorf("open store in %s: %w", dir, err)
}

// badgerLogger passes Badger's log on to ours. Badger's information is for its authors, so
// it is logged as debugging.
type badgerLogger struct{ to *slog.Logger }

func (l badgerLogger) Errorf(format string, args ...any)   { l.to.Error(line(format, args)) }
func (l badgerLogger) Warningf(format string, args ...any) { l.to.Warn(line(format, args)) }
func (l badgerLogger) Infof(format string, args ...any)    { l.to.Debug(line(format, args)) }
func (l badgerLogger) Debugf(string, ...any)               {}

func line(format string, args []any) string {
	return "badger: " + strings.TrimSpace(fmt.Sprintf(format, args...))
}
