package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// cursorCases are about checkpoints, and what a run goes on from.
func cursorCases() []Case {
	return []Case{
		{"C1", Must, "going on from any checkpoint loses nothing", tryResume},
		{"C2", Must, "a second run of a system that stood still changes nothing", trySecondRun},
		{"C3", Must, "one change comes as exactly that record", onScenario(false, "one-change")},
		{"C4", Must, "rows of one moment on two pages all come", onScenario(false, "tied-rows")},
		{"C5", Must, "a row that arrives late is still read", onScenario(false, "late-row")},
		{"C6", Must, "a row dated in the future does not hide later ones", onScenario(false, "future-row", "after-future-row")},
		{"C7", Must, "the cursor of the previous release is taken or replaced", onScenario(false, "previous-cursor")},
		{"C8", Must, "a cursor that cannot be read does no harm", tryBadCursors},
		{"C9", Must, "a cursor that the system forgot leads to a whole read", onScenario(false, "expired-cursor")},
		{"C10", Must, "no cursor is larger than 64 KiB", tryCursorSize},
		{"C11", Must, "after a failed page the cursor stands before it", tryCursorAfterFailure},
		{"C12", Must, "a stream that failed has no final checkpoint", tryFinalCheckpoint},
		{"C13", Should, "a checkpoint comes every 1,000 records", tryOftenEnough},
		{"C15", Must, "late acknowledgements lose nothing and the window is kept", tryLateAcks},
		{"C16", Must, "without acknowledgements a cancelled run still ends", tryNoAcks},
		{"C17", Must, "old and repeated acknowledgements do no harm", tryOddAcks},
		{"C18", Must, "changes of clock and leap days are read right", onScenario(true, "calendar")},
		{"C19", Must, "when one stream fails the others are read", tryOneFails},
		{"C20", Must, "a cursor that the system refuses leads to a whole read, or to its code", tryRefusedCursor},
	}
}

// points returns the checkpoints of a stream that can be gone on from.
func (s *stream) points() []checkpoint {
	return slices.DeleteFunc(slices.Clone(s.checkpoints), func(c checkpoint) bool { return len(c.GetCursor()) == 0 })
}

const noCursors = notTried("no checkpoint of the run has a cursor")

func tryResume(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	errs := []error{noCursors}
	for _, s := range full.each() {
		for _, c := range spread(s.points(), 5) {
			errs = append(errs, k.resume(ctx, full, s, c.committed, c.GetCursor()))
		}
	}
	return judge(errs...)
}

// resume goes on from a cursor at which so many records were committed, and wants
// both parts together to be the whole.
func (k *kit) resume(ctx context.Context, full *outcome, s *stream, committed int, cursor []byte) error {
	o, err := k.run(ctx, play{streams: []string{s.name}, cursors: map[string][]byte{s.name: cursor}, resume: true})
	if err != nil {
		return err
	}
	rest := o.stream(s.name)
	if !rest.complete() && len(o.missing) > 0 {
		return notTried("the recording has no answer to " + o.missing[0])
	}
	if !rest.complete() {
		return fmt.Errorf("going on from cursor %s: stream %s is %s: %s", cut(string(cursor)), s.name, rest.word(), rest.why())
	}
	both := append(slices.Clone(s.committed[:committed]), rest.committed...)
	if err := sameSet(s.name, set(both), set(full.stream(s.name).committed)); err != nil {
		return fmt.Errorf("going on from cursor %s: %w", cut(string(cursor)), err)
	}
	return nil
}

func trySecondRun(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	p := play{}
	if s, err := k.recorded("second-run"); err == nil {
		p.scenario = s
	}
	p.cursors = map[string][]byte{}
	for _, s := range full.described.GetStreams() {
		if cursor := full.cursors()[s.GetName()]; s.GetIncremental() && len(cursor) > 0 {
			p.cursors[s.GetName()] = cursor
			p.streams = append(p.streams, s.GetName())
		}
	}
	if p.streams == nil {
		return notTried("no stream is incremental and keeps a cursor")
	}
	o, err := k.run(ctx, p)
	if err != nil {
		return err
	}
	if len(o.missing) > 0 && p.scenario == nil {
		return notTried("the recording has no answer to " + o.missing[0] + "; record scenarios/second-run")
	}
	if err := o.whole(full); err != nil {
		return err
	}
	for _, s := range o.each() {
		before := set(full.stream(s.name).committed)
		for _, r := range s.committed {
			if after := set([]*connectorv1.Record{r}); r.GetRemoved() || after[r.GetKey()] != before[r.GetKey()] {
				return fmt.Errorf("stream %s has a change in record %s", s.name, r.GetKey())
			}
		}
	}
	return nil
}

