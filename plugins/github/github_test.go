package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	simulator "github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// small returns a small organization whose simulator the test may change.
func small() *simulator.Server {
	return simulator.New(vendor.Mode{}, simulator.Organization(5, 2, 2, 12, 3, 8))
}

func input(v *sdktest.Vendor) sdktest.Input {
	return sdktest.Input{
		Settings: map[string]any{"organization": "acme", "change_days": 3650,
			"base_url": v.URL}, Secrets: map[string]string{"token": simulator.Token},
	}
}

// run reads streams of a simulator whose requests meet faults.
func run(t *testing.T, s *simulator.Server, faults []sdktest.Fault, streams ...string) *sdktest.Outcome {
	t.Helper()
	v := sdktest.NewVendor(t, s)
	v.Fail(faults...)
	in := input(v)
	in.Streams = streams
	return sdktest.NewBench(t, New()).Sync(t, in)
}

func TestRecordsAreValid(t *testing.T) {
	t.Parallel()
	out := run(t, small(), nil)
	for _, s := range New().Streams {
		got := out.Streams[s.Name]
		if got.Result != "complete" || len(got.Records) == 0 {
			t.Errorf("%s: %s with %d records (%v, gaps %v)", s.Name, got.Result, len(got.Records), got.Err, got.Gaps)
		}
		for key, doc := range got.Records {
			if err := kind.Validate(s.Kind, doc); err != nil {
				t.Errorf("%s %s: %v", s.Name, key, err)
			}
		}
	}
}

// TestReadsTheSameWithoutGraphQL checks that the REST API gives what GraphQL does, except for addresses that only GraphQL has.
func TestReadsTheSameWithoutGraphQL(t *testing.T) {
	t.Parallel()
	with, s := run(t, small(), nil), small()
	s.NoGraph = true
	without := run(t, s, nil)
	for _, stream := range []string{"changes", "members"} {
		for key, doc := range with.Streams[stream].Records {
			var a, b map[string]any
			_, _ = json.Unmarshal(doc, &a), json.Unmarshal(without.Streams[stream].Records[key], &b)
			if stream == "members" {
				delete(a, "email")
				delete(b, "email")
			}
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s %s (-GraphQL +REST):\n%s", stream, key, diff)
			}
		}
	}
	asked := slices.DeleteFunc(slices.Clone(without.Requests), func(r *connectorv1.Request) bool {
		return !strings.Contains(r.GetUrl(), "/graphql")
	})
	if len(asked) != 1 {
		t.Errorf("asked a server without GraphQL %d times, want once", len(asked))
	}
}

// TestConcealedMembers checks that a list of public members alone never counts as whole.
func TestConcealedMembers(t *testing.T) {
	t.Parallel()
	s := small()
	s.Stranger = true
	got := run(t, s, nil, "members").Streams["members"]
	if gap := got.Gaps["members who conceal their membership"]; got.Result != "complete_with_gaps" || gap == nil ||
		gap.Code != sdk.CodePermissionMissing {
		t.Errorf("%s with gaps %v, want a gap for the concealed members", got.Result, got.Gaps)
	}
}

