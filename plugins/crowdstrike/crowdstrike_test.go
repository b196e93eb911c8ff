package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	firstHost  = "5c04cde4a12c886ff55ccaac34f5aebf"
	firstUser  = "dc1231d9-0000-4000-8000-18f7a31ad66f"
	hostsList  = "/devices/queries/devices-scroll/v1"
	hostDetail = "/devices/entities/devices/v2"
	userDetail = "/user-management/entities/users/GET/v1"
	userRoles  = "/user-management/combined/user-roles/v2"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	page := sdktest.HTML()
	page.Path = hostDetail
	list := func(body string) []sdktest.Fault { return []sdktest.Fault{{Path: hostsList, Status: 200, Body: body}} }
	ofOne := func(q replay.Request) bool { return q.URL.Query().Get("user_uuid") == firstUser }
	hour := map[string]string{"Retry-After": "3600"}
	tests := map[string]struct {
		faults []sdktest.Fault
		stream string
		result string
		code   string
	}{
		"a token that ran out":      {[]sdktest.Fault{{Path: hostsList, Status: 401, Times: 1}}, "hosts", "complete", ""},
		"no token is taken":         {[]sdktest.Fault{{Path: hostsList, Status: 401}}, "hosts", "failed", "auth.invalid"},
		"hosts are forbidden":       {[]sdktest.Fault{{Path: hostsList, Status: 403}}, "hosts", "failed", "permission.missing"},
		"details are forbidden":     {[]sdktest.Fault{{Path: hostDetail, Status: 403}}, "hosts", "failed", "permission.missing"},
		"429 without a time":        {[]sdktest.Fault{{Path: hostsList, Status: 429, Times: 2}}, "hosts", "complete", ""},
		"429 again and again":       {[]sdktest.Fault{{Path: hostsList, Status: 429}}, "hosts", "failed", "rate.limited"},
		"500 twice":                 {[]sdktest.Fault{{Path: hostDetail, Status: 500, Times: 2}}, "hosts", "complete", ""},
		"500 for the list":          {[]sdktest.Fault{{Path: hostsList, Status: 500}}, "hosts", "failed", "upstream.5xx"},
		"500 for details":           {[]sdktest.Fault{{Path: hostDetail, Status: 500}}, "hosts", "complete_with_gaps", ""},
		"a web page for details":    {[]sdktest.Fault{page}, "hosts", "complete_with_gaps", ""},
		"a list without resources":  {list(`{"meta":{},"errors":[]}`), "hosts", "failed", "upstream.invalid_response"},
		"a list with an error":      {list(`{"resources":[],"errors":[{"code":500,"message":"shard"}]}`), "hosts", "failed", "upstream.5xx"},
		"ids of an odd shape":       {list(`{"resources":[{"id":1}]}`), "hosts", "failed", "upstream.invalid_response"},
		"a cut list":                {[]sdktest.Fault{{Path: hostsList, Break: true, Times: 1}}, "hosts", "complete", ""},
		"a list that is too short":  {list(`{"meta":{"pagination":{"total":9}},"resources":["1"]}`), "hosts", "complete_with_gaps", ""},
		"no hosts":                  {list(`{"meta":{"pagination":{"total":0,"offset":""}},"resources":[]}`), "hosts", "complete", ""},
		"policies are forbidden":    {[]sdktest.Fault{{Path: "/policy", Status: 403}}, "hosts", "complete", ""},
		"policies fail":             {[]sdktest.Fault{{Path: "/policy", Status: 500}}, "hosts", "complete_with_gaps", ""},
		"details of users fail":     {[]sdktest.Fault{{Path: userDetail, Status: 500}}, "users", "failed", "upstream.5xx"},
		"roles of one user fail":    {[]sdktest.Fault{{Path: userRoles, Only: ofOne, Status: 500}}, "users", "complete_with_gaps", ""},
		"roles are forbidden":       {[]sdktest.Fault{{Path: userRoles, Status: 403}}, "users", "failed", "permission.missing"},
		"429 for an hour for roles": {[]sdktest.Fault{{Path: userRoles, Status: 429, Header: hour}}, "users", "failed", "rate.limited"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			v.Fail(tt.faults...)
			in.Streams = []string{tt.stream}
			out := sdktest.NewBench(t, New()).Sync(t, in)
			s := out.Streams[tt.stream]
			code := ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code {
				t.Errorf("got %s %q (%v) with gaps %v; want %s %q", s.Result, code, s.Err, s.Gaps, tt.result, tt.code)
			}
			if len(s.Removed) > 0 {
				t.Errorf("%d records are removed", len(s.Removed))
			}
			out.Conceals(t, "falcon-secret", "falcon-token")
		})
	}
}

