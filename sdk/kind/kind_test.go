package kind_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in, want string
		fails    bool
	}{
		"already":     {in: `{"a":1,"b":[true,false,null]}`, want: `{"a":1,"b":[true,false,null]}`},
		"sorted":      {in: `{"b":1,"a":{"d":1,"c":2}}`, want: `{"a":{"c":2,"d":1},"b":1}`},
		"white space": {in: " {\n\"a\" :\t[ 1 , 2 ] }\r\n", want: `{"a":[1,2]}`},
		"numbers keep text": {in: `{"a":1.0,"b":1,"c":1e3,"d":-0,"e":9007199254740993}`,
			want: `{"a":1.0,"b":1,"c":1e3,"d":-0,"e":9007199254740993}`},
		"escapes":              {in: `"\u0041\/\u003c\u00e9\u000A\u0001\"\\"`, want: `"A/<é\n\u0001\"\\"`},
		"pair":                 {in: `"\ud83d\ude00"`, want: `"😀"`},
		"escaped key":          {in: `{"\u0062":1,"a":2}`, want: `{"a":2,"b":1}`},
		"key with a quote":     {in: `{"\"":1,"A":2}`, want: `{"\"":1,"A":2}`},
		"empty":                {in: `{"a":{},"b":[]}`, want: `{"a":{},"b":[]}`},
		"upper-case escape":    {in: `"\u001F"`, want: `"\u001f"`},
		"repeated key":         {in: `{"a":1,"a":1}`, fails: true},
		"repeated by escape":   {in: `{"a":1,"\u0061":1}`, fails: true},
		"invalid UTF-8":        {in: "\"\xff\"", fails: true},
		"half a pair":          {in: `"\ud83d"`, fails: true},
		"half a pair and more": {in: `"\ud83d\u0041"`, fails: true},
		"trailing":             {in: `{}{}`, fails: true},
		"nothing":              {in: ``, fails: true},
		"leading zero":         {in: `01`, fails: true},
		"bare point":           {in: `1.`, fails: true},
		"plus":                 {in: `+1`, fails: true},
		"trailing comma":       {in: `[1,]`, fails: true},
		"missing value":        {in: `{"a":}`, fails: true},
		"comma in object":      {in: `{"a":1,}`, fails: true},
		"raw control":          {in: "\"\n\"", fails: true},
		"not a number":         {in: `NaN`, fails: true},
		"too deep":             {in: strings.Repeat("[", 500) + strings.Repeat("]", 500), fails: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kind.Canonical([]byte(tt.in))
			if (err != nil) != tt.fails {
				t.Fatalf("error %v, want one: %v", err, tt.fails)
			}
			if string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCanonicalDoesNotCopyWhatIsCanonical(t *testing.T) {
	t.Parallel()
	in := []byte(`{"a":"é\n","b":{"c":[1,2.50]}}`)
	got, err := kind.Canonical(in)
	if err != nil || &got[0] != &in[0] {
		t.Errorf("got a copy or %v, want the input itself", err)
	}
}

func BenchmarkCanonical(b *testing.B) {
	for name, text := range map[string]string{
		"already": `{"a":"é\n","b":{"c":[1,2.50]},"vendor":{"id":1}}`,
		"sorted":  `{"vendor":{"id":1},"b":{"c":[1,2.50]},"a":"é\n"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := kind.Canonical([]byte(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[1.0,"\u00e9"]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, `[[[]]]`, ` 1e5 `, "\"\x7f\"",
		`{"\"":0,"A":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := kind.Canonical(bytes.Clone(in))
		if err != nil {
			return
		}
		if !json.Valid(in) || !json.Valid(out) {
			t.Fatalf("accepted %q as %q", in, out)
		}
		again, err := kind.Canonical(bytes.Clone(out))
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("not stable: %q, then %q (%v)", out, again, err)
		}
		if a, b := decode(t, in), decode(t, out); !reflect.DeepEqual(a, b) {
			t.Fatalf("another document: %v, then %v", a, b)
		}
	})
}

func decode(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %q: %v", raw, err)
	}
	return v
}