// TestLimitSignal is the trap that a limit is a 403: only headers or words tell it from a missing permission.
func TestLimitSignal(t *testing.T) {
	t.Parallel()
	const resets = "X-RateLimit-Reset" // 40 minutes after the test begins: subtests wait for their turn
	body := func(words string) string { return `{"message":"` + words + `"}` }
	tests := map[string]struct {
		fault    sdktest.Fault
		at, most time.Duration // 0 = it is no limit
	}{
		"nothing remains": {sdktest.Fault{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", resets: ""},
			Body: body("API rate limit exceeded for user ID 1.")}, 39 * time.Minute, 41 * time.Minute},
		"429 and nothing remains": {sdktest.Fault{Status: 429, Header: map[string]string{"X-RateLimit-Remaining": "0",
			resets: ""}},
			39 * time.Minute, 41 * time.Minute},
		"retry after": {sdktest.Fault{Status: 403, Header: map[string]string{"Retry-After": "17"},
			Body: body("You have exceeded a secondary rate limit.")}, 17 * time.Second, 17 * time.Second},
		"words alone": {sdktest.Fault{Status: 403, Body: body("You have exceeded a secondary rate limit. Please wait a few minutes.")},
			time.Minute, time.Minute},
		"429 with words":     {sdktest.Fault{Status: 429, Body: body("You have exceeded a secondary rate limit.")}, time.Minute, time.Minute},
		"429 alone":          {sdktest.Fault{Status: 429}, time.Nanosecond, time.Minute},
		"missing permission": {sdktest.Fault{Status: 403, Body: body("Resource not accessible by integration")}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := sdktest.NewVendor(t, small())
			tt.fault.Path, tt.fault.Times = "/orgs/acme/teams", 1
			if _, has := tt.fault.Header[resets]; has {
				tt.fault.Header[resets] = strconv.FormatInt(time.Now().Add(40*time.Minute).Unix(), 10)
			}
			v.Fail(tt.fault)
			in := input(v)
			in.Streams, in.Deadline = []string{"teams"}, 2*time.Hour
			b := sdktest.NewBench(t, New())
			got := b.Sync(t, in).Streams["teams"]
			if tt.most == 0 {
				if got.Err == nil || got.Err.Code != sdk.CodePermissionMissing || len(b.Waits()) != 0 {
					t.Errorf("ended with %v after %v, want a missing permission", got.Err, b.Waits())
				}
				return
			}
			if got.Result != "complete" || len(b.Waits()) == 0 || b.Waits()[0] < tt.at || b.Waits()[0] > tt.most {
				t.Errorf("%s (%v) after waits %v, want complete after %s", got.Result, got.Err, b.Waits(), tt.at)
			}
		})
	}
}

// TestGraphQLLimit checks the limit that GraphQL answers with status 200.
func TestGraphQLLimit(t *testing.T) {
	t.Parallel()
	v := sdktest.NewVendor(t, small())
	v.Fail(sdktest.Fault{Path: "/graphql", Times: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json",
		"Retry-After": "9"},
		Body: `{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`})
	in := input(v)
	in.Streams = []string{"members"}
	b := sdktest.NewBench(t, New())
	got := b.Sync(t, in).Streams["members"]
	if got.Result != "complete" || !slices.Contains(b.Waits(), 9*time.Second) || got.Fields(t, "1001")["name"] != "Person 1" {
		t.Errorf("%s after %v, want complete after 9 s", got.Result, b.Waits())
	}
}

// TestRefusals checks that GitHub's words tell a feature that is off, single sign-on and a permission apart.
func TestRefusals(t *testing.T) {
	t.Parallel()
	sso := map[string]string{"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso"}
	needs := map[string]string{"X-Accepted-GitHub-Permissions": "vulnerability_alerts=read"}
	tests := map[string]struct {
		fault         sdktest.Fault
		code, message string
	}{
		"feature off": {sdktest.Fault{Status: 403, Body: `{"message":"Dependabot alerts are disabled for this organization."}`},
			sdk.CodePermissionLicence, "alerts are disabled"},
		"plan": {sdktest.Fault{Status: 404, Body: `{"message":"Advanced Security must be enabled for this repository."}`},
			sdk.CodePermissionLicence, "must be enabled"},
		"permission": {sdktest.Fault{Status: 403, Header: needs, Body: `{"message":"Resource not accessible by integration"}`},
			sdk.CodePermissionMissing, "it needs vulnerability_alerts=read"},
		"single sign-on": {sdktest.Fault{Status: 403, Header: sso, Body: `{"message":"Resource protected by organization SAML enforcement."}`},
			sdk.CodeAuthReauthRequired, "single sign-on"},
		"address": {sdktest.Fault{Status: 403, Body: `{"message":"the acme organization has an IP allow list enabled"}`},
			sdk.CodePermissionMissing, "address of this machine"},
		"hidden":  {sdktest.Fault{Status: 404, Body: `{"message":"Not Found"}`}, sdk.CodeNotFoundEndpoint, "shows nothing"},
		"expired": {sdktest.Fault{Status: 401, Body: `{"message":"Bad credentials"}`}, sdk.CodeAuthInvalid, "Bad credentials"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.fault.Path = "/orgs/acme/dependabot"
			got := run(t, small(), []sdktest.Fault{tt.fault}, "dependabot_alerts").Streams["dependabot_alerts"]
			if got.Err == nil || got.Err.Code != tt.code || !strings.Contains(got.Err.Message, tt.message) || got.Err.Remedy == "" {
				t.Errorf("ended with %+v, want %s that says %q", got.Err, tt.code, tt.message)
			}
		})
	}
}

