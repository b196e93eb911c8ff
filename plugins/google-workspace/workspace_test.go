package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/google/googletest"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// start returns a small vendor that answers at an address of this machine, and the connection to it.
func start(t *testing.T) (*sdktest.Vendor, sdktest.Input) {
	t.Helper()
	file, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return prove.SmallOf(t, googletest.Tokens{System: file, Subject: "plumbline@northwind.example"})
}

// refusal is an answer of the Directory API.
func refusal(status int, reason, message string) sdktest.Fault {
	raw, _ := json.Marshal(map[string]any{"error": map[string]any{"code": status, "message": message,
		"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": message}}}})
	return sdktest.Fault{Status: status, Body: string(raw), Header: map[string]string{"Content-Type": "application/json"}}
}

func times(n int, f sdktest.Fault) sdktest.Fault { f.Times = n; return f }

func answer(body string) sdktest.Fault { return sdktest.Fault{Status: 200, Body: body} }

// outcome is how a stream ends.
type outcome struct{ result, code, remedy string }

// compare complains unless a stream ended like that; the remedy contains the words.
func (want outcome) compare(t *testing.T, s *sdktest.Stream) {
	t.Helper()
	got := outcome{result: s.Result}
	if s.Err != nil {
		got.code, got.remedy = s.Err.Code, s.Err.Remedy
	}
	if got.result != want.result || got.code != want.code || !strings.Contains(got.remedy, want.remedy) {
		t.Errorf("got %+v (%v, gaps %v); want %+v", got, s.Err, s.Gaps, want)
	}
}

var (
	whole  = outcome{"complete", "", ""}
	gaps   = outcome{"complete_with_gaps", "", ""}
	absurd = outcome{"failed", "upstream.invalid_response", ""}
)

func missing(remedy string) outcome { return outcome{"failed", "permission.missing", remedy} }

func TestFaults(t *testing.T) {
	t.Parallel()
	limited := func(reason string) sdktest.Fault { return times(2, refusal(403, reason, "Quota exceeded.")) }
	wait := map[string]string{"Retry-After": "3"}
	users := `{"kind":"admin#directory#users",`
	tests := map[string]struct {
		fault sdktest.Fault
		want  outcome
	}{
		"500 twice then fine":       {sdktest.Fault{Status: 500, Times: 2}, whole},
		"500 for ever":              {sdktest.Fault{Status: 500}, outcome{"failed", "upstream.5xx", "Wait"}},
		"429 with Retry-After":      {sdktest.Fault{Status: 429, Header: wait, Times: 1}, whole},
		"429 without Retry-After":   {sdktest.Fault{Status: 429, Times: 2}, whole},
		"403 rateLimitExceeded":     {limited("rateLimitExceeded"), whole},
		"403 userRateLimitExceeded": {limited("userRateLimitExceeded"), whole},
		"403 quotaExceeded":         {limited("quotaExceeded"), whole},
		"403 for ever":              {refusal(403, "rateLimitExceeded", "Slow down"), outcome{"failed", "rate.limited", "next run"}},
		"a limit for the day":       {refusal(403, "dailyLimitExceeded", "Daily"), outcome{"failed", "rate.quota_exhausted", ""}},
		"an API that is off":        {refusal(403, "accessNotConfigured", "Not used before"), missing("project acme-plumbline")},
		"no administrator":          {refusal(403, "forbidden", "Not Authorized to access"), missing("administrator role")},
		"an old word for it":        {refusal(403, "notAuthorized", "Not Authorized"), missing("administrator role")},
		"no scope in the token":     {refusal(403, "insufficientPermissions", "Scope"), missing("Domain-wide delegation")},
		"401":                       {refusal(401, "authError", "Invalid Credentials"), outcome{"failed", "auth.invalid", "credential"}},
		"404":                       {refusal(404, "notFound", "Domain not found."), outcome{"failed", "notfound.endpoint", "address"}},
		"a web page":                {sdktest.HTML(), outcome{"failed", "upstream.invalid_response", "proxy"}},
		"cut short once":            {sdktest.Fault{Break: true, Times: 1}, whole},
		"no list":                   {answer(`{"message":"ok"}`), absurd},
		"nothing":                   {answer(`{}`), absurd},
		"a list that is none":       {answer(users + `"users":7}`), absurd},
		"another list":              {answer(`{"kind":"admin#directory#groups"}`), absurd},
		"an empty list":             {answer(users + `"etag":"x"}`), whole},
		"the first page for ever":   {answer(users + `"users":[{"id":"1"}],"nextPageToken":"again"}`), absurd},
		"a user without an id":      {answer(users + `"users":[{"primaryEmail":"a@b.c"}]}`), gaps},
		"a user of odd shape":       {answer(`{"users":[{"id":"1","name":"x","suspended":"no","organizations":{}}]}`), whole},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t)
			tt.fault.Path = apiPath + "/users"
			v.Fail(tt.fault)
			in.Streams = []string{"users"}
			out := sdktest.NewBench(t, New()).Sync(t, in)
			tt.want.compare(t, out.Streams["users"])
			out.Conceals(t, "PRIVATE KEY", "ya29.")
		})
	}
}

