package dryrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The bounds of a sample.
const (
	enoughRecords = 100 // of one stream; the group that reaches it is the last
	shownRecords  = 5
	shownGaps     = 5
	shownText     = 200 // bytes of a text
	shownItems    = 10  // of a list
	streamTimeout = 30 * time.Second
)

// errEnough ends the read of a stream of which enough was read.
var errEnough = errors.New("enough was read")

// Sample reads the first page of each stream with settings and secrets that need not be
// stored, and masks personal data. It compares with nothing and stores nothing. Report is
// called with how many records were read of a stream. An error says that nothing could be
// tried.
func Sample(
	ctx context.Context, starter source.Starter, connector host.Connector, open source.Open, report func(stream string, read int),
) (result host.DryRunSample, err error) {
	process, err := starter.Open(connector, open.Settings)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, process.Close()) }()
	if err := process.Start(ctx); err != nil {
		return result, cause(ctx, err)
	}
	result = host.DryRunSample{Connector: connector.ID + " " + connector.Version, Streams: []host.SampleStream{}}
	var ended *host.Problem // why no further stream is tried
	for _, info := range connector.Streams {
		s := newSampler(info, report)
		if ended == nil {
			ended, err = s.read(ctx, process, connector, info, open)
		} else {
			s.stream.Outcome, s.stream.Error = host.SampleUntried, ended
		}
		if err != nil {
			return result, err
		}
		if !s.skipped {
			result.Streams = append(result.Streams, s.stream)
		}
	}
	return result, nil
}

// sampler reads one stream. It implements source.Sink.
type sampler struct {
	report  func(stream string, read int)
	stream  host.SampleStream
	skipped bool // the stream does not exist with these settings
	enough  bool
}

func newSampler(info host.StreamInfo, report func(stream string, read int)) *sampler {
	return &sampler{report: report, stream: host.SampleStream{
		Stream: info.Name, Title: info.Title, Kind: info.Kind, Outcome: host.SampleComplete,
		Gaps: []host.Gap{}, Fields: fieldsOf(info.Kind), Records: []host.SampleRecord{},
	}}
}

// read reads the stream. It returns why no further stream can be tried, nil when one can;
// the error is of the whole sample.
func (s *sampler) read(
	ctx context.Context, process *source.Connector, connector host.Connector, info host.StreamInfo, open source.Open,
) (*host.Problem, error) {
	open.Run = ulid.Make().String()
	open.Streams = []host.StreamRead{{StreamInfo: info}}
	streamCtx, stop := context.WithTimeoutCause(ctx, streamTimeout, tooSlow(info.Title))
	defer stop()
	results, err := process.Sync(streamCtx, open, s)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var problem *host.Problem
	if err != nil {
		problem = host.AsProblem(err)
	} else if len(results) > 0 {
		if results[0].Outcome != host.OutcomeGaps { // else the gaps say it
			problem = results[0].Problem
		}
		s.stream.Gaps = append(s.stream.Gaps, results[0].Gaps[:min(len(results[0].Gaps), shownGaps)]...)
	}
	switch {
	case s.enough, s.stream.Read > 0 && streamCtx.Err() != nil:
		s.stream.Outcome = host.SampleMore
	case problem != nil:
		s.skipped = false // it was skipped because the sign-in failed
		s.stream.Outcome, s.stream.Error = host.SampleFailed, connector.NameSettings(problem)
		if strings.HasPrefix(problem.Code, "auth.") {
			return untried(info.Title), nil
		}
	}
	return nil, nil
}

// Commit implements source.Sink.
func (s *sampler) Commit(_ context.Context, group host.Group) error {
	if s.stream.Read >= enoughRecords {
		s.enough = true
		return errEnough
	}
	for _, w := range group.Writes {
		if !w.Removed {
			s.take(w.Key, w.Doc)
		}
	}
	s.report(s.stream.Stream, s.stream.Read)
	return nil
}

func (s *sampler) take(key string, raw []byte) {
	s.stream.Read++
	s.stream.Bytes += len(raw)
	doc := map[string]any{}
	if json.Unmarshal(raw, &doc) != nil {
		return
	}
	for i, f := range s.stream.Fields {
		if isKnown(doc[f.Name]) {
			s.stream.Fields[i].Known++
		}
	}
	if len(s.stream.Records) == shownRecords {
		return
	}
	delete(doc, "vendor")
	for name, value := range doc {
		doc[name] = masked(value, display.Personal(s.stream.Kind, name))
	}
	shown, err := json.Marshal(doc)
	if err != nil {
		return
	}
	if display.Personal(s.stream.Kind, "external_id") {
		key = display.Mask(key)
	}
	s.stream.Records = append(s.stream.Records, host.SampleRecord{Key: display.MaskContacts(display.Cut(key, shownText)), Doc: shown})
}

// Finish implements source.Sink. The results are returned by Sync, too.
func (s *sampler) Finish(host.StreamResult) error { return nil }

// Progress implements source.Sink.
func (s *sampler) Progress(p source.Progress) {
	if p.Step == s.stream.Stream && p.Status == host.StatusSkipped {
		s.skipped = true
	}
}

// Log implements source.Sink. A sample keeps no log.
func (s *sampler) Log(string, string, string) {}

// masked returns a value as a sample shows it.
func masked(value any, personal bool) any {
	switch v := value.(type) {
	case string:
		if v = display.Cut(v, shownText); personal {
			return display.Mask(v)
		}
		return display.MaskContacts(v)
	case []any:
		items := make([]any, 0, min(len(v), shownItems))
		for _, item := range v[:min(len(v), shownItems)] {
			items = append(items, masked(item, personal))
		}
		return items
	case map[string]any:
		for name, member := range v {
			v[name] = masked(member, personal)
		}
		return v
	}
	return value
}

func isKnown(value any) bool {
	list, isList := value.([]any)
	return value != nil && value != "" && value != "unknown" && (!isList || len(list) > 0)
}

// fieldsOf returns the fields of a kind with their meanings, without the vendor's document.
func fieldsOf(name string) []host.SampleField {
	fields := []host.SampleField{}
	for _, f := range kind.Describe(kind.Kind(name)) {
		fields = append(fields, host.SampleField{Name: f.Name, Title: f.Title, Doc: f.Doc, Personal: display.Personal(name, f.Name)})
	}
	return fields
}

func tooSlow(title string) *host.Problem {
	return &host.Problem{
		Code: sdk.CodeLimitDeadline, Message: fmt.Sprintf("the first page of %s took longer than %s", title, streamTimeout),
		Remedy: "Try again later, or save the connection: a sync waits longer.", Fault: host.FaultUpstream, Retry: host.RetryAfter,
	}
}

func untried(title string) *host.Problem {
	return &host.Problem{
		Code: host.CodeCancelled, Message: "not tried, because the sign-in for " + title + " was refused",
		Remedy: "Correct the credentials and try again.", Fault: host.FaultCustomer, Retry: host.RetryWhenConfigChanges,
	}
}