// TestSecondFactorIsForOwners is the trap that GitHub tells the second factor to owners only.
func TestSecondFactorIsForOwners(t *testing.T) {
	t.Parallel()
	s := simulator.New(vendor.Mode{Without: permOwner}, simulator.Organization(5, 2, 2, 12, 3, 8))
	got := run(t, s, nil, "members").Streams["members"]
	if got.Result != "complete" || got.Fields(t, "1001")["mfa"] != "unknown" {
		t.Errorf("%s, mfa %v; want complete and unknown", got.Result, got.Fields(t, "1001")["mfa"])
	}
	broken := run(t, small(), []sdktest.Fault{{Status: 500, Only: func(q replay.Request) bool {
		return strings.Contains(q.URL.RawQuery, "2fa_disabled")
	}}}, "members").Streams["members"]
	if len(broken.Records) != 5 || broken.Gaps["second factor of members"] == nil || broken.Fields(t, "1001")["mfa"] != "unknown" {
		t.Errorf("%d records with gaps %v; want five, and one gap", len(broken.Records), broken.Gaps)
	}
}

// TestNextPageStaysOnTheHost is the trap of addresses in answers: the credential goes to no other host.
func TestNextPageStaysOnTheHost(t *testing.T) {
	t.Parallel()
	faults := []sdktest.Fault{{Path: "/orgs/acme/dependabot", Header: map[string]string{"Link": `<https://evil.example/next>; rel="next"`}}}
	got := run(t, small(), faults, "dependabot_alerts").Streams["dependabot_alerts"]
	if got.Result == "complete" || got.Err == nil || got.Err.Code != sdk.CodeUpstreamInvalidResponse {
		t.Errorf("%s, %v; want an error", got.Result, got.Err)
	}
}

// TestBranchProtection checks each answer about a branch, and that nothing unread is a no.
func TestBranchProtection(t *testing.T) {
	t.Parallel()
	classic, rules := "/repos/acme/app-3/branches", "/repos/acme/app-3/rules"
	refused := func(path string, status int, words string) sdktest.Fault {
		return sdktest.Fault{Path: path, Status: status, Body: `{"message":"` + words + `"}`}
	}
	pullRule := sdktest.Fault{Path: rules, Status: 200, Header: map[string]string{"Content-Type": "application/json"},
		Body: `[{"type":"pull_request","parameters":{"required_approving_review_count":1}}]`}
	tests := map[string]struct {
		faults            []sdktest.Fault
		protected, review string
		approvals         any
		gaps              int
	}{
		"only force pushes are forbidden": {nil, "no", "no", 0.0, 0},
		"the plan has none": {[]sdktest.Fault{refused(classic, 403, "Upgrade to GitHub Pro or make this repository public"),
			refused(rules, 403, "Upgrade to GitHub Pro")}, "no", "no", 0.0, 0},
		"not visible": {[]sdktest.Fault{refused(classic, 404, "Not Found")}, "unknown", "unknown", nil, 0},
		"no permission": {[]sdktest.Fault{refused(classic, 403, "Resource not accessible by integration")}, "unknown",
			"unknown", nil, 0},
		"no permission, but a rule": {[]sdktest.Fault{refused(classic, 404, "Not Found"), pullRule}, "yes", "yes", nil, 0},
		"protection fails":          {[]sdktest.Fault{refused(classic, 500, "x")}, "unknown", "unknown", nil, 1},
		"rules fail":                {[]sdktest.Fault{refused(rules, 500, "x")}, "unknown", "unknown", nil, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, small(), tt.faults, "repositories").Streams["repositories"]
			doc := got.Fields(t, "9003")
			if doc["branch_protected"] != tt.protected || doc["review_required"] != tt.review || doc["required_approvals"] != tt.approvals ||
				len(got.Gaps) != tt.gaps {
				t.Errorf("protected %v, review %v, approvals %v, gaps %v; want %+v", doc["branch_protected"], doc["review_required"],
					doc["required_approvals"], got.Gaps, tt)
			}
			if len(got.Records) != 12 || got.Fields(t, "9001")["branch_protected"] != "yes" {
				t.Errorf("the other repositories suffered: %d records", len(got.Records))
			}
		})
	}
}

