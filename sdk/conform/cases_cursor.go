package conform

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// cursorCases are about checkpoints and cursors.
func cursorCases() []Case {
	return []Case{
		{"C1", Must, "resuming from any checkpoint loses nothing", onComplete(tryResume)},
		{"C2", Must, "a second run of an unchanged system changes nothing", onComplete(trySecondRun)},
		{"C3", Must, "one change is sent as exactly that record", onScenario(false, "one-change")},
		{"C4", Must, "rows of one moment on two pages are all sent", onScenario(false, "tied-rows")},
		{"C5", Must, "a row that arrives late is still read", onScenario(false, "late-row")},
		{"C6", Must, "a row dated in the future does not hide later ones", onScenario(false, "future-row", "after-future-row")},
		{"C7", Must, "the cursor of the previous release is taken or replaced", onScenario(false, "previous-cursor")},
		{"C8", Must, "a cursor that cannot be read does no harm", onComplete(tryBadCursors)},
		{"C9", Must, "a cursor that the system no longer knows leads to a whole read", onScenario(false, "expired-cursor")},
		{"C10", Must, "no cursor is larger than 64 KiB", onOutcome(tryCursorSize)},
		{"C11", Must, "after a failed page the cursor points before that page", tryCursorAfterFailure},
		{"C12", Must, "a stream that failed has no final checkpoint",
			onEachRequest(4, replay.Fault{Status: http.StatusBadRequest}, finalCheckpoint)},
		{"C13", Should, "it sends a checkpoint every 1,000 records", onComplete(tryOftenEnough)},
		{"C15", Must, "late acknowledgements lose nothing and the window is kept",
			onComplete(alike(play{Manner: testhost.Manner{AckDelay: time.Second}, limit: 45 * time.Second}))},
		{"C16", Must, "without acknowledgements a cancelled run still ends", tryNoAcks},
		{"C17", Must, "old and repeated acknowledgements do no harm", onComplete(alike(play{Manner: testhost.Manner{Acks: testhost.AckTwice}}))},
		{"C18", Must, "changes of clock and leap days are read correctly", onScenario(true, "calendar")},
		{"C19", Must, "when one stream fails the others are read", onRequests(tryOneFails)},
		{"C20", Must, "a cursor that the system refuses leads to a whole read, or to its code", onComplete(tryRefusedCursor)},
	}
}

// points returns the checkpoints of a stream that have a cursor.
func (s *stream) points() []checkpoint {
	return slices.DeleteFunc(slices.Clone(s.checkpoints), func(c checkpoint) bool { return len(c.GetCursor()) == 0 })
}

const noCursors = notTried("no checkpoint of the run has a cursor")

func tryResume(ctx context.Context, k *kit, full *outcome) error {
	errs := []error{noCursors}
	for _, s := range full.each() {
		for _, c := range spread(s.points(), 5) {
			errs = append(errs, k.resume(ctx, full, s, c))
		}
	}
	return judge(errs...)
}

// resume resumes a stream from a checkpoint. The records before and after it must be those of
// the complete run.
func (k *kit) resume(ctx context.Context, full *outcome, s *stream, from checkpoint) error {
	cursor := from.GetCursor()
	o, err := k.run(ctx, play{streams: []string{s.name}, cursors: map[string][]byte{s.name: cursor}, resume: true})
	if err != nil {
		return err
	}
	rest := o.stream(s.name)
	if !rest.complete() && len(o.missing) > 0 {
		return notTried("the recording has no answer to " + o.missing[0])
	}
	if !rest.complete() {
		return fmt.Errorf("resumed from cursor %s: stream %s is %s: %s", cut(string(cursor)), s.name, rest.word(), rest.why())
	}
	both := slices.Concat(s.committed[:from.committed], rest.committed)
	if err := sameSet(s.name, set(both), set(full.stream(s.name).committed)); err != nil {
		return fmt.Errorf("resumed from cursor %s: %w", cut(string(cursor)), err)
	}
	return nil
}

const noIncremental = notTried("no stream is incremental and keeps a cursor")

// incremental returns the last cursors of the incremental streams.
func (o *outcome) incremental() map[string][]byte {
	all := o.cursors()
	for _, s := range o.described.GetStreams() {
		if !s.GetIncremental() {
			delete(all, s.GetName())
		}
	}
	return all
}

func trySecondRun(ctx context.Context, k *kit, full *outcome) error {
	p := play{}
	if s, err := k.recorded("second-run"); err == nil {
		p.scenario = s
	}
	p.cursors = full.incremental()
	if p.streams = slices.Sorted(maps.Keys(p.cursors)); p.streams == nil {
		return noIncremental
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
				return fmt.Errorf("stream %s changes record %s", s.name, r.GetKey())
			}
		}
	}
	return nil
}

func tryBadCursors(ctx context.Context, k *kit, full *outcome) error {
	bad := map[string]string{
		"garbage": "\xff\xfe\x00{", "half a document": `{"a":`, "another type": `[[["x"]]]`,
		"another connector's": `{"plumbline_conformance":{"of":"another connector"}}`,
		"64 KiB":              `"` + strings.Repeat("x", sdk.MaxCursorBytes-2) + `"`,
	}
	var errs []error
	for _, s := range full.each() {
		if len(s.points()) == 0 {
			errs = append(errs, noCursors)
			continue
		}
		for what, cursor := range bad {
			err := k.badCursor(ctx, full, s.name, []byte(cursor))
			if err != nil {
				err = fmt.Errorf("%s as cursor: %w", what, err)
			}
			errs = append(errs, err)
		}
	}
	return judge(errs...)
}