// TestSchemasFollowTheStructs compares field names. It fails if a struct changed and go generate did not run.
func TestSchemasFollowTheStructs(t *testing.T) {
	t.Parallel()
	for _, k := range kind.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			raw, err := kind.Schema(k)
			if err != nil {
				t.Fatal(err)
			}
			var s struct {
				Title       string `json:"title"`
				Description string `json:"description"`
				Properties  map[string]struct {
					Description string `json:"description"`
				} `json:"properties"`
			}
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			doc := reflect.TypeOf(kind.New(k)).Elem()
			for i := range doc.NumField() {
				name, _, _ := strings.Cut(doc.Field(i).Tag.Get("json"), ",")
				want[name] = true
			}
			got := map[string]bool{}
			for name, p := range s.Properties {
				got[name] = true
				if p.Description == "" && name != "vendor" {
					t.Errorf("%s has no description", name)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("run go generate (-struct +schema):\n%s", diff)
			}
			if s.Title != string(k) || s.Description == "" {
				t.Errorf("title %q, description %q", s.Title, s.Description)
			}
			if own := kind.New(k).(interface{ Kind() kind.Kind }).Kind(); own != k {
				t.Errorf("New(%s) is a %s", k, own)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind kind.Kind
		doc  string
		want []schema.Violation
	}{
		"least":          {kind: kind.KindAccount, doc: `{"external_id":"1","status":"active","type":"human"}`},
		"tolerates more": {kind: kind.KindAccount, doc: `{"external_id":"1","status":"active","type":"human","tomorrow":1,"vendor":{"x":[1]}}`},
		"missing": {kind: kind.KindAccount, doc: `{"status":"active","type":"human"}`,
			want: []schema.Violation{{Pointer: "/external_id", Rule: "must be set"}}},
		"empty key": {kind: kind.KindAccount, doc: `{"external_id":"","status":"active","type":"human"}`,
			want: []schema.Violation{{Pointer: "/external_id", Rule: "must not be empty"}}},
		"no tri-state": {kind: kind.KindAccount, doc: `{"external_id":"1","status":"active","type":"human","mfa":true}`,
			want: []schema.Violation{{Pointer: "/mfa", Rule: "must be a string"}}},
		"no word": {kind: kind.KindAccount, doc: `{"external_id":"1","status":"on","type":"human"}`,
			want: []schema.Violation{{Pointer: "/status", Rule: "must be one of active, suspended, deprovisioned, unknown"}}},
		"no time": {kind: kind.KindAccount, doc: `{"external_id":"1","status":"active","type":"human","created_at":"yesterday"}`,
			want: []schema.Violation{{Pointer: "/created_at", Rule: "must have the format date-time"}}},
		"list of numbers": {kind: kind.KindAccount, doc: `{"external_id":"1","status":"active","type":"human","roles":[1]}`,
			want: []schema.Violation{{Pointer: "/roles/0", Rule: "must be a string"}}},
		"negative count": {kind: kind.KindDevice, doc: `{"external_id":"1","updates_pending":-1}`,
			want: []schema.Violation{{Pointer: "/updates_pending", Rule: "must be at least 0"}}},
		"not an object": {kind: kind.KindCustom, doc: `[]`, want: []schema.Violation{{Pointer: "", Rule: "must be an object"}}},
		"severity is closed": {kind: kind.KindFinding, doc: `{"external_id":"1","title":"t","severity":"bad","status":"open"}`,
			want: []schema.Violation{{Pointer: "/severity", Rule: "must be one of critical, high, medium, low, info, unknown"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := kind.Validate(tt.kind, []byte(tt.doc))
			var invalid *schema.Invalid
			var got []schema.Violation
			if errors.As(err, &invalid) {
				got = invalid.Violations
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
	if err := kind.Validate("nothing", []byte(`{}`)); err == nil {
		t.Error("an unknown kind was accepted")
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	const least = `{"external_id":"1","status":"active","type":"human"}`
	tests := map[string]struct{ in, want, fails string }{
		"canonical":     {in: least, want: least},
		"not canonical": {in: `{"type":"human", "status":"active","external_id":"1"}`, want: least},
		"not JSON":      {in: `{"type":"human"`, fails: "canonicalise at byte 15: an object does not end"},
		"repeated": {in: `{"external_id":"1","external_id":"1","status":"active","type":"human"}`,
			fails: "canonicalise at byte 70: the key \"external_id\" is repeated"},
		"not valid": {in: `{"type":"human","status":"on","external_id":"1"}`,
			fails: "/status: must be one of active, suspended, deprovisioned, unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kind.Accept(kind.KindAccount, []byte(tt.in))
			if string(got) != tt.want || (err != nil || tt.fails != "") && (err == nil || err.Error() != tt.fails) {
				t.Errorf("got %s, %v; want %s, %s", got, err, tt.want, tt.fails)
			}
		})
	}
	if _, err := kind.Accept("nothing", []byte(least)); err == nil {
		t.Error("an unknown kind was accepted")
	}
}

func TestZeroDocumentsSayUnknown(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(kind.Account{ExternalID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"external_id":"1","status":"unknown","type":"unknown","mfa":"unknown","admin":"unknown"}`; string(raw) != want {
		t.Errorf("got %s, want %s", raw, want)
	}
	for _, k := range kind.Kinds() {
		doc := reflect.ValueOf(kind.New(k)).Elem()
		for _, name := range []string{"ExternalID", "Name", "Title", "Type"} {
			if f := doc.FieldByName(name); f.IsValid() && f.Type().Kind() == reflect.String && f.Type().Name() == "string" {
				f.SetString("x")
			}
		}
		raw, err := json.Marshal(doc.Interface())
		if err != nil {
			t.Fatal(err)
		}
		if err := kind.Validate(k, raw); err != nil {
			t.Errorf("the least %s is not valid: %v", k, err)
		}
	}
}

func TestTri(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for want, got := range map[string]kind.Tri{"yes": kind.TriFrom(&yes), "no": kind.TriFrom(&no), "unknown": kind.TriFrom(nil)} {
		raw, err := json.Marshal(got)
		if err != nil || string(raw) != `"`+want+`"` {
			t.Errorf("got %s, %v; want %s", raw, err, want)
		}
		var back kind.Tri
		if err := json.Unmarshal(raw, &back); err != nil || back != got {
			t.Errorf("read back %v, %v; want %v", back, err, got)
		}
	}
	var tri kind.Tri
	if json.Unmarshal([]byte(`"maybe"`), &tri) == nil {
		t.Error("maybe was accepted")
	}
}

func TestTimeIsUTC(t *testing.T) {
	t.Parallel()
	at := kind.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600)))
	raw, err := json.Marshal(at)
	if err != nil || string(raw) != `"2026-03-01T11:00:00Z"` {
		t.Errorf("got %s, %v", raw, err)
	}
	var back kind.Time
	if err := json.Unmarshal([]byte(`"2026-03-01T12:00:00+01:00"`), &back); err != nil || !back.Equal(at.Time) || back.Location() != time.UTC {
		t.Errorf("read back %v, %v", back, err)
	}
}

// TestTimeFrom checks the moments of vendors, cut to their day. What is no moment stays unknown.
func TestTimeFrom(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "yesterday": "", "2026-03-01": "", "0001-01-01T00:00:00Z": "",
		"2026-03-01T23:30:05.5Z": "2026-03-01T00:00:00Z", "2026-03-02T00:30:00+01:00": "2026-03-01T00:00:00Z",
	} {
		at, got := kind.TimeFrom(text).CutTo(24*time.Hour), ""
		if !at.IsZero() {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want || at.Location() != time.UTC {
			t.Errorf("the day of %q is %s, want %q", text, at, want)
		}
	}
}

func TestTablesShowWhatAReaderLooksForFirst(t *testing.T) {
	t.Parallel()
	for k, want := range map[kind.Kind]string{
		kind.KindAccount: "name email status mfa admin type last_login_at department created_at",
		kind.KindFinding: "title severity status due_at",
	} {
		fields := slices.DeleteFunc(kind.Fields(k), func(f kind.Field) bool { return f.Rank == 0 })
		slices.SortFunc(fields, func(a, b kind.Field) int { return a.Rank - b.Rank })
		names := make([]string, 0, len(fields))
		for _, f := range fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("a table of %s shows %q, want %q", k, got, want)
		}
	}
}