// TestChecksWithoutStatus is the trap that the combined status is "pending" when there is no status.
func TestChecksWithoutStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b checks
		want kind.Tri
	}{
		{checksNone, checksNone, kind.Unknown}, {checksNone, checksPassed, kind.Yes}, {checksPassed, checksFailed, kind.No},
		{checksUnknown, checksPassed, kind.Unknown}, {checksUnknown, checksFailed, kind.No}, {checksPending, checksPassed, kind.Unknown},
	} {
		if got := tt.a.and(tt.b).passed(); got != tt.want || tt.b.and(tt.a).passed() != got {
			t.Errorf("%s and %s: passed is %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
	s := small()
	s.NoGraph = true
	got := run(t, s, nil, "changes").Streams["changes"]
	for _, doc := range got.Records {
		var c struct {
			Passed string `json:"checks_passed"`
			Vendor struct {
				Checks string `json:"checks"`
			} `json:"vendor"`
		}
		if err := json.Unmarshal(doc, &c); err != nil || c.Vendor.Checks == "pending" {
			t.Errorf("checks %+v (%v)", c, err)
		}
	}
}

// TestOneRepositoryRefuses checks that the changes of other repositories are read, and that the next run reads those of
// the refusing one from the beginning of the window.
func TestOneRepositoryRefuses(t *testing.T) {
	t.Parallel()
	v := sdktest.NewVendor(t, small())
	v.Fail(sdktest.Fault{Path: "/repos/acme/app-2/pulls", Times: 1, Status: 403, Body: `{"message":"Repository access blocked"}`})
	in := input(v)
	in.Streams = []string{"changes"}
	b := sdktest.NewBench(t, New())
	first := b.Sync(t, in).Streams["changes"]
	if gap := first.Gaps["pull requests of acme/app-2"]; first.Result != "complete_with_gaps" || gap == nil ||
		!strings.Contains(gap.Message, "Repository access blocked") {
		t.Fatalf("%s with gaps %v, want one gap in GitHub's words", first.Result, first.Gaps)
	}
	in.Cursors = map[string]json.RawMessage{"changes": first.Cursor}
	second := b.Sync(t, in).Streams["changes"]
	var of2 int
	for key := range second.Records {
		if strings.HasPrefix(key, "70002") {
			of2++
		}
	}
	if second.Result != "complete" || of2 == 0 || of2 != len(second.Records) {
		t.Errorf("%s with %v, want the changes of app-2 alone", second.Result, second.Keys)
	}
}

// TestIncremental checks that a run reads what was updated since the last one, and new repositories from the beginning.
func TestIncremental(t *testing.T) {
	t.Parallel()
	s := small()
	v := sdktest.NewVendor(t, s)
	in := input(v)
	in.Streams = []string{"changes"}
	b := sdktest.NewBench(t, New())
	first := b.Sync(t, in).Streams["changes"]
	in.Cursors = map[string]json.RawMessage{"changes": first.Cursor}
	if same := b.Sync(t, in).Streams["changes"]; same.Result != "complete" || len(same.Records) != 0 {
		t.Errorf("the second run: %s with %v, want nothing", same.Result, same.Keys)
	}
	late := s.Held.Pulls["app-3"][0]
	late["updated_at"] = time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	s.Held.AddRepositories(13, 2)
	s.Held.Repositories = s.Held.Repositories[12:]
	got := b.Sync(t, in).Streams["changes"]
	keys := slices.Clone(got.Keys)
	slices.Sort(keys)
	if want := []string{keyOf(int64(late["id"].(int))), "70013001", "70013002"}; !cmp.Equal(keys, want) {
		t.Errorf("the third run sent %v (%s, %v), want %v", keys, got.Result, got.Err, want)
	}
	in.Settings.(map[string]any)["change_days"] = 3649
	if fewer := b.Sync(t, in).Streams["changes"]; len(fewer.Records) != len(got.Records) {
		t.Errorf("a shorter window read everything again: %d records", len(fewer.Records))
	}
}

// TestContinuesAfterAnInterruption checks that a run that was stopped continues after the last repositories.
func TestContinuesAfterAnInterruption(t *testing.T) {
	t.Parallel()
	held := simulator.Organization(1, 1, 1, 120, 1, 1)
	v := sdktest.NewVendor(t, simulator.New(vendor.Mode{}, held))
	v.Fail(sdktest.Fault{Path: "/orgs/acme/nothing"}, sdktest.Fault{Path: "/repos/acme/app-60/pulls", Times: 1, Status: 401})
	in := input(v)
	in.Streams = []string{"changes"}
	in.Cancel = func(m *connectorv1.SyncResponse) bool { return m.GetCheckpoint().GetCursor() != nil }
	b := sdktest.NewBench(t, New())
	first := b.Sync(t, in).Streams["changes"]
	if first.Result == "complete" || len(first.Cursor) == 0 {
		t.Fatalf("%s with cursor %s, want a run that was stopped", first.Result, first.Cursor)
	}
	in.Cancel, in.Cursors, in.Resume = nil, map[string]json.RawMessage{"changes": first.Cursor}, map[string]bool{"changes": true}
	before := len(v.Requests())
	second := b.Sync(t, in).Streams["changes"]
	if second.Result != "complete" {
		t.Fatalf("%s, %v", second.Result, second.Err)
	}
	for _, r := range v.Requests()[before:] {
		if strings.HasPrefix(r.URL, "/repos/acme/app-1/pulls") {
			t.Errorf("read %s again", r.URL)
		}
	}
	keys := map[string]bool{}
	for _, key := range slices.Concat(first.Keys, second.Keys) {
		keys[key] = true
	}
	merged := 0
	for _, pulls := range held.Pulls {
		for _, p := range pulls {
			if p["merged_at"] != nil {
				merged++
			}
		}
	}
	if len(keys) != merged {
		t.Errorf("%d pull requests in both runs, want %d", len(keys), merged)
	}
}

// TestKnownRepositoriesFitIntoTheCursor checks the size of the cursor with many repositories.
func TestKnownRepositoriesFitIntoTheCursor(t *testing.T) {
	t.Parallel()
	ids := map[int64]bool{}
	for i := range int64(10_000) {
		ids[300_000_000+i*41_123] = true
	}
	text := encodeIDs(ids)
	if len(text) > sdk.MaxCursorBytes-4096 {
		t.Errorf("10,000 ids take %d bytes", len(text))
	}
	if got := decodeIDs(text); !cmp.Equal(got, ids) {
		t.Errorf("%d ids came back, want %d", len(got), len(ids))
	}
	if got := decodeIDs("1 ?"); len(got) != 0 {
		t.Errorf("a damaged set has %d ids", len(got))
	}
}

// TestSecretsStayAtGitHub checks that a found secret is in no message, also of a server that does not hide it.
func TestSecretsStayAtGitHub(t *testing.T) {
	t.Parallel()
	out := run(t, small(), nil, "secret_scanning_alerts")
	if len(out.Streams["secret_scanning_alerts"].Records) == 0 {
		t.Fatal("no records")
	}
	out.Conceals(t, "sk_live_", simulator.Token)
}

// TestUnchangedThingsHaveUnchangedRecords checks that values which change by themselves are left out.
func TestUnchangedThingsHaveUnchangedRecords(t *testing.T) {
	t.Parallel()
	s := small()
	before := run(t, s, nil)
	for _, r := range s.Held.Repositories {
		r["pushed_at"], r["updated_at"], r["stargazers_count"], r["size"] = "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 99, 5
	}
	for _, a := range s.Held.Dependabot {
		a["updated_at"] = "2027-01-01T00:00:00Z"
		a["security_advisory"].(simulator.Row)["epss"] = []simulator.Row{{"percentage": 0.9}}
		a["security_advisory"].(simulator.Row)["updated_at"] = "2027-01-01T00:00:00Z"
	}
	for _, a := range s.Held.Secrets {
		a["updated_at"], a["validity"] = "2027-01-01T00:00:00Z", "active"
	}
	for _, u := range s.Held.Members {
		u["avatar_url"] = "https://avatars.githubusercontent.com/u/1?v=5"
	}
	after := run(t, s, nil)
	for name, stream := range before.Streams {
		for key, doc := range stream.Records {
			if !bytes.Equal(doc, after.Streams[name].Records[key]) {
				t.Errorf("%s %s changed:\n%s\n%s", name, key, doc, after.Streams[name].Records[key])
			}
		}
	}
}

// TestEnterpriseServer checks the two paths of an Enterprise Server, and that a suspended account may hide in its lists.
func TestEnterpriseServer(t *testing.T) {
	t.Parallel()
	s := small()
	s.Version = "3.20.1"
	v := sdktest.NewVendor(t, s)
	in := input(v)
	in.Settings.(map[string]any)["base_url"] = v.URL + "/api/v3"
	in.Streams = []string{"members"}
	got := sdktest.NewBench(t, New()).Sync(t, in).Streams["members"]
	if got.Result != "complete" || got.Fields(t, "1001")["status"] != "unknown" || got.Fields(t, "1001")["name"] != "Person 1" {
		t.Errorf("%s: %v", got.Result, got.Fields(t, "1001"))
	}
	for _, r := range v.Requests() {
		if !strings.HasPrefix(r.URL, "/api/v3/") && r.URL != "/api/graphql" {
			t.Errorf("asked %s", r.URL)
		}
	}
	for rest, want := range map[string]string{
		"https://api.github.com": "https://api.github.com/ /graphql", "https://api.acme.ghe.com/": "https://api.acme.ghe.com/ /graphql",
		"https://git.acme.example/api/v3/": "https://git.acme.example/ /api/graphql",
		"http://127.0.0.1:8080/gate":       "http://127.0.0.1:8080/ /gate/graphql",
	} {
		if address, path := graphqlOf(rest); address+" "+path != want {
			t.Errorf("%s: %s %s, want %s", rest, address, path, want)
		}
	}
}

// privateKey returns a key in PEM.
func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// TestApp signs in as a GitHub App.
func TestApp(t *testing.T) {
	t.Parallel()
	v := sdktest.NewVendor(t, small())
	in := input(v)
	in.Settings.(map[string]any)["app_id"] = "4711"
	in.Secrets = map[string]string{"private_key": privateKey(t)}
	b := sdktest.NewBench(t, New())
	out := b.Sync(t, in)
	for name, s := range out.Streams {
		if s.Result != "complete" {
			t.Errorf("%s: %s, %v, gaps %v", name, s.Result, s.Err, s.Gaps)
		}
	}
	tokens := 0
	for _, r := range v.Requests() {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if strings.HasSuffix(r.URL, "/access_tokens") {
			tokens++
			checkStatement(t, bearer)
		}
	}
	if tokens != 1 {
		t.Errorf("asked for %d tokens in one run, want 1", tokens)
	}
	probes, identity := b.Check(t, in)
	for _, p := range probes {
		if p.State != "ok" && p.ID != "tls" {
			t.Errorf("probe %s: %s, %s", p.ID, p.State, p.Message)
		}
	}
	if identity != "GitHub App plumbline" {
		t.Errorf("identity %q", identity)
	}
	out.Conceals(t, simulator.InstallationToken)
}

// checkStatement checks the claims that GitHub documents.
func checkStatement(t *testing.T, statement string) {
	t.Helper()
	parts := strings.Split(statement, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Issued  int64  `json:"iat"`
		Expires int64  `json:"exp"`
		Issuer  string `json:"iss"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Issuer != "4711" {
		t.Fatalf("claims %s (%v)", raw, err)
	}
	now := time.Now().Unix()
	if claims.Issued > now-30 || claims.Expires > now+600 || claims.Expires <= now {
		t.Errorf("issued %d s ago, expires in %d s", now-claims.Issued, claims.Expires-now)
	}
}

func TestAppIsNotUsable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key   string
		fault sdktest.Fault
		code  string
	}{
		"no key":        {"not a key", sdktest.Fault{}, sdk.CodeConfigInvalid},
		"not installed": {"", sdktest.Fault{Status: 404, Body: `{"message":"Not Found"}`}, sdk.CodeConfigInvalid},
		"suspended": {"", sdktest.Fault{Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"id":7,"suspended_at":"2026-01-01T00:00:00Z"}`}, sdk.CodeAuthInvalid},
		"wrong key": {"", sdktest.Fault{Status: 401, Body: `{"message":"A JSON web token could not be decoded"}`}, sdk.CodeAuthInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := sdktest.NewVendor(t, small())
			if tt.fault.Status != 0 {
				tt.fault.Path = "/orgs/acme/installation"
				v.Fail(tt.fault)
			}
			if tt.key == "" {
				tt.key = privateKey(t)
			}
			in := input(v)
			in.Settings.(map[string]any)["app_id"] = "4711"
			in.Secrets = map[string]string{"private_key": tt.key}
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			if !slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool { return p.Err != nil && p.Err.Code == tt.code }) {
				t.Errorf("probes %+v, want %s", probes, tt.code)
			}
		})
	}
}

