package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const key = "envoy-canary-key-1234"

// directory serves Envoy's documented employee list.
type directory struct {
	people  int
	meta    bool // tell page, perPage and total
	largest int  // rows a page has at most, whatever is asked; 0 = no limit
	total   func(page int) int
	last    int // later pages are answered with this one; 0 = they are empty
}

func (d directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Api-Key") != key {
		http.Error(w, `{"message":"Unauthorized"}`, http.StatusUnauthorized)
		return
	}
	if r.URL.Path != "/v1/employees" {
		http.NotFound(w, r)
		return
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	rows, _ := strconv.Atoi(r.URL.Query().Get("perPage"))
	if d.largest > 0 {
		rows = min(rows, d.largest)
	}
	if d.last > 0 {
		page = min(page, d.last)
	}
	data := []map[string]any{}
	for n := (page - 1) * rows; n < min(page*rows, d.people); n++ {
		data = append(data, employee(n))
	}
	body := map[string]any{"data": data}
	if d.meta {
		total := d.people
		if d.total != nil {
			total = d.total(page)
		}
		body["meta"] = map[string]any{"page": page, "perPage": rows, "total": total}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func employee(n int) map[string]any {
	e := map[string]any{
		"id": strconv.Itoa(1000 + n), "name": fmt.Sprintf("Person %d", n), "email": fmt.Sprintf("p%d@example.com", n),
		"locationIds": []string{"99"}, "createdAt": "2020-12-14T22:56:53.359Z", "updatedAt": "2021-06-11T17:02:50.296Z",
	}
	if n%2 == 1 {
		e["id"] = 1000 + n // tolerated: a number in the place of a string
	}
	return e
}

func input(v *sdktest.Vendor) sdktest.Input {
	return sdktest.Input{Settings: map[string]any{"base_url": v.URL}, Secrets: map[string]string{"api_key": key}}
}

func TestReadsEveryEmployee(t *testing.T) {
	t.Parallel()
	for _, meta := range []bool{true, false} {
		for _, people := range []int{0, 1, 99, 100, 101, 250} {
			for _, largest := range []int{0, 40} {
				t.Run(fmt.Sprintf("%d people, meta %v, pages of at most %d", people, meta, largest), func(t *testing.T) {
					t.Parallel()
					vendor := sdktest.NewVendor(t, directory{people: people, meta: meta, largest: largest})
					s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["employees"]
					if s.Result != "complete" || len(s.Records) != people || len(s.Keys) != people {
						t.Errorf("got %s with %d records in %d puts (%v), want complete with %d", s.Result, len(s.Records), len(s.Keys), s.Err, people)
					}
					for key, doc := range s.Records {
						if err := kind.Validate(kind.KindAccount, doc); err != nil {
							t.Errorf("%s is not a valid account: %v", key, err)
						}
					}
				})
			}
		}
	}
}

func TestClaimsNoMoreThanEnvoyTells(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, directory{people: 1, meta: true})
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["employees"]
	got := s.Fields(t, "1000")
	want := map[string]any{
		"external_id": "1000", "username": "p0@example.com", "email": "p0@example.com", "name": "Person 0", "type": "human",
		"status": "unknown", "mfa": "unknown", "admin": "unknown", "created_at": "2020-12-14T22:56:53.359Z",
		"vendor": map[string]any{"id": "1000", "name": "Person 0", "email": "p0@example.com", "locationIds": []any{"99"},
			"createdAt": "2020-12-14T22:56:53.359Z", "updatedAt": "2021-06-11T17:02:50.296Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	retryAfter := map[string]string{"Retry-After": "3"}
	tests := map[string]struct {
		faults []sdktest.Fault
		result string
		code   string
		remedy string
	}{
		"500 twice then fine":     {[]sdktest.Fault{{Status: 500, Times: 2}}, "complete", "", ""},
		"429 with Retry-After":    {[]sdktest.Fault{{Status: 429, Header: retryAfter, Times: 1}}, "complete", "", ""},
		"429 without Retry-After": {[]sdktest.Fault{{Status: 429, Times: 2}}, "complete", "", ""},
		"429 for ever":            {[]sdktest.Fault{{Status: 429}}, "failed", "rate.limited", "next run"},
		"500 for ever":            {[]sdktest.Fault{{Status: 500}}, "failed", "upstream.5xx", "Wait"},
		"401":                     {[]sdktest.Fault{{Status: 401}}, "failed", "auth.invalid", "credential"},
		"403":                     {[]sdktest.Fault{{Status: 403}}, "failed", "permission.missing", "employees.read"},
		"403 on the second page":  {[]sdktest.Fault{{Status: 403, After: 1}}, "failed", "permission.missing", "employees.read"},
		"404":                     {[]sdktest.Fault{{Status: 404}}, "failed", "notfound.endpoint", "address"},
		"a web page with 200":     {[]sdktest.Fault{sdktest.HTML()}, "failed", "upstream.invalid_response", "proxy"},
		"cut short once":          {[]sdktest.Fault{{Break: true, Times: 1}}, "complete", "", ""},
		"cut short for ever":      {[]sdktest.Fault{{Break: true, After: 1}}, "failed", "upstream.invalid_response", "next run"},
		"reset for ever":          {[]sdktest.Fault{{Reset: true}}, "failed", "network.connect", "firewall"},
		"no data": {[]sdktest.Fault{{Status: 200, Body: `{"message":"ok"}`, Times: 1}}, "failed", "upstream.invalid_response",
			"address"},
		"data is null": {[]sdktest.Fault{{Status: 200, Body: `{"data":null}`, Times: 1}}, "failed", "upstream.invalid_response",
			"address"},
		"a bare list": {[]sdktest.Fault{{Status: 200, Body: `[]`, Times: 1}}, "failed", "upstream.invalid_response", "address"},
		"an empty page too early": {[]sdktest.Fault{{Status: 200, After: 1, Body: `{"data":[],"meta":{"total":250}}`, Times: 1}},
			"complete_with_gaps", "", ""},
		"an employee without id": {[]sdktest.Fault{{Status: 200, Body: `{"data":[{"name":"x"}],"meta":{"total":1}}`, Times: 1}},
			"complete_with_gaps", "", ""},
		"an employee of odd shape": {[]sdktest.Fault{{Status: 200,
			Body: `{"data":[{"id":"1","name":{"first":"x"},"email":null,"createdAt":7}],"meta":{"total":1}}`, Times: 1}}, "complete", "", ""},
		"page one for ever": {[]sdktest.Fault{{Status: 200, Body: `{"data":[{"id":"1"}]}`}}, "complete_with_gaps", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, directory{people: 250, meta: true})
			vendor.Fail(tt.faults...)
			out := sdktest.NewBench(t, New()).Sync(t, input(vendor))
			s := out.Streams["employees"]
			code, remedy := "", ""
			if s.Err != nil {
				code, remedy = s.Err.Code, s.Err.Remedy
			}
			if s.Result != tt.result || code != tt.code || !strings.Contains(remedy, tt.remedy) {
				t.Errorf("got %s %q, remedy %q (%v); want %s %q with %q", s.Result, code, remedy, s.Err, tt.result, tt.code, tt.remedy)
			}
			out.Conceals(t, key)
		})
	}
}

// TestDirectoryThatDisagreesIsNotWhole checks that contradicting pages and totals are a gap with an
// explanation, and that nothing counts as removed.
func TestDirectoryThatDisagreesIsNotWhole(t *testing.T) {
	t.Parallel()
	total := func(n int) func(int) int { return func(int) int { return n } }
	tests := map[string]struct {
		directory directory
		records   int
		result    string
		gap       string
	}{
		"page 3 repeats page 2": {directory{people: 45, meta: true, largest: 20, last: 2}, 40, "complete_with_gaps",
			"page 3 repeats page 2; it has 40 different rows, and its total is 45"},
		"the total is too small": {directory{people: 45, meta: true, largest: 20, total: total(30)}, 45, "complete_with_gaps",
			"45 different rows, and its total is 30"},
		"the total ends at a page": {directory{people: 45, meta: true, largest: 20, total: total(40)}, 45, "complete_with_gaps",
			"45 different rows, and its total is 40"},
		"the total is too large": {directory{people: 45, meta: true, largest: 20, total: total(50)}, 45, "complete_with_gaps",
			"45 different rows, and its total is 50"},
		"the total is nothing":      {directory{people: 45, meta: true, total: total(0)}, 45, "complete_with_gaps", "its total is 0"},
		"the last page comes twice": {directory{people: 40, meta: true, largest: 20, last: 2}, 40, "complete", ""},
		"never a total, in circles": {directory{people: 45, largest: 20, last: 2}, 40, "complete_with_gaps", "page 3 repeats page 2"},
		"a total that never rests": {directory{people: 45, meta: true, largest: 20, total: func(page int) int { return 44 + page%2 }}, 45,
			"complete_with_gaps", "changed each time it was read: its total went from 45 to 44"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, tt.directory)
			s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["employees"]
			if s.Result != tt.result || len(s.Records) != tt.records {
				t.Errorf("got %s with %d records (%v), want %s with %d", s.Result, len(s.Records), s.Err, tt.result, tt.records)
			}
			if tt.gap == "" {
				return
			}
			if gap := s.Gaps["employees"]; gap == nil || !strings.Contains(gap.Message, tt.gap) || gap.Code != "upstream.invalid_response" {
				t.Errorf("gaps %v, want one that says %q", s.Gaps, tt.gap)
			}
		})
	}
}

func TestDirectoryThatChangesOnceIsReadAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	vendor := sdktest.NewVendor(t, directory{people: 250, meta: true, total: func(int) int {
		asked++
		if asked == 1 {
			return 251 // an employee leaves after the first page
		}
		return 250
	}})
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["employees"]
	if s.Result != "complete" || len(s.Records) != 250 || len(s.Keys) != 250 {
		t.Errorf("got %s with %d records in %d puts, want complete with 250", s.Result, len(s.Records), len(s.Keys))
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key    string
		faults []sdktest.Fault
		want   []string
	}{
		"fine": {key, nil, []string{"settings ok", "reach ok", "tls unknown", "authenticate ok", "employees.read ok", "data ok"}},
		"wrong key": {"wrong", nil, []string{"settings ok", "reach ok", "tls unknown", "authenticate failed", "employees.read skipped",
			"data skipped"}},
		"no scope": {key, []sdktest.Fault{{Path: "/v1", Status: 403, Times: 1}},
			[]string{"settings ok", "reach ok", "tls unknown", "authenticate ok", "employees.read missing", "data skipped"}},
		"odd answer": {key, []sdktest.Fault{{Path: "/v1", Status: 200, Body: `{"data":7}`, Times: 1}},
			[]string{"settings ok", "reach ok", "tls unknown", "authenticate ok", "employees.read ok", "data failed"}},
		"no key": {"", nil, []string{"settings/api_key failed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, directory{people: 3, meta: true})
			vendor.Fail(tt.faults...)
			in := input(vendor)
			in.Secrets["api_key"] = tt.key
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusesPlainHTTPElsewhere(t *testing.T) {
	t.Parallel()
	in := sdktest.Input{Settings: map[string]any{"base_url": "http://api.example.com"}, Secrets: map[string]string{"api_key": key}}
	err := sdktest.NewBench(t, New()).Sync(t, in).Streams["employees"].Err
	if err == nil || err.Code != "config.invalid" || err.ConfigPath != "/base_url" {
		t.Errorf("ended with %+v, want config.invalid at /base_url", err)
	}
}

// TestARefusedRecordCostsItself checks that one employee with too large a record or an invalid id does not
// cost the others.
func TestARefusedRecordCostsItself(t *testing.T) {
	t.Parallel()
	people := []map[string]any{employee(0), employee(1), employee(2), employee(3)}
	people[1]["note"] = strings.Repeat("x", sdk.MaxRecordBytes)
	people[2]["id"] = strings.Repeat("9", sdk.MaxKeyBytes+1)
	people[3]["createdAt"] = "never"
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows := people
		if r.URL.Query().Get("page") != "1" {
			rows = []map[string]any{}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": rows})
	}))
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["employees"]
	if s.Result != "complete_with_gaps" || len(s.Records) != 2 || s.Records["1000"] == nil || s.Records["1003"] == nil ||
		s.Gaps["record 1001"] == nil || len(s.Gaps) != 2 {
		t.Errorf("%s with %v and gaps %v (%v), want 1000 and 1003, and two gaps", s.Result, s.Keys, s.Gaps, s.Err)
	}
}
