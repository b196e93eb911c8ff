package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/intake"
)

// users begins a stream of accounts.
func users(deletes string) *intake.Stream {
	return new(intake.Run).Stream(host.StreamInfo{Name: "users", Kind: "account", Deletes: deletes})
}

// account returns an account whose vendor's own document has x.
func account(x string) []byte {
	return []byte(`{"external_id":"a","status":"active","type":"human","username":"a","vendor":{"x":` + x + `}}`)
}

// violated fails unless err is the connector's violation that says want.
func violated(t *testing.T, err error, want string) {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeProtocol || p.Fault != host.FaultConnector || !strings.Contains(p.Message, want) {
		t.Errorf("got %v, want a violation that says %q", err, want)
	}
}

// TestAnOddRecordCostsItselfAndIsNamed has records that the customer's data may hold.
func TestAnOddRecordCostsItselfAndIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key         string
		doc         []byte
		scope, want string
	}{
		"a key with NUL":              {"a\x00b", account("1"), `record a\x00b`, "control character U+0000"},
		"a key with a new line":       {"a\nb", account("1"), `record a\nb`, "control character U+000A"},
		"a key with DEL":              {"a\x7fb", account("1"), `record a\u007fb`, "control character U+007F"},
		"a key with C1":               {"a\u009bb", account("1"), `record a\u009bb`, "control character U+009B"},
		"a number beyond":             {"a", account("1e999"), "record a", "the number 1e999, which is out of range"},
		"a negative one":              {"a", account("-1E+400"), "record a", "the number -1E+400"},
		"a number of 400 digits":      {"a", account(strings.Repeat("9", 400)), "record a", "out of range"},
		"a payload that is not UTF-8": {"a", account("\"\xff\""), "record a", "UTF-8"},
		"a payload that is no object": {"a", []byte(`[]`), "record a", "account"},
		"a payload that is no JSON":   {"a", []byte(`<html>`), "record a", "account"},
		"a payload that is empty":     {"a", nil, "record a", "account"},
		"a payload of another shape":  {"a", []byte(`{"username":7}`), "record a", "account"},
		"a payload too deep":          {"a", account(strings.Repeat("[", 200) + strings.Repeat("]", 200)), "record a", "too deep"},
		"a member twice":              {"a", account(`{"k":1,"k":2}`), "record a", "k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := users("snapshot")
			if err := errors.Join(s.Record("good", account("1")), s.Record(test.key, test.doc)); err != nil {
				t.Fatal(err)
			}
			groups := s.Checkpoint(host.Checkpoint{Sequence: 1})
			_, result, err := s.End(host.OutcomeComplete, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(groups) != 1 || len(groups[0].Writes) != 1 || groups[0].Writes[0].Key != "good" || result.Outcome != host.OutcomeGaps ||
				result.Read != 1 {
				t.Errorf("groups %+v, %s, %d read", groups, result.Outcome, result.Read)
			}
			g := result.Gaps
			if len(g) != 1 || g[0].Scope != test.scope || !strings.Contains(g[0].Error.Message, test.want) ||
				display.Visible(g[0].Error.Message) != g[0].Error.Message {
				t.Fatalf("gaps %+v, want %q saying %q", g, test.scope, test.want)
			}
			if result.Problem == nil || result.Problem.Code != host.CodeSchemaUnexpected {
				t.Errorf("the result has the problem %v", result.Problem)
			}
		})
	}
}

func TestWhatIsUnusualAndAllowedIsTaken(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]struct{ key, x string }{
		"a key at its limit":         {strings.Repeat("k", intake.MaxKeyBytes), "1"},
		"a key in another script":    {"Zoë 日本/\\:?#%\"'<>", "1"},
		"a key with hidden signs":    {"a\u202eb\u200b", "1"}, // shown as escapes
		"the largest number":         {"a", "1.7976931348623157e308"},
		"a number that is almost 0":  {"a", "1e-999"},
		"digits in a text":           {"a", `"1e999 and ` + strings.Repeat("9", 400) + `"`},
		"an integer beyond 2^53":     {"a", "9007199254740993"},
		"an exponent with many zero": {"a", "1e0001"},
	} {
		s := users("snapshot")
		err := s.Record(record.key, account(record.x))
		groups := s.Checkpoint(host.Checkpoint{Sequence: 1})
		if err != nil || len(groups[0].Writes) != 1 || groups[0].Writes[0].Hash == [32]byte{} || len(s.Unfinished().Gaps) > 0 {
			t.Errorf("%s: %v, %+v, %+v", name, err, groups, s.Unfinished().Gaps)
		}
	}
}

func TestAnUnusableKeyIsAViolation(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"": "it is empty", strings.Repeat("k", intake.MaxKeyBytes+1): "it has 513 bytes",
		"\xff": "it is not UTF-8"} {
		violated(t, users("snapshot").Record(key, account("1")), want)
		violated(t, users("tombstone").Remove(key), want)
	}
}

