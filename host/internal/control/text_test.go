package control_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host/internal/control"
)

// oscal returns a catalogue with this content beside its metadata.
func oscal(content string) []byte {
	return []byte(`{"catalog":{"uuid":"u","metadata":{"title":"T","last-modified":"2024-01-01T00:00:00Z","version":"1",` +
		`"oscal-version":"1.1.2"},` + content + `}}`)
}

func TestACatalogueInOSCALIsRead(t *testing.T) {
	t.Parallel()
	got, err := control.ParseOSCAL(oscal(`"groups":[{"id":"ac","title":"Access","controls":[{"id":"ac-1","title":"Policy",
		"params":[{"id":"p1","label":"roles"}],"props":[{"name":"label","value":"AC-1"}],
		"parts":[{"name":"statement","prose":"Tell {{ insert: param, p1 }}:","parts":[
			{"name":"item","props":[{"name":"label","value":"a."}],"prose":"of {{ insert: param, p2 }}"}]},{"name":"guidance","prose":"Much."}],
		"controls":[{"id":"ac-1.1","title":"Deeper"}]}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	want := control.Catalog{Title: "T", Version: "1", Requirements: []control.Text{
		{ID: "ac-1", Title: "Policy", Text: "Tell [roles]:\na. of [p2]", Also: []string{"AC-1"}}, {ID: "ac-1.1", Title: "Deeper"},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("it is read as (-want +got):\n%s", diff)
	}
}

func TestABrokenCatalogueIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	const nameless = `"groups":[{"title":"g","controls":[{"id":"a","title":"A","parts":[{"prose":"x"}]}]}]`
	deep := strings.Repeat(`"groups":[{"title":"x",`, 40) + `"a":1` + strings.Repeat(`}]`, 40)
	for raw, want := range map[string]string{
		"":                             "line 1, column 0",
		"{\n  \"catalog\": {\n    x":   "line 3, column 5",
		`[]`:                           "$: must be an object",
		`{}`:                           "$: lacks catalog",
		`{"catalog":{"uuid":"u"}}`:     "$.catalog: lacks metadata",
		`{"catalog":3}`:                "$.catalog: must be an object",
		string(oscal(`"a":1`)):         "there is no requirement",
		string(oscal(`"controls":{}`)): "$.catalog.controls: must be a list",
		string(oscal(`"controls":[{"id":"a","title":"A"},{"id":"b"}]`)):             "$.catalog.controls[1]: lacks title",
		string(oscal(`"controls":[{"id":7,"title":"A"}]`)):                          "$.catalog.controls[0].id: must be a text",
		string(oscal(`"controls":[{"id":"","title":"A"}]`)):                         "$.catalog.controls[0].id: the id is missing",
		string(oscal(`"controls":[{"id":"a","title":"A"},{"id":"a","title":"A"}]`)): "$.catalog.controls[1].id: the id a is there already",
		string(oscal(nameless)): "$.catalog.groups[0].controls[0].parts[0]: lacks name",
		string(oscal(deep)):     "is nested more than 32 deep",
	} {
		if _, err := control.ParseOSCAL([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s is refused with %v, want %s", raw, err, want)
		}
	}
}

func TestATableIsRead(t *testing.T) {
	t.Parallel()
	got, err := control.ParseCSV([]byte("\ufeffID,Text\nA.5.1,\"Rules,\nwritten\"\nA.5.2,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := control.Catalog{Requirements: []control.Text{{ID: "A.5.1", Text: "Rules,\nwritten"}, {ID: "A.5.2"}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("it is read as (-want +got):\n%s", diff)
	}
}

func TestABrokenTableIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                            "line 1",
		"title\nx\n":                  "there is no column id",
		"id,shoe\nx,1\n":              `line 1, column 4: "shoe"`,
		"id,id\nx,1\n":                "line 1, column 4",
		"id,title\na,1\nb\n":          "line 3, column 1: wrong number of fields",
		"id,title\na,1\n,2\n":         "line 3, column 1: the id is missing",
		"id,title\na,1\na,2\n":        "line 3, column 1: the id a is there already",
		"id,title\na,\"1\n":           "line 2, column 6: extraneous or missing",
		"id,title\na,x\"y\n":          "line 2, column 4: bare",
		"id\n":                        "there is no requirement",
		"id,title\na,1\nb,\xff\xfe\n": "line 3: is not text in UTF-8",
	} {
		if _, err := control.ParseCSV([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is refused with %v, want %s", raw, err, want)
		}
	}
}
