package store

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// Badger maps its tables and logs, so every block it reads or writes stays in the
// memory of the process until the system is short of it. mapped keeps that small:
// an agent's memory must not grow with what it has stored.
type mapped struct {
	dir    string
	logger *slog.Logger
	since  atomic.Int64 // bytes read or written since the latest look
	moved  atomic.Int64 // when bytes were last counted, in Unix nanoseconds
}

const (
	// mappedStride is after how many bytes written it looks, and mappedMost how many
	// bytes of files may be in memory then, the program's own among them.
	mappedStride = 1 << 20
	mappedMost   = 40 << 20
)

// entryEstimate is what is read for a record that is walked over, in bytes.
const entryEstimate = 150

// used counts bytes that went through mapped files, and now and then puts away
// what is in memory of them.
func (m *mapped) used(bytes int) {
	if m.since.Add(int64(bytes)) < mappedStride {
		return
	}
	m.since.Store(0)
	m.moved.Store(time.Now().UnixNano())
	m.trim()
}

// mappedAfter is for how long after a large work tables may still be merged.
const mappedAfter = time.Minute

// tend trims while something large goes on or has just gone on. What only a reader
// wants stays: it would have to come from the disk again.
func (m *mapped) tend() {
	if time.Since(time.Unix(0, m.moved.Load())) < mappedAfter {
		m.trim()
	}
}

// trim puts mapped files away if they have become large.
func (m *mapped) trim() {
	size, err := fileMemory()
	if err == nil && size > mappedMost {
		err = pageOut(m.dir)
	}
	if err != nil {
		m.logger.Debug("keep mapped files small", "err", err) // it only costs memory
	}
}
