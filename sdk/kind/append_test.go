package kind_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// slowly returns the expected result of Append.
func slowly(doc any) ([]byte, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return kind.Canonical(raw)
}

// filler fills documents with values that are difficult to encode.
type filler struct{ *rand.Rand }

func (f filler) text() string {
	parts := []string{"", "plain text", `"`, `\`, "<a&b>", "é", "😀", "\u2028", "\x00", "\x1f", "\n", "\t\r\b\f", "\x7f",
		"a long text with nothing in it"}
	var b strings.Builder
	for range f.IntN(4) {
		b.WriteString(parts[f.IntN(len(parts))])
	}
	return b.String()
}

func (f filler) time() kind.Time {
	at := time.Unix(f.Int64N(4e9), f.Int64N(2)*f.Int64N(1e9))
	return []kind.Time{{}, kind.At(at), {Time: at.In(time.FixedZone("", 3600))}, {Time: time.Time{}.In(time.FixedZone("", 60))}}[f.IntN(4)]
}

func (f filler) raw() json.RawMessage {
	return []json.RawMessage{
		nil, json.RawMessage(`{}`), json.RawMessage(`{"b":[1,{"z":1,"a":"\u003c\u0000\u2028"}], "a" : 1.0}`), json.RawMessage(`{"a":{"b":null}}`),
		json.RawMessage(" 7 "),
	}[f.IntN(5)]
}

func (f filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch at := v.Addr().Interface().(type) {
	case *string:
		*at = f.text()
	case *kind.Word:
		*at = kind.Word(f.text())
	case *kind.Tri:
		*at = kind.Tri(f.IntN(4))
	case *kind.Time:
		*at = f.time()
	case *[]string:
		*at = [][]string{nil, {}, {f.text()}, {f.text(), f.text()}}[f.IntN(4)]
	case *json.RawMessage:
		*at = f.raw()
	case **int:
		*at = []*int{nil, new(int)}[f.IntN(2)]
	case **int64:
		*at = []*int64{nil, new(int64)}[f.IntN(2)]
	case **float64:
		n := f.NormFloat64() * 1e20
		*at = []*float64{nil, &n}[f.IntN(2)]
	case *map[string]string:
		*at = []map[string]string{nil, {}, {f.text(): f.text(), "b": "<", "a": ""}}[f.IntN(3)]
	case *map[string]any:
		*at = []map[string]any{nil, {}, {f.text(): f.text(), "b": 1.5, "a": []any{nil, true}}}[f.IntN(3)]
	default:
		t.Fatalf("a field of type %s is not tested", v.Type())
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, k := range kind.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			f := filler{rand.New(rand.NewPCG(1, 2))}
			for range 500 {
				doc := kind.New(k)
				v := reflect.ValueOf(doc).Elem()
				for i := range v.NumField() {
					f.fill(t, v.Field(i))
				}
				want, err := slowly(doc)
				if err != nil {
					t.Fatal(err)
				}
				for _, given := range []any{doc, v.Interface()} {
					if got, ok := kind.Append([]byte("before"), given); !ok || string(got) != "before"+string(want) {
						t.Fatalf("got %s, %v; want %s", got, ok, want)
					}
				}
			}
		})
	}
}

func TestAppendSaysNo(t *testing.T) {
	t.Parallel()
	type own struct{ kind.Account }
	deep := json.RawMessage(strings.Repeat("[", 128) + strings.Repeat("]", 128))
	for name, doc := range map[string]any{
		"nothing":             nil,
		"no pointer":          (*kind.Account)(nil),
		"another struct":      own{kind.Account{ExternalID: "1"}},
		"a map":               map[string]string{"a": "b"},
		"text that is broken": kind.Account{ExternalID: "a\xffb"},
		"raw is broken":       kind.Account{ExternalID: "1", Vendor: json.RawMessage("\"\xff\"")},
		"raw is no JSON":      kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{"a"`)},
		"raw is two":          kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{}{}`)},
		"raw repeats a key":   kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{"a":1,"a":1}`)},
		"raw is too deep":     kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{"a":` + string(deep) + `}`)},
		"no such year":        kind.Account{ExternalID: "1", CreatedAt: kind.Time{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"not a number":        kind.Custom{ExternalID: "1", Fields: map[string]any{"a": func() {}}},
		"empty":               json.RawMessage(nil),
		"white space":         json.RawMessage(" "),
	} {
		if got, ok := kind.Append([]byte("before"), doc); ok || string(got) != "before" {
			t.Errorf("%s: got %s, %v", name, got, ok)
		}
	}
}

func FuzzAppendRaw(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[1.0,"\u00e9<"]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, ` 1e5 `, "\"\x7f\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, doc := range []any{json.RawMessage(in), kind.Account{ExternalID: "1", Vendor: in}} {
			want, err := slowly(doc)
			got, ok := kind.Append(nil, doc)
			if ok != (err == nil) || ok && !bytes.Equal(got, want) {
				t.Errorf("got %s, %v; want %s, %v", got, ok, want, err)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	doc := any(kind.Account{
		ExternalID: "users-1", Username: "users-1", Email: "users-1@example.com", Name: "User 1", Status: "active", Type: "human",
		Groups: []string{}, CreatedAt: kind.At(time.Unix(1.7e9, 0)),
		Vendor: json.RawMessage(`{"id":1,"note":"` + strings.Repeat("vendor ", 22) + `"}`),
	})
	b.Run("quick", func(b *testing.B) {
		var out []byte
		b.ReportAllocs()
		for b.Loop() {
			out, _ = kind.Append(out[:0], doc)
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = slowly(doc)
		}
	})
}
