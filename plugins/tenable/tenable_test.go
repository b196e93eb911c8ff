package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	users := func(body string) []sdktest.Fault { return []sdktest.Fault{{Path: "/users", Status: 200, Body: body}} }
	half := map[string]string{"Retry-After": "30"}
	tests := map[string]struct {
		faults []sdktest.Fault
		stream string
		result string
		code   string
	}{
		"wrong keys":              {[]sdktest.Fault{{Path: "/users", Status: 401}}, "users", "failed", "auth.invalid"},
		"not allowed":             {[]sdktest.Fault{{Path: "/assets", Status: 403}}, "assets", "failed", "permission.missing"},
		"429 with a time":         {[]sdktest.Fault{{Path: "/users", Status: 429, Times: 1, Header: half}}, "users", "complete", ""},
		"429 without a time":      {[]sdktest.Fault{{Path: "/users", Status: 429, Times: 2}}, "users", "complete", ""},
		"500 twice":               {[]sdktest.Fault{{Path: "/assets/export", Status: 500, Times: 2}}, "assets", "complete", ""},
		"500 for the status":      {[]sdktest.Fault{{Path: "/assets/export", Status: 500}}, "assets", "failed", "upstream.5xx"},
		"a web page for users":    {[]sdktest.Fault{sdktest.HTML()}, "users", "failed", "upstream.invalid_response"},
		"no list of users":        {users(`{}`), "users", "failed", "upstream.invalid_response"},
		"a user without uuid":     {users(`{"users":[{"id":1}]}`), "users", "complete_with_gaps", ""},
		"a list of users is cut":  {[]sdktest.Fault{{Path: "/users", Break: true, Times: 1}}, "users", "complete", ""},
		"users of an odd shape":   {users(`{"users":[{"uuid":"1","enabled":"yes"}]}`), "users", "complete_with_gaps", ""},
		"a cut chunk, then whole": {[]sdktest.Fault{{Path: "/assets/export", Break: true, After: 1, Times: 1}}, "assets", "complete", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			v.Fail(tt.faults...)
			in.Streams = []string{tt.stream}
			s, code := sdktest.NewBench(t, New()).Sync(t, in).Streams[tt.stream], ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code || len(s.Removed) > 0 {
				t.Errorf("got %s %q (%v) with gaps %v; want %s %q", s.Result, code, s.Err, s.Gaps, tt.result, tt.code)
			}
		})
	}
}

// TestSecondFactor checks what the absence of two_factor means for different readers and users.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]kind.Tri{
		`{"uuid":"1"}`: kind.Unknown, // the reader is no Administrator
		`{"uuid":"1","permissions":32,"ui_saml_only":false}`:                                                    kind.No,
		`{"uuid":"1","permissions":32,"ui_saml_only":true}`:                                                     kind.Unknown,
		`{"uuid":"1","permissions":32}`:                                                                         kind.Unknown,
		`{"uuid":"1","permissions":32,"ui_saml_only":false,"two_factor":{"sms_enabled":1,"email_enabled":0}}`:   kind.Yes,
		`{"uuid":"1","permissions":32,"ui_saml_only":false,"two_factor":{}}`:                                    kind.Yes,
		`{"uuid":"1","permissions":32,"ui_saml_only":false,"two_factor":{"sms_enabled":0,"email_enabled":"0"}}`: kind.Unknown,
		`{"uuid":"1","permissions":32,"ui_saml_only":false,"two_factor":null}`:                                  kind.No,
	} {
		account, err := toAccount(json.RawMessage(raw))
		if err != nil || account.MFA != want {
			t.Errorf("%s has a second factor: %v (%v), want %v", raw, account.MFA, err, want)
		}
	}
}

func TestStatusOfAFinding(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ state, modification, want string }{
		{"OPEN", "NONE", "open"}, {"REOPENED", "none", "open"}, {"FIXED", "NONE", "fixed"}, {"FIXED", "ACCEPTED", "fixed"},
		{"OPEN", "ACCEPTED", "accepted"}, {"open", "accepted", "accepted"}, {"OPEN", "RECASTED", "open"},
		{"NEW", "NONE", ""}, {"", "ACCEPTED", ""},
	} {
		if got := statusOf(row{State: text(tt.state), Modification: text(tt.modification)}); string(got) != tt.want {
			t.Errorf("%s and %s is %q, want %q", tt.state, tt.modification, got, tt.want)
		}
	}
}

