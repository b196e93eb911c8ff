package stream

import (
	"crypto/sha256"
	"fmt"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Outcome is how the reading of a stream ended.
type Outcome string

// The outcomes. Only Complete may lead to removals.
const (
	Complete         Outcome = "complete"
	CompleteWithGaps Outcome = "complete_with_gaps"
	Partial          Outcome = "partial" // stopped early; resumable from the last checkpoint
	Failed           Outcome = "failed"
	Unfinished       Outcome = "unfinished" // the conversation ended without a result for it
)

// Result is what became of one stream.
type Result struct {
	Stream  string
	Outcome Outcome
	Problem *host.Problem // nil for Complete
	Gaps    []host.Gap
	Read    int // records committed, changed or not
}

// maxGaps bounds what one stream may name; the rest is counted in the last.
const maxGaps = 100

// reading is a stream in the middle of being read.
type reading struct {
	state  State
	group  Group
	size   int // bytes buffered in group
	sent   uint64
	read   int
	gaps   []host.Gap
	unsaid int // gaps beyond maxGaps
	result *Result
}

// of returns the reading a message belongs to.
func (c *conversation) of(stream string) (*reading, error) {
	r, ok := c.streams[stream]
	if !ok {
		return nil, violation(fmt.Sprintf("the connector sent data of stream %q, which was not asked for", clipped(stream)))
	}
	if r.result != nil {
		return nil, violation(fmt.Sprintf("the connector sent data of stream %q after its result", stream))
	}
	return r, nil
}

func (c *conversation) batch(b *connectorv1.Batch) error {
	r, err := c.of(b.GetStream())
	if err != nil {
		return err
	}
	if b.GetNumber() != c.lastBatch+1 {
		return violation(fmt.Sprintf("the connector sent batch %d after batch %d", b.GetNumber(), c.lastBatch))
	}
	c.lastBatch = b.GetNumber()
	for _, record := range b.GetRecords() {
		if err := c.record(r, record); err != nil {
			return err
		}
	}
	if r.size > sdk.MaxUnackedBytes {
		return violation(fmt.Sprintf("the connector sent more than %d bytes of stream %q without a checkpoint", sdk.MaxUnackedBytes, r.state.Name))
	}
	if c.unacked.Load() > maxUnacked {
		return violation(fmt.Sprintf("the connector sent more than %d bytes without waiting for them to be acknowledged", maxUnacked))
	}
	return nil
}

// record adds one record to the group of its stream, or names it as a gap.
func (c *conversation) record(r *reading, record *connectorv1.Record) error {
	r.sent++
	key := record.GetKey()
	if key == "" || len(key) > sdk.MaxKeyBytes || !utf8.ValidString(key) {
		return violation(fmt.Sprintf("a record of stream %q has no usable key: 1 to %d bytes of UTF-8", r.state.Name, sdk.MaxKeyBytes))
	}
	if record.GetRemoved() {
		r.group.Records = append(r.group.Records, Record{Key: key, Removed: true})
		c.grow(r, len(key))
		return nil
	}
	if size := len(record.GetPayload()); size > sdk.MaxRecordBytes {
		return &host.Problem{
			Code:    sdk.CodeLimitRecordTooLarge,
			Message: fmt.Sprintf("record %q of stream %q has %d bytes; at most %d are taken", key, r.state.Name, size, sdk.MaxRecordBytes),
			Remedy:  "Report this to the connector's author: a record this large must be split.",
			Fault:   host.FaultConnector,
			Retry:   host.RetryNever,
			Scope:   key,
		}
	}
	c.grow(r, len(key)+len(record.GetPayload()))
	doc, err := kind.Accept(kind.Kind(r.state.Kind), record.GetPayload())
	if err != nil {
		r.refuse(key, err)
		return nil
	}
	r.group.Records = append(r.group.Records, Record{Key: key, Doc: doc, Hash: sha256.Sum256(doc)})
	return nil
}

// grow counts what came in.
func (c *conversation) grow(r *reading, size int) {
	r.size += size
	c.unacked.Add(int64(size))
}

// refuse notes a record that cannot be stored because of its content.
func (r *reading) refuse(key string, err error) {
	r.note(host.Gap{Scope: "record " + key, Error: host.Problem{
		Code:    sdk.CodeSchemaUnexpected,
		Message: fmt.Sprintf("record %q is not a valid %s: %v", key, r.state.Kind, err),
		Remedy:  "Report this to the connector's author with the record's key.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
		Scope:   key,
	}})
}

func (r *reading) note(gap host.Gap) {
	if len(r.gaps) >= maxGaps {
		r.unsaid++
		return
	}
	r.gaps = append(r.gaps, gap)
}

// checkpoint hands the group over to be stored and acknowledged.
func (c *conversation) checkpoint(p *connectorv1.Checkpoint) error {
	r, err := c.of(p.GetStream())
	if err != nil {
		return err
	}
	if p.GetSequence() != c.lastSequence+1 {
		return violation(fmt.Sprintf("the connector sent checkpoint %d after checkpoint %d", p.GetSequence(), c.lastSequence))
	}
	if p.GetRecords() != r.sent {
		return violation(fmt.Sprintf("checkpoint %d claims %d records, %d arrived", p.GetSequence(), p.GetRecords(), r.sent))
	}
	if len(p.GetCursor()) > sdk.MaxCursorBytes {
		return violation(fmt.Sprintf("the cursor of stream %q has %d bytes; at most %d are taken", r.state.Name, len(p.GetCursor()), sdk.MaxCursorBytes))
	}
	c.lastSequence = p.GetSequence()
	group := r.group
	group.Stream, group.Sequence, group.Cursor, group.Label = r.state.Name, p.GetSequence(), p.GetCursor(), c.open.Scrub(p.GetLabel())
	c.committer.take(pending{reading: r, group: group, size: r.size})
	r.group, r.size, r.sent = Group{Records: make([]Record, 0, len(group.Records))}, 0, 0
	return nil
}

func (c *conversation) gap(g *connectorv1.Gap) error {
	r, err := c.of(g.GetStream())
	if err != nil {
		return err
	}
	r.note(host.Gap{Scope: c.open.Scrub(g.GetScope()), Error: *problemFrom(g.GetError(), c.open.Scrub)})
	return nil
}

func (c *conversation) result(m *connectorv1.StreamResult) error {
	r, err := c.of(m.GetStream())
	if err != nil {
		return err
	}
	if err := c.committer.flush(); err != nil {
		return err
	}
	result := Result{Stream: r.state.Name, Outcome: outcomeFrom(m.GetResult()), Gaps: r.allGaps(), Read: r.read}
	if m.GetError() != nil {
		result.Problem = problemFrom(m.GetError(), c.open.Scrub)
	}
	// The connector's word is only ever lowered: what was refused here, or sent
	// without a checkpoint, was not read.
	if result.Outcome == Complete && len(result.Gaps) > 0 {
		result.Outcome = CompleteWithGaps
	}
	if r.sent > 0 && (result.Outcome == Complete || result.Outcome == CompleteWithGaps) {
		return violation(fmt.Sprintf("stream %q claims to be complete with %d records after its last checkpoint", r.state.Name, r.sent))
	}
	if result.Outcome != Complete && result.Problem == nil && len(result.Gaps) > 0 {
		result.Problem = &result.Gaps[0].Error
	}
	c.unacked.Add(-int64(r.size))
	r.result, r.group, r.size = &result, Group{}, 0
	return c.notify(result)
}

func (r *reading) allGaps() []host.Gap {
	if r.unsaid > 0 {
		last := r.gaps[len(r.gaps)-1]
		last.Error.Message += fmt.Sprintf(" (and %d more like it or other gaps)", r.unsaid)
		r.gaps[len(r.gaps)-1] = last
	}
	return r.gaps
}

// results returns what became of every stream, the unfinished ones too.
func (c *conversation) results() []Result {
	results := make([]Result, 0, len(c.open.Streams))
	for _, state := range c.open.Streams {
		r := c.streams[state.Name]
		if r.result != nil {
			results = append(results, *r.result)
			continue
		}
		results = append(results, Result{Stream: state.Name, Outcome: Unfinished, Gaps: r.allGaps(), Read: r.read})
	}
	return results
}

func outcomeFrom(result connectorv1.Result) Outcome {
	switch result {
	case connectorv1.Result_RESULT_COMPLETE:
		return Complete
	case connectorv1.Result_RESULT_COMPLETE_WITH_GAPS:
		return CompleteWithGaps
	case connectorv1.Result_RESULT_PARTIAL:
		return Partial
	default:
		// A result this host does not know claims nothing.
		return Failed
	}
}

func clipped(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