func TestRolesOfOneUserFail(t *testing.T) {
	t.Parallel()
	file, err := vendor.Load("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var user string
	falcon := file.New(vendor.Mode{Small: true})
	v := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query().Get("user_uuid")
		if r.URL.Path == userRoles {
			once.Do(func() { user = asked })
			if asked == user {
				http.Error(w, "{}", http.StatusInternalServerError)
				return
			}
		}
		falcon.ServeHTTP(w, r)
	}))
	settings := maps.Clone(file.Settings())
	settings["base_url"] = v.URL
	in := sdktest.Input{Settings: settings, Secrets: file.Secrets(), Streams: []string{"users"}}
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
	if s.Result != "complete_with_gaps" || len(s.Gaps) != 1 || s.Records[user] == nil {
		t.Errorf("got %s with gaps %v; want one gap, and the user without roles", s.Result, s.Gaps)
	}
}

// TestWaitsUntilTheSecondThatFalconNames checks the signal of Falcon's limit, which is not Retry-After.
func TestWaitsUntilTheSecondThatFalconNames(t *testing.T) {
	t.Parallel()
	v, in := prove.Small(t)
	at := strconv.FormatInt(time.Now().Add(40*time.Second).Unix(), 10)
	v.Fail(sdktest.Fault{Path: hostDetail, Status: 429, Times: 1, Header: map[string]string{"X-Ratelimit-Retryafter": at}})
	bench := sdktest.NewBench(t, New())
	in.Streams = []string{"hosts"}
	s := bench.Sync(t, in).Streams["hosts"]
	long := slices.ContainsFunc(bench.Waits(), func(d time.Duration) bool { return d > 30*time.Second && d <= 40*time.Second })
	if s.Result != "complete" || !long {
		t.Errorf("got %s after waits of %v, want complete after a wait of 40 s", s.Result, bench.Waits())
	}
}

// TestPartialAnswers checks details that lack a host. An id that Falcon no longer finds is left out; every other one is a gap.
func TestPartialAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ errors, result, gap string }{
		"vanished":           {`[{"code":404,"id":"` + firstHost + `","message":"not found"}]`, "complete", ""},
		"refused":            {`[{"code":403,"id":"` + firstHost + `","message":"not yours"}]`, "complete_with_gaps", "not yours"},
		"failed, without id": {`[{"code":500,"message":"shard 7 is down"}]`, "complete_with_gaps", "shard 7 is down"},
		"without a word":     {`[]`, "complete_with_gaps", "does not return their details"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			v.Fail(sdktest.Fault{Path: hostDetail, Edit: func(_ replay.Request, body []byte) []byte {
				var a map[string]json.RawMessage
				var rows []map[string]any
				_ = json.Unmarshal(body, &a)
				_ = json.Unmarshal(a["resources"], &rows)
				rows = slices.DeleteFunc(rows, func(row map[string]any) bool { return row["device_id"] == firstHost })
				a["resources"], _ = json.Marshal(rows)
				a["errors"] = json.RawMessage(tt.errors)
				edited, _ := json.Marshal(a)
				return edited
			}})
			in.Streams = []string{"hosts"}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["hosts"]
			if s.Result != tt.result || len(s.Records) != 229 {
				t.Errorf("got %s with %d records (%v), want %s with 229", s.Result, len(s.Records), s.Err, tt.result)
			}
			if gap := s.Gaps["details of hosts"]; tt.gap != "" && (gap == nil || !strings.Contains(gap.Message, tt.gap)) {
				t.Errorf("gaps are %v, want one that says %q", s.Gaps, tt.gap)
			}
		})
	}
}

// TestStatus207 checks the status with which Falcon answers for some of the ids.
func TestStatus207(t *testing.T) {
	t.Parallel()
	v, in := prove.Small(t)
	v.Fail(sdktest.Fault{Path: hostDetail, Status: 207, Body: `{"meta":{"trace_id":"t"},"resources":[{"device_id":"` + firstHost + `"}],
		"errors":[{"code":500,"message":"shard 7 is down"}]}`})
	in.Streams = []string{"hosts"}
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["hosts"]
	gap := s.Gaps["details of hosts"]
	if s.Result != "complete_with_gaps" || len(s.Records) != 1 || gap == nil || gap.Code != sdk.CodeUpstream5xx {
		t.Errorf("got %s with %d records and gaps %v, want one record and a gap", s.Result, len(s.Records), s.Gaps)
	}
}