func (k *kit) badCursor(ctx context.Context, full *outcome, name string, cursor []byte) error {
	o, err := k.run(ctx, play{streams: []string{name}, cursors: map[string][]byte{name: cursor}, resume: true})
	if err != nil || len(o.missing) > 0 && !o.stream(name).complete() {
		return err
	}
	return o.judgeRefused(full, name)
}

// tryRefusedCursor answers the first request that only a run with a cursor sends with
// status 410 every time.
func tryRefusedCursor(ctx context.Context, k *kit, full *outcome) error {
	errs := []error{noIncremental}
	for name, cursor := range full.incremental() {
		errs = append(errs, k.refusedCursor(ctx, full, name, cursor))
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

// judgeRefused returns an error unless the stream was read as a whole, or failed with a code
// by which the host drops the cursor.
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

func tryCursorSize(full *outcome) error {
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

// tryCursorAfterFailure resumes after a failed request. A cursor that points behind what was
// not read loses it.
func tryCursorAfterFailure(ctx context.Context, k *kit) error {
	return k.eachRequest(ctx, 4, replay.Fault{Status: http.StatusBadRequest}, func(full, o *outcome) error {
		errs := []error{notTried("no run that fails leaves a cursor")}
		for _, s := range o.each() {
			if points := s.points(); len(points) > 0 && !s.complete() {
				errs = append(errs, k.resume(ctx, full, s, points[len(points)-1]))
			}
		}
		return judge(errs...)
	})
}

// final returns the cursors of the streams whose last record is before their last cursor.
func (o *outcome) final() map[string][]byte {
	all := map[string][]byte{}
	for _, s := range o.streams {
		if points := s.points(); len(points) > 0 && points[len(points)-1].committed == len(s.committed) {
			all[s.name] = points[len(points)-1].GetCursor()
		}
	}
	return all
}

func finalCheckpoint(full, o *outcome) error {
	final := full.final()
	for _, s := range o.each() {
		left := o.cursors()[s.name]
		switch {
		case s.complete():
		case s.late:
			return fmt.Errorf("stream %s failed and then sent a checkpoint", s.name)
		case len(left) > 0 && bytes.Equal(left, final[s.name]) && len(s.committed) < len(full.stream(s.name).committed):
			return fmt.Errorf("stream %s failed and leaves the cursor of a complete run", s.name)
		}
	}
	return nil
}

const (
	oftenRecords = 1000
	manyRecords  = 5000
)

// longer is a run of a system with a list so long that the run has many records.
type longer struct {
	mu   sync.Mutex
	play *play
	err  error
}

// grown returns a run of a system with a list so long that the run has many records. It is a list
// whose items lead to no further requests, because those were not recorded.
func (k *kit) grown(ctx context.Context, full *outcome) (play, error) {
	l := &k.faultless.longer
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.play != nil || l.err != nil {
		return cmp.Or(l.play, &play{}).again(), l.err
	}
	name, gain := "", 0
	for _, one := range spread(full.names(), 8) {
		o, err := k.run(ctx, k.growing(one, 2))
		if err == nil && len(o.missing) == 0 && o.count()-full.count() > gain {
			name, gain = one, o.count()-full.count()
		}
		if ctx.Err() != nil {
			return play{}, fmt.Errorf("find a list that can be made longer: %w", context.Cause(ctx))
		}
	}
	if gain == 0 {
		l.err = notTried("no list can be made longer without further requests, which were not recorded")
		return play{}, l.err
	}
	p := k.growing(name, manyRecords/gain+1)
	p.limit = 0
	l.play = &p
	return p.again(), nil
}

// growing is a run in which the list of one answer is so many times as long.
func (k *kit) growing(name string, times int) play {
	p := under(edited(func(all []any) []any { return grow(all, times) }))
	p.faults[0].Only = named(name)
	p.limit = 4 * time.Second
	behind := k.behind(0)
	p.otherwise = func(q replay.Request) (replay.Answer, bool) {
		if a, known := behind(q); known {
			return a, true
		}
		return replay.Answer{Status: http.StatusNotFound}, false
	}
	return p
}

// again returns a copy that may be changed.
func (p play) again() play {
	p.faults = slices.Clone(p.faults)
	return p
}

const tooFew = notTried("it has fewer than 1,000 records, even when the answers are made longer")

func tryOftenEnough(ctx context.Context, k *kit, full *outcome) error {
	o := full
	if len(full.asked()) > 0 {
		p, err := k.grown(ctx, full)
		if err != nil {
			return err
		}
		if o, err = k.run(ctx, p); err != nil {
			return err
		}
	}
	if o.count() <= oftenRecords {
		return tooFew
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

// endsWithin is how soon a run must end after a request to stop.
const endsWithin = 10 * time.Second

func tryNoAcks(ctx context.Context, k *kit) error {
	const cancelAfter = time.Second
	o, err := k.run(ctx, play{
		Manner: testhost.Manner{Acks: testhost.AckNever, CancelAfter: cancelAfter},
		limit:  cancelAfter + endsWithin + 5*time.Second, // a program may wait for its last acknowledgement
	})
	if err != nil {
		return err
	}
	if len(o.streams) == 0 {
		return errors.New("no stream has a result")
	}
	return nil
}

// tryOneFails fails a request that only one stream sends.
func tryOneFails(ctx context.Context, k *kit, full *outcome) error {
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
	errs := []error{notTried("every request of a stream is sent by another stream too")}
	for _, name := range full.claims() {
		own := slices.DeleteFunc(slices.Clone(asks[name]), func(request string) bool {
			return slices.ContainsFunc(full.claims(), func(other string) bool { return other != name && slices.Contains(asks[other], request) })
		})
		if len(own) == 0 {
			continue
		}
		o, err := k.run(ctx, under(replay.Fault{Only: named(own[0]), Status: http.StatusBadRequest}))
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
