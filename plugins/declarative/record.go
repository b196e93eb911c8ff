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

// put sends the record of an item. A field that cannot be read is a gap, and unknown in the record.
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
			return nil // Put has reported the gap, and the stream continues
		}
	}
	return err
}

// lose reports a gap, unless the run has ended.
func (s *streamPlan) lose(ctx context.Context, out *sdk.Output, what string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	out.Gap(what, err)
	return nil
}

// document evaluates the fields of the stream's kind and adds the vendor's document. Wrong says why a
// field is missing.
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

// fit returns the document without the values that its kind does not allow. A required field becomes
// unknown if the kind has that word.
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
