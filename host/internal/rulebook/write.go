package rulebook

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/written"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// CheckCustomTest says what is wrong with a test that somebody writes. It stores nothing.
func (b *Rulebook) CheckCustomTest(w verdict.Writing) (verdict.Checked, error) {
	test, err := b.read(w)
	faults, err := faultsOf(err)
	if err != nil {
		return verdict.Checked{}, err
	}
	if len(faults) > 0 {
		return verdict.Checked{Mistakes: faults}, nil
	}
	return verdict.Checked{Test: &test, Mistakes: []host.FieldError{}}, nil
}

// ReadCustomTest returns a test that somebody writes, ready to be judged.
func (b *Rulebook) ReadCustomTest(w verdict.Writing) (*monitor.Program, error) {
	test, err := b.read(w)
	if err != nil {
		return nil, err
	}
	return monitor.Compile(test)
}

// read returns a test that somebody writes, or a problem that names every mistake in it.
func (b *Rulebook) read(w verdict.Writing) (verdict.Test, error) {
	given := 0
	for _, is := range []bool{w.Source != "", w.Test != nil, w.Copy != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return verdict.Test{}, host.Invalid("source", nil, "is missing: give one of source, test and copy")
	}
	switch {
	case w.Copy != "":
		return b.copied(w.Copy)
	case w.Test != nil:
		test := *w.Test
		return test, mistaken(check(&test))
	}
	file, faults := written.Read([]byte(w.Source))
	if len(faults) == 0 {
		if faults = check(&file.Test); len(faults) > 0 {
			faults = file.Place(faults)
		}
	}
	return file.Test, mistaken(faults)
}

// check returns what is wrong with a test, and makes it as it is stored.
func check(t *verdict.Test) (faults []host.FieldError) {
	*t = whole(*t)
	t.Version = 0
	if fault := named(t.ID); fault != nil {
		faults = append(faults, *fault)
	}
	for i, p := range t.Parameters {
		if !settable(p.Default) {
			faults = append(faults, host.FieldError{
				Field: fmt.Sprintf("parameters[%d].default", i), Message: "this is a number, a text, true or false, or a list of texts",
			})
		}
	}
	_, err := monitor.Compile(*t)
	more, err := faultsOf(err)
	if err != nil {
		more = []host.FieldError{{Field: "expect", Message: err.Error()}}
	}
	return append(faults, more...)
}

// settable reports whether a parameter can have this default.
func settable(value any) bool {
	switch v := value.(type) {
	case bool, string, int, int64, float64:
		return true
	case []any:
		for _, one := range v {
			if _, text := one.(string); !text {
				return false
			}
		}
		return true
	}
	return false
}

// whole makes numbers whole that JSON has read as fractions, as expressions need them.
func whole(t verdict.Test) verdict.Test {
	parameters := make([]verdict.Parameter, len(t.Parameters))
	for i, p := range t.Parameters {
		if number, is := p.Default.(float64); is && number == float64(int64(number)) {
			p.Default = int64(number)
		}
		parameters[i] = p
	}
	if t.Parameters = parameters; len(parameters) == 0 {
		t.Parameters = nil
	}
	return t
}

// copied returns a test to begin with: a copy of another under an id of its own.
func (b *Rulebook) copied(id string) (verdict.Test, error) {
	r, err := b.rule(id)
	if err != nil {
		return verdict.Test{}, err
	}
	test := r.Program.Test
	base := ownPrefix + strings.TrimPrefix(test.ID, ownPrefix)
	all, err := b.CustomTests()
	if err != nil {
		return verdict.Test{}, err
	}
	taken := map[string]bool{}
	for _, c := range all {
		taken[c.ID] = true
	}
	test.ID = base
	for n := 2; taken[test.ID]; n++ {
		test.ID = fmt.Sprintf("%s-%d", base, n)
	}
	test.Version = 0
	return test, nil
}

// mistaken returns the problem of a test with mistakes; nil for none.
func mistaken(faults []host.FieldError) error {
	if len(faults) == 0 {
		return nil
	}
	p := host.InvalidFields(sentence(faults), faults)
	p.Remedy = "Mend what is named. Nothing was stored."
	return p
}

// changes returns how a version differs from the one before.
func changes(before, after verdict.Test) []verdict.FieldChange {
	was, is := fieldsOf(before), fieldsOf(after)
	all := []verdict.FieldChange{}
	for _, name := range fieldNames() {
		if was[name] != is[name] {
			all = append(all, verdict.FieldChange{Field: name, Before: was[name], After: is[name]})
		}
	}
	return all
}

// fieldNames are the fields by which versions are compared, as files order them.
func fieldNames() []string {
	return []string{"title", "why", "kind", "categories", "scope", "expect", "count", "message", "remedy", "severity", "days_allowed",
		"parameters", "controls"}
}

// fieldsOf returns the fields of a test as text.
func fieldsOf(t verdict.Test) map[string]string {
	raw, err := json.Marshal(t)
	var fields map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(raw, &fields)
	}
	if err != nil {
		return nil
	}
	said := map[string]string{}
	for name, value := range fields {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		said[name] = text
	}
	return said
}