func TestARecordTooLargeEndsTheRunByName(t *testing.T) {
	t.Parallel()
	var p *host.Problem
	err := users("snapshot").Record("big", account(`"`+strings.Repeat("x", intake.MaxRecordBytes)+`"`))
	if !errors.As(err, &p) || p.Code != host.CodeRecordTooLarge || !strings.Contains(p.Message, `"big"`) {
		t.Errorf("got %v", err)
	}
}

func TestAGroupIsBounded(t *testing.T) {
	t.Parallel()
	s := users("tombstone")
	var err error
	for n := 0; err == nil && n <= 100_000; n++ {
		err = s.Remove(fmt.Sprint("k", n))
	}
	violated(t, err, "more than 100000 records without a checkpoint")
	s, err = users("snapshot"), nil
	large := account(`"` + strings.Repeat("x", intake.MaxRecordBytes-1000) + `"`)
	for n := 0; err == nil && n < 40; n++ {
		err = s.Record("a", large)
	}
	violated(t, err, "more than 8388608 bytes without a checkpoint")
	s = users("snapshot")
	if err := s.Record("a", large); err != nil {
		t.Fatal(err)
	}
	if records, bytes := s.Pending(); records != 1 || bytes != len(large)+1 {
		t.Errorf("%d records of %d bytes are pending", records, bytes)
	}
	s.Checkpoint(host.Checkpoint{Sequence: 1})
	if records, bytes := s.Pending(); records != 0 || bytes != 0 {
		t.Errorf("after a checkpoint %d records of %d bytes are pending", records, bytes)
	}
}

func TestTheOutcomeIsOnlyLowered(t *testing.T) {
	t.Parallel()
	gap := host.Gap{Scope: "ou=hidden", Error: host.Problem{Code: "permission.missing"}}
	failure := &host.Problem{Code: "upstream.5xx"}
	for name, test := range map[string]struct {
		outcome host.Outcome
		problem *host.Problem
		gaps    []host.Gap
		want    host.Outcome
		code    string // of the problem
	}{
		"complete":             {host.OutcomeComplete, nil, nil, host.OutcomeComplete, ""},
		"complete with a gap":  {host.OutcomeComplete, nil, []host.Gap{gap}, host.OutcomeGaps, "permission.missing"},
		"it says there is one": {host.OutcomeGaps, nil, nil, host.OutcomeGaps, ""},
		"partial":              {host.OutcomePartial, failure, []host.Gap{gap}, host.OutcomePartial, "upstream.5xx"},
		"failed":               {host.OutcomeFailed, failure, nil, host.OutcomeFailed, "upstream.5xx"},
		"failed without words": {host.OutcomeFailed, nil, []host.Gap{gap}, host.OutcomeFailed, "permission.missing"},
	} {
		s := users("snapshot")
		for _, g := range test.gaps {
			s.Gap(g)
		}
		_, result, err := s.End(test.outcome, test.problem)
		code := ""
		if result.Problem != nil {
			code = result.Problem.Code
		}
		if err != nil || result.Outcome != test.want || code != test.code {
			t.Errorf("%s: %s with %q (%v), want %s with %q", name, result.Outcome, code, err, test.want, test.code)
		}
	}
	s := users("snapshot")
	if err := s.Record("a", account("1")); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.End(host.OutcomeComplete, nil)
	violated(t, err, "with 1 records after its last checkpoint")
	if _, result, err := s.End(host.OutcomeFailed, nil); err != nil || result.Read != 0 {
		t.Errorf("a stream that failed after a record: %v, %d read", err, result.Read)
	}
}

func TestGapsAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	run := &intake.Run{Scrub: func(text string) string { return strings.ReplaceAll(text, "hunter2", "••••") }}
	s := run.Stream(host.StreamInfo{Name: "users", Kind: "account"})
	for range 102 {
		s.Gap(host.Gap{Scope: "ou=x"})
	}
	for range 2 { // asking twice changes nothing
		g := s.Unfinished().Gaps
		if len(g) != 100 || g[99].Error.Message != " (and 2 more like it or other gaps)" {
			t.Errorf("%d gaps, the last says %q", len(g), g[len(g)-1].Error.Message)
		}
	}
	s = run.Stream(host.StreamInfo{Name: "groups", Kind: "account"})
	if err := s.Record("a", []byte(`{"hunter2":1}`)); err != nil || strings.Contains(fmt.Sprint(s.Unfinished().Gaps), "hunter2") {
		t.Errorf("%v, %+v", err, s.Unfinished().Gaps)
	}
	s.Gap(host.Gap{Error: host.Problem{Message: "m", Detail: strings.Repeat("x", 600<<10)}})
	s.Gap(host.Gap{Error: host.Problem{Message: "m"}})
	g := s.Unfinished().Gaps
	if last := g[len(g)-1].Error; len(g) != 2 || !strings.Contains(last.Detail, "614400 bytes dropped") ||
		!strings.Contains(last.Message, "and 1 more") {
		t.Errorf("%d gaps, the last %+v", len(g), last)
	}
}
