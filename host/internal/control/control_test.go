package control

import (
	"strings"
	"testing"
)

// sizes are the numbers of requirements that the frameworks have.
var sizes = map[string]int{SOC2: 61, ISO27001: 93, NIST80053: 287, NISTCSF: 106, HIPAA: 60, GDPR: 62}

func TestFrameworks(t *testing.T) {
	t.Parallel()
	frameworks, err := Frameworks()
	if err != nil {
		t.Fatal(err)
	}
	if len(frameworks) != len(sizes) {
		t.Errorf("%d frameworks, want %d", len(frameworks), len(sizes))
	}
	for _, f := range frameworks {
		if len(f.Requirements) != sizes[f.ID] {
			t.Errorf("%s has %d requirements, want %d", f.ID, len(f.Requirements), sizes[f.ID])
		}
		if f.Version == "" || f.Licence == "" {
			t.Errorf("%s lacks a version or a licence", f.ID)
		}
		for _, r := range f.Requirements {
			own := f.ID == SOC2 || f.ID == ISO27001
			if words := len(strings.Fields(r.Title)); own && words > 10 {
				t.Errorf("%s %s: a title of our own has %d words, at most 10 may be: %s", f.ID, r.ID, words, r.Title)
			}
		}
	}
}

// TestControls: every control names requirements of every framework, which exist; privacy is no subject of two of them.
func TestControls(t *testing.T) {
	t.Parallel()
	controls, err := Controls()
	if err != nil {
		t.Fatal(err)
	}
	if len(controls) < 45 || len(controls) > 60 {
		t.Errorf("%d controls, want 45 to 60", len(controls))
	}
	met := map[string]map[string]bool{}
	for _, c := range controls {
		for framework := range sizes {
			ids := c.Requirements[framework]
			if len(ids) == 0 && !strings.HasPrefix(c.ID, "privacy-") {
				t.Errorf("%s meets no requirement of %s", c.ID, framework)
			}
			for _, id := range ids {
				if met[framework] == nil {
					met[framework] = map[string]bool{}
				}
				met[framework][id] = true
			}
		}
	}
	for framework, size := range sizes {
		t.Logf("%s: controls meet %d of %d requirements", framework, len(met[framework]), size)
	}
}

func TestMistakesInControls(t *testing.T) {
	t.Parallel()
	frameworks := []Framework{{ID: SOC2, Title: "SOC 2", Requirements: []Requirement{{ID: "CC1.1"}}}}
	good := "- {id: a, title: A, text: A., owner: B, soc2: [CC1.1]}\n"
	for name, c := range map[string]struct{ file, want string }{
		"nothing wrong":            {good, ""},
		"an unknown key":           {good + "- {id: b, name: B}\n", "line 2: field name not found"},
		"a requirement of no list": {"- {id: a, title: A, text: A., owner: B, soc2: [CC1.2]}\n", "names CC1.2, which SOC 2 does not have"},
		"a requirement twice":      {"- {id: a, title: A, text: A., owner: B, soc2: [CC1.1, CC1.1]}\n", "names CC1.1 of SOC 2 twice"},
		"a control twice":          {good + good, "the control a is there twice"},
		"no requirement":           {"- {id: a, title: A, text: A., owner: B}\n", "meets no requirement"},
		"no text":                  {"- {id: a, title: A, owner: B, soc2: [CC1.1]}\n", "lacks a title, a text or an owner"},
		"an id with a space":       {"- {id: a b, title: A, text: A., owner: B, soc2: [CC1.1]}\n", "form of an id"},
	} {
		controls, err := parse([]byte(c.file))
		if err == nil {
			err = check(controls, frameworks)
		}
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestMistakesInFrameworks(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"id,title\nA,B\n":      "",
		"id,title\nA,B\nA,C\n": "line 3: A is in line 2 already",
		"id,title\nA,\n":       "line 2: the id or the title is missing",
		"id,title\n":           "no line follows",
		"id,title\nA\n":        "wrong number of fields",
	} {
		_, err := requirements([]byte(file))
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", file, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}
