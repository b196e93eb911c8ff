package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	language "github.com/plumbline-dev/plumbline/plugins/declarative/internal/schema"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// documentOf returns a description as the JSON document that an editor checks.
func documentOf(t *testing.T, text string) []byte {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func languageSchema(t *testing.T) *schema.Schema {
	t.Helper()
	compiled, err := schema.Compile(language.Language())
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestTheSchemaTakesWhatTheProgramTakes has descriptions that are right, and some that
// the schema refuses as the program does.
func TestTheSchemaTakesWhatTheProgramTakes(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	compiled := languageSchema(t)
	right := map[string]string{"the example": string(example), "levels": head + levels("}\nrecords: response"),
		"OAuth": head + cc + "}\n" + oneStream(listed)}
	for name, text := range right {
		if err := compiled.Validate(documentOf(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for from, to := range map[string]string{
		"vendor: Acme\n": "vendors: Acme\n", "kind: account": "kind: user", "[user_access_review]": "[everything]",
		"plumbline: 1": "plumbline: one", "records: response.users": "records: [a]", "deletes: snapshot": "deletes: sometimes",
		"    key: item.id\n": "",
	} {
		text := strings.Replace(strings.Replace(string(example), "kind: account\n", "kind: account\n    deletes: snapshot\n", 1), from, to, 1)
		if err := compiled.Validate(documentOf(t, text)); err == nil {
			t.Errorf("it takes %q", to)
		}
		if _, err := parse(strings.NewReader(text)); err == nil {
			t.Errorf("the program takes %q", to)
		}
	}
}

// TestEveryKeyIsExplained wants a sentence with each key of the language.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var visit func(at reflect.Type)
	visit = func(at reflect.Type) {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice || at.Kind() == reflect.Map {
			at = at.Elem()
		}
		if at.Kind() != reflect.Struct || seen[at] || !strings.HasSuffix(at.PkgPath(), "/file") {
			return
		}
		seen[at] = true
		for i := range at.NumField() {
			member := at.Field(i)
			if key := member.Tag.Get("yaml"); key != "" {
				if doc := member.Tag.Get("doc"); !strings.HasSuffix(doc, ".") || len(doc) < 10 {
					t.Errorf("%s.%s is explained by %q", at.Name(), key, doc)
				}
			}
			visit(member.Type)
		}
	}
	visit(reflect.TypeFor[file.File]())
}
