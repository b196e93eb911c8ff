package ledger

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// Options say where the journal is and how to open it.
type Options struct {
	Dir    string           // created when missing, mode 0700
	Key    []byte           // 32 bytes; everything on disk is encrypted with it
	Logger *slog.Logger     // nil = discard
	Now    func() time.Time // nil = time.Now

	MinFreeBytes uint64 // see badgerdir.Options
	BallastBytes uint64 // see badgerdir.Options
	// DigestMemory is what the digests of all streams being read may take together,
	// in bytes: up to 64 for each record. A stream that does not fit is refused.
	// 0 = 512 MiB.
	DigestMemory int64
	// FreeSpace measures the disk that holds dir, in bytes; nil = ask the system.
	FreeSpace func(dir string) (free, total uint64, err error)
	// Limits are smaller in tests; nil = DefaultLimits.
	Limits *Limits
}

// Complete refuses options without a directory or key and fills in the defaults.
func (o *Options) Complete() error {
	if o.Dir == "" {
		return fmt.Errorf("open store: no directory given")
	}
	if len(o.Key) != 32 {
		return fmt.Errorf("open store: key of %d bytes instead of 32", len(o.Key))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DigestMemory == 0 {
		o.DigestMemory = 512 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limits == nil {
		o.Limits = &DefaultLimits
	}
	return nil
}

// Disk returns the options of the directory.
func (o *Options) Disk() badgerdir.Options {
	_, missing := os.Lstat(anchor.Path(o.Dir))
	return badgerdir.Options{
		Dir: o.Dir, Key: o.Key, Logger: o.Logger, Now: o.Now,
		MinFreeBytes: o.MinFreeBytes, BallastBytes: o.BallastBytes, FreeSpace: o.FreeSpace,
		Begun: missing == nil, Names: layout.Names, KeepTables: o.Limits.KeepTables,
	}
}

// Limits bound single transactions and entries.
type Limits struct {
	// A transaction of records or log lines ends after this many, or this many
	// bytes: with the largest value on top that stays inline it is below what
	// Badger takes, 15 % of a memtable.
	PartRecords, PartBytes int

	// A pack ends after this many records, or this many bytes of keys and documents.
	// Larger ones compress a little better; in smaller ones a single document costs
	// less to read.
	PackRecords, PackBytes int

	// The digest is rewritten when it has this many entries more than one and a half
	// for each record, or this many deltas more than it would take.
	CompactEntries, CompactDeltas int

	// The deltas of one run are merged when they are this many and small.
	MergeDeltas int

	// ChunkEntries is the size of a base chunk of the digest. A transaction writes
	// CompactChunks of them.
	ChunkEntries, CompactChunks int

	// KeepTables leaves tables unmerged.
	KeepTables bool

	// A step of pruning ends after deleting this many keys, or reading this many.
	PruneKeys, PruneSeen int
}

// DefaultLimits are the limits outside tests.
var DefaultLimits = Limits{
	PartRecords: 2000, PartBytes: 160 << 10,
	PackRecords: 500, PackBytes: 16 << 10,
	CompactEntries: 4096, CompactDeltas: 1024, MergeDeltas: 16,
	ChunkEntries: 900, CompactChunks: 5,
	PruneKeys: 2000, PruneSeen: 100_000,
}
