package library

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host/internal/control"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// now is the moment for which the examples are judged.
var now = time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)

// example is a record beside a test, with what the test must find.
type example struct {
	Want       verdict.Outcome   `yaml:"want"`
	Connection map[string]string `yaml:"connection"`
	R          map[string]any    `yaml:"r"`
	Records    []map[string]any  `yaml:"records"` // for a test that counts
	With       map[string]any    `yaml:"with"`    // what belongs to the record; what is absent is not known
}

// examplesOf returns the examples of a test.
func examplesOf(t *testing.T, e entry) []example {
	t.Helper()
	raw, err := yaml.Marshal(&e.Examples)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(raw)))
	decoder.KnownFields(true)
	var examples []example
	if err := decoder.Decode(&examples); err != nil {
		t.Fatalf("%s: examples: %v", e.ID, err)
	}
	return examples
}

func all(t *testing.T) []entry {
	t.Helper()
	entries, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// judge returns what a test finds for an example.
func (x example) judge(ctx context.Context, p *monitor.Program) (verdict.Outcome, error) {
	round := p.Begin(now, nil, nil)
	c := monitor.Connection{
		ID: "c", Alias: x.Connection["alias"], Connector: x.Connection["connector"], Category: x.Connection["category"],
	}
	round.Expect(c)
	records := x.Records
	if p.Test.Count == nil {
		records = []map[string]any{x.R}
	}
	var item verdict.Item
	for i, r := range records {
		data, err := json.Marshal(r)
		if err != nil {
			return "", err
		}
		item, err = round.Take(ctx, monitor.Subject{
			Connection: c, Stream: "s", Key: fmt.Sprint(i), Data: data,
			Related: func(name string) (any, bool) { value, known := x.With[name]; return facts(value), known },
		})
		if err != nil {
			return "", err
		}
	}
	result, items, err := round.End(ctx, []verdict.Reading{{Direct: true, Complete: true}})
	switch {
	case err != nil:
		return "", err
	case result.State == verdict.StateError:
		return "", fmt.Errorf("%s", result.Reason)
	case p.Test.Count == nil:
		return item.Outcome, needsMessage(item)
	case len(items) != 1:
		return "", fmt.Errorf("%d counts, want one", len(items))
	}
	return items[0].Outcome, nil
}

// facts returns what a file says as the facts that expressions read: moments are times.
func facts(value any) any {
	switch v := value.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at
		}
	case []any:
		for i := range v {
			v[i] = facts(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = facts(v[name])
		}
	}
	return value
}

// needsMessage returns an error for an item that fails without a word.
func needsMessage(item verdict.Item) error {
	if item.Outcome == verdict.OutcomeFail && item.Message == "" {
		return fmt.Errorf("it fails without a message")
	}
	return nil
}

// TestExamples: every test has examples that pass, fail and are unknown, and finds in each what stands beside it.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range all(t) {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			p, err := monitor.Compile(e.Test)
			if err != nil {
				t.Fatal(err)
			}
			found := map[verdict.Outcome]bool{}
			for i, x := range examplesOf(t, e) {
				got, err := x.judge(t.Context(), p)
				if err != nil {
					t.Errorf("example %d: %v", i+1, err)
				}
				if got != x.Want {
					t.Errorf("example %d: %s, want %s", i+1, got, x.Want)
				}
				found[x.Want] = true
			}
			for _, want := range []verdict.Outcome{verdict.OutcomePass, verdict.OutcomeFail, verdict.OutcomeUnknown} {
				if !found[want] {
					t.Errorf("no example is to be %s", want)
				}
			}
		})
	}
}

// TestWords: each test says what holds, why and what to do, and names a control that exists.
func TestWords(t *testing.T) {
	t.Parallel()
	controls, err := control.Controls()
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	manual := map[string]bool{}
	for _, c := range controls {
		tested[c.ID], manual[c.ID] = false, c.Manual
	}
	titles := map[string]string{}
	for _, e := range all(t) {
		for what, text := range map[string]string{"title": e.Title, "why": e.Why, "remedy": e.Remedy} {
			if text == "" {
				t.Errorf("%s has no %s", e.ID, what)
			}
		}
		if e.Count == nil && e.Message == "" {
			t.Errorf("%s has no message", e.ID)
		}
		if strings.HasSuffix(e.Title, ".") {
			t.Errorf("%s: the title ends with a full stop", e.ID)
		}
		if other, known := titles[e.Title]; known {
			t.Errorf("%s and %s have the same title", e.ID, other)
		}
		titles[e.Title] = e.ID
		if len(e.Controls) == 0 {
			t.Errorf("%s supports no control", e.ID)
		}
		for _, id := range e.Controls {
			if _, exists := tested[id]; !exists {
				t.Errorf("%s names the control %s, which does not exist", e.ID, id)
			}
			tested[id] = true
		}
		for _, p := range e.Parameters {
			if p.Title == "" || p.Default == nil {
				t.Errorf("%s: the parameter %s lacks a title or a default", e.ID, p.Name)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tested)) {
		if tested[id] == manual[id] {
			t.Errorf("the control %s: manual is %v, and a test names it is %v", id, manual[id], tested[id])
		}
	}
}

// TestUnknownConnectors: a record of another vendor, about which nothing more is known, fails no test that reads the vendor's document.
func TestUnknownConnectors(t *testing.T) {
	t.Parallel()
	read := 0
	for _, e := range all(t) {
		if !strings.Contains(e.Scope+e.Expect, "r.vendor") {
			continue
		}
		read++
		p, err := monitor.Compile(e.Test)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range examplesOf(t, e) {
			x.Connection = map[string]string{"connector": "another"}
			got, err := x.judge(t.Context(), p)
			if err != nil || got == verdict.OutcomeFail || got == verdict.OutcomePass {
				t.Errorf("%s: example %d of another connector: %s, %v", e.ID, i+1, got, err)
			}
		}
	}
	if read < 10 {
		t.Errorf("%d tests read the vendor's document, want at least 10", read)
	}
}

// TestFilesWithMistakes: a mistake is named with its file and line.
func TestFilesWithMistakes(t *testing.T) {
	t.Parallel()
	good := "- id: a\n  title: A\n  kind: account\n  expect: r.mfa\n  severity: low\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"an unknown key":          {map[string]string{"x.yaml": good + "  remedies: none\n"}, "x.yaml: yaml: unmarshal errors:\n  line 6: field"},
		"an unknown key below":    {map[string]string{"x.yaml": good + "  count: {per: all}\n"}, "line 6: field per not found"},
		"the same id in two":      {map[string]string{"x.yaml": good, "y.yaml": good}, "the test a is in x.yaml and in y.yaml"},
		"the same id in one file": {map[string]string{"x.yaml": good + good}, "the test a is in x.yaml and in x.yaml"},
		"nothing":                 {map[string]string{"x.yaml": ""}, "the file has no tests"},
		"no YAML":                 {map[string]string{"x.yaml": "- id: [\n"}, "line 1"},
	} {
		from := fstest.MapFS{}
		for file, text := range c.files {
			from[file] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := read(from); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestTests: the tests are sorted, each compiles, and there are many.
func TestTests(t *testing.T) {
	t.Parallel()
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) < 66 {
		t.Errorf("%d tests, want at least 66", len(tests))
	}
	if !slices.IsSortedFunc(tests, func(a, b verdict.Test) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("they are not sorted by id")
	}
}
