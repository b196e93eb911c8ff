package read

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
)

// MaxPages is where a list is taken to be endless.
const MaxPages = 100_000

// list is one list of a stream, read page by page.
type list struct {
	*reading
	stream *plan.Stream
	in     plan.Scope
	part   string // for which item it is read; "" = it is the whole stream
	put    func(ctx context.Context, row json.RawMessage) error
}

// page is one answer of a stream.
type page struct {
	items  []json.RawMessage
	answer *request.Answer
}

func (l *list) name() string {
	name := strings.ToLower(l.stream.File.Title)
	if l.part != "" {
		name += " of " + l.part
	}
	return name
}

// begin returns the call of the first page.
func (r *runner) begin(ctx context.Context, s *plan.Stream, in plan.Scope) (*request.Call, error) {
	call, err := r.caller.Prepare(ctx, s.Request, in)
	if err != nil {
		return nil, err
	}
	call.Permissions = s.File.Permissions
	if size := s.Paging.Size; size != nil && size.To.In != "" {
		call.Set(size.To, size.Value)
	}
	goTo(call, s.Paging, sdk.Place{Page: 1})
	return call, nil
}

// goTo sets the number or the offset of a page, if the stream uses one.
func goTo(call *request.Call, p plan.Paging, at sdk.Place) {
	switch {
	case p.Bare && at.Page == 1:
		call.Unset(p.To)
	case p.Way == "page":
		call.Set(p.To, p.First+at.Page-1)
	case p.Way == "offset":
		call.Set(p.To, p.First+at.Offset)
	}
}