func TestCheckWarnsOfCredentialsThatCouldWrite(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]string{"repo, read:org": "too_broad", "read:org, user:email": "ok", "admin:org": "too_broad"} {
		s := small()
		s.Scopes = scopes
		probes, identity := sdktest.NewBench(t, New()).Check(t, input(sdktest.NewVendor(t, s)))
		i := slices.IndexFunc(probes, func(p sdktest.ProbeResult) bool { return p.ID == "authenticate" })
		if probes[i].State != want || identity != "auditor" {
			t.Errorf("scopes %s: %s (%s), identity %s; want %s", scopes, probes[i].State, probes[i].Message, identity, want)
		}
	}
}

func TestNeedsACredential(t *testing.T) {
	t.Parallel()
	in := sdktest.Input{Settings: map[string]any{"organization": "acme", "base_url": "http://127.0.0.1:1"}}
	if err := sdktest.NewBench(t, New()).Sync(t, in).Err; err == nil || err.Code != sdk.CodeConfigInvalid || err.ConfigPath != "/token" {
		t.Errorf("ended with %+v, want config.invalid at /token", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const members = "/orgs/acme/members"
	json200 := map[string]string{"Content-Type": "application/json"}
	tests := map[string]struct {
		fault        sdktest.Fault
		result, code string
	}{
		"500 twice then fine": {sdktest.Fault{Status: 500, Times: 2}, "complete", ""},
		"500 for ever":        {sdktest.Fault{Status: 500}, "failed", "upstream.5xx"},
		"401":                 {sdktest.Fault{Status: 401}, "failed", "auth.invalid"},
		"403":                 {sdktest.Fault{Status: 403}, "failed", "permission.missing"},
		"404":                 {sdktest.Fault{Status: 404}, "failed", "notfound.endpoint"},
		"429 for ever":        {sdktest.Fault{Status: 429}, "failed", "rate.limited"},
		"a web page":          {sdktest.HTML(), "failed", "upstream.invalid_response"},
		"cut short once":      {sdktest.Fault{Break: true, Times: 1}, "complete", ""},
		"cut short for ever":  {sdktest.Fault{Break: true}, "failed", "upstream.invalid_response"},
		"reset for ever":      {sdktest.Fault{Reset: true}, "failed", "network.connect"},
		"not a list":          {sdktest.Fault{Status: 200, Header: json200, Body: `{"message":"ok"}`}, "failed", "upstream.invalid_response"},
		"null":                {sdktest.Fault{Status: 200, Header: json200, Body: `null`}, "failed", "upstream.invalid_response"},
		"a row of another kind": {sdktest.Fault{Status: 200, Header: json200, Body: `[7, {"id": 1}, {"id": 2, "login": "x", "type": "Bot"}]`},
			"complete_with_gaps", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.fault.Only = func(q replay.Request) bool {
				return q.URL.Path == members && q.URL.Query().Get("role") == "" && q.URL.Query().Get("filter") == ""
			}
			got := run(t, small(), []sdktest.Fault{tt.fault}, "members").Streams["members"]
			code := ""
			if got.Err != nil {
				code = got.Err.Code
			}
			if got.Result != tt.result || code != tt.code {
				t.Errorf("%s %q (%v, gaps %v), want %s %q", got.Result, code, got.Err, got.Gaps, tt.result, tt.code)
			}
		})
	}
}

// TestNextOf reads the header Link in the forms of RFC 8288.
func TestNextOf(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"`: "https://api.github.com/x?page=2",
		`<https://a/1>; rel="prev", <https://a/3>;rel=next`:                                            "https://a/3",
		`<https://a/1>; title="x"; rel="last next"`:                                                    "https://a/1",
		`<https://a/1>; rel="first"`:                                                                   "",
		"":                                                                                             "",
	} {
		if got := nextOf(&sdk.Response{Header: http.Header{"Link": {header}}}); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

// TestAppThatCouldWrite checks that the check warns of an App with more than read access.
func TestAppThatCouldWrite(t *testing.T) {
	t.Parallel()
	v := sdktest.NewVendor(t, small())
	edit := func(_ replay.Request, body []byte) []byte {
		return bytes.Replace(body, []byte(`"members":"read"`), []byte(`"members":"write"`), 1)
	}
	v.Fail(sdktest.Fault{Path: "/app/installations", Edit: edit})
	in := input(v)
	in.Settings.(map[string]any)["app_id"] = "4711"
	in.Secrets = map[string]string{"private_key": privateKey(t)}
	probes, _ := sdktest.NewBench(t, New()).Check(t, in)
	i := slices.IndexFunc(probes, func(p sdktest.ProbeResult) bool { return p.ID == "authenticate" })
	if probes[i].State != "too_broad" || !strings.Contains(probes[i].Message, "members:write") {
		t.Errorf("%s: %s, want a warning of members:write", probes[i].State, probes[i].Message)
	}
}

// TestFacts checks the odd cases that the company of TestPopulation does not have.
func TestFacts(t *testing.T) {
	t.Parallel()
	facts := map[string]map[string]map[string]any{
		"members": {
			"1001": {"external_id": "1001", "username": "person1", "name": "Person 1", "email": nil, "type": "human", "status": "active",
				"mfa":   "yes",
				"admin": "yes", "roles": []string{"Owner"}, "groups": []string{"Team 1"}, "created_at": "2020-03-04T05:06:07Z", "last_login_at": nil},
			"1007": {"mfa": "no", "admin": "no", "roles": []string{"Member"}},
			"1012": {"email": "person12@acme.example"},
			"1004": {"email": "person4@mail.example"},
		},
		"outside_collaborators": {"1301": {"type": "external", "username": "person301", "mfa": "yes", "admin": nil, "roles": nil},
			"1327": {"mfa": "no"}},
		"teams": {"501": {"type": "group", "username": "team-1", "name": "Team 1", "status": "active"}},
		"repositories": {
			"9001": {"name": "acme/app-1", "url": "https://github.com/acme/app-1", "visibility": "public", "archived": "no",
				"default_branch":   "main",
				"branch_protected": "yes", "review_required": "yes", "required_approvals": 1, "checks_required": "yes", "secret_scanning": "yes",
				"dependency_alerts": "yes", "created_at": "2024-02-03T04:05:06Z"},
			"9002": {"visibility": "internal", "branch_protected": "yes", "review_required": "no", "required_approvals": 0, "checks_required": "no"},
			"9003": {"default_branch": "release/2026", "branch_protected": "no", "review_required": "no", "dependency_alerts": "no"},
			"9004": {"branch_protected": "yes", "review_required": "yes", "required_approvals": 2, "checks_required": "yes", "secret_scanning": "no",
				"dependency_alerts": "yes"},
			"9005": {"branch_protected": "no", "required_approvals": 0, "checks_required": "no"},
			"9007": {"branch_protected": nil, "required_approvals": nil},
			"9025": {"archived": "yes", "branch_protected": nil, "dependency_alerts": nil},
		},
		"changes": {
			"70001001": {"title": "Change 1", "repository": "acme/app-1", "status": "merged", "author": "person1", "approvers": []string{"person3"},
				"merged_by": "person2", "target": "main", "url": "https://github.com/acme/app-1/pull/1"},
			"70001002": {"approvers": []string{"person2"}, "checks_passed": "yes"},
			"70001003": {"approvers": []string{"person2", "person4"}},
			"70001004": {"approvers": []string{}},
		},
		"dependabot_alerts": {
			"9002/1": {"title": "Prototype pollution", "severity": "medium", "status": "fixed", "resource": "acme/app-2",
				"identifier": "CVE-2026-0001",
				"fixed_at":   "2026-09-20T00:00:00Z", "found_at": "2026-09-01T00:00:00Z", "fix": "Update lodash to 4.17.21 or later."},
			"9003/2": {"status": "accepted"}, "9004/3": {"status": "false_positive"}, "9005/4": {"identifier": "GHSA-aaaa-bbbb-0004", "fix": nil},
			"9007/6": {"status": "open"},
		},
		"secret_scanning_alerts": {
			"9002/1": {"title": "Secret in the repository: Stripe API Key", "severity": "unknown", "status": "fixed", "resource": "acme/app-2"},
			"9003/2": {"status": "false_positive"}, "9004/3": {"status": "accepted"}, "9005/4": {"status": "open", "fixed_at": nil},
		},
	}
	out := run(t, simulator.New(vendor.Mode{}, simulator.Organization(300, 40, 12, 120, 5, 150)), nil)
	for stream, records := range facts {
		for key, want := range records {
			for _, difference := range prove.Differences(stream+" "+key, want, out.Streams[stream].Fields(t, key)) {
				t.Error(difference)
			}
		}
	}
}
