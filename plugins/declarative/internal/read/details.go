package read

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

const (
	// ahead is how many rows of one list may wait for their details.
	ahead = 64
	// lastFailure is the number of failures in a row after which a run stops calling a detail.
	lastFailure = 5
)

// rows completes the rows of one list and puts them in order. The details of later rows are requested
// while earlier ones are awaited, so that no moment of the vendor's budget is lost.
type rows struct {
	*reading
	in      plan.Scope
	waiting []*incomplete
	calls   sync.WaitGroup
}

// incomplete is a row whose details are being requested.
type incomplete struct {
	row
	results []any // of each detail; nil = not known
	calls   sync.WaitGroup
}

// add takes an item. A stream without details puts it at once.
func (r *rows) add(ctx context.Context, raw json.RawMessage) error {
	one, wanted, err := r.take(ctx, r.in, raw)
	if err != nil || !wanted {
		return err
	}
	if len(r.stream.Details) == 0 {
		return r.put(ctx, one)
	}
	if err := r.request(ctx, one); err != nil {
		return err
	}
	for len(r.waiting) >= ahead {
		if err := r.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// request asks for the details of a row, as soon as the concurrency of the stream allows it.
func (r *rows) request(ctx context.Context, one row) error {
	for _, d := range r.stream.Details {
		one.view[d.File.As] = expr.Absent{}
	}
	w := &incomplete{row: one, results: make([]any, len(r.stream.Details))}
	r.waiting = append(r.waiting, w)
	for i := range r.stream.Details {
		select {
		case r.busy <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		r.calls.Add(1)
		w.calls.Go(func() {
			defer r.calls.Done()
			defer func() { <-r.busy }()
			w.results[i] = r.detail(ctx, &r.stream.Details[i], w.row)
		})
	}
	return nil
}

// next puts the first of the waiting rows, when its details have come.
func (r *rows) next(ctx context.Context) error {
	w := r.waiting[0]
	r.waiting = r.waiting[1:]
	w.calls.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for i, d := range r.stream.Details {
		if w.results[i] != nil {
			w.view[d.File.As] = w.results[i]
		}
	}
	return r.put(ctx, w.row)
}

// flush puts the rows that are still waiting.
func (r *rows) flush(ctx context.Context) error {
	for len(r.waiting) > 0 {
		if err := r.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// detail returns the result of a side call, nil if it is not known. A failure is a gap and
// costs no record. The run stops calling a detail that keeps failing.
func (d *reading) detail(ctx context.Context, of *plan.Detail, r row) any {
	name := of.File.As
	d.mu.Lock()
	off := d.off[name]
	d.mu.Unlock()
	if off {
		return nil
	}
	value, asked, err := d.side(ctx, of, r)
	if !asked && err == nil || ctx.Err() != nil {
		return nil
	}
	d.mu.Lock()
	if err == nil {
		d.fails[name] = 0
		d.mu.Unlock()
		return value
	}
	d.fails[name]++
	e := sdk.AsError(err)
	denied := e.Code == sdk.CodePermissionMissing || e.Code == sdk.CodePermissionLicence
	last := d.fails[name] >= lastFailure || e.Code == sdk.CodeRateLimited || e.Code == sdk.CodeRateQuotaExhausted || denied && of.File.Optional
	first := last && !d.off[name]
	d.off[name] = d.off[name] || last
	d.mu.Unlock()
	switch {
	case denied && of.File.Optional:
		if first {
			d.caller.Session.Log().Info("not granted, so not known of any record: "+name+": "+e.Message, "code", e.Code)
		}
	case first:
		d.gap(name+" of record "+r.key+" and of all further ones", err)
	case !last:
		d.gap(name+" of record "+r.key, err)
	}
	return nil
}

// side sends the side call. It is not asked when its condition does not hold.
func (d *reading) side(ctx context.Context, of *plan.Detail, r row) (value any, asked bool, err error) {
	if of.When.Set() {
		wanted, err := of.When.Value(ctx, r.view)
		if err != nil {
			return nil, true, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
		}
		if wanted != true {
			return nil, false, nil
		}
	}
	call, err := d.caller.Prepare(ctx, of.Request, r.view)
	if err != nil {
		return nil, true, err
	}
	if of.File.Permission != "" {
		call.Permissions = []string{of.File.Permission}
	}
	answer, err := d.caller.Send(ctx, call)
	if err != nil {
		return nil, true, err
	}
	if answer.Empty {
		return []any{}, true, nil
	}
	if !of.Records.Set() {
		return answer.Response, true, nil
	}
	value, err = of.Records.Value(ctx, answer.Scope(r.view))
	if err == nil && value == nil {
		err = sdk.Errorf(sdk.CodeSchemaUnexpected, "the answer to %s has nothing at %s", of.Request.Called, of.Records)
	} else if err != nil {
		err = sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	return value, true, err
}
