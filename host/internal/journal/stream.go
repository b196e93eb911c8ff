package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// header is what is stored of a stream besides its records.
type header struct {
	Number      uint32 `json:"number"` // stands for the stream in keys
	Name        string `json:"name"`
	Title       string `json:"title"`
	Kind        string `json:"kind"`
	Deletes     string `json:"deletes"`
	Incremental bool   `json:"incremental"`

	Cursor         []byte     `json:"cursor,omitempty"`
	Inside         bool       `json:"inside,omitempty"` // a read went past its first checkpoint and has not ended
	Records        int        `json:"records"`          // current ones
	LastCompleteAt *time.Time `json:"last_complete_at,omitempty"`
	LastAt         time.Time  `json:"last_at"`            // commit time of the latest version
	FirstAt        *time.Time `json:"first_at,omitempty"` // when anything was first read of it
	FullAt         *time.Time `json:"full_at,omitempty"`  // when it was last read from its beginning to its end
	Again          string     `json:"again,omitempty"`    // why the read under way, or the next, begins at the beginning
	Held           *heldList  `json:"held,omitempty"`     // the removal that waits for a person

	// Where the digest is: chunks 0 to BaseChunks-1 of BaseGeneration, then what is
	// there of the pieces DeltaFrom to DeltaNext-1, in this order.
	BaseGeneration uint32 `json:"base_generation"`
	BaseChunks     uint32 `json:"base_chunks"`
	BaseEntries    int    `json:"base_entries"`
	DeltaFrom      uint64 `json:"delta_from"`
	DeltaNext      uint64 `json:"delta_next"`
	DeltaEntries   int    `json:"delta_entries"`
	DeltaPieces    int    `json:"delta_pieces,omitempty"`
}

// StreamWriter writes what one run reads from one stream. Its methods may be
// called from any goroutine, one at a time; after an error other than a refused
// group it writes no more.
type StreamWriter struct {
	store      *Journal
	connection string
	run        string
	epoch      uint64
	start      host.StreamStart

	mu       sync.Mutex
	header   header // as stored
	digest   digest
	before   int    // records when the run began
	begun    header // as it was then
	whole    bool   // this run reads the stream from its beginning
	sequence uint64 // of the latest group
	broken   error  // why it writes no more
	again    int    // how often a key of this run came again with other content
	againKey string // the first of them
}

// OpenStream begins to write a stream for a run that BeginRun returned. It loads
// the stream's digest. ErrFenced says that a later run has begun. The caller
// closes the writer.
func (s *Journal) OpenStream(connection string, info host.StreamInfo, run string, epoch uint64) (*StreamWriter, error) {
	w := &StreamWriter{store: s, connection: connection, run: run, epoch: epoch}
	if err := s.inTurn(func() error {
		return s.update(func(txn *badgerdir.Txn) error { return w.prepare(txn, info) })
	}); err != nil {
		return nil, fmt.Errorf("open stream %s: %w", info.Name, err)
	}
	w.digest.memory = s.memory
	if err := s.view(func(txn *badgerdir.Txn) error { return s.loadDigest(txn, w.header, &w.digest) }); err != nil {
		return nil, errors.Join(fmt.Errorf("load digest of stream %s: %w", info.Name, err), w.Close())
	}
	w.before, w.begun = w.header.Records, w.header
	w.start = host.StreamStart{
		Cursor: slices.Clone(w.header.Cursor),
		Resume: w.header.Inside && len(w.header.Cursor) > 0,
		Again:  w.header.Again, FullAt: w.header.FullAt,
	}
	w.whole = len(w.start.Cursor) == 0
	return w, nil
}

// prepare reads the stream's header, or makes one, and brings it up to info.
func (w *StreamWriter) prepare(txn *badgerdir.Txn, info host.StreamInfo) error {
	if err := w.fence(txn); err != nil {
		return err
	}
	var h header
	found, err := readJSON(txn, key(prefixStream, w.connection, info.Name), &h)
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
	return writeJSON(txn, key(prefixStream, w.connection, info.Name), h)
}

