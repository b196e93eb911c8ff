package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/google/googletest"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// start returns a small vendor that answers at an address of this machine, and the connection to it.
func start(t *testing.T, root string) (*sdktest.Vendor, sdktest.Input) {
	t.Helper()
	file, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v, in := prove.SmallOf(t, googletest.Tokens{System: file})
	in.Settings = map[string]any{"root": root, "base_url": v.URL}
	return v, in
}

// refusal is an answer of an API of Google Cloud. Consumer is the project in which the API is not enabled.
func refusal(status int, reason, message, consumer string) sdktest.Fault {
	raw, _ := json.Marshal(map[string]any{"error": map[string]any{"code": status, "message": message, "status": "PERMISSION_DENIED",
		"details": []any{map[string]any{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason,
			"metadata": map[string]any{"consumer": consumer}}}}})
	return sdktest.Fault{Status: status, Body: string(raw)}
}

func times(n int, f sdktest.Fault) sdktest.Fault { f.Times = n; return f }

func at(path string, f sdktest.Fault) sdktest.Fault { f.Path = path; return f }

func answer(body string) sdktest.Fault { return sdktest.Fault{Status: 200, Body: body} }

const (
	organization = "organizations/123456789012"
	twoProjects  = "acme-p1, acme-p2"
)

// TestFaults tries faults of one project of two: its own are gaps that name it, and the other one is read.
func TestFaults(t *testing.T) {
	t.Parallel()
	const denied = "IAM_PERMISSION_DENIED"
	tests := map[string]struct {
		fault       sdktest.Fault
		code, words string // of the gap; "" = none
	}{
		"500 twice then fine":  {sdktest.Fault{Status: 500, Times: 2}, "", ""},
		"500 for ever":         {sdktest.Fault{Status: 500}, "upstream.5xx", ""},
		"429":                  {sdktest.Fault{Status: 429, Times: 2}, "", ""},
		"403 rate limit":       {times(2, refusal(403, "rateLimitExceeded", "Quota exceeded", "")), "", ""},
		"a newer rate limit":   {times(2, refusal(403, "RATE_LIMIT_EXCEEDED", "Quota exceeded", "")), "", ""},
		"denied":               {refusal(403, denied, "Required 'compute.firewalls.list'", ""), "permission.missing", "Required"},
		"off in another place": {refusal(403, "SERVICE_DISABLED", "Not used", "projects/999"), "permission.missing", "Not used"},
		"404":                  {sdktest.Fault{Status: 404}, "notfound.endpoint", ""},
		"a web page":           {sdktest.HTML(), "upstream.invalid_response", ""},
		"no list":              {answer(`{"message":"ok"}`), "upstream.invalid_response", ""},
		"an empty list":        {answer(`{"kind":"compute#firewallList","id":"x","selfLink":"y"}`), "", ""},
		"a benign warning":     {answer(`{"kind":"compute#firewallList","warning":{"code":"NO_RESULTS_ON_PAGE"}}`), "", ""},
		"a region is missing":  {answer(`{"kind":"compute#firewallList","warning":{"code":"UNREACHABLE"}}`), "upstream.5xx", "UNREACHABLE"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t, twoProjects)
			v.Fail(at("/compute/v1/projects/acme-p1/", tt.fault))
			in.Streams = []string{"firewalls"}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["firewalls"]
			if _, found := s.Records["projects/415104010002/global/firewalls/415104010002771"]; !found {
				t.Errorf("the other project is not there: %s, %v, gaps %v", s.Result, s.Err, s.Gaps)
			}
			gap := s.Gaps["projects/acme-p1"]
			switch {
			case tt.code == "" && (s.Result != "complete" || gap != nil):
				t.Errorf("got %s with gaps %v, want complete", s.Result, s.Gaps)
			case tt.code == "":
			case s.Result != "complete_with_gaps" || gap == nil || gap.Code != tt.code || !strings.Contains(gap.Message, tt.words):
				t.Errorf("got %s with gaps %v, want %s with %q", s.Result, s.Gaps, tt.code, tt.words)
			}
		})
	}
}

