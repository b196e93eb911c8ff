package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// document returns AWS's own document of a thing, without the named members and those without a value. Lists are
// sorted, because AWS promises no order.
func document(thing any, without ...string) json.RawMessage {
	raw, err := json.Marshal(thing)
	if err != nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	raw, _ = json.Marshal(tidy(value, without))
	return raw
}

func tidy(value any, without []string) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if slices.Contains(without, name) || name == "ResultMetadata" {
				delete(v, name)
				continue
			}
			if v[name] = tidy(inner, without); isNothing(v[name]) {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = tidy(v[i], without)
		}
		slices.SortFunc(v, func(a, b any) int {
			left, _ := json.Marshal(a)
			right, _ := json.Marshal(b)
			return bytes.Compare(left, right)
		})
	}
	return value
}

func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// tagsOf returns tags by their names. It is never nil: the caller has read them.
func tagsOf[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, tag := range list {
		if key, value := pair(tag); key != nil {
			tags[*key] = aws.ToString(value)
		}
	}
	return tags
}

// sorted returns the names, each once, never nil.
func sorted(names []string) []string {
	list := append([]string{}, names...)
	slices.Sort(list)
	return slices.Compact(list)
}

// nameOf returns the tag Name, or else another name.
func nameOf(tags map[string]string, other ...string) string {
	return cmp.Or(strings.TrimSpace(tags["Name"]), cmp.Or(other...))
}

func at(t *time.Time) kind.Time { return kind.At(aws.ToTime(t)) }

// day cuts a moment that changes often to its day.
func day(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	d := t.UTC().Truncate(24 * time.Hour)
	return &d
}