// fetch reads one page. An answer without the list is an error: as an empty list it would remove all
// records.
func (r *runner) fetch(ctx context.Context, s *plan.Stream, in plan.Scope, call *request.Call) (page, error) {
	answer, err := r.caller.Send(ctx, call)
	if err != nil {
		return page{}, err
	}
	p := page{answer: answer, items: []json.RawMessage{}}
	if answer.Empty {
		return p, nil
	}
	found, err := s.Records.Value(ctx, answer.Scope(in))
	if err != nil {
		return page{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if object, one := found.(map[string]any); one && s.Request.Answer == "xml" {
		found = []any{object} // an element that stands alone is no list in XML
	}
	items, isList := found.([]any)
	if !isList {
		return page{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "the answer to %s has no list at %s", s.Request.Called, s.Records)
	}
	for _, item := range items {
		raw, err := json.Marshal(item)
		if err != nil {
			return page{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "the answer to %s cannot be kept: %s", s.Request.Called, err.Error())
		}
		p.items = append(p.items, raw)
	}
	return p, nil
}

// read sends every row of the list.
func (l *list) read(ctx context.Context) error {
	call, err := l.begin(ctx, l.stream, l.in)
	if err != nil {
		return err
	}
	if len(call.Permissions) == 0 { // of a list above the stream, or of a join: it is read for the stream
		call.Permissions = l.reading.stream.File.Permissions
	}
	if l.stream.Paging.Numbered() {
		return l.numbered(ctx, call).Read(ctx, l.out)
	}
	seen := sdk.Pages{Max: MaxPages}
	for {
		p, err := l.fetch(ctx, l.stream, l.in, call)
		if err != nil {
			return err
		}
		if err := seen.Saw(call.Name(), p.content()); err != nil {
			return err
		}
		for _, item := range p.items {
			if err := l.put(ctx, item); err != nil {
				return err
			}
		}
		if err := l.out.Checkpoint(nil); err != nil {
			return err
		}
		more, err := l.advance(ctx, call, p)
		if err != nil || !more {
			return err
		}
	}
}

// content is what two pages are compared by: their items, for a token in the answer may be
// another one each time. Empty pages may rightly be equal.
func (p page) content() (all []byte) {
	for _, item := range p.items {
		all = append(append(all, item...), '\n')
	}
	return all
}

// advance sets the call to the next page, or returns false on the last one.
func (l *list) advance(ctx context.Context, call *request.Call, p page) (bool, error) {
	paging := l.stream.Paging
	if paging.Way == "" || p.answer.Empty {
		return false, nil
	}
	if paging.Way == "link" {
		call.GoTo(p.answer.Link)
		return p.answer.Link != "", nil
	}
	in := p.answer.Scope(l.in)
	next, err := paging.Next.Value(ctx, in)
	_, isList := p.answer.Response.([]any)
	switch {
	case err != nil && isList: // which has no member with the next page
		next = nil
	case err != nil:
		return false, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	more, err := truth(ctx, paging.More, in)
	if err != nil {
		return false, err
	}
	switch none := next == nil || next == "" || next == false; {
	case more != nil && !*more, none && more == nil:
		return false, nil
	case none:
		return false, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "an answer to %s says that more follows, and has nothing at %s",
			l.stream.Request.Called, paging.Next)
	}
	if paging.Way == "token" {
		call.Set(paging.To, next)
	} else {
		call.GoTo(fmt.Sprint(next))
	}
	return true, nil
}

// truth evaluates an expression that yields true or false; nil when it yields nothing.
func truth(ctx context.Context, e plan.Expr, in plan.Scope) (*bool, error) {
	value, err := e.Value(ctx, in)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if value == nil {
		return nil, nil
	}
	yes, ok := value.(bool)
	if !ok {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%v at %s is neither true nor false", value, e)
	}
	return &yes, nil
}

// numbered is a list whose pages have numbers or offsets. Its rows count before where
// leaves some of them out, as the vendor's total does.
func (l *list) numbered(ctx context.Context, call *request.Call) *sdk.Listing {
	s := l.stream
	return &sdk.Listing{
		Name: l.name(), Max: MaxPages, Part: l.part != "", Gap: l.gap,
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			goTo(call, s.Paging, at)
			p, err := l.fetch(ctx, s, l.in, call)
			if err != nil {
				return sdk.ListPage{}, err
			}
			if p.answer.Empty {
				return sdk.ListPage{Rows: p.items}, nil
			}
			return l.judged(ctx, p, at)
		},
		Key: func(row json.RawMessage) string {
			item, err := request.Decode(row)
			if err != nil {
				return ""
			}
			key, _ := keyOf(ctx, s, l.in.With(plan.Scope{"item": item})) // the error is reported when the row is put
			return key
		},
		Put: func(row json.RawMessage) error { return l.put(ctx, row) },
	}
}

// judged returns the page with what its answer says of the list.
func (l *list) judged(ctx context.Context, p page, at sdk.Place) (sdk.ListPage, error) {
	paging, in := l.stream.Paging, p.answer.Scope(l.in)
	found := sdk.ListPage{Rows: p.items}
	var err error
	if found.Total, err = number(ctx, paging.Total, in); err != nil {
		return found, err
	}
	if found.More, err = truth(ctx, paging.More, in); err != nil {
		return found, err
	}
	last, err := paging.Last.Value(ctx, in)
	if err != nil {
		return found, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	switch v := last.(type) {
	case nil:
	case bool:
		more := !v
		found.More = &more
	default:
		total, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil {
			return found, sdk.Errorf(sdk.CodeSchemaUnexpected, "%v at %s is neither true, false nor the number of a page", v, paging.Last)
		}
		more := paging.First+at.Page-1 < total
		found.More = &more
	}
	if paging.Short && len(p.items) < paging.Size.Value && (found.More == nil || !*found.More) {
		more := false
		found.More = &more
	}
	if paging.Way == "offset" && len(p.items) == 0 && found.More != nil && *found.More {
		return found, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "an answer to %s says that more follows, and has no rows",
			l.stream.Request.Called)
	}
	return found, nil
}

// number evaluates an expression that yields a whole number; nil when it yields nothing.
func number(ctx context.Context, e plan.Expr, in plan.Scope) (*int, error) {
	value, err := e.Value(ctx, in)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if value == nil || value == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(fmt.Sprint(value))
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%v at %s is not a total", value, e)
	}
	return &n, nil
}
