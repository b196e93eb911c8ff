package schema_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/internal/jsonscan"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// everyRule is a schema with each rule that the quick form knows.
const everyRule = `{"type":"object","required":["id","status"],"properties":{
	"id":{"type":"string","minLength":2},"status":{"enum":["on","off"],"type":"string"},
	"at":{"type":"string","format":"date-time"},"n":{"type":"integer","minimum":0,"maximum":100},"x":{"type":["number","null"]},
	"tags":{"type":"object","additionalProperties":{"type":"string"}},"list":{"type":"array","items":{"type":"boolean"}},
	"shut":{"type":"object","additionalProperties":false,"properties":{"a":true}},"any":{"description":"anything"}}}`

func compiled(t testing.TB, raw string) *schema.Schema {
	t.Helper()
	s, err := schema.Compile([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQuick(t *testing.T) {
	t.Parallel()
	s := compiled(t, everyRule)
	tests := map[string]struct {
		doc   string
		quick bool
		valid bool
	}{
		"least": {`{"id":"ab","status":"on"}`, true, true},
		"everything": {`{"any":{"a":[1,{}]},"at":"2026-02-28T23:59:59.5Z","id":"äö","list":[true,false],"n":100,"shut":{"a":null},` +
			`"status":"off","tags":{"a":"b"},"x":null}`, true, true},
		"empty containers":   {`{"id":"ab","list":[],"shut":{},"status":"on","tags":{}}`, true, true},
		"other member":       {`{"id":"ab","status":"on","zz":[[]]}`, true, true},
		"not canonical":      {`{"status":"on","id":"ab"}`, false, true},
		"white space":        {`{"id":"ab", "status":"on"}`, false, true},
		"escape, no rule":    {`{"any":"a\"b","id":"ab","status":"on"}`, true, true},
		"escape under rule":  {`{"id":"a\"b","status":"on"}`, false, true},
		"other zone":         {`{"at":"2026-02-28T23:59:59+01:00","id":"ab","status":"on"}`, false, true},
		"integer as decimal": {`{"id":"ab","n":1.0,"status":"on"}`, false, true},
		"missing":            {`{"id":"ab"}`, false, false},
		"short":              {`{"id":"a","status":"on"}`, false, false},
		"short in runes":     {`{"id":"ä","status":"on"}`, false, false},
		"word":               {`{"id":"ab","status":"maybe"}`, false, false},
		"no such day":        {`{"at":"2026-02-30T00:00:00Z","id":"ab","status":"on"}`, false, false},
		"comma in time":      {`{"at":"2026-02-28T00:00:00,5Z","id":"ab","status":"on"}`, false, false},
		"too small":          {`{"id":"ab","n":-1,"status":"on"}`, false, false},
		"too large":          {`{"id":"ab","n":101,"status":"on"}`, false, false},
		"wrong type":         {`{"id":7,"status":"on"}`, false, false},
		"null":               {`{"id":null,"status":"on"}`, false, false},
		"text for list":      {`{"id":"ab","list":"x","status":"on"}`, false, false},
		"number in list":     {`{"id":"ab","list":[1],"status":"on"}`, false, false},
		"number in tags":     {`{"id":"ab","status":"on","tags":{"a":1}}`, false, false},
		"unknown in shut":    {`{"id":"ab","shut":{"b":1},"status":"on"}`, false, false},
		"array":              {`[]`, false, false},
		"twice":              {`{"id":"ab","id":"ab","status":"on"}`, false, true}, // Canonical refuses it
		"cut off":            {`{"id":"ab","status":"on"`, false, false},
		"more":               {`{"id":"ab","status":"on"}}`, false, false},
		"empty":              {``, false, false},
		"known before known": {`{"status":"on","id":"ab","x":1}`, false, true},
		"known before other": {`{"id":"ab","status":"on","aa":1}`, false, true},
		"other before known": {`{"zz":1,"id":"ab","status":"on"}`, false, true},
		"others out of turn": {`{"id":"ab","status":"on","zb":1,"za":1}`, false, true},
		"others between":     {`{"aa":1,"id":"ab","idx":1,"shut":{},"shut1":1,"status":"on","z":1}`, true, true},
		"other twice":        {`{"id":"ab","status":"on","zz":1,"zz":1}`, false, true}, // Canonical refuses it
		"escape in a name":   {`{"id":"ab","status":"on","z\"z":1}`, false, true},
		"control in text":    {"{\"any\":\"abcdefgh\x1fijk\",\"id\":\"ab\",\"status\":\"on\"}", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, yes := s.Quick([]byte(tt.doc)); yes != tt.quick {
				t.Errorf("quick: %v, want %v", yes, tt.quick)
			}
			if err := s.Validate([]byte(tt.doc)); (err == nil) != tt.valid {
				t.Errorf("valid: %v, want valid %v", err, tt.valid)
			}
		})
	}
}

// TestQuickRefusesWhatItDoesNotKnow checks that no unknown rule is ignored.
func TestQuickRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"pattern":"^a"}`, `{"format":"uri"}`, `{"enum":[1]}`, `{"enum":["a\"b"]}`, `{"minItems":1}`, `{"not":{}}`, `{"maxLength":3}`,
		`{"properties":{"a":{"const":1}}}`, `{"items":{"oneOf":[{},{}]}}`, `{"required":["a"]}`, `{"additionalProperties":{"pattern":"a"}}`,
	} {
		if has, _ := compiled(t, raw).Quick(nil); has {
			t.Errorf("%s has a quick form", raw)
		}
	}
}

// TestEveryKindIsQuick checks that every kind has a quick form. With the library alone a sync would take twice
// as long.
func TestEveryKindIsQuick(t *testing.T) {
	t.Parallel()
	for _, k := range kind.Kinds() {
		raw, err := kind.Schema(k)
		if err != nil {
			t.Fatal(err)
		}
		if has, _ := compiled(t, string(raw)).Quick(nil); !has {
			t.Errorf("the schema of %s has no quick form", k)
		}
	}
}

// TestQuickKnowsTheCalendar compares every day and the limits of the hours with package time and the library.
func TestQuickKnowsTheCalendar(t *testing.T) {
	t.Parallel()
	s := compiled(t, `{"format":"date-time"}`)
	check := func(text string) {
		t.Helper()
		_, err := time.Parse(time.RFC3339, text)
		quick := schema.IsDateTime(text)
		if quick != (err == nil) {
			t.Errorf("%s: got %v, want %v (%v)", text, quick, err == nil, err)
		}
		if err := s.Slowly([]byte(`"` + text + `"`)); quick && err != nil {
			t.Errorf("%s is quickly valid, but: %v", text, err)
		}
	}
	for _, year := range []int{0, 1, 1900, 1999, 2000, 2023, 2024, 2100, 9999} {
		for month := range 15 {
			for day := range 34 {
				check(fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", year, month, day))
			}
		}
	}
	for n := range 100 {
		check(fmt.Sprintf("2026-01-01T%02d:00:00Z", n))
		check(fmt.Sprintf("2026-01-01T00:%02d:00Z", n))
		check(fmt.Sprintf("2026-01-01T00:00:%02d.000000001Z", n))
	}
}

func FuzzQuickSaysYesOnlyToWhatIsValid(f *testing.F) {
	s := compiled(f, everyRule)
	for _, doc := range []string{
		`{"any":{"a":[1,{}]},"at":"2026-02-28T23:59:59.5Z","id":"äö","list":[true],"n":100,"shut":{"a":null},"status":"off","tags":{"a":"b"},` +
			`"x":-1.5e3}`,
		`{"id":"ab","n":9007199254740993,"status":"on"}`, `{0id":"00",0status":"on"}`, `{"at":"2016-12-31T23:59:60Z","id":"ab","status":"on"}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		_, yes := s.Quick(bytes.Clone(doc))
		if err := s.Slowly(doc); yes && err != nil {
			t.Errorf("%q is quickly valid, but: %v", doc, err)
		}
		if yes && !jsonscan.Canonical(doc) {
			t.Errorf("%q is quickly valid, but not canonical", doc)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	raw, err := kind.Schema(kind.KindAccount)
	if err != nil {
		b.Fatal(err)
	}
	s := compiled(b, string(raw))
	doc := []byte(`{"admin":"unknown","created_at":"2026-01-02T03:04:05Z","email":"user-0000001@example.com","external_id":"users-1",` +
		`"groups":["everyone"],"mfa":"yes",` +
		`"name":"User 1","status":"active","type":"human","username":"user-1","vendor":{"id":1,"note":"vendor vendor vendor vendor"}}`)
	b.Run("quick", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.Validate(doc) != nil {
				b.Fatal("not valid")
			}
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.Slowly(doc) != nil {
				b.Fatal("not valid")
			}
		}
	})
}