// fence returns ErrFenced unless the writer's run is its connection's latest.
// The transaction then conflicts with any run that begins before it is on disk.
func (w *StreamWriter) fence(txn *badgerdir.Txn) error {
	latest, err := epoch(txn, w.connection)
	if err != nil {
		return err
	}
	if latest != w.epoch {
		return ErrFenced
	}
	return nil
}

// nextStream hands out the next stream number. Numbers are never used again.
func nextStream(txn *badgerdir.Txn) (uint32, error) {
	raw, err := read(txn, keyStreams)
	if err != nil {
		return 0, err
	}
	number := uint32(1)
	if len(raw) == 4 {
		number = binary.BigEndian.Uint32(raw) + 1
	}
	return number, txn.Set(keyStreams, binary.BigEndian.AppendUint32(nil, number))
}

var errDigest = errors.New("the digest disagrees with the stream's records")

// loadDigest reads the digest that h points to.
func (s *Journal) loadDigest(txn *badgerdir.Txn, h header, d *digest) error {
	d.reserve(h.Records)
	for chunk := range h.BaseChunks {
		k := keyBase(h.Number, h.BaseGeneration, chunk)
		item, err := txn.Get(k)
		if err != nil {
			return fmt.Errorf("read digest entry %x: %w", k, err)
		}
		if err := item.Value(d.unpack); err != nil {
			return err
		}
	}
	err := eachPiece(txn, h, h.DeltaFrom, func(_ uint64, raw []byte) error { return d.unpack(raw) })
	if err := errors.Join(err, d.check()); err != nil {
		return err
	}
	if d.live != h.Records {
		return fmt.Errorf("%w: it holds %d, the stream %d", errDigest, d.live, h.Records)
	}
	return nil
}

// eachPiece calls fn with the pieces of the digest from a number on, in order.
func eachPiece(txn *badgerdir.Txn, h header, from uint64, fn func(sequence uint64, raw []byte) error) error {
	prefix := numbered(prefixDelta, h.Number)
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(keyDelta(h.Number, from)); it.Valid(); it.Next() {
		k := it.Item().Key()
		if len(k) != len(prefix)+8 {
			return errKey
		}
		sequence := binary.BigEndian.Uint64(k[len(prefix):])
		if sequence >= h.DeltaNext {
			return nil
		}
		if err := it.Item().Value(func(raw []byte) error { return fn(sequence, raw) }); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back what the writer holds in memory. It ends
// nothing: what was committed stays, what was not is read again.
func (w *StreamWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = fmt.Errorf("stream %s is closed", w.header.Name)
	}
	w.digest.close()
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

// Restart forgets the cursor, so that the stream is read from its beginning: now,
// when nothing was committed in this run yet, else in the next run. Why says for
// what: a cursor that the connector refused, the interval of full reads, a person.
// Nothing else empties a cursor before the stream is complete.
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
	w.digest.unmark()
	return nil
}

// saveHeader stores h in a transaction of its own.
func (w *StreamWriter) saveHeader(h header) error {
	err := w.store.update(func(txn *badgerdir.Txn) error {
		if err := w.fence(txn); err != nil {
			return err
		}
		return writeJSON(txn, key(prefixStream, w.connection, h.Name), h)
	})
	if err == nil {
		w.header = h
	}
	return err
}

// breakOff keeps the writer from writing on what it no longer knows.
func (w *StreamWriter) breakOff(err error) error {
	w.broken = err
	return err
}

// StreamStats returns what is stored of a connection's streams, by name.
func (s *Journal) StreamStats(connection string) ([]host.StreamStats, error) {
	var stats []host.StreamStats
	err := s.view(func(txn *badgerdir.Txn) error {
		return each(txn, key(prefixStream, connection), func(item *badgerdir.Item) error {
			var h header
			if err := unmarshal(item, &h); err != nil {
				return err
			}
			stats = append(stats, host.StreamStats{
				Name: h.Name, Title: h.Title, Kind: h.Kind, Records: h.Records, LastCompleteAt: h.LastCompleteAt,
				FirstReadAt: h.FirstAt, FullReadAt: h.FullAt, Held: h.removal(),
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return stats, nil
}

// orTime returns a, or b when a is nil.
func orTime(a, b *time.Time) *time.Time {
	if a != nil {
		return a
	}
	return b
}
