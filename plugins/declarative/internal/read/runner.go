package read

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/auth"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	// leastConcurrency and mostConcurrency bound how many requests of each and of details run at one
	// moment where the stream does not say it.
	leastConcurrency, mostConcurrency = 4, 32
	// keptItems bounds the items that are kept for the streams below theirs.
	keptItems = 50_000
)

// runner reads the streams of one run.
type runner struct {
	plan   *plan.Plan
	caller *request.Caller
	signer *auth.Signer

	mu    sync.Mutex
	above map[string][]plan.Scope // the items of streams that were read whole, for those below
}

// reading is one stream being read.
type reading struct {
	*runner
	stream *plan.Stream
	out    *sdk.Output
	busy   chan struct{} // holds an entry for each request of details that is under way

	joined []map[string][]any // of each join the results by key; nil = not known
	aside  bool               // gaps are kept in lost and not reported

	mu    sync.Mutex
	gaps  int
	lost  error             // the first gap
	fails map[string]int    // by the name of a detail: how often it failed in a row
	off   map[string]bool   // details that are asked for no more
	sent  map[string]uint64 // of a stream with each: the content of each record by key
	since span
}

// gap reports what could not be read.
func (d *reading) gap(what string, err error) {
	d.mu.Lock()
	d.gaps++
	if d.lost == nil {
		d.lost = err
	}
	d.mu.Unlock()
	if !d.aside {
		d.out.Gap(what, err)
	}
}

// lose reports a gap, unless the run has ended.
func (d *reading) lose(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	d.gap(what, err)
	return nil
}

// concurrency returns how many requests of each and of details run at one moment: unless the stream
// says it, what the vendor allows in one second. The budget of the run holds the requests back; fewer
// would not use it when the vendor answers slowly.
func (r *runner) concurrency(s *plan.Stream) int {
	if s.File.Concurrency > 0 {
		return s.File.Concurrency
	}
	limits := r.plan.File.Limits
	if limits.ConcurrentRequests > 0 {
		return min(limits.ConcurrentRequests, mostConcurrency)
	}
	return int(min(max(math.Ceil(limits.RequestsPerSecond), leastConcurrency), mostConcurrency))
}

// read sends every record of a stream.
func (r *runner) read(ctx context.Context, s *plan.Stream, out *sdk.Output) error {
	d := &reading{
		runner: r, stream: s, out: out, busy: make(chan struct{}, r.concurrency(s)),
		fails: map[string]int{}, off: map[string]bool{},
	}
	if s.Each != nil {
		d.sent = map[string]uint64{}
	}
	if err := d.join(ctx); err != nil {
		return err
	}
	if s.Incremental != nil {
		return d.changes(ctx)
	}
	return d.once(ctx, r.caller.Scope)
}

// once reads the stream in a scope: its list, or one for each item above it.
func (d *reading) once(ctx context.Context, in plan.Scope) error {
	return d.repeat(ctx, d.stream, in, func(ctx context.Context, in plan.Scope, part string) error {
		rows := &rows{reading: d, in: in}
		defer rows.calls.Wait() // also after an error
		l := list{reading: d, stream: d.stream, in: in, part: part, put: rows.add}
		if err := l.read(ctx); err != nil {
			return err
		}
		return rows.flush(ctx)
	})
}

