package store

import (
	"context"
	"log/slog"
	"sync"
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
	moved  atomic.Int64 // when merges were last expected to follow, in Unix nanoseconds
	held   atomic.Int32 // works in progress that count no bytes
	work   chan struct{}

	cancel context.CancelFunc // ends keep
	done   sync.WaitGroup

	mu    sync.Mutex // held while files are put away
	pager *pager     // nil before start and after stop, and where the system tells nothing
	pace  pace
}

func newMapped(o Options) *mapped {
	return &mapped{dir: o.Dir, logger: o.Logger, work: make(chan struct{}, 1)}
}

// start begins to trim beside what goes on, until stop. The directory is there.
func (m *mapped) start() {
	pager, err := newPager(m.dir)
	if err != nil {
		m.logger.Debug("keep mapped files small", "err", err) // it only costs memory
	}
	m.pager = pager
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.done.Go(func() { m.keep(ctx) })
}

func (m *mapped) stop() {
	m.cancel()
	m.done.Wait()
	m.mu.Lock() // writers trim, too
	defer m.mu.Unlock()
	if m.pager == nil {
		return
	}
	if err := m.pager.close(); err != nil {
		m.logger.Debug("keep mapped files small", "err", err)
	}
	m.pager = nil
}

const (
	// mappedStride is after how many bytes written it looks, and mappedMost how many
	// bytes of files may be in memory then, the program's own among them: those are
	// up to 30 MiB.
	mappedStride = 1 << 20
	mappedMost   = 32 << 20

	// mappedGrown is how much more than was left the last time is worth another one
	// at once: the program's own pages, and those being written, stay for a while.
	// After mappedRest it is worth it anyway, and after twice as long each time that
	// less was put away.
	mappedGrown = 4 << 20
	mappedRest  = 250 * time.Millisecond
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
	m.stir()
	m.trim()
}

// hold says that Badger reads and writes much by itself until release is called.
func (m *mapped) hold() (release func()) {
	m.held.Add(1)
	m.wake()
	return func() { m.held.Add(-1) }
}

// stir says that something large has just gone on, and that merges will follow.
func (m *mapped) stir() {
	m.moved.Store(time.Now().UnixNano())
	m.wake()
}

func (m *mapped) wake() {
	select {
	case m.work <- struct{}{}:
	default: // it is known
	}
}

// stirred reports whether something large goes on, or went on a little while ago.
func (m *mapped) stirred() bool {
	since := time.Since(time.Unix(0, m.moved.Load()))
	return m.held.Load() > 0 || since >= 0 && since < mappedAfter // below 0 the clock was set back
}

// Tables are still merged for a while after a large work: so long, and so often, is
// looked. A merge reads and writes more than 100 MiB a second, and one table may be
// merged with a hundred others.
const (
	mappedAfter = time.Minute
	mappedEvery = 10 * time.Millisecond
)

// keep trims while something large goes on or has just gone on, until ctx ends. It
// sleeps otherwise: what only a reader wants stays, it would have to come from the
// disk again.
func (m *mapped) keep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.work:
		}
		ticker := time.NewTicker(mappedEvery)
		for m.stirred() && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-ticker.C:
				m.trim()
			}
		}
		ticker.Stop()
	}
}

// trim puts mapped files away if they have become large, and nobody else is at it.
func (m *mapped) trim() {
	if !m.mu.TryLock() {
		return
	}
	defer m.mu.Unlock()
	if m.pager == nil {
		return
	}
	if err := m.shrink(); err != nil {
		m.logger.Debug("keep mapped files small", "err", err) // it only costs memory
	}
}

func (m *mapped) shrink() error {
	size, err := m.pager.memory()
	if err != nil || !m.pace.worth(size, time.Now()) {
		return err
	}
	if err := m.pager.pageOut(); err != nil {
		m.pace.done(size, size, time.Now()) // so that it is not tried all the time
		return err
	}
	left, err := m.pager.memory()
	if err != nil {
		return err
	}
	m.pace.done(size, left, time.Now())
	return nil
}

// pace says when putting files away is worth what it costs.
type pace struct {
	left int64         // least bytes that were in memory since the latest time
	at   time.Time     // when that was
	rest time.Duration // until it may be worth it again
}

// worth reports whether it is, with size bytes in memory.
func (p *pace) worth(size int64, now time.Time) bool {
	p.left = min(p.left, size)
	return size > mappedMost && (size > p.left+mappedGrown || now.Sub(p.at) >= p.rest)
}

// done notes that so many bytes were in memory before and after.
func (p *pace) done(before, after int64, now time.Time) {
	p.left, p.at = after, now
	if before-after < mappedGrown {
		p.rest = min(max(2*p.rest, mappedRest), mappedAfter)
	} else {
		p.rest = mappedRest
	}
}