// TestItemsWithoutAnID checks that an item without an id is a gap, and the rest of its list is read.
func TestItemsWithoutAnID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ stream, path, body string }{
		"rule": {"firewalls", "/compute/v1/projects/acme-p1/", `{"kind":"compute#firewallList","items":[null,{"id":"7","name":"x"}]}`},
		"instance": {"sql_instances", "/v1/projects/acme-p1/instances",
			`{"kind":"sql#instancesList","items":[{"region":"x"},{"name":"db","region":"x"}]}`},
		"account": {"service_accounts", "/v1/projects/acme-p1/serviceAccounts",
			`{"accounts":[{"email":"x@y.z"},{"email":"a@y.z","uniqueId":"7"}]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t, "acme-p1")
			v.Fail(at(tt.path, answer(tt.body)))
			in.Streams = []string{tt.stream}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams[tt.stream]
			if s.Result != "complete_with_gaps" && s.Err == nil || len(s.Records) != 1 || len(s.Gaps) > 1 {
				t.Errorf("got %s, %v, with %d records and gaps %v", s.Result, s.Err, len(s.Records), s.Gaps)
			}
		})
	}
}

// TestAPIThatIsNotEnabled checks when a project counts as one without the API's resources.
func TestAPIThatIsNotEnabled(t *testing.T) {
	t.Parallel()
	off := refusal(403, "SERVICE_DISABLED", "Compute Engine API has not been used in project 415104010001 before or it is disabled.", "")
	agent := `{"bindings":[{"role":"roles/compute.serviceAgent","members":["serviceAccount:service-415104010001` +
		`@compute-system.iam.gserviceaccount.com"]}]}`
	tests := map[string]struct {
		policy sdktest.Fault
		result string
	}{
		"never":           {answer(`{"bindings":[]}`), "complete"},
		"until later":     {answer(agent), "complete_with_gaps"},
		"nobody can tell": {refusal(403, "IAM_PERMISSION_DENIED", "The caller does not have permission", ""), "complete_with_gaps"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t, twoProjects)
			v.Fail(at("/compute/v1/projects/acme-p1/", off), at("/v3/projects/415104010001:getIamPolicy", tt.policy))
			in.Streams = []string{"firewalls"}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["firewalls"]
			if gap := s.Gaps["projects/acme-p1"]; s.Result != tt.result || (gap == nil) != (tt.result == "complete") {
				t.Errorf("got %s, %v, with gaps %v; want %s", s.Result, s.Err, s.Gaps, tt.result)
			}
		})
	}
}

// TestFolderThatRefuses checks that every stream names a folder whose projects cannot be listed, and reads the others.
func TestFolderThatRefuses(t *testing.T) {
	t.Parallel()
	v, in := start(t, organization)
	fault := refusal(403, "IAM_PERMISSION_DENIED", "The caller does not have permission", "")
	fault.Only = func(q replay.Request) bool { return q.URL.Query().Get("parent") == "folders/500000000002" }
	v.Fail(at("/v3/projects", fault))
	in.Streams = []string{"projects", "bindings"}
	for name, s := range sdktest.NewBench(t, New()).Sync(t, in).Streams {
		gap := s.Gaps["folders/500000000002"]
		if s.Result != "complete_with_gaps" || len(s.Records) == 0 || gap == nil || gap.Code != "permission.missing" {
			t.Errorf("%s: %s with %d records and gaps %v", name, s.Result, len(s.Records), s.Gaps)
		}
	}
}

// TestEveryProjectRefuses checks that a stream fails when no project can be read.
func TestEveryProjectRefuses(t *testing.T) {
	t.Parallel()
	v, in := start(t, twoProjects)
	v.Fail(at("/v1/projects", refusal(403, "IAM_PERMISSION_DENIED", "Permission denied", "")))
	in.Streams = []string{"service_accounts"}
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["service_accounts"]
	if s.Result != "failed" || s.Err == nil || s.Err.Code != "permission.missing" || !strings.Contains(s.Err.Remedy, "Security Reviewer") {
		t.Errorf("got %s, %v with gaps %v", s.Result, s.Err, s.Gaps)
	}
}

// TestLoggingAboveIsUnknown checks that a bucket counts as not logged only when every policy up to the organization says so.
func TestLoggingAboveIsUnknown(t *testing.T) {
	t.Parallel()
	all := answer(`{"auditConfigs":[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ"}]}]}`)
	none := answer(`{"etag":"x"}`)
	tests := map[string]struct {
		root   string
		faults []sdktest.Fault
		want   string
	}{
		"not in the organization": {organization, nil, "no"},
		"by the organization":     {organization, []sdktest.Fault{at("/v3/organizations/123456789012:getIamPolicy", all)}, "yes"},
		"only a project is read":  {"acme-p1", []sdktest.Fault{at("/v3/projects/415104010001:getIamPolicy", none)}, "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t, tt.root)
			v.Fail(tt.faults...)
			in.Streams = []string{"buckets"}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["buckets"]
			if s.Result != "complete" {
				t.Fatalf("got %s, %v, gaps %v", s.Result, s.Err, s.Gaps)
			}
			if got := prove.FieldsOf(t, s.Records["acme-p1-bucket1"])["logged"]; got != tt.want {
				t.Errorf("logged is %v, want %s", got, tt.want)
			}
		})
	}
}

// TestCheckWarnsOfWriting checks the probe that asks which permissions for writing there are.
func TestCheckWarnsOfWriting(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, want string }{
		"none": {`{}`, "ok"}, "one": {`{"permissions":["storage.buckets.delete"]}`, "too_broad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, in := start(t, organization)
			v.Fail(at("/v3/projects/415104010001:testIamPermissions", answer(tt.body)))
			probes, identity := sdktest.NewBench(t, New()).Check(t, in)
			for _, p := range probes {
				if p.ID == "read-only" && p.State != tt.want || p.State == "failed" || p.State == "missing" {
					t.Errorf("probe %s: %s, %s", p.ID, p.State, p.Message)
				}
			}
			if identity != "plumbline@acme-plumbline.iam.gserviceaccount.com" {
				t.Errorf("identity is %q", identity)
			}
		})
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root     string
		projects int
	}{
		"an organization": {organization, 200}, "a folder": {"folders/500000000005", 40},
		"a folder with another": {" folders/500000000003 ", 80}, "projects": {"acme-p1,acme-p7 , acme-p9", 3},
		"words": {"my organization", -1}, "an address": {"organizations/acme", -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, in := start(t, tt.root)
			in.Streams = []string{"projects"}
			out := sdktest.NewBench(t, New()).Sync(t, in)
			s := out.Streams["projects"]
			if tt.projects < 0 {
				if out.Err == nil || out.Err.Code != "config.invalid" {
					t.Errorf("got %v, want config.invalid", out.Err)
				}
				return
			}
			if s == nil || s.Result != "complete" || len(s.Records) != tt.projects {
				t.Errorf("got %+v, want %d projects", s, tt.projects)
			}
		})
	}
}
