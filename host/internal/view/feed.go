package view

import (
	"context"
	"errors"
)

// Stream is a stream as the store has it at one moment.
type Stream struct {
	Connection string // id
	Name       string
	Kind       string
	Number     uint32 // stands for the stream in the store, never used again
	Position   int64  // commit time of its latest version, in nanoseconds since 1970
	Kept       int64  // from when on history is kept, likewise; 0 = all of it
	Records    int    // current ones
	// Reading says that a run is reading the stream. What it adds is kept in memory
	// until it has ended: a list that is open meanwhile asks again and again.
	Reading bool
}

// Version is one version of a record, or its removal.
type Version struct {
	Key     string
	At      int64 // commit time, in nanoseconds since 1970
	Removed bool
	Doc     []byte // canonical JSON; its reader's only during the call
}

// ErrHistory is what Feed.Since returns when the moment to go on from is none of
// the stream's commits, or no longer known.
var ErrHistory = errors.New("the stream's history does not have that commit")

// Feed is how a projection reads the store. Each call sees the store as it is at
// one moment and returns the stream's position then.
//
// All and Since call up, to package lists: a stream may hold far more versions than fit
// into memory, and a projection does not know the store.
type Feed struct {
	// All calls fn with every version, by key and newest first within a key.
	All func(ctx context.Context, s Stream, fn func(Version) error) (position int64, err error)
	// Since calls fn with every version after a commit, oldest first. When fn
	// returns ErrEnough it ends after the last version of that commit time.
	Since func(ctx context.Context, s Stream, after int64, fn func(Version) error) (position int64, err error)
	// Room returns why nothing may be written to the disk now; nil = it may.
	Room func() error
}
