package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// recorded returns a scenario of the recording.
func (k *kit) recorded(name string) (*replay.Fixture, error) {
	if k.Fixture != nil {
		if s, found := k.Fixture.Scenarios[name]; found {
			return &s, nil
		}
	}
	return nil, notTried("there is no recording scenarios/" + name)
}

// onScenario makes a case of scenarios: each begins with the cursors that the one
// before it left, the first with those of the complete run if it goes on from
// one, and must come out as its expect.json says.
func onScenario(fresh bool, names ...string) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		first, err := k.recorded(names[0])
		if err != nil && !fresh {
			return errors.Join(k.leavesCursor(ctx), err)
		}
		if err != nil {
			return err
		}
		var cursors map[string][]byte
		if !fresh && first.Expect.Cursors == nil {
			full, err := k.complete(ctx)
			if err != nil {
				return err
			}
			cursors = full.cursors()
		}
		for _, name := range names {
			s, err := k.recorded(name)
			if err != nil {
				return err
			}
			if cursors, err = k.scenarioRun(ctx, s, cursors); err != nil {
				return fmt.Errorf("scenario %s: %w", name, err)
			}
		}
		return nil
	}
}

// leavesCursor is why a case of cursors need not be tried.
func (k *kit) leavesCursor(ctx context.Context) error {
	if full, err := k.complete(ctx); err == nil && len(full.cursors()) == 0 {
		return noCursors
	}
	return nil
}

// scenarioRun runs one scenario and returns the cursors it leaves.
func (k *kit) scenarioRun(ctx context.Context, s *replay.Fixture, cursors map[string][]byte) (map[string][]byte, error) {
	if len(s.Expect.Streams) == 0 {
		return nil, notTried("its expect.json names no streams")
	}
	if s.Expect.Cursors != nil {
		cursors = map[string][]byte{}
		for name, cursor := range s.Expect.Cursors {
			cursors[name] = cursor
		}
	}
	o, err := k.run(ctx, play{scenario: s, streams: slices.Sorted(maps.Keys(s.Expect.Streams)), cursors: cursors})
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Expect.Streams)) {
		if err := o.stream(name).asExpected(s.Expect.Streams[name]); err != nil {
			if len(o.missing) > 0 {
				err = fmt.Errorf("%w; it asked for %s, which is not recorded", err, o.missing[0])
			}
			return nil, err
		}
	}
	left := o.cursors()
	for name, cursor := range cursors { // an older cursor is kept when there is no newer one
		if left[name] == nil {
			left[name] = cursor
		}
	}
	return left, nil
}

// asExpected holds a stream against what is known of it.
func (s *stream) asExpected(want replay.Stream) error {
	if want.Result != "" && s.word() != want.Result {
		return fmt.Errorf("stream %s is %s, not %s: %s", s.name, s.word(), want.Result, s.why())
	}
	if want.Code != "" && s.result.GetError().GetCode() != want.Code {
		return fmt.Errorf("stream %s fails with %q, not %q", s.name, s.result.GetError().GetCode(), want.Code)
	}
	present := set(s.committed)
	sent := keysOf(s.committed, false)
	if want.Records != nil && len(sent) != *want.Records {
		return fmt.Errorf("stream %s sent records %v, not %d", s.name, sent, *want.Records)
	}
	if want.Keys != nil {
		if got, wanted := fmt.Sprint(sent), fmt.Sprint(slices.Sorted(slices.Values(want.Keys))); got != wanted {
			return fmt.Errorf("stream %s sent records %s, not %s", s.name, got, wanted)
		}
		for _, key := range want.Keys {
			if _, there := present[key]; !there {
				return fmt.Errorf("stream %s leaves record %s removed", s.name, key)
			}
		}
	}
	if want.Removed != nil {
		if got, wanted := fmt.Sprint(keysOf(s.committed, true)), fmt.Sprint(slices.Sorted(slices.Values(want.Removed))); got != wanted {
			return fmt.Errorf("stream %s removed %s, not %s", s.name, got, wanted)
		}
	}
	return nil
}

// keysOf returns the keys of the records, or the removals, in order and each once.
func keysOf(records []*connectorv1.Record, removed bool) []string {
	keys := []string{}
	for _, r := range records {
		if r.GetRemoved() == removed {
			keys = append(keys, r.GetKey())
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// faultless is a run without any fault, made once for all cases of a Run: its
// outcome is read only.
type faultless struct {
	mu  sync.Mutex
	run *outcome
	err error
}

// complete returns a run without any fault in which every stream was read.
func (k *kit) complete(ctx context.Context) (*outcome, error) {
	o, err := k.once(ctx)
	switch {
	case err != nil:
		return nil, baseless(err)
	case len(o.missing) > 0:
		return nil, notTried("the recording is not of a complete run: it has no answer to " + o.missing[0])
	}
	if err := o.whole(o); err != nil {
		return nil, baseless(err)
	}
	return o, nil
}

// once returns the run without any fault, however it came out.
func (k *kit) once(ctx context.Context) (*outcome, error) {
	f := k.faultless
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.run == nil && f.err == nil {
		run, err := k.run(ctx, play{})
		if err != nil && ctx.Err() != nil {
			return nil, err // of this case alone
		}
		f.run, f.err = run, err
	}
	return f.run, f.err
}

// baseless is why a case has nothing to hold its runs against. R21 fails for it.
func baseless(err error) error {
	var missing notTried
	if errors.As(err, &missing) {
		return err
	}
	return notTried("a run without any fault does not read every stream (R21): " + err.Error())
}

// asking is complete for cases about requests.
func (k *kit) asking(ctx context.Context) (*outcome, error) {
	o, err := k.complete(ctx)
	if err == nil && len(o.asked()) == 0 {
		return nil, notTried("it sends no HTTP request through the host's proxy")
	}
	return o, err
}

// named takes the requests of that name.
func named(name string) func(replay.Request) bool {
	return func(q replay.Request) bool { return q.Name() == name }
}
