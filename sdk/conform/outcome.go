package conform

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// outcome is the result of a run: its messages, and what a host would have stored.
type outcome struct {
	described  *connectorv1.DescribeResponse
	streams    map[string]*stream
	messages   []timed
	done       *connectorv1.Done
	begun      time.Time
	took       time.Duration
	visits     []replay.Visit
	missing    []string // requests that were not recorded
	mostAtOnce int
	peak       int // highest memory in bytes; 0 = unknown
	stderr     string
}

// timed is a message and the time of its arrival.
type timed struct {
	at time.Time
	*connectorv1.SyncResponse
}

// stream is the result of one stream.
type stream struct {
	name        string
	committed   []*connectorv1.Record // in the order of arrival
	pending     []*connectorv1.Record // since the last checkpoint
	checkpoints []checkpoint
	gaps        []*connectorv1.Gap
	result      *connectorv1.StreamResult
	results     int
	skipped     bool
	late        bool // a checkpoint followed the failure
	failed      bool
}

// checkpoint is a point from which the stream can be resumed.
type checkpoint struct {
	*connectorv1.Checkpoint
	sent      int // records since the previous checkpoint
	committed int // all records up to this one
}

// stream returns a stream, empty when it sent nothing. It does not change the outcome.
func (o *outcome) stream(name string) *stream {
	if s := o.streams[name]; s != nil {
		return s
	}
	return &stream{name: name}
}

// of is stream for take, which fills it.
func (o *outcome) of(name string) *stream {
	if o.streams[name] == nil {
		o.streams[name] = &stream{name: name}
	}
	return o.streams[name]
}

func (o *outcome) take(m *connectorv1.SyncResponse) {
	o.messages = append(o.messages, timed{time.Now(), m})
	switch {
	case m.GetBatch() != nil:
		s := o.of(m.GetBatch().GetStream())
		s.pending = append(s.pending, m.GetBatch().GetRecords()...)
	case m.GetCheckpoint() != nil:
		s := o.of(m.GetCheckpoint().GetStream())
		sent := len(s.pending)
		s.committed, s.pending = append(s.committed, s.pending...), nil
		s.checkpoints = append(s.checkpoints, checkpoint{m.GetCheckpoint(), sent, len(s.committed)})
		s.late = s.late || s.failed
	case m.GetGap() != nil:
		s := o.of(m.GetGap().GetStream())
		s.gaps = append(s.gaps, m.GetGap())
	case m.GetResult() != nil:
		s := o.of(m.GetResult().GetStream())
		s.result, s.pending = m.GetResult(), nil
		s.results++
		s.failed = s.failed || !s.complete()
	case m.GetProgress() != nil:
		o.progress(m.GetProgress())
	case m.GetDone() != nil:
		o.done = m.GetDone()
	}
}

// progress marks streams as skipped or failed.
func (o *outcome) progress(p *connectorv1.Progress) {
	for _, step := range o.described.GetSteps() {
		if step.GetId() != p.GetStep() || step.GetStream() == "" {
			continue
		}
		s := o.of(step.GetStream())
		s.skipped = s.skipped || p.GetState() == connectorv1.Progress_STATE_SKIPPED
		s.failed = s.failed || p.GetState() == connectorv1.Progress_STATE_FAILED
	}
}

func (s *stream) complete() bool { return s.result.GetResult() == connectorv1.Result_RESULT_COMPLETE }

// word returns the result as expect.json writes it.
func (s *stream) word() string {
	return strings.ToLower(strings.TrimPrefix(s.result.GetResult().String(), "RESULT_"))
}

// set returns the records that a host holds after these: the document of each key that no
// later record removes.
func set(records []*connectorv1.Record) map[string]string {
	all := map[string]string{}
	for _, r := range records {
		if r.GetRemoved() {
			delete(all, r.GetKey())
			continue
		}
		document, err := kind.Canonical(r.GetPayload())
		if err != nil {
			document = r.GetPayload()
		}
		all[r.GetKey()] = string(document)
	}
	return all
}

// each returns the streams sorted by name.
func (o *outcome) each() []*stream {
	return slices.SortedFunc(maps.Values(o.streams), func(a, b *stream) int { return strings.Compare(a.name, b.name) })
}

// records returns every record that was sent, committed or not.
func (o *outcome) records() []*connectorv1.Record {
	var all []*connectorv1.Record
	for _, m := range o.messages {
		all = append(all, m.GetBatch().GetRecords()...)
	}
	return all
}

// count returns how many records were committed.
func (o *outcome) count() int {
	n := 0
	for _, s := range o.streams {
		n += len(s.committed)
	}
	return n
}

// asked returns the HTTP requests.
func (o *outcome) asked() []replay.Visit {
	return slices.DeleteFunc(slices.Clone(o.visits), func(v replay.Visit) bool { return v.Method == http.MethodConnect })
}