// TestTokens checks what a refused request for a token is.
func TestTokens(t *testing.T) {
	t.Parallel()
	refused := func(word, description string) string {
		return `{"error":"` + word + `","error_description":"` + description + `"}`
	}
	tests := map[string]struct {
		admin, body string
		want        outcome
	}{
		"fine":           {"plumbline@northwind.example", "", whole},
		"no such person": {"nobody@example.com", "", outcome{"failed", "auth.invalid", "address of the administrator"}},
		"no delegation": {"plumbline@northwind.example", refused("unauthorized_client", "Client is unauthorized"),
			missing("add the scope admin.directory.user.readonly to the client 112233445566778899001")},
		"a deleted key": {"plumbline@northwind.example", refused("invalid_grant", "Invalid JWT Signature."),
			outcome{"failed", "auth.invalid", "Check the key"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t)
			in.Settings = map[string]any{"admin_email": tt.admin, "base_url": v.URL}
			if tt.body != "" {
				v.Fail(sdktest.Fault{Path: "/token", Status: 400, Body: tt.body})
			}
			in.Streams = []string{"users"}
			tt.want.compare(t, sdktest.NewBench(t, New()).Sync(t, in).Streams["users"])
		})
	}
}

// TestTokenEndpointOfTheGateway checks that a token endpoint in the key file counts on the gateway, and nowhere else.
func TestTokenEndpointOfTheGateway(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"on the gateway": true, "elsewhere": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t)
			uri := "https://evil.example/o/token"
			if own {
				uri = v.URL + "/o/token"
			}
			file := strings.ReplaceAll(in.Secrets["key_file"], "https://oauth2.googleapis.com/token", uri)
			in.Secrets = map[string]string{"key_file": file}
			in.Streams = []string{"org_units"}
			v.Fail(sdktest.Fault{Path: "/o/token", Status: 200, Body: `{"access_token":"ya29.admin.directory.orgunit.readonly"}`})
			if s := sdktest.NewBench(t, New()).Sync(t, in).Streams["org_units"]; s.Result != "complete" {
				t.Errorf("got %s: %v", s.Result, s.Err)
			}
			if asked := v.Requests()[0].URL; own != (asked == "/o/token") {
				t.Errorf("the token was asked for at %s", asked)
			}
		})
	}
}

// TestSecondFactorIsNeverGuessed is the trap of the second factor: a user without the fact is unknown.
func TestSecondFactorIsNeverGuessed(t *testing.T) {
	t.Parallel()
	v, in := start(t)
	v.Fail(sdktest.Fault{Path: apiPath + "/users", Status: 200, Body: `{"users":[{"id":"1"},{"id":"2","isEnrolledIn2Sv":true},
		{"id":"3","isEnrolledIn2Sv":false,"isEnforcedIn2Sv":true},{"id":"4","isEnrolledIn2Sv":null}]}`})
	in.Streams = []string{"users"}
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
	got := map[string]any{}
	for key := range s.Records {
		doc := s.Fields(t, key)
		got[key] = []any{doc["mfa"], doc["status"], doc["admin"]}
	}
	want := map[string]any{
		"1": []any{"unknown", "unknown", "unknown"}, "2": []any{"yes", "unknown", "unknown"},
		"3": []any{"no", "unknown", "unknown"}, "4": []any{"unknown", "unknown", "unknown"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second factor, status and admin (-want +got):\n%s", diff)
	}
}

// lastSync is the day and the hour at which a device was seen last.
var lastSync = regexp.MustCompile(`("lastSync":"\d{4}-\d\d-\d\dT)\d\d`)

// TestRecordsDoNotChangeByThemselves reads the same things with other etags and moments.
func TestRecordsDoNotChangeByThemselves(t *testing.T) {
	t.Parallel()
	v, in := start(t)
	first := sdktest.NewBench(t, New()).Sync(t, in)
	v.Fail(sdktest.Fault{Path: apiPath, Edit: func(_ replay.Request, body []byte) []byte {
		for _, change := range [][2]string{
			{`"etag":"`, `"etag":"x`}, {`"reportTime":"2026-10-30T16:`, `"reportTime":"2026-10-30T18:`},
			{"4100100100", "4100100200"},
		} {
			body = []byte(strings.ReplaceAll(string(body), change[0], change[1]))
		}
		return lastSync.ReplaceAll(body, []byte(`${1}23`))
	}})
	second := sdktest.NewBench(t, New()).Sync(t, in)
	for name, s := range first.Streams {
		for key, record := range s.Records {
			if diff := cmp.Diff(string(record), string(second.Streams[name].Records[key])); diff != "" {
				t.Fatalf("%s %s changed (-first +second):\n%s", name, key, diff)
			}
		}
	}
}

// TestPrivateFieldsStayOut checks that no record has what Google knows about a user's private life.
func TestPrivateFieldsStayOut(t *testing.T) {
	t.Parallel()
	_, in := start(t)
	for name, s := range sdktest.NewBench(t, New()).Sync(t, in).Streams {
		for key, record := range s.Records {
			for _, word := range []string{"private", "555 0100", "5550100", "com.example.game"} {
				if strings.Contains(string(record), word) {
					t.Fatalf("%s %s has %q: %s", name, key, word, record)
				}
			}
		}
	}
}

// TestGroups checks what becomes of a group whose members cannot be read.
func TestGroups(t *testing.T) {
	t.Parallel()
	members, itself := apiPath+"/groups/03g1007/members", apiPath+"/groups/03g1007"
	tests := map[string]struct {
		faults []sdktest.Fault
		result string
		there  bool // the record of the group
		groups bool // the users have groups
	}{
		"it was deleted meanwhile": {[]sdktest.Fault{{Path: members, Status: 404}, {Path: itself, Status: 404}}, "complete", false, true},
		"it hides its members": {[]sdktest.Fault{{Path: members, Status: 404}, {Path: itself, Status: 200, Body: `{"id":"03g1007"}`}},
			"complete_with_gaps", true, false},
		"it refuses": {[]sdktest.Fault{withPath(members, refusal(403, "forbidden", "Not Authorized"))}, "complete_with_gaps", true, false},
		"it fails":   {[]sdktest.Fault{{Path: members, Status: 500}}, "complete_with_gaps", true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t)
			v.Fail(tt.faults...)
			out := sdktest.NewBench(t, New()).Sync(t, in)
			groups, users := out.Streams["groups"], out.Streams["users"]
			_, there := groups.Records["03g1007"]
			if groups.Result != tt.result || users.Result != tt.result || there != tt.there {
				t.Errorf("groups are %s (%v), users %s (%v), and the group is there: %v; want %s, %v", groups.Result, groups.Gaps,
					users.Result, users.Gaps, there, tt.result, tt.there)
			}
			if tt.result != "complete" && groups.Gaps["members of team-engineering@northwind.example"] == nil {
				t.Errorf("gaps are %v, want one that names the group", groups.Gaps)
			}
			if _, found := users.Fields(t, "100000000000001000001")["groups"]; found != tt.groups {
				t.Errorf("users have groups: %v, want %v", found, tt.groups)
			}
		})
	}
}

