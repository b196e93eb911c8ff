package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const token = "00okta-canary-0123456789"

// org is a small Okta organization.
type org struct {
	users    int
	status   func(n int) string
	gone     func(request int) []int // the users that are deactivated at each read of their list
	factors  string                  // of every user, unless it is empty
	wrapLink bool                    // all links in one header

	mu    sync.Mutex
	reads int // of the list of deactivated users
	grant func(w http.ResponseWriter, r *http.Request)
}

func (o *org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == tokenPath && o.grant != nil {
		o.grant(w, r)
		return
	}
	if key := r.Header.Get("Authorization"); key != "SSWS "+token && key != "Bearer access-1" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorCauses":[]}`))
		return
	}
	switch path := r.URL.Path; {
	case path == "/api/v1/users":
		o.list(w, r)
	case strings.HasSuffix(path, "/factors") && o.factors != "":
		_, _ = w.Write([]byte(o.factors))
	case path == "/api/v1/iam/assignees/users":
		_, _ = w.Write([]byte(`{"value":[{"id":"00u1"}]}`))
	case strings.HasSuffix(path, "/roles"):
		_, _ = w.Write([]byte(`[{"type":"SUPER_ADMIN","label":"Super Administrator","status":"ACTIVE"}]`))
	case path == "/api/v1/users/me":
		_, _ = w.Write([]byte(`{"id":"00u1","profile":{"login":"boss@acme.example"}}`))
	default:
		_, _ = w.Write([]byte(`[]`))
	}
}

// list answers the users, two on a page.
func (o *org) list(w http.ResponseWriter, r *http.Request) {
	numbers := []int{}
	o.mu.Lock()
	gone := []int{}
	if o.gone != nil {
		gone = o.gone(o.reads)
	}
	if query := r.URL.Query(); query.Get("filter")+query.Get("search") == `status eq "DEPROVISIONED"` {
		o.reads++
		numbers = gone
	} else {
		for n := 1; n <= o.users; n++ {
			if !slices.Contains(gone, n) {
				numbers = append(numbers, n)
			}
		}
	}
	o.mu.Unlock()
	at, _ := strconv.Atoi(r.URL.Query().Get("after"))
	end := min(at+2, len(numbers))
	if end < len(numbers) {
		query := r.URL.Query()
		query.Set("after", strconv.Itoa(end))
		self := fmt.Sprintf(`<https://acme.okta.com%s>; rel="self"`, r.URL.RequestURI())
		next := fmt.Sprintf(`<https://acme.okta.com/api/v1/users?%s>; rel="next"`, query.Encode())
		if o.wrapLink {
			w.Header().Set("Link", self+", "+next)
		} else {
			w.Header().Add("Link", self)
			w.Header().Add("Link", next)
		}
	}
	rows := []map[string]any{}
	for _, n := range numbers[at:end] {
		status := "ACTIVE"
		if slices.Contains(gone, n) {
			status = deprovisioned
		} else if o.status != nil {
			status = o.status(n)
		}
		rows = append(rows, map[string]any{
			"id": "00u" + strconv.Itoa(n), "status": status, "lastLogin": "2026-01-30T14:21:07.000Z",
			"profile": map[string]any{"login": fmt.Sprintf("p%d@acme.example", n), "firstName": "Ada", "lastName": "Lovelace"},
		})
	}
	_ = json.NewEncoder(w).Encode(rows)
}

func input(v *sdktest.Vendor) sdktest.Input {
	return sdktest.Input{
		Settings: map[string]any{"domain": "acme.okta.com", "base_url": v.URL}, Secrets: map[string]string{"api_token": token},
		Streams: []string{"users"},
	}
}

func sync1(t *testing.T, o *org, faults ...sdktest.Fault) (*sdktest.Stream, *sdktest.Bench, *sdktest.Vendor) {
	t.Helper()
	vendor := sdktest.NewVendor(t, o)
	vendor.Fail(faults...)
	b := sdktest.NewBench(t, New())
	return b.Sync(t, input(vendor)).Streams["users"], b, vendor
}

