package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/schema"
)

const person = `{"type":"object","additionalProperties":false,"required":["name"],"properties":{
	"name":{"type":"string","minLength":2,"maxLength":20},"age":{"type":["integer","null"],"minimum":0,"maximum":150},
	"a/b":{"enum":["x","y"]},"tags":{"type":"array","uniqueItems":true,"minItems":1,"items":{"type":"string","pattern":"^[a-z]+$"}},
	"site":{"type":"string","format":"uri"},"pin":{"const":"1234"}}}`

func TestNamesPlaceAndRule(t *testing.T) {
	t.Parallel()
	s, err := schema.Compile([]byte(person))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		doc  string
		want []schema.Violation
	}{
		"valid":        {`{"name":"Ann","age":null,"tags":["a"],"site":"https://x.org"}`, nil},
		"missing":      {`{}`, []schema.Violation{{Pointer: "/name", Rule: "must be set"}}},
		"unknown":      {`{"name":"Ann","nick":"a"}`, []schema.Violation{{Pointer: "/nick", Rule: "is not a known property"}}},
		"short":        {`{"name":"A"}`, []schema.Violation{{Pointer: "/name", Rule: "must have at least 2 characters"}}},
		"type":         {`{"name":"Ann","age":"old"}`, []schema.Violation{{Pointer: "/age", Rule: "must be a null or an integer"}}},
		"range":        {`{"name":"Ann","age":200}`, []schema.Violation{{Pointer: "/age", Rule: "must be at most 150"}}},
		"slash":        {`{"name":"Ann","a/b":"z"}`, []schema.Violation{{Pointer: "/a~1b", Rule: "must be one of x, y"}}},
		"item":         {`{"name":"Ann","tags":["a","B"]}`, []schema.Violation{{Pointer: "/tags/1", Rule: "must match the pattern ^[a-z]+$"}}},
		"no item":      {`{"name":"Ann","tags":[]}`, []schema.Violation{{Pointer: "/tags", Rule: "must have at least 1 items"}}},
		"twice":        {`{"name":"Ann","tags":["a","a"]}`, []schema.Violation{{Pointer: "/tags", Rule: "must not repeat an item"}}},
		"format":       {`{"name":"Ann","site":"not a site"}`, []schema.Violation{{Pointer: "/site", Rule: "must have the format uri"}}},
		"not a person": {`7`, []schema.Violation{{Pointer: "", Rule: "must be an object"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var invalid *schema.Invalid
			var got []schema.Violation
			if err := s.Validate([]byte(tt.doc)); errors.As(err, &invalid) {
				got = invalid.Violations
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNeverRepeatsTheValue checks that errors do not contain values, which may be secrets.
func TestNeverRepeatsTheValue(t *testing.T) {
	t.Parallel()
	s, err := schema.Compile([]byte(person))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{
		`{"name":"CANARY-CANARY-CANARY-CANARY"}`, `{"name":"Ann","age":"CANARY"}`, `{"name":"Ann","a/b":"CANARY"}`,
		`{"name":"Ann","tags":["CANARY"]}`,
		`{"name":"Ann","site":"CANARY CANARY"}`, `{"name":"Ann","pin":"CANARY"}`, `"CANARY"`, `{"name":"CANARY`,
	} {
		err := s.Validate([]byte(doc))
		if err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: got %v, want an error without the value", doc, err)
		}
	}
}

func TestLoadsNothing(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{"$ref":"https://example.com/s.json"}`, `{"$ref":"file:///etc/passwd"}`, `{`, `{"type":7}`} {
		if _, err := schema.Compile([]byte(raw)); err == nil {
			t.Errorf("compiled %s", raw)
		}
	}
}
