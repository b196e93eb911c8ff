package field_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
)

func TestText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]field.Text{
		`" Ada\n"`: "Ada", `""`: "", `"007"`: "007", `17`: "17", `1.50`: "1.50", `9007199254740993`: "9007199254740993", `1e3`: "1e3",
		`null`: "", `true`: "", `{"a":1}`: "", `["a"]`: "",
	} {
		got := struct{ Name field.Text }{"of another document"}
		if err := json.Unmarshal([]byte(`{"name":`+raw+`}`), &got); err != nil || got.Name != want {
			t.Errorf("%s is %q (%v), want %q", raw, got.Name, err, want)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	if at := field.Text("2026-03-01T12:00:00+01:00").Time(); at.IsZero() || at.Hour() != 11 {
		t.Errorf("the moment is %s, want 11:00 UTC", at)
	}
	if at := field.Text("1772366400").Time(); !at.IsZero() {
		t.Errorf("seconds are the moment %s, want an unknown one", at)
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	got := string(field.Encode(field.Pick([]byte(`{"id":1,"big":9007199254740993,"none":null,"etag":"x"}`), "id", "big", "none", "absent")))
	if want := `{"big":9007199254740993,"id":1,"none":null}`; got != want {
		t.Errorf("picked %s, want %s", got, want)
	}
	if got := field.Pick([]byte(`[1]`), "id"); got == nil || len(got) != 0 {
		t.Errorf("a list has the members %v", got)
	}
}

func TestOmit(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"id":1,"etag":"x","network":{"ipv4s":["192.0.2.1"],"fqdns":["a"]}}`: `{"id":1,"network":{"fqdns":["a"]}}`,
		`{"network":null,"id":9007199254740993}`:                              `{"id":9007199254740993,"network":null}`,
		`{"network":["ipv4s"]}`:                                               `{"network":["ipv4s"]}`,
		`[{"etag":"x"}]`:                                                      `[{"etag":"x"}]`,
		`null`:                                                                `null`,
	} {
		if diff := cmp.Diff(want, string(field.Omit([]byte(raw), "etag", "network.ipv4s", "network.absent", "absent.x"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	if got := field.Encode(map[string]any{"n": math.Inf(1)}); got != nil {
		t.Errorf("what JSON cannot say is %s", got)
	}
}
