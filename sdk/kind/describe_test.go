package kind_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func TestEveryFieldOfAKindIsDescribed(t *testing.T) {
	t.Parallel()
	for _, k := range kind.Kinds() {
		described := kind.Describe(k)
		at := 0
		for _, d := range described {
			if d.Title == "" || d.Doc == "" || !strings.HasSuffix(d.Doc, ".") {
				t.Errorf("%s.%s has the title %q and the meaning %q", k, d.Name, d.Title, d.Doc)
			}
			if d.Unit != "" && d.Type != kind.FieldNumber {
				t.Errorf("%s.%s has the unit %q and is a %s", k, d.Name, d.Unit, d.Type)
			}
			if d.Name == "vendor" {
				t.Errorf("%s describes the vendor's document", k)
			}
			if fields := kind.Fields(k); at < len(fields) && fields[at].Name == d.Name {
				if fields[at].Type != d.Type {
					t.Errorf("%s.%s is a %s for lists and a %s for people", k, d.Name, fields[at].Type, d.Type)
				}
				at++
			}
		}
		if at != len(kind.Fields(k)) {
			t.Errorf("%s: %d of %d fields of lists are described, in their order", k, at, len(kind.Fields(k)))
		}
	}
	mfa := kind.Description{Name: "mfa", Title: "MFA", Doc: "Whether a second factor is enrolled.", Type: kind.FieldWord}
	found := false
	for _, d := range kind.Describe(kind.KindAccount) {
		found = found || d == mfa
	}
	if !found {
		t.Errorf("an account has no %+v", mfa)
	}
	if kind.Describe("nothing") != nil {
		t.Error("an unknown kind is described")
	}
}

func TestDisplayNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind kind.Kind
		doc  string
		want string
	}{
		"a name":                      {kind.KindAccount, `{"name":"Ann Lee","title":"Nurse","email":"ann@x.example"}`, "Ann Lee"},
		"no job title":                {kind.KindAccount, `{"title":"Nurse","email":"ann@x.example"}`, "ann@x.example"},
		"an empty name":               {kind.KindAccount, `{"name":" ","username":"ann"}`, "ann"},
		"a title":                     {kind.KindTicket, `{"title":"Broken door"}`, "Broken door"},
		"a host name":                 {kind.KindDevice, `{"hostname":"lt-7"}`, "lt-7"},
		"nothing":                     {kind.KindDevice, `{"external_id":"7"}`, ""},
		"no text":                     {kind.KindDevice, `{"hostname":7}`, ""},
		"no document":                 {kind.KindDevice, `[`, ""},
		"the document of no kind":     {"nothing", `{"name":"x"}`, ""},
		"an account of a cloud":       {kind.KindResource, `{"name":"bucket","account":"123"}`, "bucket"},
		"a person of a training":      {kind.KindTraining, `{"person_name":"Ann","course":"Fire"}`, "Ann"},
		"a course without its person": {kind.KindTraining, `{"course":"Fire"}`, "Fire"},
	} {
		if got := kind.DisplayName(test.kind, []byte(test.doc)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