func withPath(path string, f sdktest.Fault) sdktest.Fault { f.Path = path; return f }

// TestDevicesAreOptional checks that a setting leaves a list of devices out.
func TestDevicesAreOptional(t *testing.T) {
	t.Parallel()
	v, in := start(t)
	in.Settings = map[string]any{
		"admin_email": "plumbline@northwind.example", "base_url": v.URL, "chrome_devices": false, "mobile_devices": false,
	}
	v.Fail(sdktest.Fault{Path: apiPath + "/customer/my_customer/devices", Status: http.StatusForbidden})
	out := sdktest.NewBench(t, New()).Sync(t, in)
	for _, name := range []string{"chrome_devices", "mobile_devices"} {
		if s := out.Streams[name]; s.Result != "complete" || len(s.Records) > 0 {
			t.Errorf("%s: %s with %d records, %v", name, s.Result, len(s.Records), s.Err)
		}
	}
	probes, _ := sdktest.NewBench(t, New()).Check(t, in)
	for _, p := range probes {
		if p.State != "ok" && p.ID != "tls" {
			t.Errorf("probe %s: %s, %s", p.ID, p.State, p.Message)
		}
	}
}

// TestAndroid checks what Android alone tells of a device.
func TestAndroid(t *testing.T) {
	t.Parallel()
	v, in := start(t)
	v.Fail(sdktest.Fault{Path: apiPath + "/customer/my_customer/devices/mobile", Status: 200, Body: `{"mobiledevices":[
		{"resourceId":"1","os":"Android 14","manufacturer":"Google","kernelVersion":"5.15.110-android14","encryptionStatus":"NOT_ENCRYPTED",
		"devicePasswordStatus":"PASSWORD_NOT_SET","lastSync":"2026-10-29T06:05:04.000Z"}]}`})
	in.Streams = []string{"mobile_devices"}
	doc := sdktest.NewBench(t, New()).Sync(t, in).Streams["mobile_devices"].Fields(t, "1")
	want := map[string]any{"os_name": "Android", "os_version": "14", "manufacturer": "Google", "kernel": "5.15.110-android14",
		"disk_encryption": "no", "screen_lock": "no", "last_seen_at": "2026-10-29T00:00:00Z"}
	for _, complaint := range prove.Differences("device", want, doc) {
		t.Error(complaint)
	}
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"no JSON": "hello", "another credential": `{"type":"authorized_user","client_email":"a@b.c"}`,
		"no key":     `{"type":"service_account","client_email":"a@b.c"}`,
		"half a key": `{"type":"service_account","client_email":"a@b.c","private_key":"-----BEGIN"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, in := start(t)
			in.Secrets = map[string]string{"key_file": file}
			in.Streams = []string{"users"}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
			if s.Err == nil || s.Err.Code != "config.invalid" || s.Err.ConfigPath != "/key_file" || strings.Contains(s.Err.Error(), file) {
				t.Errorf("got %v, want an error of the setting key_file", s.Err)
			}
		})
	}
}
