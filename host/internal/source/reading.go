package source

import (
	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/intake"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// of returns the stream that a message is about.
func (c *conversation) of(name string) (*intake.Stream, error) {
	s, ok := c.streams[name]
	if !ok {
		return nil, host.Violation("the connector sent data of stream %q, which was not asked for", display.Cut(name, 64))
	}
	if _, ended := c.ended[name]; ended {
		return nil, host.Violation("the connector sent data of stream %q after its result", name)
	}
	return s, nil
}

func (c *conversation) batch(b *connectorv1.Batch) error {
	s, err := c.of(b.GetStream())
	if err != nil {
		return err
	}
	if b.GetNumber() != c.lastBatch+1 {
		return host.Violation("the connector sent batch %d after batch %d", b.GetNumber(), c.lastBatch)
	}
	c.lastBatch = b.GetNumber()
	_, before := s.Pending()
	for _, record := range b.GetRecords() {
		if record.GetRemoved() {
			err = s.Remove(record.GetKey())
		} else {
			err = s.Record(record.GetKey(), record.GetPayload())
		}
		if err != nil {
			return err
		}
	}
	_, after := s.Pending()
	if c.unacked.Add(int64(after-before)) > maxUnacked {
		return host.Violation("the connector sent more than %d bytes without waiting for them to be acknowledged", maxUnacked)
	}
	return nil
}

// checkpoint hands the group over to be stored and acknowledged.
func (c *conversation) checkpoint(p *connectorv1.Checkpoint) error {
	s, err := c.of(p.GetStream())
	if err != nil {
		return err
	}
	if p.GetSequence() != c.lastSequence+1 {
		return host.Violation("the connector sent checkpoint %d after checkpoint %d", p.GetSequence(), c.lastSequence)
	}
	records, bytes := s.Pending()
	if p.GetRecords() != uint64(records) {
		return host.Violation("checkpoint %d claims %d records, %d arrived", p.GetSequence(), p.GetRecords(), records)
	}
	if c.outstanding.Add(1) > sdk.MaxUnackedCheckpoints {
		return host.Violation("the connector sent checkpoint %d while %d were not acknowledged; it must wait for the host",
			p.GetSequence(), sdk.MaxUnackedCheckpoints)
	}
	c.lastSequence = p.GetSequence()
	c.committer.take(bytes, s.Checkpoint(host.Checkpoint{Sequence: p.GetSequence(), Cursor: p.GetCursor(), Label: p.GetLabel()})...)
	return nil
}

func (c *conversation) gap(g *connectorv1.Gap) error {
	s, err := c.of(g.GetStream())
	if err != nil {
		return err
	}
	s.Gap(host.Gap{Scope: g.GetScope(), Error: *wire.Problem(g.GetError())})
	return nil
}

// result ends a stream. The sink has its result once all of the stream is stored.
func (c *conversation) result(m *connectorv1.StreamResult) error {
	s, err := c.of(m.GetStream())
	if err != nil {
		return err
	}
	var problem *host.Problem
	if m.GetError() != nil {
		problem = c.unasked(wire.Problem(m.GetError()))
	}
	_, dropped := s.Pending()
	groups, result, err := s.End(outcomeFrom(m.GetResult()), problem)
	if err != nil {
		return err
	}
	c.unacked.Add(-int64(dropped))
	c.committer.take(0, groups...)
	if err := c.committer.flush(); err != nil {
		return err
	}
	c.ended[result.Stream] = result
	if err := c.sink.Finish(result); err != nil {
		return &sinkError{err}
	}
	return nil
}

// unasked returns problem, or a bug of the connector in its place when the connector
// says that it was stopped and the host did not stop it.
func (c *conversation) unasked(problem *host.Problem) *host.Problem {
	if c.stopped.Load() || problem.Code != host.CodeCancelled && problem.Code != host.CodeInterrupted {
		return problem
	}
	p := *problem
	p.Code, p.Fault = sdk.CodeInternalBug, host.FaultConnector
	p.Message = "the connector stopped though the host did not ask it to: " + p.Message
	p.Remedy = "Sync again; if it keeps happening, report it to the connector's author with the run's log."
	return &p
}

// results returns how every stream ended, the unfinished ones too.
func (c *conversation) results() []host.StreamResult {
	results := make([]host.StreamResult, len(c.open.Streams))
	for i, s := range c.open.Streams {
		var ended bool
		if results[i], ended = c.ended[s.Name]; !ended {
			results[i] = c.streams[s.Name].Unfinished()
		}
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
