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

// onComplete makes a case of a comparison with a run without faults.
func onComplete(try func(context.Context, *kit, *outcome) error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		full, err := k.complete(ctx)
		if err != nil {
			return err
		}
		return try(ctx, k, full)
	}
}

// onRequests is onComplete for a connector that sends HTTP requests.
func onRequests(try func(context.Context, *kit, *outcome) error) func(context.Context, *kit) error {
	return onComplete(func(ctx context.Context, k *kit, full *outcome) error {
		if len(full.asked()) == 0 {
			return noRequests
		}
		return try(ctx, k, full)
	})
}

// onOutcome is onComplete for a case that needs no other run.
func onOutcome(check func(*outcome) error) func(context.Context, *kit) error {
	return onComplete(func(_ context.Context, _ *kit, full *outcome) error { return check(full) })
}

// recorded returns a scenario of the recording.
func (k *kit) recorded(name string) (*replay.Fixture, error) {
	if k.Fixture != nil {
		if s, found := k.Fixture.Scenarios[name]; found {
			return &s, nil
		}
	}
	return nil, notTried("there is no recording scenarios/" + name)
}

// onScenario makes a case of scenarios. Each run starts with the cursors of the one before
// it. The first run starts without cursors when fresh is true, otherwise with those of the
// complete run. Each outcome must match the scenario's expect.json.
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

// leavesCursor returns noCursors when the connector keeps no cursor.
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
	names := slices.Sorted(maps.Keys(s.Expect.Streams))
	o, err := k.run(ctx, play{scenario: s, streams: names, cursors: cursors})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := o.stream(name).asExpected(s.Expect.Streams[name]); err != nil {
			if len(o.missing) > 0 {
				err = fmt.Errorf("%w; it asked for %s, which is not recorded", err, o.missing[0])
			}
			return nil, err
		}
	}
	left := o.cursors()
	for name, cursor := range cursors { // a host keeps an older cursor when there is no newer one
		if left[name] == nil {
			left[name] = cursor
		}
	}
	return left, nil
}

// asExpected compares a stream with its expect.json.
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
		if wanted := slices.Sorted(slices.Values(want.Keys)); !slices.Equal(sent, wanted) {
			return fmt.Errorf("stream %s sent records %v, not %v", s.name, sent, wanted)
		}
		for _, key := range want.Keys {
			if _, kept := present[key]; !kept {
				return fmt.Errorf("stream %s leaves record %s removed", s.name, key)
			}
		}
	}
	if want.Removed != nil {
		if got, wanted := keysOf(s.committed, true), slices.Sorted(slices.Values(want.Removed)); !slices.Equal(got, wanted) {
			return fmt.Errorf("stream %s removed %v, not %v", s.name, got, wanted)
		}
	}
	return nil
}

// keysOf returns the keys of the records, or of the removals, sorted and each once.
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

// faultless is a run without faults. All cases of a Run share it and only read it.
type faultless struct {
	mu  sync.Mutex
	run *outcome
	err error

	longer longer
}

// complete returns a run without faults that read every stream.
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

// once returns the run without faults, whatever its result.
func (k *kit) once(ctx context.Context) (*outcome, error) {
	f := k.faultless
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.run == nil && f.err == nil {
		run, err := k.run(ctx, play{})
		if err != nil && ctx.Err() != nil {
			return nil, err // the case ended, not the run
		}
		f.run, f.err = run, err
	}
	return f.run, f.err
}

// baseless is the error of a case that has no complete run to compare with. R21 fails too.
func baseless(err error) error {
	var missing notTried
	if errors.As(err, &missing) {
		return err
	}
	return notTried("a run without faults does not read every stream (R21): " + err.Error())
}

const noRequests = notTried("it sends no HTTP request through the host's proxy")

// asking is complete for a connector that sends HTTP requests.
func (k *kit) asking(ctx context.Context) (*outcome, error) {
	o, err := k.complete(ctx)
	if err == nil && len(o.asked()) == 0 {
		return nil, noRequests
	}
	return o, err
}

// named selects the requests of that name.
func named(name string) func(replay.Request) bool {
	return func(q replay.Request) bool { return q.Name() == name }
}