// TestFollowsTheNextOfSeveralLinks is the paging trap: an answer has several links, in one header or in several.
func TestFollowsTheNextOfSeveralLinks(t *testing.T) {
	t.Parallel()
	for _, wrapped := range []bool{false, true} {
		s, _, _ := sync1(t, &org{users: 7, wrapLink: wrapped})
		if s.Result != "complete" || len(s.Records) != 7 {
			t.Errorf("in one header %v: got %s with %d users (%v), want complete with 7", wrapped, s.Result, len(s.Records), s.Err)
		}
	}
}

// TestDeactivatedMeanwhile changes the status of users between the three lists. None may be missing.
func TestDeactivatedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(int) []int{
		"nobody":                     func(int) []int { return nil },
		"user 3 has left":            func(int) []int { return []int{3} },
		"user 3 leaves meanwhile":    func(read int) []int { return [][]int{{}, {3}, {3}}[min(read, 2)] },
		"user 3 comes back":          func(read int) []int { return [][]int{{3}, {}, {}}[min(read, 2)] },
		"user 3 leaves at the end":   func(read int) []int { return [][]int{{}, {}, {3}}[min(read, 2)] },
		"user 3 and 4 change places": func(read int) []int { return [][]int{{3}, {4}, {4}}[min(read, 2)] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := sync1(t, &org{users: 5, gone: gone})
			if s.Result != "complete" || len(s.Records) != 5 {
				t.Errorf("got %s with %d users (%v), want complete with 5", s.Result, len(s.Records), s.Err)
			}
		})
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[text]kind.Word{
		"ACTIVE": "active", "PROVISIONED": "active", "RECOVERY": "active", "PASSWORD_EXPIRED": "active", "STAGED": "suspended",
		"LOCKED_OUT": "suspended", "SUSPENDED": "suspended", "DEPROVISIONED": "deprovisioned", "NEW_WORD": "unknown", "": "unknown",
	} {
		if got := statusOf(status); got != want {
			t.Errorf("%s is %s, want %s", status, got, want)
		}
	}
}

// TestSecondFactor is the MFA trap: only an active factor counts, and an email factor is enrolled by Okta itself.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	for factors, want := range map[string]kind.Tri{
		`[]`: kind.No,
		`[{"factorType":"push","provider":"OKTA","status":"ACTIVE"}]`:                                                      kind.Yes,
		`[{"factorType":"push","provider":"OKTA","status":"PENDING_ACTIVATION"}]`:                                          kind.No,
		`[{"factorType":"question","provider":"OKTA","status":"ACTIVE"}]`:                                                  kind.No,
		`[{"factorType":"email","provider":"OKTA","status":"ACTIVE"}]`:                                                     kind.Unknown,
		`[{"factorType":"email","status":"ACTIVE"},{"factorType":"token:software:totp","status":"ACTIVE"}]`:                kind.Yes,
		`[{"factorType":"email","status":"NOT_SETUP"},{"factorType":"sms","status":"EXPIRED","profile":{"phone":"+1"}}]`:   kind.No,
		`[{"factorType":"webauthn","provider":"FIDO","status":"ACTIVE"},{"factorType":"email","status":"PENDING_PASS"}]`:   kind.Yes,
		`[{"factorType":"a new one","provider":"X","status":"ACTIVE"},{"factorType":"question","status":"ACTIVE"}]`:        kind.Yes,
		`[{"factorType":"call","provider":"OKTA","status":"INACTIVE"},{"factorType":"u2f","status":"PENDING_ACTIVATION"}]`: kind.No,
	} {
		s, _, _ := sync1(t, &org{users: 1, factors: factors})
		var got kind.Account
		if err := json.Unmarshal(s.Records["00u1"], &got); err != nil {
			t.Fatal(err)
		}
		if got.MFA != want || strings.Contains(string(got.Vendor), "phone") {
			t.Errorf("%s is %s, want %s; vendor %s", factors, got.MFA, want, got.Vendor)
		}
	}
}

