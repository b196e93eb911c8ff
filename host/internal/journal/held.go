package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// heldList is the removal that waits for a person, as a stream's header has it.
// The keys of its records are in Chunks entries of their own.
type heldList struct {
	ID         string            `json:"id"` // half of the SHA-256 of the keys, as hex
	Run        string            `json:"run"`
	Since      time.Time         `json:"since"`
	Removes    int               `json:"removes"`
	Known      int               `json:"known"`
	Rule       host.RemovalRule  `json:"rule"`
	Share      float64           `json:"share"` // the limits that held
	Count      int               `json:"count"`
	Sample     []host.HeldRecord `json:"sample"`
	RejectedAt *time.Time        `json:"rejected_at,omitempty"`
	Generation uint32            `json:"generation"`
	Chunks     uint32            `json:"chunks"`
}

// sampleRecords is how many of a hold's records are shown with it.
const sampleRecords = 5

// A chunk of a hold's keys ends after this many keys or bytes, so that it stays
// in the tables and a page of a list needs few of them.
const (
	heldKeys  = 1000
	heldBytes = 48 << 10
)

func keyHeld(stream, generation, chunk uint32) []byte {
	return binary.BigEndian.AppendUint32(heldGeneration(stream, generation), chunk)
}

func heldGeneration(stream, generation uint32) []byte {
	return binary.BigEndian.AppendUint32(numbered(prefixHeld, stream), generation)
}

// removal returns the hold as the API shows it.
func (h *header) removal() *host.HeldRemoval {
	l := h.Held
	if l == nil {
		return nil
	}
	r := &host.HeldRemoval{
		ID: l.ID, Stream: h.Name, Title: h.Title, Kind: h.Kind, Run: l.Run, Since: l.Since, Removes: l.Removes, Known: l.Known,
		Rule: l.Rule, Sample: l.Sample, RejectedAt: l.RejectedAt,
	}
	if r.Title == "" {
		r.Title = h.Name
	}
	r.Explain(host.RemovalLimits{Share: l.Share, Count: l.Count})
	return r
}

// settle decides what becomes of the records that a complete read did not see:
// they go, or they are held. It returns the hold that the header is to have.
func (w *StreamWriter) settle(sweep Sweep) (Swept, *heldList, error) {
	unseen := w.digest.live - w.digest.seen
	if unseen <= 0 {
		return Swept{}, nil, nil
	}
	before := w.header.Held
	beyond := unseen
	if before != nil && (before.ID == sweep.Confirmed || before.RejectedAt != nil) {
		var err error
		if beyond, err = w.beyond(before); err != nil {
			return Swept{}, before, err
		}
	}
	confirmed := before != nil && before.ID == sweep.Confirmed
	rule, held := sweep.Limits.Holds(w.before-(unseen-beyond), beyond)
	switch {
	case confirmed && !held:
		return w.swept()
	case before != nil && before.RejectedAt != nil && beyond == 0:
		rule = before.Rule // a person said that all of these exist
	case before != nil && before.RejectedAt != nil:
		if rule, held = sweep.Limits.Holds(w.before, unseen); !held {
			rule = before.Rule
		}
	case confirmed:
		rule, _ = sweep.Limits.Holds(w.before, unseen)
	case !held:
		return w.swept()
	}
	list, err := w.hold(before, sweep, rule, beyond == 0 && before != nil && before.RejectedAt != nil)
	return Swept{Held: unseen}, list, err
}

// swept removes what was not seen.
func (w *StreamWriter) swept() (Swept, *heldList, error) {
	removed, err := w.sweep()
	return Swept{Removed: removed}, nil, err
}

// beyond returns how many records were not seen that a hold does not list. Both
// are in the order of keys.
func (w *StreamWriter) beyond(held *heldList) (more int, err error) {
	list := heldReader{store: w.store, stream: w.header.Number, held: held}
	listed, ok, err := list.next()
	if err != nil {
		return 0, err
	}
	err = w.eachUnseen(func(gone []change) error {
		for _, c := range gone {
			for ok && listed < c.key {
				if listed, ok, err = list.next(); err != nil {
					return err
				}
			}
			if !ok || listed != c.key {
				more++
			}
		}
		return nil
	})
	return more, err
}

// eachUnseen calls fn with every record that was not seen, some at a time.
func (w *StreamWriter) eachUnseen(fn func([]change) error) error {
	for after := ""; ; {
		gone, err := w.unseen(after, w.store.limits.partRecords)
		if len(gone) == 0 || err != nil {
			return err
		}
		if err := fn(gone); err != nil {
			return err
		}
		after = gone[len(gone)-1].key
	}
}

