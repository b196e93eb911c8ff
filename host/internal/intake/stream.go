package intake

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The bounds of a stream.
const (
	MaxKeyBytes    = 512
	MaxRecordBytes = 256 << 10 // of one document
	MaxGroupBytes  = 8 << 20   // of keys and documents between two checkpoints
	maxGroup       = 100_000   // records and removals between two checkpoints
	maxGaps        = 100
)

// Stream is one stream of a run while a source sends it. Run.Stream makes it.
type Stream struct {
	run  *Run
	info host.StreamInfo

	group    host.Group // since the last checkpoint
	records  int        // of it, with removals and records that became gaps
	bytes    int
	removals removals

	gaps    []host.Gap
	uncited int // gaps beyond maxGaps
	read    int // records in groups that were returned
}

// Record takes a record.
func (s *Stream) Record(key string, doc []byte) error {
	odd, err := s.count(key, len(key)+len(doc))
	if err != nil {
		return err
	}
	if len(doc) > MaxRecordBytes {
		return &host.Problem{
			Code:    host.CodeRecordTooLarge,
			Message: fmt.Sprintf("record %q of stream %q has %d bytes; at most %d are taken", key, s.info.Name, len(doc), MaxRecordBytes),
			Remedy:  "Report this to the connector's author: a record this large must be split.",
			Fault:   host.FaultConnector,
			Retry:   host.RetryNever,
			Scope:   display.Visible(key),
		}
	}
	if odd == "" {
		odd = display.CheckNumbers(doc)
	}
	if odd != "" {
		s.refuse(key, odd)
		return nil
	}
	canonical, err := kind.Accept(kind.Kind(s.info.Kind), doc)
	if err != nil {
		s.refuse(key, fmt.Sprintf("it is not a valid %s: %v", s.info.Kind, err))
		return nil
	}
	s.removals.drop(key)
	s.group.Writes = append(s.group.Writes, host.Write{Key: key, Doc: canonical, Hash: sha256.Sum256(canonical)})
	return nil
}

// count adds a record or a removal to what came since the last checkpoint. It returns
// what is odd about its key, "" when nothing is.
func (s *Stream) count(key string, size int) (odd string, err error) {
	unusable, odd := checkKey(key)
	if unusable != "" {
		return "", host.Violation("a record of stream %q has no usable key: %s; 1 to %d bytes of UTF-8 are expected",
			s.info.Name, unusable, MaxKeyBytes)
	}
	s.records++
	s.bytes += size
	if s.records > maxGroup {
		return "", host.Violation("stream %q has more than %d records without a checkpoint", s.info.Name, maxGroup)
	}
	if s.bytes > MaxGroupBytes {
		return "", host.Violation("stream %q has more than %d bytes without a checkpoint", s.info.Name, MaxGroupBytes)
	}
	return odd, nil
}

// Pending returns how many records and removals came since the last checkpoint, and
// their bytes.
func (s *Stream) Pending() (records, bytes int) { return s.records, s.bytes }

// refuse names a record that cannot be stored because of its content.
func (s *Stream) refuse(key, why string) {
	s.Gap(host.Gap{Scope: "record " + display.Visible(key), Error: host.Problem{
		Code:    host.CodeSchemaUnexpected,
		Message: fmt.Sprintf("record %q: %s", key, display.VisibleText(display.Cut(s.run.scrub(why), 1<<10))),
		Remedy:  "Report this to the connector's author with the record's key.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
		Scope:   display.Visible(key),
	}})
}

// Gap names a part that was not read.
func (s *Stream) Gap(gap host.Gap) {
	if len(s.gaps) >= maxGaps || len(s.gaps) > 0 && s.run.told > maxTold {
		s.uncited++
		return
	}
	gap.Error = *s.run.shorten(&gap.Error)
	s.gaps = append(s.gaps, gap)
}

// Checkpoint says that the stream is sent up to checkpoint. It returns what is to be
// stored, in order; the last group has the checkpoint.
func (s *Stream) Checkpoint(checkpoint host.Checkpoint) []host.Group {
	group := s.group
	group.Stream, group.Checkpoint = s.info.Name, checkpoint
	s.read += len(group.Writes)
	s.group = host.Group{Writes: make([]host.Write, 0, len(group.Writes))}
	s.records, s.bytes = 0, 0
	if len(checkpoint.Cursor) == 0 {
		return []host.Group{group}
	}
	groups := s.release()
	if last := len(groups) - 1; last >= 0 {
		group.Writes = append(group.Writes, groups[last].Writes...)
		groups = groups[:last]
	}
	return append(groups, group)
}

// End ends the stream. It returns what is still to be stored, and the result, which is
// true once everything is stored. Records since the last checkpoint are dropped. The
// outcome is only ever lowered: what became a gap, or came without a checkpoint, was not
// read. Problem says why the stream is not complete; nil = the source did not say.
func (s *Stream) End(outcome host.Outcome, problem *host.Problem) ([]host.Group, host.StreamResult, error) {
	result := s.Unfinished()
	if outcome == host.OutcomeComplete && len(result.Gaps) > 0 {
		outcome = host.OutcomeGaps
	}
	whole := outcome == host.OutcomeComplete || outcome == host.OutcomeGaps
	if whole && s.records > 0 {
		return nil, result, host.Violation("stream %q claims to be complete with %d records after its last checkpoint", s.info.Name, s.records)
	}
	if problem != nil {
		problem = s.run.shorten(problem)
	} else if outcome != host.OutcomeComplete && len(result.Gaps) > 0 {
		problem = &result.Gaps[0].Error
	}
	result.Outcome, result.Problem, result.Read = outcome, problem, s.read
	var groups []host.Group
	if whole {
		groups = s.release()
	}
	s.group, s.records, s.bytes, s.removals = host.Group{}, 0, 0, removals{}
	return groups, result, nil
}

// Unfinished returns the result of a stream whose source went away before its end.
func (s *Stream) Unfinished() host.StreamResult {
	gaps := slices.Clone(s.gaps)
	if s.uncited > 0 {
		gaps[len(gaps)-1].Error.Message += fmt.Sprintf(" (and %d more like it or other gaps)", s.uncited)
	}
	return host.StreamResult{Stream: s.info.Name, Outcome: host.OutcomeUnfinished, Gaps: gaps}
}