func listOfUsers(q replay.Request) bool { return q.URL.Path == "/api/v1/users" }

func TestFaults(t *testing.T) {
	t.Parallel()
	feature := `{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature you are requesting"}`
	again := map[string]string{"Link": `<https://x/?after=1>; rel="next"`}
	forbidden := `{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action","errorCauses":[]}`
	tests := map[string]struct {
		fault  sdktest.Fault
		result string
		code   string
		says   string // the message or the remedy
	}{
		"500 twice":    {sdktest.Fault{Status: 500, Times: 2}, "complete", "", ""},
		"500 for ever": {sdktest.Fault{Path: "/api/v1/users", Status: 500}, "failed", "upstream.5xx", "Wait"},
		"401": {sdktest.Fault{Status: 401, Body: `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`},
			"failed", "auth.invalid", "Invalid token provided"},
		"403": {sdktest.Fault{Path: "/api/v1/users", Status: 403, Body: forbidden},
			"failed", "permission.missing", "okta.users.read"},
		"403 of a plan": {sdktest.Fault{Path: "/api/v1/users", Status: 403, Body: feature},
			"failed", "permission.licence", "feature"},
		"404":          {sdktest.Fault{Path: "/api/v1/users", Status: 404}, "failed", "notfound.endpoint", "address"},
		"429 for ever": {sdktest.Fault{Path: "/api/v1/users", Status: 429}, "failed", "rate.limited", "next run"},
		"a web page": {sdktest.Fault{Path: "/api/v1/users", Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>"},
			"failed", "upstream.invalid_response", "sign-in page"},
		"cut short": {sdktest.Fault{Path: "/api/v1/users", Break: true}, "failed", "upstream.invalid_response", "next run"},
		"an object": {sdktest.Fault{Path: "/api/v1/users", Status: 200, Body: `{}`}, "failed", "upstream.invalid_response", "form"},
		"null":      {sdktest.Fault{Path: "/api/v1/users", Status: 200, Body: `null`}, "failed", "upstream.invalid_response", "no list"},
		"page one again": {sdktest.Fault{Path: "/api/v1/users", Status: 200, Header: again, Body: `[{"id":"1"}]`},
			"failed", "upstream.invalid_response", "page"},
		"no id": {sdktest.Fault{Path: "/api/v1/users", Status: 200, Body: `[{"status":"ACTIVE"}]`}, "complete_with_gaps", "", ""},
		"odd user": {sdktest.Fault{Only: listOfUsers, Status: 200, Body: `[{"id":7,"created":7,"profile":"x","status":null}]`},
			"complete", "", ""},
		"no roles":        {sdktest.Fault{Path: "/api/v1/iam", Status: 403, Body: forbidden}, "complete", "", ""},
		"roles fail":      {sdktest.Fault{Path: "/api/v1/iam", Status: 500}, "complete_with_gaps", "", ""},
		"groups refused":  {sdktest.Fault{Path: "/api/v1/groups", Status: 403, Body: forbidden}, "complete", "", ""},
		"groups fail":     {sdktest.Fault{Path: "/api/v1/groups", Status: 500}, "complete_with_gaps", "", ""},
		"a factor fails":  {sdktest.Fault{Path: "/api/v1/users/00u2/factors", Status: 404}, "complete_with_gaps", "", ""},
		"factors refused": {sdktest.Fault{Path: "/api/v1/users/00u", Status: 403, Body: forbidden}, "complete_with_gaps", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := sync1(t, &org{users: 5}, tt.fault)
			code, said := "", ""
			if s.Err != nil {
				code, said = s.Err.Code, s.Err.Message+" "+s.Err.Remedy
			}
			if s.Result != tt.result || code != tt.code || !strings.Contains(said, tt.says) {
				t.Errorf("got %s %q, %q; want %s %q with %q", s.Result, code, said, tt.result, tt.code, tt.says)
			}
		})
	}
}