// heldReader reads the keys of a hold in order.
type heldReader struct {
	store  *Journal
	stream uint32
	held   *heldList
	chunk  uint32
	keys   []string
}

func (r *heldReader) next() (key string, ok bool, err error) {
	for len(r.keys) == 0 {
		if r.chunk == r.held.Chunks {
			return "", false, nil
		}
		err := r.store.view(func(txn *badgerdir.Txn) (err error) {
			r.keys, err = heldChunk(txn, r.stream, r.held, r.chunk)
			return err
		})
		if err != nil {
			return "", false, err
		}
		r.chunk++
	}
	key, r.keys = r.keys[0], r.keys[1:]
	return key, true, nil
}

// heldChunk returns the keys in one chunk of a hold.
func heldChunk(txn *badgerdir.Txn, stream uint32, held *heldList, chunk uint32) (keys []string, err error) {
	raw, err := read(txn, keyHeld(stream, held.Generation, chunk))
	if err != nil {
		return nil, fmt.Errorf("read held removal: %w", err)
	}
	if raw == nil {
		return nil, fmt.Errorf("read held removal: chunk %d of %d is missing", chunk, held.Chunks)
	}
	for len(raw) > 0 {
		var key string
		if key, raw, err = cutCounted(raw); err != nil {
			return nil, fmt.Errorf("read held removal: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// hold stores the list of records that were not seen, unless it is stored
// already, and returns it for the header.
func (w *StreamWriter) hold(before *heldList, sweep Sweep, rule host.RemovalRule, rejected bool) (*heldList, error) {
	list := &heldList{
		Run: w.run, Since: w.store.now().UTC().Round(0), Known: w.before, Rule: rule,
		Share: sweep.Limits.Share, Count: sweep.Limits.Count, Sample: []host.HeldRecord{}, Generation: 1,
	}
	sum, sample := sha256.New(), []string{}
	err := w.eachUnseen(func(gone []change) error {
		for _, c := range gone {
			_, _ = sum.Write(appendCounted(nil, c.key)) // a hash takes everything
			if len(sample) < sampleRecords {
				sample = append(sample, c.key)
			}
		}
		list.Removes += len(gone)
		return nil
	})
	if err != nil {
		return before, err
	}
	list.ID = hex.EncodeToString(sum.Sum(nil)[:16])
	if before != nil {
		list.Since, list.Generation = before.Since, before.Generation+1
		if rejected {
			list.RejectedAt = before.RejectedAt
		}
		if before.ID == list.ID {
			list.Generation, list.Chunks, list.Sample = before.Generation, before.Chunks, before.Sample
			return list, nil
		}
	}
	if list.Sample, err = w.store.heldRecords(w.header.Number, sample); err != nil {
		return before, err
	}
	return list, w.putHeld(list)
}

// putHeld stores the keys of a hold. What a crash left of the same generation is
// removed first.
func (w *StreamWriter) putHeld(list *heldList) error {
	if err := w.store.deleteRange(heldGeneration(w.header.Number, list.Generation)); err != nil {
		return err
	}
	var raw []byte
	keys := 0
	flush := func() error {
		if keys == 0 {
			return nil
		}
		if err := w.store.disk.Check(); err != nil {
			return err
		}
		err := w.store.update(func(txn *badgerdir.Txn) error {
			if err := w.fence(txn); err != nil {
				return err
			}
			return txn.Set(keyHeld(w.header.Number, list.Generation, list.Chunks), raw)
		})
		list.Chunks++
		raw, keys = nil, 0
		return err
	}
	err := w.eachUnseen(func(gone []change) error {
		for _, c := range gone {
			if raw, keys = appendCounted(raw, c.key), keys+1; keys == heldKeys || len(raw) >= heldBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return errors.Join(err, flush())
}

// dropHeld removes the lists of a stream that its header no longer refers to.
func (w *StreamWriter) dropHeld(before *heldList) error {
	if before == nil {
		return nil
	}
	var kept []byte
	if w.header.Held != nil {
		kept = heldGeneration(w.header.Number, w.header.Held.Generation)
	}
	return w.store.deleteWhere(numbered(prefixHeld, w.header.Number), w.fence, func(k []byte) bool {
		return kept == nil || !bytes.HasPrefix(k, kept)
	})
}

// heldRecords returns records by key, each with its present name.
func (s *Journal) heldRecords(stream uint32, keys []string) ([]host.HeldRecord, error) {
	records := make([]host.HeldRecord, 0, len(keys))
	err := s.view(func(txn *badgerdir.Txn) error {
		docs := s.documents(txn)
		for _, record := range keys {
			doc, err := currentDoc(txn, docs, stream, record)
			if err != nil {
				return err
			}
			records = append(records, host.HeldRecord{Key: record, Name: host.NameOf(doc)})
		}
		return nil
	})
	return records, err
}

// currentDoc returns the document of a record now; nil when it is gone.
func currentDoc(txn *badgerdir.Txn, docs *documents, stream uint32, record string) (doc json.RawMessage, err error) {
	prefix := appendText(numbered(prefixVersion, stream), record)
	err = each(txn, prefix, func(item *badgerdir.Item) error {
		at, _, err := cutTime(item.Key()[len(prefix):])
		if err != nil {
			return err
		}
		return errors.Join(item.Value(func(raw []byte) error {
			v, err := docs.version(stream, at, raw)
			if err == nil && v.kind != changeRemoved {
				doc = bytes.Clone(v.doc)
			}
			return err
		}), errStop)
	})
	if err != nil {
		return nil, fmt.Errorf("read record %q: %w", record, err)
	}
	return doc, nil
}

// Held returns the removals of a connection that are held, by stream.
func (s *Journal) Held(connection string) ([]host.HeldRemoval, error) {
	list := []host.HeldRemoval{}
	err := s.view(func(txn *badgerdir.Txn) error {
		headers, err := streamHeaders(txn, connection)
		for i := range headers {
			if r := headers[i].removal(); r != nil {
				list = append(list, *r)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read held removals: %w", err)
	}
	return list, nil
}

// heldPlace is where a page of a hold's records ended.
type heldPlace struct {
	ID    string `json:"i"`
	Chunk uint32 `json:"c"`
	Index int    `json:"n"`
}

// HeldRecords returns a page of the records of a hold, by key, and the cursor of
// the next; that is empty after the last. A cursor of another list is refused.
func (s *Journal) HeldRecords(connection, stream string, limit int, cursor string) (records []host.HeldRecord, next string, err error) {
	var at heldPlace
	if cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.Index < 0 {
			return nil, "", badCursor(cursor)
		}
	}
	var number uint32
	var keys []string
	err = s.view(func(txn *badgerdir.Txn) error {
		h, err := heldHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		if cursor != "" && at.ID != h.Held.ID {
			return heldChanged(stream)
		}
		number, at.ID = h.Number, h.Held.ID
		for at.Chunk < h.Held.Chunks && len(keys) < limit {
			chunk, err := heldChunk(txn, h.Number, h.Held, at.Chunk)
			if err != nil {
				return err
			}
			from := min(at.Index, len(chunk))
			to := min(from+limit-len(keys), len(chunk))
			keys = append(keys, chunk[from:to]...)
			if at.Index = to; to == len(chunk) {
				at.Chunk, at.Index = at.Chunk+1, 0
			}
		}
		if at.Chunk < h.Held.Chunks {
			raw, err := json.Marshal(at)
			next = base64.RawURLEncoding.EncodeToString(raw)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	records, err = s.heldRecords(number, keys)
	return records, next, err
}

// heldHeader returns the header of a stream that has a held removal.
func heldHeader(txn *badgerdir.Txn, connection, stream string) (h header, err error) {
	found, err := readJSON(txn, key(prefixStream, connection, stream), &h)
	if err == nil && (!found || h.Held == nil) {
		err = host.NotFound("held removal", stream, "No removal of this stream waits for a person; it may have been decided or have ended by itself.")
	}
	return h, err
}

// heldChanged is the problem of deciding on a list that is no longer the latest.
func heldChanged(stream string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConflict,
		Message: fmt.Sprintf("the list of held removals of %s changed since it was looked at", stream),
		Remedy:  "Look at the list again, then decide.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryNever,
		Fields:  []host.FieldError{{Field: "id", Message: "is not the latest list"}},
	}
}

// noRunUnderWay refuses while a run of the connection has not ended.
func noRunUnderWay(txn *badgerdir.Txn, connection string) error {
	return eachKey(txn, key(prefixUnfinished), func(k []byte) error {
		id, _, err := cutText(k[1:])
		if err != nil {
			return err
		}
		stored, err := loadRun(txn, id)
		if err != nil || stored.Run.Connection != connection {
			return err
		}
		return &host.Problem{
			Code:    host.CodeBusy,
			Message: fmt.Sprintf("%s is being synced by run %s", stored.Run.Alias, id),
			Remedy:  "Wait until that run has ended, look at the list again and decide.",
			Fault:   host.FaultCustomer,
			Retry:   host.RetryAfter,
		}
	})
}
