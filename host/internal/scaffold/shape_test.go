package scaffold_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scaffold"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestEveryCategoryGetsTheKindThatFits writes a connector of each category in each
// language, and holds the fields that it fills to those that the kind requires.
func TestEveryCategoryGetsTheKindThatFits(t *testing.T) {
	t.Parallel()
	want := map[host.Category]kind.Kind{
		"hris": "person", "edr": "device", "mdm": "device", "identity": "account", "ticketing": "ticket", "vulnerability": "finding",
		"cspm": "finding", "version_control": "repository", "infrastructure": "resource", "observability": "monitor",
		"background_check": "background_check", "security_training": "training", "digital_signature": "signature",
		"external_policy": "policy", "security_reviews": "assessment", "automation": "automation", "custom": "custom",
	}
	for _, c := range host.Categories() {
		description, code, python := written(t, c.ID)
		_, after, _ := strings.Cut(description, "\n    kind: ")
		word, _, _ := strings.Cut(after, "\n")
		got := kind.Kind(word)
		if k, told := want[c.ID]; told && got != k {
			t.Errorf("%s gets the kind %q, want %s", c.ID, got, k)
		}
		var schema struct {
			Required []string `json:"required"`
		}
		raw, err := kind.Schema(got)
		if err != nil || json.Unmarshal(raw, &schema) != nil {
			t.Fatalf("%s: schema of %q: %v", c.ID, got, err)
		}
		for _, field := range schema.Required {
			if !strings.Contains(description, "\n      "+field+": ") || !strings.Contains(python, `"`+field+`": `) {
				t.Errorf("%s: kind %s requires %s, which is not filled", c.ID, got, field)
			}
		}
		if !strings.Contains(code, "func record(item ") || strings.Contains(code, "%!") {
			t.Errorf("%s: it is\n%s", c.ID, code)
		}
	}
}

// TestTheSDKKnowsTheCategories holds the words of the SDK, which uses nothing of the
// host, to those of the host.
func TestTheSDKKnowsTheCategories(t *testing.T) {
	t.Parallel()
	var want []string
	for _, c := range host.Categories() {
		want = append(want, string(c.ID))
	}
	if diff := cmp.Diff(want, sdk.Categories()); diff != "" {
		t.Errorf("categories (-host +sdk):\n%s", diff)
	}
}

// written returns the file of a description, and the one with the stream in Go and in
// Python. Write formats Go, so code that is no Go is an error.
func written(t *testing.T, c host.Category) (description, code, python string) {
	t.Helper()
	texts := map[scaffold.Language]string{}
	for _, language := range []scaffold.Language{scaffold.Go, scaffold.Declarative, scaffold.Python} {
		dir := filepath.Join(t.TempDir(), "acme")
		files, err := scaffold.Write(scaffold.Options{ID: "acme", Category: c, Dir: dir, SDK: sources(t), Language: language})
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(raw), "/v1/") && !strings.Contains(f, "exampleapi") {
				texts[language] = string(raw)
			}
		}
	}
	return texts[scaffold.Declarative], texts[scaffold.Go], texts[scaffold.Python]
}
