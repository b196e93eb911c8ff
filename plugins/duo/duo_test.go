package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// The application of Duo's own examples.
const (
	host           = "api-12ab34cd.duosecurity.com"
	integrationKey = "DIWJ8X6AEYOR5OMC6TQ1"
	secretKey      = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
)

// tenant is a small Duo account.
type tenant struct {
	users   int
	largest int // rows that a page has at most, whatever is asked
	total   int // 0 = the right one
}

func (d tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !verified(r, secretKey) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"code":40103,"message":"Invalid signature in request credentials","stat":"FAIL"}`))
		return
	}
	at, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	rows, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if d.largest > 0 {
		rows = min(rows, d.largest)
	}
	end := min(at+rows, d.users)
	all := []map[string]any{}
	for n := at; n < end; n++ {
		all = append(all, map[string]any{
			"user_id": fmt.Sprint("DU", n), "admin_id": fmt.Sprint("DE", n), "username": "ada", "status": "active", "is_enrolled": true,
		})
	}
	metadata := map[string]any{"total_objects": d.users}
	if d.total > 0 {
		metadata["total_objects"] = d.total
	}
	if end < d.users {
		metadata["next_offset"] = end
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"stat": "OK", "response": all, "metadata": metadata})
}

func input(v *sdktest.Vendor) sdktest.Input {
	return sdktest.Input{
		Settings: map[string]any{"api_hostname": host, "integration_key": integrationKey, "base_url": v.URL},
		Secrets:  map[string]string{"secret_key": secretKey}, Streams: []string{"users"},
	}
}

// TestSignature compares a signature with one that was computed from Duo's description with other tools.
func TestSignature(t *testing.T) {
	t.Parallel()
	now := time.Date(2012, 8, 21, 17, 29, 18, 0, time.UTC)
	query := url.Values{"username": {"root"}, "realname": {"First Last"}, "odd": {"~*+/é"}}
	if got := canonicalQuery(query); got != "odd=~%2A%2B%2F%C3%A9&realname=First%20Last&username=root" {
		t.Errorf("the parameters are %s", got)
	}
	s := sign(integrationKey, sdk.NewSecret(secretKey), "API-XXXXXXXX.duosecurity.com",
		"/admin/v1/users", url.Values{"limit": {"300"}, "offset": {"0"}}, now)
	if s.date != "Tue, 21 Aug 2012 17:29:18 +0000" {
		t.Errorf("the date is %s", s.date)
	}
	const want = "Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6NTc1NjM1NDhkMzk1YzZiZWRlZmFmYWQxMWY1YWE1MDVmZTI1YTNmOGU1ZDdkNzUyOGYyYTU3ODBk" +
		"NjVkZGY5MGFjMmVlMzFkMDI3YTdhZjg0MTVjYWM5MTMwOTI5MGVjNzAzM2FjMmQwNGNkMGEwN2Q5ZWFjMjYyNzdkZDdhOTg="
	if got := s.authorization.Reveal(); got != want {
		t.Errorf("the header is\n%s, want\n%s", got, want)
	}
}

func TestReadsEveryUser(t *testing.T) {
	t.Parallel()
	for _, users := range []int{0, 1, 299, 300, 301, 700} {
		for _, largest := range []int{0, 100} {
			vendor := sdktest.NewVendor(t, tenant{users: users, largest: largest})
			s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["users"]
			if s.Result != "complete" || len(s.Records) != users {
				t.Errorf("%d users in pages of at most %d: got %s with %d (%v)", users, largest, s.Result, len(s.Records), s.Err)
			}
		}
	}
}

func TestAccountThatDisagreesIsNotWhole(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, tenant{users: 301, total: 400})
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["users"]
	if s.Result != "complete_with_gaps" || len(s.Records) != 301 {
		t.Errorf("got %s with %d users, want gaps", s.Result, len(s.Records))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	refused := `{"code":40301,"message":"Access forbidden","message_detail":"Wrong integration type for this API.","stat":"FAIL"}`
	tests := map[string]struct {
		fault  sdktest.Fault
		result string
		code   string
		says   string
	}{
		"500 twice":    {sdktest.Fault{Status: 500, Times: 2}, "complete", "", ""},
		"500 for ever": {sdktest.Fault{Status: 500}, "failed", "upstream.5xx", "Wait"},
		"401": {sdktest.Fault{Status: 401, Body: `{"code":40103,"stat":"FAIL","message":"Invalid signature"}`},
			"failed", "auth.invalid", "secret key"},
		"the clock": {sdktest.Fault{Status: 401, Body: `{"code":40105,"stat":"FAIL","message":"Bad request timestamp"}`},
			"failed", "auth.invalid", "clock"},
		"403": {sdktest.Fault{Status: 403, Body: refused}, "failed", "permission.missing", "Grant resource - Read"},
		"404": {sdktest.Fault{Status: 404}, "failed", "notfound.endpoint", ""},
		"429": {sdktest.Fault{Status: 429, Body: `{"code":42901,"message":"Too Many Requests","stat":"FAIL"}`, Times: 2},
			"complete", "", ""},
		"429 for ever":  {sdktest.Fault{Status: 429}, "failed", "rate.limited", "next run"},
		"a web page":    {sdktest.HTML(), "failed", "upstream.invalid_response", "sign-in page"},
		"cut short":     {sdktest.Fault{Break: true}, "failed", "upstream.invalid_response", "next run"},
		"FAIL with 200": {sdktest.Fault{Status: 200, Body: `{"stat":"FAIL","message":"odd"}`}, "failed", "upstream.invalid_response", "odd"},
		"no list":       {sdktest.Fault{Status: 200, Body: `{"stat":"OK"}`}, "failed", "upstream.invalid_response", "no list"},
		"null":          {sdktest.Fault{Status: 200, Body: `null`}, "failed", "upstream.invalid_response", "no list"},
		"in circles": {sdktest.Fault{Status: 200, Body: `{"response":[{"user_id":"1"}],"metadata":{"next_offset":0}}`}, "failed",
			"upstream.invalid_response", "does not go on"},
		"no id": {sdktest.Fault{Status: 200, Body: `{"response":[{"username":"x"}],"metadata":{}}`}, "complete_with_gaps", "", ""},
		"odd user": {sdktest.Fault{Status: 200, Body: `{"response":[{"user_id":7,"is_enrolled":"x","last_login":"x","groups":1,"phones":{}}],
			"metadata":{"total_objects":1}}`}, "complete", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, tenant{users: 5})
			vendor.Fail(tt.fault)
			out := sdktest.NewBench(t, New()).Sync(t, input(vendor))
			s := out.Streams["users"]
			code, said := "", ""
			if s.Err != nil {
				code, said = s.Err.Code, s.Err.Message+" "+s.Err.Remedy
			}
			if s.Result != tt.result || code != tt.code || !strings.Contains(said, tt.says) {
				t.Errorf("got %s %q, %q; want %s %q with %q", s.Result, code, said, tt.result, tt.code, tt.says)
			}
			out.Conceals(t, secretKey)
		})
	}
}

// TestBypass is the MFA trap: an enrolled factor that is not asked for.
func TestBypass(t *testing.T) {
	t.Parallel()
	account := userAccount(json.RawMessage(`{"user_id":"DU1","status":"bypass","is_enrolled":true,"phones":[{"number":"+1555"}],"tokens":[]}`))
	var document map[string]any
	if err := json.Unmarshal(account.Vendor, &document); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"user_id": "DU1", "status": "bypass", "is_enrolled": true, "phones": 1.0, "tokens": 0.0, "bypass": true}
	if diff := cmp.Diff(want, document); diff != "" || account.MFA != kind.Yes || account.Status != "active" {
		t.Errorf("got %s, second factor %s; document (-want +got):\n%s", account.Status, account.MFA, diff)
	}
	if unknown := userAccount(json.RawMessage(`{"user_id":"DU1"}`)); unknown.MFA != kind.Unknown || unknown.Groups != nil {
		t.Errorf("an answer that says nothing is %+v", unknown)
	}
}

func TestRolesOfAdministrators(t *testing.T) {
	t.Parallel()
	for role, want := range map[text]kind.Tri{
		"Owner": kind.Yes, "Administrator": kind.Yes, "User Manager": kind.Yes, "Help Desk": kind.Yes, "Read-only": kind.No,
		"Billing": kind.No, "Security Analyst": kind.No, "Application Manager": kind.Unknown, "Phishing Manager": kind.Unknown, "": kind.Unknown,
	} {
		if got := adminOf(role); got != want {
			t.Errorf("%q may change access: %s, want %s", role, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	fine := []string{"settings ok", "reach ok", "tls unknown"}
	tests := map[string]struct {
		faults []sdktest.Fault
		want   []string
	}{
		"fine": {nil, append(slices.Clone(fine), "authenticate ok", "Grant resource - Read ok", "Grant administrators - Read ok")},
		"wrong key": {[]sdktest.Fault{{Path: "/admin", Status: 401}},
			append(slices.Clone(fine), "authenticate failed", "Grant resource - Read skipped", "Grant administrators - Read skipped")},
		"no users": {[]sdktest.Fault{{Path: "/admin/v1/users", Status: 403}},
			append(slices.Clone(fine), "authenticate ok", "Grant resource - Read missing", "Grant administrators - Read ok")},
		"not reached": {[]sdktest.Fault{{Reset: true}}, []string{"settings ok", "reach failed", "tls skipped", "authenticate skipped",
			"Grant resource - Read skipped", "Grant administrators - Read skipped"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, tenant{users: 5})
			vendor.Fail(tt.faults...)
			probes, _ := sdktest.NewBench(t, New()).Check(t, input(vendor))
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}
