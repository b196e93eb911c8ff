package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Output sends the records of one stream. It is safe for concurrent use. A cursor covers the
// records that were Put before its Checkpoint.
//
// Records become durable in groups. A group ends at a Checkpoint. The SDK also ends a group by
// itself, without a point to resume from, every 500 records or 1.5 MiB. When Read fails, the
// records since the last group are dropped.
type Output struct {
	run    *run
	stream *Stream
	cursor []byte // from the host; empty = there is none
	resume bool
	goesOn bool // Read received the cursor

	scratch sync.Pool // of *[]byte, in which encode writes documents

	mu        sync.Mutex
	batch     batch
	group     uint64 // records since the last checkpoint
	size      int    // bytes since the last checkpoint
	total     uint64
	expected  uint64
	note      string
	gaps      int
	flushed   bool   // records since the last checkpoint have been sent
	resumable uint64 // sequence of the last checkpoint with a cursor
	failed    error  // no further message can be sent
}

// Put sends a record. Key is unique in the stream, stable between runs and has at most 512
// bytes. Doc is the stream's kind from package kind, or its JSON as json.RawMessage. Put waits
// while the host is behind.
//
// Put reports a record that cannot be sent (too large, no key, not its kind) as a gap, and
// returns an error. The author can return the error, which fails the stream, or continue, which
// leaves the stream complete with a gap.
func (o *Output) Put(key string, doc any) error {
	return o.put(key, doc, nil)
}

// PutOrGap is Put for a stream that continues after a record that cannot be sent. The record's gap
// is all that is left of it, so PutOrGap returns nil for it. It returns the other errors of Put:
// the end of the run, and a mistake of the connector.
func (o *Output) PutOrGap(key string, doc any) error {
	err := o.Put(key, doc)
	switch CodeOf(err) {
	case CodeLimitRecordTooLarge, CodeSchemaUnexpected, CodeSchemaKeyMissing:
		return nil
	}
	return err
}

// PutUpdated is Put for a record whose last change upstream is known.
func (o *Output) PutUpdated(key string, doc any, updated time.Time) error {
	return o.put(key, doc, &connectorv1.Record{SourceUpdatedAt: timestamppb.New(updated)})
}