// TestWaitsForTheReset is the limit signal: Okta gives the moment in X-Rate-Limit-Reset, by its own clock.
func TestWaitsForTheReset(t *testing.T) {
	t.Parallel()
	okta := time.Date(2026, 1, 30, 12, 0, 0, 0, time.UTC) // its clock is far from this machine's
	limited := map[string]string{
		"X-Rate-Limit-Limit": "600", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": strconv.FormatInt(okta.Unix()+37, 10),
		"Date": okta.Format(http.TimeFormat),
	}
	body := `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorCauses":[]}`
	s, b, _ := sync1(t, &org{users: 3}, sdktest.Fault{Path: "/api/v1/users/00u1/factors", Status: 429, Header: limited, Body: body, Times: 1})
	if s.Result != "complete" || !slices.Contains(b.Waits(), 37*time.Second) {
		t.Errorf("got %s after waits of %v, want complete after 37 s", s.Result, b.Waits())
	}
}

// TestStopsAskingWhenRefused checks that an organization with many users is not asked for each, when it refuses all.
func TestStopsAskingWhenRefused(t *testing.T) {
	t.Parallel()
	s, _, vendor := sync1(t, &org{users: 200}, sdktest.Fault{
		Only: func(q replay.Request) bool { return strings.HasSuffix(q.URL.Path, "/factors") }, Status: 403,
	})
	asked := 0
	for _, seen := range vendor.Requests() {
		if strings.HasSuffix(seen.URL, "/factors") {
			asked++
		}
	}
	if s.Result != "complete_with_gaps" || len(s.Records) != 200 || asked > 2*refusals || len(s.Gaps) != 1 {
		t.Errorf("got %s with %d users after %d requests for factors, gaps %v", s.Result, len(s.Records), asked, s.Gaps)
	}
}

// TestWithoutAListOfAdministrators asks for the roles of each user where Okta has no list of administrators.
func TestWithoutAListOfAdministrators(t *testing.T) {
	t.Parallel()
	s, _, _ := sync1(t, &org{users: 3, gone: func(int) []int { return []int{3} }}, sdktest.Fault{Path: "/api/v1/iam", Status: 404})
	for id, want := range map[string]kind.Tri{"00u1": kind.Yes, "00u2": kind.Yes, "00u3": kind.Unknown} {
		var got kind.Account
		if err := json.Unmarshal(s.Records[id], &got); err != nil || got.Admin != want || s.Result != "complete" {
			t.Errorf("%s: admin is %s (%v) in a stream that is %s, want %s", id, got.Admin, err, s.Result, want)
		}
	}
}

// TestAdministratorThroughAGroup asks for the roles of those whose group Okta marks, too.
func TestAdministratorThroughAGroup(t *testing.T) {
	t.Parallel()
	s, _, _ := sync1(t, &org{users: 3},
		sdktest.Fault{Only: func(q replay.Request) bool { return q.URL.Path == "/api/v1/groups" }, Status: 200,
			Body: `[{"id":"00g1","profile":{"name":"A"},"_embedded":{"stats":{"hasAdminPrivilege":true}}}]`},
		sdktest.Fault{Path: "/api/v1/groups/00g1/users", Status: 200, Body: `[{"id":"00u2"}]`})
	for id, want := range map[string]kind.Tri{"00u1": kind.Yes, "00u2": kind.Yes, "00u3": kind.No} {
		var got kind.Account
		if err := json.Unmarshal(s.Records[id], &got); err != nil || got.Admin != want {
			t.Errorf("%s: admin is %s (%v), want %s", id, got.Admin, err, want)
		}
	}
}