// names returns the names of the requests, each once, in the order of arrival.
func (o *outcome) names() []string {
	var all []string
	for _, v := range o.asked() {
		if name := v.Name(); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// whole returns an error unless every stream is complete. A stream may have gaps if it has
// gaps in full too.
func (o *outcome) whole(full *outcome) error {
	for _, s := range o.each() {
		if s.results != 1 {
			return fmt.Errorf("stream %s has %d results", s.name, s.results)
		}
		if !s.complete() && (!s.gapped() || !full.stream(s.name).gapped()) {
			return fmt.Errorf("stream %s is %s: %s", s.name, s.word(), s.why())
		}
	}
	return nil
}

func (s *stream) gapped() bool {
	return s.result.GetResult() == connectorv1.Result_RESULT_COMPLETE_WITH_GAPS
}

func (s *stream) why() string {
	e := s.result.GetError()
	if e == nil && len(s.gaps) > 0 {
		e = s.gaps[0].GetError()
	}
	return e.GetCode() + ": " + cut(e.GetMessage())
}

// same returns an error unless the run is complete and holds the records of full.
func (o *outcome) same(full *outcome) error {
	if len(o.missing) > 0 {
		return notTried("the recording has no answer to " + o.missing[0])
	}
	if err := o.whole(full); err != nil {
		return err
	}
	return o.honest(full)
}

func same(full, o *outcome) error { return o.same(full) }

// honest returns an error when a stream reports COMPLETE and does not hold the records of
// full.
func (o *outcome) honest(full *outcome) error {
	for _, s := range o.each() {
		if !s.complete() || s.skipped {
			continue
		}
		if err := sameSet(s.name, set(s.committed), set(full.stream(s.name).committed)); err != nil {
			return err
		}
	}
	return nil
}

func sameSet(name string, got, want map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		document, found := got[key]
		if !found {
			return fmt.Errorf("stream %s lacks record %s: it holds %d of %d", name, key, len(got), len(want))
		}
		if document != want[key] {
			return fmt.Errorf("stream %s has another document for record %s: %s instead of %s", name, key, cut(document), cut(want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, wanted := want[key]; !wanted {
			return fmt.Errorf("stream %s has a record too many: %s", name, key)
		}
	}
	return nil
}

// sameKeys returns an error when a complete stream lacks a record of full. Documents may
// differ.
func (o *outcome) sameKeys(full *outcome) error { return o.lacksNone(full, false) }

func (o *outcome) lacksNone(full *outcome, gapped bool) error {
	for _, s := range o.each() {
		if !gapped && !s.complete() || s.skipped {
			continue
		}
		got, want := set(s.committed), set(full.stream(s.name).committed)
		for key := range want {
			if _, found := got[key]; !found {
				return fmt.Errorf("stream %s is %s and lacks record %s: it holds %d of %d", s.name, s.word(), key, len(got), len(want))
			}
		}
	}
	return nil
}

// claims returns the streams that report COMPLETE and were not skipped.
func (o *outcome) claims() []string {
	var all []string
	for _, s := range o.each() {
		if s.complete() && !s.skipped {
			all = append(all, s.name)
		}
	}
	return all
}

// problems returns every reported error: of streams, of gaps and of the run.
func (o *outcome) problems() []*connectorv1.Error {
	var all []*connectorv1.Error
	for _, s := range o.each() {
		if e := s.result.GetError(); e != nil {
			all = append(all, e)
		}
		for _, g := range s.gaps {
			all = append(all, g.GetError())
		}
	}
	if e := o.done.GetError(); e != nil {
		all = append(all, e)
	}
	return all
}

// cursors returns the last cursor of each stream.
func (o *outcome) cursors() map[string][]byte {
	all := map[string][]byte{}
	for _, s := range o.streams {
		for _, c := range s.checkpoints {
			if len(c.GetCursor()) > 0 {
				all[s.name] = c.GetCursor()
			}
		}
	}
	return all
}

// holds reports whether text is in a message or in stderr.
func (o *outcome) holds(text []byte) bool {
	for _, m := range o.messages {
		if bytes.Contains(messageText(m.SyncResponse), text) {
			return true
		}
	}
	return bytes.Contains([]byte(o.stderr), text)
}

// judge joins the parts of a case. The case failed when a part failed, and was not tried
// when no part was tried.
func judge(parts ...error) error {
	var failed []error
	var missing error
	tried := len(parts) == 0
	for _, err := range parts {
		var not notTried
		switch {
		case err == nil:
			tried = true
		case errors.As(err, &not):
			missing = not
		default:
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 || tried {
		return errors.Join(failed...)
	}
	return missing
}

// spread returns at most n elements of all, with the first and the last.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	var some []T
	for i := range n {
		some = append(some, all[i*(len(all)-1)/(n-1)])
	}
	return some
}