// put sends a record. Rest holds its other fields; nil = none.
func (o *Output) put(key string, doc any, rest *connectorv1.Record) error {
	room, ok := o.scratch.Get().(*[]byte)
	if !ok {
		room = new([]byte)
	}
	payload, err := o.encode((*room)[:0], key, doc)
	if err != nil {
		return o.refuse(key, err)
	}
	if cap(payload) <= maxScratch {
		*room = payload
		defer o.scratch.Put(room)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addLocked(key, payload, rest)
}

// maxScratch is the largest buffer that is kept for another document.
const maxScratch = 64 << 10

// Remove sends the removal of a record. Only a stream that declares Tombstone may send
// removals. The host finds the removals of other streams by comparing complete reads.
func (o *Output) Remove(key string) error {
	if o.stream.Deletes != Tombstone {
		return Errorf(CodeInternalBug, "stream %s removes records but does not declare tombstones", o.stream.Name)
	}
	if err := checkKey(key); err != nil {
		return o.refuse(key, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addLocked(key, nil, &connectorv1.Record{Removed: true})
}

// encode returns the canonical document, or why it cannot be sent. It writes into room if that is
// large enough.
func (o *Output) encode(room []byte, key string, doc any) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if k, ok := doc.(interface{ Kind() kind.Kind }); ok && k.Kind() != o.stream.Kind {
		return nil, Errorf(CodeInternalBug, "stream %s carries %s, not %s", o.stream.Name, o.stream.Kind, k.Kind())
	}
	payload, ok := kind.Append(room, doc)
	if !ok {
		raw, err := json.Marshal(doc)
		if err != nil {
			return nil, Errorf(CodeSchemaUnexpected, "record %s is not valid JSON", key).Because(err)
		}
		if payload, err = kind.Canonical(raw); err != nil {
			return nil, Errorf(CodeSchemaUnexpected, "record %s: %w", key, err)
		}
	}
	if payload[0] != '{' {
		return nil, Errorf(CodeInternalBug, "record %s is not a JSON object", key)
	}
	if limit := o.run.budget.record; len(payload) > limit {
		return nil, Errorf(CodeLimitRecordTooLarge, "record %s has %d bytes, more than the %d allowed", key, len(payload), limit)
	}
	return payload, nil
}

func checkKey(key string) error {
	switch {
	case key == "":
		return Errorf(CodeSchemaKeyMissing, "a record has no key")
	case len(key) > MaxKeyBytes:
		return Errorf(CodeSchemaUnexpected, "the key %s… has %d bytes, more than the %d allowed", cut(key, 64), len(key), MaxKeyBytes)
	case !utf8.ValidString(key):
		return Errorf(CodeSchemaUnexpected, "a key is not valid UTF-8")
	}
	return nil
}

// refuse reports a gap for a record that cannot be sent, so that the stream is not complete even
// if the author ignores the error.
func (o *Output) refuse(key string, err error) error {
	o.Gap("record "+cut(key, 128), err)
	return err
}

func (o *Output) addLocked(key string, payload []byte, rest *connectorv1.Record) error {
	if o.failed != nil {
		return o.failed
	}
	var more []byte
	if rest != nil {
		var err error
		if more, err = proto.Marshal(rest); err != nil {
			o.failed = Errorf(CodeInternalBug, "encode record %s: %w", key, err)
			return o.failed
		}
	}
	size := sizeOf(key, payload)
	if o.batch.size+size > o.run.budget.softBatch {
		if err := o.flushLocked(); err != nil {
			return err
		}
	}
	o.batch.add(key, payload, more)
	o.size += size
	o.group++
	o.total++
	if o.group >= GroupRecords || o.size >= o.run.budget.group {
		return o.checkpointLocked(nil, "")
	}
	return nil
}

func (o *Output) flushLocked() error {
	if o.batch.size == 0 {
		return nil
	}
	if err := o.run.sendBatch(o.stream.Name, &o.batch); err != nil {
		o.failed = err
		return err
	}
	o.batch.clear()
	o.flushed = true
	return nil
}

// Checkpoint makes all records so far durable, together with cursor. The host keeps the cursor as
// JSON, and Cursor returns it in a later run. With a nil cursor the run cannot be resumed from
// this point. If cursor implements fmt.Stringer, people see its text. Never put a secret into it.
func (o *Output) Checkpoint(cursor any) error {
	var raw []byte
	label := ""
	if cursor != nil {
		var err error
		if raw, err = json.Marshal(cursor); err != nil {
			return Errorf(CodeInternalBug, "encode cursor: %w", err)
		}
		if len(raw) > MaxCursorBytes {
			return Errorf(CodeInternalBug, "the cursor has %d bytes, more than the %d allowed", len(raw), MaxCursorBytes)
		}
		if o.run.session.scrub.holds(string(raw)) {
			return Errorf(CodeInternalBug, "the cursor holds a secret")
		}
		if s, ok := cursor.(fmt.Stringer); ok {
			label = cut(o.run.session.scrub.text(s.String()), 256)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if raw == nil && o.group == 0 {
		return o.failed
	}
	return o.checkpointLocked(raw, label)
}

func (o *Output) checkpointLocked(cursor []byte, label string) error {
	if o.failed != nil {
		return o.failed
	}
	if err := o.flushLocked(); err != nil {
		return err
	}
	sequence, err := o.run.sendCheckpoint(&connectorv1.Checkpoint{
		Stream: o.stream.Name, Cursor: cursor, Label: label, Records: o.group,
	})
	if err != nil {
		o.failed = err
		return err
	}
	if cursor != nil {
		o.resumable = sequence
	}
	o.group, o.size, o.flushed = 0, 0, false
	o.progressLocked()
	return nil
}

// Cursor decodes the cursor of the last committed checkpoint into into and reports whether there
// was one. It logs a cursor that cannot be read and returns false, so that Read reads everything
// again. A stream that is not Incremental gets its cursor only when the last run stopped early.
//
// When the vendor refuses the cursor, return CodeCursorExpired from Read. The SDK then calls Read
// once more in the same run, without a cursor. It does the same when Read returns an answer with
// status 410 after Cursor returned a cursor.
func (o *Output) Cursor(into any) (bool, error) {
	if len(o.cursor) == 0 {
		return false, nil
	}
	if json.Unmarshal(o.cursor, into) == nil {
		o.goesOn = true
		return true, nil
	}
	e := Errorf(CodeCursorInvalid, "the cursor of %s cannot be read; everything is read again", o.stream.Name)
	o.run.session.Log().Warn(e.Message, "code", e.Code)
	o.cursor, o.resume = nil, false
	return false, nil
}

// refused reports whether err says that the vendor no longer takes the cursor.
func (o *Output) refused(err error) bool {
	if err == nil || len(o.cursor) == 0 {
		return false
	}
	e := AsError(err)
	return e.Code == CodeCursorExpired || e.Code == CodeCursorInvalid || o.goesOn && e.UpstreamStatus == http.StatusGone
}

// restart drops the cursor and the records since the last checkpoint, so that Read can be called
// again. It returns false when some of these records have been sent. The stream then ends with
// why, and the next run starts without the cursor.
func (o *Output) restart(why error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flushed || o.failed != nil {
		return false
	}
	e := AsError(why)
	o.run.session.Log().Warn("the cursor of "+o.stream.Name+" is refused; everything is read again: "+e.Message, "code", e.Code)
	o.batch.clear()
	o.total -= o.group
	o.group, o.size = 0, 0
	o.cursor, o.resume, o.goesOn = nil, false, false
	o.note = "The cursor is refused: reading everything again."
	o.progressLocked()
	return true
}

// Resuming reports whether the last run stopped during this stream and this run continues from
// its cursor.
func (o *Output) Resuming() bool { return o.resume && len(o.cursor) > 0 }

// Gap reports a part that could not be read, and why. The stream is then not complete, and the
// host removes nothing.
func (o *Output) Gap(scope string, err error) {
	o.mu.Lock()
	o.gaps++
	o.mu.Unlock()
	e := AsError(err)
	if e.Scope == "" {
		e = e.WithScope(scope)
	}
	o.run.sendGap(o.stream.Name, scope, e)
}

// Expect reports the number of records, if the vendor gives it.
func (o *Output) Expect(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expected = uint64(max(n, 0))
	o.progressLocked()
}

// Note reports in a few words what the connector is doing.
func (o *Output) Note(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note = text
	o.progressLocked()
}

// WaitAcked waits until everything up to the last checkpoint is on the host's disk. Call it
// before you make the vendor delete something.
func (o *Output) WaitAcked(ctx context.Context) error {
	return o.run.window.waitAcked(ctx, o.run.window.lastSent())
}

func (o *Output) progressLocked() {
	o.run.session.sendProgress(&connectorv1.Progress{
		State: connectorv1.Progress_STATE_RUNNING, Seen: o.total, Expected: o.expected, Note: o.note,
	})
}

// finish ends the last group after Read returned nil.
func (o *Output) finish() error {
	if err := o.Checkpoint(nil); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

func (o *Output) counts() (total uint64, gaps int, resumable uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total, o.gaps, o.resumable
}