// TestGroupThatVanishesIsLeftOut deletes a group between the list and its members. When no members can be read, the
// groups are still there.
func TestGroupThatVanishesIsLeftOut(t *testing.T) {
	t.Parallel()
	lists := sdktest.Fault{Only: func(q replay.Request) bool { return q.URL.Path == "/api/v1/groups" }, Status: 200,
		Body: `[{"id":"00g1","profile":{"name":"A"}},{"id":"00g2","profile":{"name":"B"}}]`}
	for name, tt := range map[string]struct {
		missing string
		result  string
		groups  int
	}{"one": {"/api/v1/groups/00g2/users", "complete", 1}, "all": {"/api/v1/groups/", "complete_with_gaps", 2}} {
		vendor := sdktest.NewVendor(t, &org{users: 1})
		vendor.Fail(lists, sdktest.Fault{Path: tt.missing, Status: 404})
		in := input(vendor)
		in.Streams = []string{"groups"}
		s := sdktest.NewBench(t, New()).Sync(t, in).Streams["groups"]
		if s.Result != tt.result || len(s.Records) != tt.groups {
			t.Errorf("%s: got %s with %d groups (%v), want %s with %d", name, s.Result, len(s.Records), s.Gaps, tt.result, tt.groups)
		}
	}
}

// TestSearchesWhereAFilterIsRefused reads deactivated users in the other way that Okta documents.
func TestSearchesWhereAFilterIsRefused(t *testing.T) {
	t.Parallel()
	s, _, _ := sync1(t, &org{users: 3, gone: func(int) []int { return []int{3} }}, sdktest.Fault{
		Only: func(q replay.Request) bool { return q.URL.Query().Has("filter") }, Status: 400,
	})
	if s.Result != "complete" || len(s.Records) != 3 {
		t.Errorf("got %s with %d users (%v), want complete with 3", s.Result, len(s.Records), s.Err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	fine := []string{"settings ok", "reach ok", "tls unknown", "authenticate ok"}
	allowed := []string{"okta.users.read ok", "okta.groups.read ok", "okta.apps.read ok", "okta.policies.read ok", "okta.roles.read ok"}
	tests := map[string]struct {
		faults []sdktest.Fault
		want   []string
	}{
		"an administrator's token": {nil, slices.Concat(fine, []string{"rights too_broad"}, allowed)},
		"wrong token": {[]sdktest.Fault{{Path: "/api", Status: 401}}, []string{"settings ok", "reach ok", "tls unknown",
			"authenticate failed", "okta.users.read skipped", "okta.groups.read skipped", "okta.apps.read skipped",
			"okta.policies.read skipped", "okta.roles.read skipped"}},
		"no administrators": {[]sdktest.Fault{{Path: "/api/v1/iam", Status: 403}, {Path: "/api/v1/users/00u1/roles", Status: 403}},
			slices.Concat(fine, allowed[:4], []string{"okta.roles.read missing"})},
		"nothing is allowed": {[]sdktest.Fault{{Path: "/api", Status: 403}}, slices.Concat(fine, []string{
			"okta.users.read missing", "okta.groups.read missing", "okta.apps.read missing", "okta.policies.read missing",
			"okta.roles.read missing"})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, &org{users: 3})
			vendor.Fail(tt.faults...)
			probes, _ := sdktest.NewBench(t, New()).Check(t, input(vendor))
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings map[string]any
		secrets  map[string]string
		path     string
	}{
		"the Admin Console": {map[string]any{"domain": "acme-admin.okta.com"}, map[string]string{"api_token": token}, "/domain"},
		"an address":        {map[string]any{"domain": "https://acme.okta.com"}, map[string]string{"api_token": token}, "/domain"},
		"no token":          {map[string]any{"domain": "acme.okta.com"}, nil, "/api_token"},
		"no client": {map[string]any{"domain": "acme.okta.com", "sign_in": "service_app"}, map[string]string{"private_key": "x"},
			"/client_id"},
		"no key": {map[string]any{"domain": "acme.okta.com", "sign_in": "service_app", "client_id": "0oa1"}, nil, "/private_key"},
		"a wrong key": {map[string]any{"domain": "acme.okta.com", "sign_in": "service_app", "client_id": "0oa1"},
			map[string]string{"private_key": "no key"}, "/private_key"},
		"not https": {map[string]any{"domain": "acme.okta.com", "base_url": "http://gateway.example"}, map[string]string{"api_token": token},
			"/base_url"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			probes, _ := sdktest.NewBench(t, New()).Check(t, sdktest.Input{Settings: tt.settings, Secrets: tt.secrets})
			last := probes[len(probes)-1]
			if last.Err == nil || last.Err.Code != sdk.CodeConfigInvalid || last.Err.ConfigPath != tt.path || last.Err.Remedy == "" {
				t.Errorf("got %+v, want config.invalid at %s", last.Err, tt.path)
			}
		})
	}
}

// TestServiceApp signs in with a private key, and reads the errors of the token endpoint.
func TestServiceApp(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	tests := map[string]struct {
		status int
		answer string
		code   string
		says   string
	}{
		"fine": {200, `{"token_type":"Bearer","expires_in":3600,"access_token":"access-1","scope":"okta.users.read"}`, "", ""},
		"DPoP": {400, `{"error":"invalid_dpop_proof","error_description":"The DPoP proof JWT header is missing."}`, "config.invalid",
			"Demonstrating Proof of Possession"},
		"no scopes": {400, `{"error":"consent_required","error_description":"You are not allowed any of the requested scopes."}`,
			"permission.missing", "Okta API Scopes"},
		"another key": {401, `{"error":"invalid_client","error_description":"The client_assertion signature is invalid."}`, "auth.invalid",
			"key ID"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &org{users: 3}
			var claims map[string]any
			o.grant = func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				if part := strings.Split(r.PostForm.Get("client_assertion"), "."); len(part) == 3 {
					body, _ := base64.RawURLEncoding.DecodeString(part[1])
					_ = json.Unmarshal(body, &claims)
				}
				if r.PostForm.Get("grant_type") != "client_credentials" || !strings.Contains(r.PostForm.Get("scope"), readUsers) {
					w.WriteHeader(http.StatusNotImplemented)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.answer))
			}
			vendor := sdktest.NewVendor(t, o)
			in := input(vendor)
			in.Settings = map[string]any{
				"domain": "acme.okta.com", "base_url": vendor.URL, "sign_in": "service_app", "client_id": "0oa1", "key_id": "k1",
			}
			in.Secrets = map[string]string{"private_key": private}
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
			if claims["iss"] != "0oa1" || claims["sub"] != "0oa1" || claims["aud"] != vendor.URL+tokenPath {
				t.Errorf("the statement says %v", claims)
			}
			if tt.code == "" {
				if s.Result != "complete" || len(s.Records) != 3 {
					t.Errorf("got %s with %d users (%v)", s.Result, len(s.Records), s.Err)
				}
				return
			}
			if s.Err == nil || s.Err.Code != tt.code || !strings.Contains(s.Err.Message+s.Err.Remedy, tt.says) {
				t.Errorf("got %+v, want %s that says %q", s.Err, tt.code, tt.says)
			}
		})
	}
}

func TestAudienceIsOktaItself(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"": "https://acme.okta.com", "https://gateway.example/okta": "https://acme.okta.com", "http://127.0.0.1:8080/": "http://127.0.0.1:8080",
	} {
		if got := (settings{Domain: "acme.okta.com", BaseURL: base}).audience(); got != want {
			t.Errorf("through %q the audience is %s, want %s", base, got, want)
		}
	}
}

// TestSecretsOfApplicationsAreNotKept checks that credentials and profiles stay out of records.
func TestSecretsOfApplicationsAreNotKept(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"id":"0oa1","label":"CRM","status":"ACTIVE","credentials":{"oauthClient":{"client_secret":"canary"}},
		"settings":{"app":{"password":"canary"}},"profile":{"note":"canary"}}`)
	one := app{ID: "0oa1", Label: "CRM", Status: "ACTIVE"}
	resource := appResource(&api{}, one, raw)
	_, account := assignmentAccount(one, raw)
	for _, kept := range [][]byte{resource.Vendor, account.Vendor} {
		if strings.Contains(string(kept), "canary") {
			t.Errorf("the record keeps %s", kept)
		}
	}
}
