package source

import (
	"crypto/sha256"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Result is what became of one stream.
type Result struct {
	Stream  string
	Outcome host.Outcome
	Problem *host.Problem // nil when it is complete
	Gaps    []host.Gap
	Read    int // records committed, changed or not
}

// maxGroup bounds the records between two checkpoints.
const maxGroup = 100_000

// maxGaps bounds what one stream may name; the rest is counted in the last.
const maxGaps = 100

// reading is a stream in the middle of being read.
type reading struct {
	stream host.StreamInfo
	group  host.Group
	size   int // bytes buffered in group
	sent   uint64
	read   int
	gaps   []host.Gap
	unsaid int // gaps beyond maxGaps
	result *Result
	removals
}

// of returns the reading a message belongs to.
func (c *conversation) of(stream string) (*reading, error) {
	r, ok := c.streams[stream]
	if !ok {
		return nil, host.Violation("the connector sent data of stream %q, which was not asked for", clipped(stream))
	}
	if r.result != nil {
		return nil, host.Violation("the connector sent data of stream %q after its result", stream)
	}
	return r, nil
}

func (c *conversation) batch(b *connectorv1.Batch) error {
	r, err := c.of(b.GetStream())
	if err != nil {
		return err
	}
	if b.GetNumber() != c.lastBatch+1 {
		return host.Violation("the connector sent batch %d after batch %d", b.GetNumber(), c.lastBatch)
	}
	c.lastBatch = b.GetNumber()
	for _, record := range b.GetRecords() {
		if err := c.record(r, record); err != nil {
			return err
		}
	}
	if r.sent > maxGroup {
		return host.Violation("the connector sent more than %d records of stream %q without a checkpoint", maxGroup, r.stream.Name)
	}
	if r.size > sdk.MaxUnackedBytes {
		return host.Violation("the connector sent more than %d bytes of stream %q without a checkpoint",
			sdk.MaxUnackedBytes, r.stream.Name)
	}
	if c.unacked.Load() > maxUnacked {
		return host.Violation("the connector sent more than %d bytes without waiting for them to be acknowledged", maxUnacked)
	}
	return nil
}

// record adds one record to the group of its stream, or names it as a gap.
func (c *conversation) record(r *reading, record *connectorv1.Record) error {
	r.sent++
	key := record.GetKey()
	unusable, odd := checkKey(key)
	if unusable != "" {
		return host.Violation("a record of stream %q has no usable key: %s; 1 to %d bytes of UTF-8 are expected",
			r.stream.Name, unusable, sdk.MaxKeyBytes)
	}
	if record.GetRemoved() {
		return c.removed(r, key)
	}
	if size := len(record.GetPayload()); size > sdk.MaxRecordBytes {
		return &host.Problem{
			Code:    sdk.CodeLimitRecordTooLarge,
			Message: fmt.Sprintf("record %q of stream %q has %d bytes; at most %d are taken", key, r.stream.Name, size, sdk.MaxRecordBytes),
			Remedy:  "Report this to the connector's author: a record this large must be split.",
			Fault:   host.FaultConnector,
			Retry:   host.RetryNever,
			Scope:   host.Visible(key),
		}
	}
	c.grow(r, len(key)+len(record.GetPayload()))
	if odd == "" {
		odd = host.CheckNumbers(record.GetPayload())
	}
	if odd != "" {
		c.refuse(r, key, odd)
		return nil
	}
	doc, err := kind.Accept(kind.Kind(r.stream.Kind), record.GetPayload())
	if err != nil {
		c.refuse(r, key, fmt.Sprintf("it is not a valid %s: %v", r.stream.Kind, err))
		return nil
	}
	r.returned(key)
	r.group.Writes = append(r.group.Writes, host.Write{Key: key, Doc: doc, Hash: sha256.Sum256(doc)})
	return nil
}

// grow counts what came in.
func (c *conversation) grow(r *reading, size int) {
	r.size += size
	c.unacked.Add(int64(size))
}

// refuse notes a record that cannot be stored because of its content.
func (c *conversation) refuse(r *reading, key, why string) {
	c.missed(r, host.Gap{Scope: "record " + host.Visible(key), Error: host.Problem{
		Code:    sdk.CodeSchemaUnexpected,
		Message: fmt.Sprintf("record %q: %s", key, host.VisibleText(host.Cut(c.scrub(why), 1<<10))),
		Remedy:  "Report this to the connector's author with the record's key.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
		Scope:   host.Visible(key),
	}})
}

// missed notes a gap, shortened when the run has told much already.
func (c *conversation) missed(r *reading, gap host.Gap) {
	if len(r.gaps) >= maxGaps || len(r.gaps) > 0 && c.said.told > maxTold {
		r.unsaid++
		return
	}
	gap.Error = *c.told(&gap.Error)
	r.gaps = append(r.gaps, gap)
}

func (c *conversation) scrub(text string) string {
	if c.open.Scrub == nil {
		return text
	}
	return c.open.Scrub(text)
}

// checkpoint hands the group over to be stored and acknowledged.
func (c *conversation) checkpoint(p *connectorv1.Checkpoint) error {
	r, err := c.of(p.GetStream())
	if err != nil {
		return err
	}
	if p.GetSequence() != c.lastSequence+1 {
		return host.Violation("the connector sent checkpoint %d after checkpoint %d", p.GetSequence(), c.lastSequence)
	}
	if p.GetRecords() != r.sent {
		return host.Violation("checkpoint %d claims %d records, %d arrived", p.GetSequence(), p.GetRecords(), r.sent)
	}
	if c.outstanding.Add(1) > sdk.MaxUnackedCheckpoints {
		return host.Violation("the connector sent checkpoint %d while %d were not acknowledged; it must wait for the host",
			p.GetSequence(), sdk.MaxUnackedCheckpoints)
	}
	c.lastSequence = p.GetSequence()
	group := r.group
	group.Stream = r.stream.Name
	group.Checkpoint = host.Checkpoint{Sequence: p.GetSequence(), Cursor: p.GetCursor(), Label: p.GetLabel()}
	read := len(group.Writes)
	c.settle(r, &group)
	c.committer.take(pending{reading: r, group: group, size: r.size, read: read})
	r.group, r.size, r.sent = host.Group{Writes: make([]host.Write, 0, read)}, 0, 0
	return nil
}

func (c *conversation) gap(g *connectorv1.Gap) error {
	r, err := c.of(g.GetStream())
	if err != nil {
		return err
	}
	c.missed(r, host.Gap{Scope: g.GetScope(), Error: *wire.Problem(g.GetError())})
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
	result := Result{Stream: r.stream.Name, Outcome: outcomeFrom(m.GetResult()), Gaps: r.allGaps(), Read: r.read}
	if m.GetError() != nil {
		result.Problem = c.told(wire.Problem(m.GetError()))
	}
	// The connector's word is only ever lowered: what was refused here, or sent
	// without a checkpoint, was not read.
	if result.Outcome == host.OutcomeComplete && len(result.Gaps) > 0 {
		result.Outcome = host.OutcomeGaps
	}
	if r.sent > 0 && (result.Outcome == host.OutcomeComplete || result.Outcome == host.OutcomeGaps) {
		return host.Violation("stream %q claims to be complete with %d records after its last checkpoint", r.stream.Name, r.sent)
	}
	if result.Outcome != host.OutcomeComplete && result.Problem == nil && len(result.Gaps) > 0 {
		result.Problem = &result.Gaps[0].Error
	}
	if result.Outcome == host.OutcomeComplete || result.Outcome == host.OutcomeGaps {
		if err := c.remove(r); err != nil {
			return err
		}
	}
	c.unacked.Add(-int64(r.size))
	r.removals = removals{}
	r.result, r.group, r.size = &result, host.Group{}, 0
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
	for _, s := range c.open.Streams {
		r := c.streams[s.Name]
		if r.result != nil {
			results = append(results, *r.result)
			continue
		}
		results = append(results, Result{Stream: s.Name, Outcome: host.OutcomeUnfinished, Gaps: r.allGaps(), Read: r.read})
	}
	return results
}

func outcomeFrom(result connectorv1.Result) host.Outcome {
	switch result {
	case connectorv1.Result_RESULT_COMPLETE:
		return host.OutcomeComplete
	case connectorv1.Result_RESULT_COMPLETE_WITH_GAPS:
		return host.OutcomeGaps
	case connectorv1.Result_RESULT_PARTIAL:
		return host.OutcomePartial
	default:
		// A result this host does not know claims nothing.
		return host.OutcomeFailed
	}
}

func clipped(s string) string { return host.Cut(s, 64) }
