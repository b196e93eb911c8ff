package read

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// maxJoined bounds the items that one join keeps.
const maxJoined = 1_000_000

// join reads the joins of the stream. What a join knows is used only if its list is whole: a record
// that an incomplete list does not have is not one without.
func (d *reading) join(ctx context.Context) error {
	for i := range d.stream.Joins {
		j := &d.stream.Joins[i]
		found, err := d.results(ctx, j)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		d.joined = append(d.joined, found)
		if err == nil {
			continue
		}
		e := sdk.AsError(err)
		switch {
		case j.File.Optional && (e.Code == sdk.CodePermissionMissing || e.Code == sdk.CodePermissionLicence):
			d.caller.Session.Log().Info("not granted, so not known of any record: "+j.File.As+": "+e.Message, "code", e.Code)
		case partial(err):
			d.gap(j.File.As, err)
		default:
			return err
		}
	}
	return nil
}

// results reads the list of a join. It returns the results by key, or why the list is not whole.
func (d *reading) results(ctx context.Context, j *plan.Join) (map[string][]any, error) {
	found, count := map[string][]any{}, 0
	var mu sync.Mutex
	own := &reading{runner: d.runner, stream: d.stream, out: d.out, aside: true}
	err := own.repeat(ctx, j.List, d.caller.Scope, func(ctx context.Context, in plan.Scope, part string) error {
		l := list{reading: own, stream: j.List, in: in, part: orElse(part, j.File.As), put: func(ctx context.Context, raw json.RawMessage) error {
			key, result, err := resultOf(ctx, j, in, raw)
			if err != nil {
				return own.lose(ctx, j.File.As, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if count++; count > maxJoined {
				return sdk.Errorf(sdk.CodeConfigInvalid, "the join %s has more than %d items", j.File.As, maxJoined)
			}
			found[key] = append(found[key], result)
			return nil
		}}
		return l.read(ctx)
	})
	if err == nil {
		err = own.lost
	}
	if err != nil {
		return nil, err
	}
	for _, results := range found {
		slices.SortFunc(results, func(a, b any) int { return strings.Compare(inJSON(a), inJSON(b)) })
	}
	return found, nil
}

// inJSON returns a result as text. Several lists are read at one moment, so results are put in an order
// that is the same in every run.
func inJSON(result any) string {
	raw, _ := json.Marshal(result) // it came out of JSON
	return string(raw)
}

// resultOf returns what an item of a join gives, and the key of its record.
func resultOf(ctx context.Context, j *plan.Join, in plan.Scope, raw json.RawMessage) (key string, result any, err error) {
	item, err := request.Decode(raw)
	if err != nil {
		return "", nil, err
	}
	view := in.With(plan.Scope{"item": item})
	by, err := j.By.Value(ctx, view)
	if err == nil && by == nil {
		err = fmt.Errorf("an item of %s has nothing at %s", j.List.Request.Called, j.By)
	}
	if err == nil && j.Gives.Set() {
		item, err = j.Gives.Value(ctx, view)
	}
	if err != nil {
		return "", nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	return fmt.Sprint(by), item, nil
}

// joinedTo returns the result of a join for the record in view.
func (d *reading) joinedTo(ctx context.Context, number int, view plan.Scope) any {
	j := &d.stream.Joins[number]
	if number >= len(d.joined) || d.joined[number] == nil {
		return expr.Absent{}
	}
	key, err := j.Key.Value(ctx, view)
	if err != nil || key == nil {
		return expr.Absent{}
	}
	results := d.joined[number][fmt.Sprint(key)]
	switch {
	case j.File.Many && results == nil:
		return []any{}
	case j.File.Many:
		return results
	case len(results) > 0 && results[0] != nil:
		return results[0]
	}
	return map[string]any{}
}
