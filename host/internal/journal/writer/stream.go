package writer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/digest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// Streams opens the streams of a journal for writing.
type Streams struct{ ledger *ledger.Ledger }

// New returns the streams of a journal.
func New(l *ledger.Ledger) *Streams { return &Streams{l} }

// StreamWriter writes what one run reads from one stream. Its methods may be called from
// any goroutine, one at a time. After an error other than a refused group it writes no
// more.
type StreamWriter struct {
	ledger     *ledger.Ledger
	connection string
	run        string
	epoch      uint64
	start      host.StreamStart

	mu       sync.Mutex
	header   layout.Header // as stored
	digest   *digest.Digest
	begun    layout.Header // when the run began
	whole    bool          // this run reads the stream from its beginning
	sequence uint64        // of the latest group
	broken   error         // why it writes no more
	again    int           // how often a key of this run came again with other content
	againKey string        // the first of them
}

// OpenStream begins to write a stream for a run that BeginRun returned. It loads the
// stream's digest. layout.ErrFenced says that a later run has begun. The caller closes the
// writer.
func (s *Streams) OpenStream(connection string, info host.StreamInfo, run string, epoch uint64) (*StreamWriter, error) {
	w := &StreamWriter{ledger: s.ledger, connection: connection, run: run, epoch: epoch, digest: digest.New(s.ledger.Memory)}
	if err := w.ledger.InTurn(func() error {
		return w.update(func(txn *badgerdir.Txn) error { return w.prepare(txn, info) })
	}); err != nil {
		return nil, fmt.Errorf("open stream %s: %w", info.Name, err)
	}
	if err := w.ledger.View(func(txn *badgerdir.Txn) error { return w.digest.Load(txn, w.header) }); err != nil {
		return nil, errors.Join(fmt.Errorf("load digest of stream %s: %w", info.Name, err), w.Close())
	}
	w.begun = w.header
	w.start = host.StreamStart{
		Cursor: slices.Clone(w.header.Cursor),
		Resume: w.header.Inside && len(w.header.Cursor) > 0,
		Again:  w.header.Again, FullAt: w.header.FullAt,
	}
	w.whole = len(w.start.Cursor) == 0
	return w, nil
}

// prepare reads the stream's header, or makes one, and updates it with info.
func (w *StreamWriter) prepare(txn *badgerdir.Txn, info host.StreamInfo) error {
	h, found, err := layout.LoadHeader(txn, w.connection, info.Name)
	if err != nil {
		return err
	}
	if !found {
		if h.Number, err = nextStream(txn); err != nil {
			return fmt.Errorf("number stream: %w", err)
		}
	}
	same := found && h.Title == info.Title && h.Kind == info.Kind && h.Deletes == info.Deletes && h.Incremental == info.Incremental
	h.Name, h.Title, h.Kind, h.Deletes, h.Incremental = info.Name, info.Title, info.Kind, info.Deletes, info.Incremental
	w.header = h
	if same {
		return nil
	}
	return layout.WriteHeader(txn, w.connection, h)
}

// nextStream hands out the next stream number. A number is never used again.
func nextStream(txn *badgerdir.Txn) (uint32, error) {
	raw, err := layout.Read(txn, layout.KeyStreams)
	if err != nil {
		return 0, err
	}
	number := uint32(1)
	if len(raw) == 4 {
		number = binary.BigEndian.Uint32(raw) + 1
	}
	return number, txn.Set(layout.KeyStreams, binary.BigEndian.AppendUint32(nil, number))
}

// update runs fn in a transaction that is fenced.
func (w *StreamWriter) update(fn func(*badgerdir.Txn) error) error {
	return w.ledger.Update(func(txn *badgerdir.Txn) error {
		if err := w.fence(txn); err != nil {
			return err
		}
		return fn(txn)
	})
}

// fence returns layout.ErrFenced unless the writer's run is its connection's latest. The
// transaction then conflicts with any run that begins before it is on disk.
func (w *StreamWriter) fence(txn *badgerdir.Txn) error {
	latest, err := layout.Epoch(txn, w.connection)
	if err != nil {
		return err
	}
	if latest != w.epoch {
		return layout.ErrFenced
	}
	return nil
}

// saveHeader stores h in a transaction of its own.
func (w *StreamWriter) saveHeader(h layout.Header) error {
	err := w.update(func(txn *badgerdir.Txn) error { return layout.WriteHeader(txn, w.connection, h) })
	if err == nil {
		w.header = h
	}
	return err
}

// breakOff keeps the writer from writing after an error.
func (w *StreamWriter) breakOff(err error) error {
	w.broken = err
	return err
}

// Close frees the writer's memory. What was committed stays stored; what was not is read
// again.
func (w *StreamWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = fmt.Errorf("stream %s is closed", w.header.Name)
	}
	w.digest.Close()
	return nil
}

// Start returns where the read begins.
func (w *StreamWriter) Start() host.StreamStart {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := w.start
	start.Cursor = slices.Clone(start.Cursor)
	return start
}

// Restart drops the cursor, so that the stream is read from its beginning: now, when
// nothing was committed in this run yet, else in the next run. Why is the reason: a cursor
// that the connector refused, the interval of full reads, a person. Nothing else empties a
// cursor before the stream is complete.
func (w *StreamWriter) Restart(why string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	h := w.header
	h.Cursor, h.Inside, h.Again = nil, false, why
	if err := w.saveHeader(h); err != nil {
		return w.breakOff(fmt.Errorf("restart stream %s: %w", h.Name, err))
	}
	w.start, w.whole = host.StreamStart{Again: why, FullAt: h.FullAt}, true
	w.digest.Unmark()
	return nil
}
