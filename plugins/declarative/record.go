package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// put sends the record of an item. A fact that cannot be read is a gap of its own,
// and not known in the record.
func (s *streamPlan) put(ctx context.Context, out *sdk.Output, key string, view scope) error {
	doc, wrong, err := s.document(ctx, view)
	if err != nil {
		return s.lose(ctx, out, "record "+key, err)
	}
	for name, reason := range wrong {
		out.Gap("record "+key+", field "+name, reason)
	}
	err = out.Put(key, doc)
	var refused *sdk.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case sdk.CodeLimitRecordTooLarge, sdk.CodeSchemaUnexpected, sdk.CodeSchemaKeyMissing:
			return nil // a gap already, and the others are still worth having
		}
	}
	return err
}

// lose reports what gives no record. A run that is over reports nothing more.
func (s *streamPlan) lose(ctx context.Context, out *sdk.Output, what string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	out.Gap(what, err)
	return nil
}

// document evaluates the fields into the stream's kind, and keeps the vendor's own
// document beside them. Wrong holds why a field is not in it.
func (s *streamPlan) document(ctx context.Context, view scope) (doc json.RawMessage, wrong map[string]error, err error) {
	fields := map[string]any{}
	wrong = map[string]error{}
	for name, field := range s.fields {
		value, err := field.value(ctx, view)
		if err != nil {
			wrong[name] = sdk.Errorf(sdk.CodeSchemaUnexpected, "field %s: %s", name, err.Error())
			continue
		}
		if yes, isBool := value.(bool); isBool && slices.Contains(s.truths, name) {
			value = kind.TriOf(yes).String()
		}
		if number, isNumber := value.(int64); isNumber && slices.Contains(s.texts, name) {
			value = strconv.FormatInt(number, 10)
		}
		if value != nil {
			fields[name] = value
		}
	}
	if own, ok := view["item"].(map[string]any); ok {
		for _, key := range s.Omit {
			delete(own, key)
		}
		fields["vendor"] = own
	}
	doc, err = s.fit(fields, wrong)
	return doc, wrong, err
}

// fit returns the document without the facts that its kind does not take. One that
// must be there is unknown then, where the kind knows that word.
func (s *streamPlan) fit(fields map[string]any, wrong map[string]error) (json.RawMessage, error) {
	for {
		raw, err := json.Marshal(fields)
		if err != nil {
			return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "a record of stream %s cannot be sent: %s", s.Name, err.Error())
		}
		var invalid *schema.Invalid
		if err := kind.Validate(kind.Kind(s.Kind), raw); !errors.As(err, &invalid) {
			return raw, err
		}
		broken := invalid.Violations[0]
		name, _, _ := strings.Cut(strings.TrimPrefix(broken.Pointer, "/"), "/")
		value, set := fields[name]
		reason := sdk.Errorf(sdk.CodeSchemaUnexpected, "field %s %s", name, broken.Rule)
		switch {
		case slices.Contains(s.words[name], "unknown") && value != "unknown":
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
