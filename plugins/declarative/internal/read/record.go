package read

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// row is an item before it becomes a record.
type row struct {
	key  string
	view plan.Scope
}

// keyOf returns the key of the item in view.
func keyOf(ctx context.Context, s *plan.Stream, view plan.Scope) (string, error) {
	key, err := s.Key.Value(ctx, view)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if key == nil || key == "" {
		return "", sdk.Errorf(sdk.CodeSchemaKeyMissing, "a record of %s has nothing at %s", s.Request.Called, s.Key)
	}
	return fmt.Sprint(key), nil
}

// take returns the row of an item, or false for one that is no record or was dealt with.
func (d *reading) take(ctx context.Context, in plan.Scope, raw json.RawMessage) (row, bool, error) {
	item, err := request.Decode(raw)
	if err != nil {
		return row{}, false, err
	}
	r := row{view: in.With(plan.Scope{"item": item})}
	delete(r.view, "window")
	s := d.stream
	if r.key, err = keyOf(ctx, s, r.view); err != nil {
		if wanted, _ := s.Where.Value(ctx, r.view); s.Where.Set() && !s.WhereNeedsDetails && wanted != true {
			return r, false, nil
		}
		return r, false, d.lose(ctx, "a record", err)
	}
	d.note(ctx, r.view)
	if s.Removed.Set() {
		gone, err := s.Removed.Value(ctx, r.view)
		if err != nil {
			return r, false, d.lose(ctx, "record "+r.key, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error()))
		}
		if gone == true {
			return r, false, d.out.Remove(r.key)
		}
	}
	if s.WhereNeedsDetails {
		return r, true, nil
	}
	wanted, err := d.wanted(ctx, r)
	return r, wanted, err
}

// wanted reports whether a row is a record. In a stream of changes, one that is no record
// any more is removed.
func (d *reading) wanted(ctx context.Context, r row) (bool, error) {
	s := d.stream
	if !s.Where.Set() {
		return true, nil
	}
	yes, err := s.Where.Value(ctx, r.view)
	switch {
	case err != nil:
		return false, d.lose(ctx, "record "+r.key, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error()))
	case yes != true && s.Incremental != nil && s.Removed.Set():
		return false, d.out.Remove(r.key)
	}
	return yes == true, nil
}

// put sends the record of a row. A field that cannot be read is a gap, and unknown in the record.
func (d *reading) put(ctx context.Context, r row) error {
	if d.stream.WhereNeedsDetails {
		if wanted, err := d.wanted(ctx, r); err != nil || !wanted {
			return err
		}
	}
	doc, wrong, err := d.document(ctx, r.view)
	if err != nil {
		return d.lose(ctx, "record "+r.key, err)
	}
	if d.again(r.key, doc) {
		return nil
	}
	for name, reason := range wrong {
		d.gap("record "+r.key+", field "+name, reason)
	}
	err = d.out.Put(r.key, doc)
	var refused *sdk.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case sdk.CodeLimitRecordTooLarge, sdk.CodeSchemaUnexpected, sdk.CodeSchemaKeyMissing:
			d.mu.Lock()
			defer d.mu.Unlock()
			d.gaps++
			return nil // Put has reported the gap, and the stream continues
		}
	}
	return err
}

// again reports whether the same record came from another list of the stream.
func (d *reading) again(key string, doc json.RawMessage) bool {
	if d.sent == nil {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write(doc) // never fails
	d.mu.Lock()
	defer d.mu.Unlock()
	known, seen := d.sent[key]
	d.sent[key] = h.Sum64()
	return seen && known == h.Sum64()
}

// document evaluates the fields of the stream's kind and adds the vendor's document. Wrong says why a
// field is missing.
func (d *reading) document(ctx context.Context, view plan.Scope) (doc json.RawMessage, wrong map[string]error, err error) {
	s, fields := d.stream, map[string]any{}
	wrong = map[string]error{}
	for name, field := range s.Fields {
		value, err := field.Value(ctx, view)
		if err != nil {
			wrong[name] = sdk.Errorf(sdk.CodeSchemaUnexpected, "field %s: %s", name, err.Error())
			continue
		}
		if yes, isBool := value.(bool); isBool && slices.Contains(s.Truths, name) {
			value = kind.TriOf(yes).String()
		}
		if number, isNumber := value.(int64); isNumber && slices.Contains(s.Texts, name) {
			value = strconv.FormatInt(number, 10)
		}
		if value != nil {
			fields[name] = value
		}
	}
	if own, ok := view["item"].(map[string]any); ok {
		for _, key := range s.File.Omit {
			omit(own, key)
		}
		fields["vendor"] = own
	}
	doc, err = fit(s, fields, wrong)
	return doc, wrong, err
}

// omit deletes a key; dots in it lead into members of members, and into each item of a list.
func omit(from map[string]any, key string) {
	if _, whole := from[key]; whole {
		delete(from, key)
		return
	}
	first, rest, deeper := strings.Cut(key, ".")
	if !deeper {
		return
	}
	switch inner := from[first].(type) {
	case map[string]any:
		omit(inner, rest)
	case []any:
		for _, one := range inner {
			if object, ok := one.(map[string]any); ok {
				omit(object, rest)
			}
		}
	}
}

// fit returns the document without the values that its kind does not allow. A required field becomes
// unknown if the kind has that word.
func fit(s *plan.Stream, fields map[string]any, wrong map[string]error) (json.RawMessage, error) {
	for {
		raw, err := json.Marshal(fields)
		if err != nil {
			return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "a record of %s cannot be sent: %s", s.Request.Called, err.Error())
		}
		var invalid *schema.Invalid
		if err := kind.Validate(kind.Kind(s.File.Kind), raw); !errors.As(err, &invalid) {
			return raw, err
		}
		broken := invalid.Violations[0]
		name, _, _ := strings.Cut(strings.TrimPrefix(broken.Pointer, "/"), "/")
		value, set := fields[name]
		reason := sdk.Errorf(sdk.CodeSchemaUnexpected, "field %s %s", name, broken.Rule)
		switch {
		case slices.Contains(s.Words[name], "unknown") && value != "unknown":
			fields[name] = "unknown"
		case set && name != "vendor":
			delete(fields, name)
		default:
			return nil, reason
		}
		if wrong[name] == nil {
			wrong[name] = reason
		}
	}
}