// repeat calls do once for each item above a stream, several at one moment, or once when
// there is none above it. An item whose list cannot be read is a gap; when no list could
// be read, the first error is returned.
func (d *reading) repeat(
	ctx context.Context, s *plan.Stream, in plan.Scope, do func(ctx context.Context, in plan.Scope, part string) error,
) error {
	if s.Each == nil {
		return do(ctx, in, "")
	}
	scopes, err := d.scopes(ctx, s, in)
	if err != nil || len(scopes) == 0 {
		return err
	}
	var mu sync.Mutex
	var first error
	failed := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(d.concurrency(s))
	for _, scope := range scopes {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			part := partName(ctx, s, scope)
			err := do(ctx, scope, part)
			if err == nil || ctx.Err() != nil || !partial(err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			failed++
			if first == nil {
				first = err
			}
			d.gap(part, err)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if failed == len(scopes) {
		return first
	}
	return nil
}

// partial reports whether an error costs one of several lists alone.
func partial(err error) bool {
	switch sdk.AsError(err).Code {
	case sdk.CodePermissionMissing, sdk.CodePermissionLicence, sdk.CodeNotFoundEndpoint, sdk.CodeNotFoundResource,
		sdk.CodeUpstreamInvalidResponse, sdk.CodeUpstream5xx, sdk.CodeSchemaUnexpected, sdk.CodeSchemaKeyMissing:
		return true
	}
	return false
}

// partName names the item for which a list is read.
func partName(ctx context.Context, s *plan.Stream, in plan.Scope) string {
	item := in[s.Each.As]
	if s.Each.Of != nil {
		view := maps.Clone(in)
		view["item"] = item
		if key, err := s.Each.Of.Key.Value(ctx, view); err == nil && key != nil {
			item = key
		}
	}
	switch item.(type) {
	case string, int64, float64, bool:
		return fmt.Sprintf("%s %v", s.Each.As, item)
	}
	raw, _ := json.Marshal(item) // it came out of JSON
	return s.Each.As + " " + string(raw[:min(len(raw), 100)])
}

// scopes returns a scope for each item above a stream.
func (d *reading) scopes(ctx context.Context, s *plan.Stream, in plan.Scope) ([]plan.Scope, error) {
	var all []plan.Scope
	var err error
	if s.Each.Of != nil {
		all, err = d.itemsOf(ctx, s.Each.Of, in, s.Each.As)
	} else {
		all, err = literalItems(ctx, s, in)
	}
	if err != nil || !s.Each.Where.Set() {
		return all, err
	}
	var chosen []plan.Scope
	for _, scope := range all {
		yes, err := s.Each.Where.Value(ctx, scope)
		if err != nil {
			return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
		}
		if yes == true {
			chosen = append(chosen, scope)
		}
	}
	return chosen, nil
}

// literalItems returns the scopes of a list that an expression yields.
func literalItems(ctx context.Context, s *plan.Stream, in plan.Scope) (all []plan.Scope, err error) {
	value, err := s.Each.In.Value(ctx, in)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeConfigInvalid, "%s", err.Error())
	}
	items, ok := value.([]any)
	if !ok && value != nil {
		return nil, sdk.Errorf(sdk.CodeConfigInvalid, "%s yields no list", s.Each.In)
	}
	for _, item := range items {
		all = append(all, in.With(plan.Scope{s.Each.As: item}))
	}
	return all, nil
}

// itemsOf reads all items of a stream, in the scopes of the streams above it. What is
// incremental there is read from its start.
func (d *reading) itemsOf(ctx context.Context, of *plan.Stream, in plan.Scope, as string) ([]plan.Scope, error) {
	d.runner.mu.Lock()
	kept, known := d.above[of.File.Name]
	d.runner.mu.Unlock()
	if !known {
		before := d.gapCount()
		var mu sync.Mutex
		outer := plan.Scope{"settings": in["settings"]}
		if of.Incremental != nil {
			span, err := d.spanOf(ctx, of)
			if err != nil {
				return nil, err
			}
			outer = outer.With(span.scope(of.Incremental.Format))
		}
		err := d.repeat(ctx, of, outer, func(ctx context.Context, in plan.Scope, part string) error {
			l := list{reading: d, stream: of, in: in, part: orElse(part, of.File.Name), put: func(_ context.Context, row json.RawMessage) error {
				item, err := request.Decode(row)
				mu.Lock()
				defer mu.Unlock()
				kept = append(kept, in.With(plan.Scope{"": item}))
				return err
			}}
			return l.read(ctx)
		})
		if err != nil {
			return nil, err
		}
		if len(kept) <= keptItems && d.gapCount() == before {
			d.runner.mu.Lock()
			d.above[of.File.Name] = kept
			d.runner.mu.Unlock()
		}
	}
	all := make([]plan.Scope, 0, len(kept))
	for _, scope := range kept {
		whole := in.With(scope)
		whole[as] = whole[""]
		delete(whole, "")
		if window, own := in["window"]; own {
			whole["window"] = window
		} else {
			delete(whole, "window")
		}
		all = append(all, whole)
	}
	return slices.Clip(all), nil
}

func (d *reading) gapCount() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gaps
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