func tryBadCursors(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range full.each() {
		if len(s.points()) == 0 {
			errs = append(errs, noCursors)
			continue
		}
		for what, cursor := range map[string][]byte{
			"garbage": {0xff, 0xfe, 0, '{'}, "half a document": []byte(`{"a":`), "another type": []byte(`[[["x"]]]`),
			"another connector's": []byte(`{"plumbline_conformance":{"of":"another connector"}}`), "64 KiB": []byte(`"` + strings.Repeat("x", sdk.MaxCursorBytes-2) + `"`),
		} {
			err := k.badCursor(ctx, full, s.name, cursor)
			if err != nil {
				err = fmt.Errorf("%s as cursor of stream %s: %w", what, s.name, err)
			}
			errs = append(errs, err)
		}
	}
	return judge(errs...)
}

func (k *kit) badCursor(ctx context.Context, full *outcome, name string, cursor []byte) error {
	o, err := k.run(ctx, play{streams: []string{name}, cursors: map[string][]byte{name: cursor}, resume: true})
	if err != nil {
		return err
	}
	s := o.stream(name)
	if s.complete() {
		return o.honest(full)
	}
	if code := s.result.GetError().GetCode(); code != sdk.CodeCursorInvalid && code != sdk.CodeCursorExpired && len(o.missing) == 0 {
		return fmt.Errorf("it is %s with %q, and neither read as a whole nor %s", s.word(), code, sdk.CodeCursorInvalid)
	}
	return nil
}

// tryRefusedCursor answers the first request that only a run with a cursor sends with
// status 410, for ever.
func tryRefusedCursor(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	errs := []error{notTried("no stream is incremental and keeps a cursor")}
	for _, s := range full.described.GetStreams() {
		if cursor := full.cursors()[s.GetName()]; s.GetIncremental() && len(cursor) > 0 {
			errs = append(errs, k.refusedCursor(ctx, full, s.GetName(), cursor))
		}
	}
	return judge(errs...)
}

func (k *kit) refusedCursor(ctx context.Context, full *outcome, name string, cursor []byte) error {
	going := play{streams: []string{name}, cursors: map[string][]byte{name: cursor}}
	o, err := k.run(ctx, going)
	if err != nil {
		return err
	}
	own := slices.DeleteFunc(o.names(), func(request string) bool { return slices.Contains(full.names(), request) })
	if len(own) == 0 {
		return notTried("stream " + name + " sends the same requests with a cursor and without one")
	}
	going.faults = []replay.Fault{{Only: named(own[0]), Status: http.StatusGone, Body: `{"error":"this cursor has expired"}`}}
	if o, err = k.run(ctx, going); err != nil {
		return err
	}
	if err := o.judgeRefused(full, name); err != nil {
		return fmt.Errorf("%s is answered with status 410: %w", own[0], err)
	}
	return nil
}

// judgeRefused wants a whole read, or a code by which the host forgets the cursor.
func (o *outcome) judgeRefused(full *outcome, name string) error {
	s := o.stream(name)
	if s.complete() {
		return o.honest(full)
	}
	if code := s.result.GetError().GetCode(); code != sdk.CodeCursorInvalid && code != sdk.CodeCursorExpired {
		return fmt.Errorf("stream %s is %s with %q, and neither read as a whole nor %s", name, s.word(), code, sdk.CodeCursorExpired)
	}
	return nil
}

func tryCursorSize(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	errs := []error{noCursors}
	for _, s := range full.each() {
		for _, c := range s.points() {
			var err error
			if len(c.GetCursor()) > sdk.MaxCursorBytes {
				err = fmt.Errorf("a cursor of stream %s has %d bytes", s.name, len(c.GetCursor()))
			}
			errs = append(errs, err)
		}
	}
	return judge(errs...)
}

// tryCursorAfterFailure goes on from where a run left off whose request failed: a
// cursor that stands behind what was not read loses it.
func tryCursorAfterFailure(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	errs := []error{notTried("no run that fails leaves a cursor")}
	for _, name := range spread(full.names(), 4) {
		o, err := k.run(ctx, play{faults: []replay.Fault{{Only: named(name), Status: 400}}})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, s := range o.each() {
			if points := s.points(); len(points) > 0 && !s.complete() {
				last := points[len(points)-1]
				if err := k.resume(ctx, full, s, last.committed, last.GetCursor()); err != nil {
					err = fmt.Errorf("after %s failed: %w", name, err)
					errs = append(errs, err)
					continue
				}
				errs = append(errs, nil)
			}
		}
	}
	return judge(errs...)
}

