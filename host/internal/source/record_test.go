package source_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// with returns an account whose title is the given JSON.
func with(key, title string) *connectorv1.Record {
	return &connectorv1.Record{Key: key, Payload: []byte(`{"external_id":"a","status":"active","type":"human","username":"a","vendor":{"x":` + title + `}}`)}
}

// TestAnOddRecordCostsItselfAndIsNamed has records that the customer's data may hold.
func TestAnOddRecordCostsItselfAndIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		record      *connectorv1.Record
		scope, want string
	}{
		"a key with NUL":              {with("a\x00b", "1"), `record a\x00b`, "control character U+0000"},
		"a key with a new line":       {with("a\nb", "1"), `record a\nb`, "control character U+000A"},
		"a key with DEL":              {with("a\x7fb", "1"), `record a\u007fb`, "control character U+007F"},
		"a key with C1":               {with("a\u009bb", "1"), `record a\u009bb`, "control character U+009B"},
		"a number beyond":             {with("a", "1e999"), "record a", "the number 1e999, which is out of range"},
		"a negative one":              {with("a", "-1E+400"), "record a", "the number -1E+400"},
		"a number of 400 digits":      {with("a", strings.Repeat("9", 400)), "record a", "out of range"},
		"a payload that is not UTF-8": {with("a", "\"\xff\""), "record a", "UTF-8"},
		"a payload that is no object": {&connectorv1.Record{Key: "a", Payload: []byte(`[]`)}, "record a", "account"},
		"a payload that is empty":     {&connectorv1.Record{Key: "a"}, "record a", "account"},
		"a payload too deep":          {with("a", strings.Repeat("[", 200)+strings.Repeat("]", 200)), "record a", "too deep"},
		"a member twice":              {with("a", `{"k":1,"k":2}`), "record a", "k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &connector{say: []*connectorv1.SyncResponse{batch(1, account("good"), test.record), checkpoint(1, 2, ""), result(complete), done()}}
			s, results, err := run(t, c)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.groups) != 1 || len(s.groups[0].Writes) != 1 || s.groups[0].Writes[0].Key != "good" || results[0].Outcome != host.OutcomeGaps {
				t.Errorf("stored %+v, %s", s.groups, results[0].Outcome)
			}
			if g := results[0].Gaps; len(g) != 1 || g[0].Scope != test.scope || !strings.Contains(g[0].Error.Message, test.want) || host.Visible(g[0].Error.Message) != g[0].Error.Message {
				t.Errorf("gaps %+v, want %q saying %q", g, test.scope, test.want)
			}
		})
	}
}

func TestWhatIsUnusualAndAllowedIsStored(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]*connectorv1.Record{
		"a key at its limit":         with(strings.Repeat("k", sdk.MaxKeyBytes), "1"),
		"a key in another script":    with("Zoë 日本/\\:?#%\"'<>", "1"),
		"a key with hidden signs":    with("a\u202eb\u200b", "1"), // shown as escapes
		"the largest number":         with("a", "1.7976931348623157e308"),
		"a number that is almost 0":  with("a", "1e-999"),
		"digits in a text":           with("a", `"1e999 and `+strings.Repeat("9", 400)+`"`),
		"an integer beyond 2^53":     with("a", "9007199254740993"),
		"an exponent with many zero": with("a", "1e0001"),
	} {
		c := &connector{say: []*connectorv1.SyncResponse{batch(1, record), checkpoint(1, 1, ""), result(complete), done()}}
		s, results, err := run(t, c)
		if err != nil || len(s.groups) != 1 || len(s.groups[0].Writes) != 1 || results[0].Outcome != host.OutcomeComplete {
			t.Errorf("%s: %v, %+v", name, err, results)
		}
	}
}

func TestAnUnusableKeyEndsTheRunByName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ key, want string }{
		"empty": {"", "it is empty"}, "long": {strings.Repeat("k", sdk.MaxKeyBytes+1), "it has 513 bytes"}, "no UTF-8": {"\xff", "it is not UTF-8"},
	} {
		c := &connector{say: []*connectorv1.SyncResponse{batch(1, with(test.key, "1")), checkpoint(1, 1, ""), result(complete), done()}}
		s, _, err := run(t, c)
		var p *host.Problem
		if !errors.As(err, &p) || p.Fault != host.FaultConnector || !strings.Contains(p.Message, test.want) || len(s.groups) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStepWithASlashIsAViolation(t *testing.T) {
	t.Parallel()
	log := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Step: "a/b\x1b", Message: "x"}}}
	wait := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: &connectorv1.Throttle{Step: "a/b"}}}
	for name, m := range map[string]*connectorv1.SyncResponse{"log.step": log, "throttle.step": wait} {
		_, _, err := run(t, &connector{say: []*connectorv1.SyncResponse{m, result(complete), done()}})
		var p *host.Problem
		if !errors.As(err, &p) || p.Code != host.CodeProtocol || !strings.Contains(p.Message, name) || host.Visible(p.Message) != p.Message {
			t.Errorf("%s: %v", name, err)
		}
	}
}
