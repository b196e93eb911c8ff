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

// Output takes the records of one stream. It is safe for concurrent use, but a
// cursor only means something when the records before it were Put before it.
//
// What was Put becomes durable in groups. A group ends at a Checkpoint, and the
// SDK ends one by itself, without a point to resume from, every 500 records or
// 1.5 MiB. When Read fails, what was Put since the last group is dropped.
type Output struct {
	run    *run
	stream *Stream
	cursor []byte // as the host gave it; empty when there is nothing to go on from
	resume bool
	goesOn bool // Read was given the cursor

	scratch sync.Pool // of *[]byte, where documents are written

	mu        sync.Mutex
	batch     batch
	group     uint64 // records since the last checkpoint
	size      int    // bytes since the last checkpoint
	total     uint64
	expected  uint64
	note      string
	gaps      int
	flushed   bool   // records since the last checkpoint are on the wire
	resumable uint64 // sequence of the last checkpoint with a cursor
	failed    error  // sending is over
}

// Put sends a record. Key is unique in the stream, stable between runs and at
// most 512 bytes. Doc is the stream's kind as package kind has it, or its JSON
// as json.RawMessage. Put waits while the host is behind.
//
// A record that cannot be sent (too large, no key, not its kind) is reported as
// a gap and returned as an error: return it to fail the stream, or go on and the
// stream counts as complete but for that record.
func (o *Output) Put(key string, doc any) error {
	return o.put(key, doc, nil)
}

// PutUpdated is Put for a record whose last change upstream is known.
func (o *Output) PutUpdated(key string, doc any, updated time.Time) error {
	return o.put(key, doc, &connectorv1.Record{SourceUpdatedAt: timestamppb.New(updated)})
}

// put sends a record of which rest, when there is one, says more.
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

// maxScratch is the size of a document above which its room is not kept.
const maxScratch = 64 << 10

// Remove says that a record is gone. Only a stream that declares Tombstone has
// removals; elsewhere a complete read tells them by absence.
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

// encode returns the canonical document, written into room when that is large
// enough, or why it cannot be sent.
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

// refuse makes a record that was not sent visible, also when the author ignores
// the error: a stream must not look complete without it.
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

// Checkpoint makes everything Put so far durable together with cursor, which is
// kept as JSON and comes back through Cursor. With a nil cursor the records are
// kept but there is nothing new to resume from. A cursor that implements
// fmt.Stringer says in words where it stands. Never put a secret into it.
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

// Cursor decodes the cursor of the last committed checkpoint into into and
// reports whether there was one. A cursor that cannot be read is logged and
// counts as none, so everything is read again. The cursor of a stream that is
// not Incremental is only given when the last run stopped in its middle.
//
// When the vendor refuses the cursor, return CodeCursorExpired from Read: Read is
// then called once more, without a cursor, in the same run. An answer with status
// 410 that Read returns after Cursor gave it one does the same by itself.
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

// refused reports whether err says that the cursor which the host gave is no longer
// good.
func (o *Output) refused(err error) bool {
	if err == nil || len(o.cursor) == 0 {
		return false
	}
	e := AsError(err)
	return e.Code == CodeCursorExpired || e.Code == CodeCursorInvalid || o.goesOn && e.UpstreamStatus == http.StatusGone
}

// restart forgets the cursor and what was Put since the last checkpoint, so that
// Read can be called anew. It returns false when some of that has left the program:
// the stream then ends with why, and the next run begins without the cursor.
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

// Resuming reports whether the last run stopped in the middle of this stream and
// this one goes on from its cursor.
func (o *Output) Resuming() bool { return o.resume && len(o.cursor) > 0 }

// Gap names a part that could not be read, and why. The stream can then no
// longer be complete, so nothing is judged removed because of it.
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

// Expect says how many records there will be, when the vendor tells.
func (o *Output) Expect(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expected = uint64(max(n, 0))
	o.progressLocked()
}

// Note says in a few words what is being done now.
func (o *Output) Note(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note = text
	o.progressLocked()
}

// WaitAcked waits until everything up to the last checkpoint is on the host's
// disk. Call it before telling the vendor to forget something.
func (o *Output) WaitAcked(ctx context.Context) error {
	return o.run.window.waitAcked(ctx, o.run.window.lastSent())
}

func (o *Output) progressLocked() {
	o.run.session.sendProgress(&connectorv1.Progress{
		State: connectorv1.Progress_STATE_RUNNING, Seen: o.total, Expected: o.expected, Note: o.note,
	})
}

// finish ends the last group. It is only called when Read returned nil.
func (o *Output) finish() error {
	if err := o.Checkpoint(nil); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

func (o *Output) counts() (total uint64, gaps int, resumable uint64, failed error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total, o.gaps, o.resumable, o.failed
}