// TestKeyOfAFinding checks that the key does not depend on what a later scan changes.
func TestKeyOfAFinding(t *testing.T) {
	t.Parallel()
	first, err := toFinding(json.RawMessage(`{"asset":{"uuid":"a","ipv4":"192.0.2.1"},"plugin":{"id":5,"name":"P","vpr":{"score":1}},
		"port":{"port":443,"protocol":"TCP"},"state":"OPEN","output":"x","scan":{"uuid":"s1"},"last_found":"2026-10-01T00:00:00Z",
		"indexed":"2026-10-01T00:00:00Z"}`))
	if err != nil || first.ExternalID != "a/5/443/TCP" || first.Resource != "192.0.2.1" {
		t.Fatalf("got %+v, %v", first, err)
	}
	second, err := toFinding(json.RawMessage(`{"asset":{"uuid":"a","ipv4":["192.0.2.1"]},"plugin":{"id":"5","name":"P","vpr":{"score":2}},
		"port":{"port":"443","protocol":"tcp"},"state":"OPEN","output":"y","scan":{"uuid":"s2"},"last_found":"2026-10-02T00:00:00Z",
		"indexed":"2026-10-02T00:00:00Z"}`))
	if err != nil || second.ExternalID != first.ExternalID {
		t.Errorf("got %+v, %v; want the key %s", second, err, first.ExternalID)
	}
}

func TestSecondSyncIsEqual(t *testing.T) {
	t.Parallel()
	v, in := prove.Small(t)
	first := sdktest.NewBench(t, New()).Sync(t, in)
	v.Fail(sdktest.Fault{Edit: func(_ replay.Request, body []byte) []byte { // a day later
		return []byte(strings.NewReplacer("2026-10-30T05:", "2026-10-30T06:", "2026-10-30T16:", "2026-10-30T17:",
			"1782787386952", "1782787999999", `"login_fail_total":0`, `"login_fail_total":9`).Replace(string(body)))
	}})
	second := sdktest.NewBench(t, New()).Sync(t, in)
	prove.Same(t, first, second)
}

// TestInformationalFindings checks the filter that Tenable gets. Without a time Tenable exports 30 days only.
func TestInformationalFindings(t *testing.T) {
	t.Parallel()
	for informational, want := range map[bool]string{
		false: `{"num_assets":50,"include_unlicensed":true,"filters":{"since":1000000000,"severity":["low","medium","high","critical"]}}`,
		true:  `{"num_assets":50,"include_unlicensed":true,"filters":{"since":1000000000}}`,
	} {
		e := &exports{statuses: []string{finished}}
		in := e.input(t)
		in.Settings.(map[string]any)["informational"] = informational
		sdktest.NewBench(t, New()).Sync(t, in)
		if !slices.Contains(e.bodies, want) {
			t.Errorf("informational %v: requests were %q, want %s", informational, e.bodies, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	role := func(n string) sdktest.Fault {
		return sdktest.Fault{Path: "/session", Status: 200, Body: `{"username":"me","permissions":` + n + `}`}
	}
	tests := map[string]struct {
		faults []sdktest.Fault
		want   []string
	}{
		"Administrator": {nil, []string{"authenticate ok", "exports ok", "details ok"}},
		"Basic":         {[]sdktest.Fault{role("16")}, []string{"authenticate ok", "exports ok", "details missing"}},
		"Scan Manager":  {[]sdktest.Fault{role("40")}, []string{"authenticate ok", "exports too_broad", "details missing"}},
		"no role":       {[]sdktest.Fault{role("null")}, []string{"authenticate ok", "exports ok", "details unknown"}},
		"no exports":    {[]sdktest.Fault{{Path: "/vulns", Status: 403}}, []string{"authenticate ok", "exports missing", "details ok"}},
		"keys are refused": {
			[]sdktest.Fault{{Path: "/session", Status: 401}}, []string{"authenticate failed", "exports skipped", "details skipped"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := prove.Small(t)
			v.Fail(tt.faults...)
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			if diff := cmp.Diff(append([]string{"settings ok", "reach ok", "tls unknown"}, tt.want...), sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}