// final returns the cursors that stand behind everything their stream sent.
func (o *outcome) final() map[string][]byte {
	all := map[string][]byte{}
	for _, s := range o.streams {
		if points := s.points(); len(points) > 0 && points[len(points)-1].committed == len(s.committed) {
			all[s.name] = points[len(points)-1].GetCursor()
		}
	}
	return all
}

func tryFinalCheckpoint(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	final := full.final()
	var errs []error
	for _, name := range spread(full.names(), 4) {
		o, err := k.run(ctx, play{faults: []replay.Fault{{Only: named(name), Status: 400}}})
		if err != nil {
			return err
		}
		for _, s := range o.each() {
			left := o.cursors()[s.name]
			switch {
			case s.complete():
			case s.late:
				errs = append(errs, fmt.Errorf("after %s failed: stream %s failed, and then came a checkpoint", name, s.name))
			case len(left) > 0 && string(left) == string(final[s.name]) && len(s.committed) < len(full.stream(s.name).committed):
				errs = append(errs, fmt.Errorf("after %s failed: stream %s leaves the cursor of a complete run", name, s.name))
			}
		}
	}
	return errors.Join(errs...)
}

const (
	oftenRecords = 1000
	manyRecords  = 5000
)

// grown is a fault that makes every page of a list so much longer that the run
// has many records.
func grown(full *outcome) replay.Fault {
	times := manyRecords/max(full.count(), 1) + 1
	return replay.Fault{Edit: func(_ replay.Request, body []byte) []byte {
		return editItems(body, func(all []any) []any { return grow(all, times) })
	}}
}

func tryOftenEnough(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	o := full
	if len(full.asked()) > 0 {
		if o, err = k.run(ctx, play{faults: []replay.Fault{grown(full)}}); err != nil {
			return err
		}
	}
	if o.count() <= oftenRecords {
		return notTried("it has no more than 1,000 records, also when the answers are made longer")
	}
	for _, s := range o.each() {
		for _, c := range s.checkpoints {
			if c.sent > oftenRecords {
				return fmt.Errorf("stream %s sends %d records before checkpoint %d", s.name, c.sent, c.GetSequence())
			}
		}
	}
	return nil
}

func tryLateAcks(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{Manner: testhost.Manner{AckDelay: time.Second}, limit: 45 * time.Second})
	if err != nil {
		return err
	}
	return o.same(full)
}

// endsWithin is how soon a run that is to stop has to have ended.
const endsWithin = 10 * time.Second

func tryNoAcks(ctx context.Context, k *kit) error {
	const cancelAfter = time.Second
	// A program may wait for its last acknowledgement, which never comes.
	o, err := k.run(ctx, play{Manner: testhost.Manner{Acks: testhost.AckNever, CancelAfter: cancelAfter}, limit: cancelAfter + endsWithin + 5*time.Second})
	if err != nil {
		return err
	}
	if len(o.streams) == 0 {
		return errors.New("no stream has a result")
	}
	return nil
}

func tryOddAcks(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{Manner: testhost.Manner{Acks: testhost.AckTwice}})
	if err != nil {
		return err
	}
	return o.same(full)
}

// tryOneFails finds a request that one stream alone sends, and lets it fail.
func tryOneFails(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	if len(full.claims()) < 2 {
		return notTried("it has only one stream")
	}
	asks := map[string][]string{}
	for _, name := range full.claims() {
		o, err := k.run(ctx, play{streams: []string{name}})
		if err != nil {
			return err
		}
		asks[name] = o.names()
	}
	errs := []error{notTried("no stream sends a request that no other sends")}
	for _, name := range full.claims() {
		own := slices.DeleteFunc(slices.Clone(asks[name]), func(request string) bool {
			return slices.ContainsFunc(full.claims(), func(other string) bool { return other != name && slices.Contains(asks[other], request) })
		})
		if len(own) == 0 {
			continue
		}
		o, err := k.run(ctx, play{faults: []replay.Fault{{Only: named(own[0]), Status: 400}}})
		if err == nil {
			err = onlyFails(name, full, o)
		}
		errs = append(errs, err)
	}
	return judge(errs...)
}

func onlyFails(name string, full, o *outcome) error {
	for _, s := range o.each() {
		if s.name != name && !s.complete() {
			return fmt.Errorf("stream %s failed, and stream %s with it: %s", name, s.name, s.why())
		}
	}
	return o.honest(full)
}
