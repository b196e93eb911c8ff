package journal

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Options say where the store is and how to open it.
type Options struct {
	Dir    string           // created when missing, mode 0700
	Key    []byte           // 32 bytes; everything on disk is encrypted with it
	Logger *slog.Logger     // nil = discard
	Now    func() time.Time // nil = time.Now

	// MinFreeBytes is the free space below which nothing is added; 0 = the
	// greater of 512 MiB and 5 % of the disk. It is never less than what Badger
	// may still write by itself.
	MinFreeBytes uint64
	// BallastBytes are set aside on the disk and let go when it is nearly full, so
	// that there is room to end in good order; 0 = none.
	BallastBytes uint64
	// DigestMemory is what the digests of all streams being read may take together,
	// in bytes: up to 64 for each record. A stream that does not fit is refused.
	// 0 = 512 MiB.
	DigestMemory int64
	// FreeSpace measures the disk that holds dir, in bytes; nil = ask the system.
	FreeSpace func(dir string) (free, total uint64, err error)

	limits *limits
}

// Progress says how far a long work is.
type Progress struct {
	Phase string // what is being done, one word
	Done  int64
	Total int64 // 0 = not known
}

func (o *Options) complete() error {
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
	if o.limits == nil {
		o.limits = &defaultLimits
	}
	return nil
}

// disk returns the options of the directory.
func (o *Options) disk() badgerdir.Options {
	return badgerdir.Options{
		Dir: o.Dir, Key: o.Key, Logger: o.Logger, Now: o.Now,
		MinFreeBytes: o.MinFreeBytes, BallastBytes: o.BallastBytes, FreeSpace: o.FreeSpace,
		Begun: there(AnchorsFile(o.Dir)), Names: newKeyNames, KeepTables: o.limits.keepTables,
	}
}