// TestPagesOfHosts checks the paging of Falcon's list: a pointer that stays the same leads to other pages.
func TestPagesOfHosts(t *testing.T) {
	t.Parallel()
	id := func(n int) string { return fmt.Sprintf("%032d", n) }
	tests := map[string]struct {
		page   func(asked int) string // the answer to each request
		result string
		hosts  int
	}{
		"the pointer stays the same": {func(asked int) string {
			return fmt.Sprintf(`{"meta":{"pagination":{"total":3,"offset":"same"}},"resources":["%s"]}`, id(asked))
		}, "complete", 3},
		"an empty page ends the list": {func(asked int) string {
			if asked > 2 {
				return `{"meta":{"pagination":{"offset":"same"}},"resources":[]}`
			}
			return fmt.Sprintf(`{"meta":{"pagination":{"offset":"same"}},"resources":["%s"]}`, id(asked))
		}, "complete", 2},
		"the same page for ever": {func(int) string {
			return fmt.Sprintf(`{"meta":{"pagination":{"total":3,"offset":"same"}},"resources":["%s"]}`, id(1))
		}, "failed", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			v := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				switch r.URL.Path {
				case "/oauth2/token":
					w.WriteHeader(http.StatusCreated)
					_, _ = w.Write([]byte(`{"access_token":"falcon-token-0123456789","expires_in":1799}`))
				case hostsList:
					asked++
					_, _ = w.Write([]byte(tt.page(asked)))
				case hostDetail:
					var body struct{ IDs []string }
					_ = json.NewDecoder(r.Body).Decode(&body)
					rows := []map[string]any{}
					for _, one := range body.IDs {
						rows = append(rows, map[string]any{"device_id": one})
					}
					_ = json.NewEncoder(w).Encode(map[string]any{"resources": rows})
				default:
					_, _ = w.Write([]byte(`{"resources":[]}`))
				}
			}))
			s := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{
				Settings: map[string]any{"client_id": "client", "base_url": v.URL}, Secrets: map[string]string{"client_secret": "falcon-secret"},
				Streams: []string{"hosts"},
			}).Streams["hosts"]
			if s.Result != tt.result || len(s.Records) != tt.hosts {
				t.Errorf("got %s with %d hosts (%v), want %s with %d", s.Result, len(s.Records), s.Err, tt.result, tt.hosts)
			}
		})
	}
}

// TestClaimsNoMoreThanFalconTells checks a host and a user of whom Falcon says nothing, and one of odd shapes.
func TestClaimsNoMoreThanFalconTells(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"device_id":"1"}`,
		`{"device_id":"1","device_policies":null,"reduced_functionality_mode":null,"last_seen":"never","hostname":{"a":1}}`,
		`{"device_id":"1","device_policies":{"prevention":{"policy_id":"p","applied":null}},"reduced_functionality_mode":"no"}`,
		`{"device_id":"1","device_policies":{"prevention":{"policy_id":"p","applied":true}},"reduced_functionality_mode":"yes"}`,
		`{"device_id":"1","device_policies":{"prevention":{"policy_id":"q","applied":true}},"reduced_functionality_mode":"no"}`,
	} {
		d, err := toDevice(json.RawMessage(raw), map[string]kind.Tri{"p": kind.Yes})
		if err != nil || d.Antivirus != kind.Unknown || d.DiskEncryption != kind.Unknown || !d.LastSeenAt.IsZero() || d.Hostname != "" {
			t.Errorf("%s is %+v (%v), want everything unknown", raw, d, err)
		}
	}
	a, err := toAccount(json.RawMessage(`{"uuid":"1","uid":"service","factors":["totp"],"status":"archived"}`))
	if err != nil || a.MFA != kind.Unknown || a.Admin != kind.Unknown || a.Status != "" || a.Email != "" || a.Roles != nil {
		t.Errorf("the user is %+v (%v), want everything unknown", a, err)
	}
}

func TestSecondSyncIsEqual(t *testing.T) {
	t.Parallel()
	v, in := prove.Small(t)
	first := sdktest.NewBench(t, New()).Sync(t, in)
	v.Fail(sdktest.Fault{Path: hostDetail, Edit: func(_ replay.Request, body []byte) []byte { // an hour later
		text := strings.ReplaceAll(string(body), "T19:", "T18:")
		return []byte(strings.ReplaceAll(text, `"connection_ip":"10.1`, `"connection_ip":"10.9`))
	}})
	second := sdktest.NewBench(t, New()).Sync(t, in)
	prove.Same(t, first, second)
}

func TestSignInIsRefused(t *testing.T) {
	t.Parallel()
	for status, remedy := range map[int]string{400: "", 401: "choose the cloud", 403: "allow the address"} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			body := fmt.Sprintf(`{"meta":{"trace_id":"t1"},"errors":[{"code":%d,"message":"access denied, authorization failed"}]}`, status)
			v.Fail(sdktest.Fault{Path: "/oauth2/token", Status: status, Body: body})
			err := sdktest.NewBench(t, New()).Sync(t, in).Streams["hosts"].Err
			if err == nil || err.Code != sdk.CodeAuthInvalid || !strings.Contains(err.Remedy+err.Message, remedy) ||
				!strings.Contains(err.Message, "access denied") {
				t.Errorf("ended with %+v, want auth.invalid with Falcon's words and a remedy that says %q", err, remedy)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults []sdktest.Fault
		secret string
		want   []string
	}{
		"fine":         {nil, "", []string{"authenticate ok", "hosts ok", "policies ok", "users ok"}},
		"wrong secret": {nil, "wrong", []string{"authenticate failed", "hosts skipped", "policies skipped", "users skipped"}},
		"two scopes": {[]sdktest.Fault{{Path: "/policy", Status: 403}, {Path: "/user-management", Status: 403}}, "",
			[]string{"authenticate ok", "hosts ok", "policies missing", "users missing"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			v.Fail(tt.faults...)
			if tt.secret != "" {
				in.Secrets = map[string]string{"client_secret": tt.secret}
			}
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			if diff := cmp.Diff(append([]string{"settings ok", "reach ok", "tls unknown"}, tt.want...), sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}
