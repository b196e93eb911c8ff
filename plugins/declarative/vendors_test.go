package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// vendorFile returns the connector of a file that was written from a vendor's
// documentation.
func vendorFile(t *testing.T, name string) *sdk.Connector {
	t.Helper()
	raw, err := os.ReadFile("testdata/vendors/" + name + ".connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// one returns the only member of a parameter, "" when there is none.
func (q asked) one(name string) string { return strings.Join(q.Query[name], ",") }

// slack answers as Slack documents: errors have the status 200.
func slack(failing string) func(q asked, w http.ResponseWriter) any {
	limited := failing == "ratelimited"
	return func(q asked, w http.ResponseWriter) any {
		w.Header().Set("X-Oauth-Scopes", "users:read,users:read.email")
		switch {
		case limited:
			limited = false
			w.Header().Set("Retry-After", "7")
			return map[string]any{"ok": false, "error": "ratelimited"}
		case failing != "" && failing != "ratelimited":
			return map[string]any{"ok": false, "error": failing, "needed": "users:read"}
		case q.Path == "/auth.test":
			return map[string]any{"ok": true, "user": "auditor"}
		case q.one("cursor") == "":
			return map[string]any{"ok": true, "members": []any{
				map[string]any{"id": "U1", "name": "ada", "profile": map[string]any{"email": "ada@example.com"}, "is_owner": true, "has_2fa": true,
					"deleted": false, "is_bot": false},
				map[string]any{"id": "B1", "name": "bot", "is_bot": true, "deleted": false},
			}, "response_metadata": map[string]any{"next_cursor": "dXNlcjpVMg=="}}
		}
		return map[string]any{"ok": true,
			"members": []any{
				map[string]any{"id": "U2", "name": "bob", "is_bot": false, "deleted": true, "is_admin": false, "is_owner": false}},
			"response_metadata": map[string]any{"next_cursor": ""}}
	}
}

func TestSlack(t *testing.T) {
	t.Parallel()
	for failing, want := range map[string]string{
		"": "", "ratelimited": "", "invalid_auth": sdk.CodeAuthInvalid, "missing_scope": sdk.CodePermissionMissing,
		"not_allowed_token_type": sdk.CodePermissionLicence, "invalid_cursor": sdk.CodeConfigInvalid,
	} {
		vendor := vendorOf(t, slack(failing))
		in := sdktest.Input{Settings: map[string]any{"base_url": vendor.URL}, Secrets: map[string]string{"token": "xoxb-secret"}}
		bench := sdktest.NewBench(t, vendorFile(t, "slack"))
		s := bench.Sync(t, in).Streams["users"]
		if want != "" {
			if s.Err == nil || s.Err.Code != want {
				t.Errorf("%s: %+v", failing, s.Err)
			}
			continue
		}
		if s.Result != "complete" || len(s.Records) != 3 {
			t.Fatalf("%s: %s with %d, %v, %v", failing, s.Result, len(s.Records), s.Err, s.Gaps)
		}
		for key, facts := range map[string][]string{"U1": {`"mfa":"yes"`, `"admin":"yes"`}, "B1": {`"type":"bot"`, `"status":"active"`},
			"U2": {`"status":"deprovisioned"`, `"admin":"no"`}} {
			for _, fact := range facts {
				if !strings.Contains(string(s.Records[key]), fact) {
					t.Errorf("%s has not %s: %s", key, fact, s.Records[key])
				}
			}
		}
		if strings.Contains(string(s.Records["U2"]), `"mfa"`) {
			t.Errorf("what Slack leaves out is known: %s", s.Records["U2"])
		}
		if probes, identity := bench.Check(t, in); identity != "auditor" ||
			!slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool { return p.ID == "permission.users:read" && p.State == "ok" }) {
			t.Errorf("%s: %q, %+v", failing, identity, probes)
		}
	}
}

func TestOkta(t *testing.T) {
	t.Parallel()
	for _, factors := range []int{200, 403} {
		vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
			if q.Header.Get("Authorization") != "SSWS 00token" {
				w.WriteHeader(http.StatusUnauthorized)
				return map[string]any{"errorCode": "E0000011"}
			}
			switch {
			case strings.HasSuffix(q.Path, "/factors"):
				w.WriteHeader(factors)
				if factors == 403 {
					return map[string]any{"errorCode": "E0000006", "errorSummary": "no"}
				}
				if strings.Contains(q.Path, "/u1/") {
					return []any{map[string]any{"status": "ACTIVE"}}
				}
				return []any{}
			case q.one("after") == "":
				w.Header().Add("Link", "<http://"+q.Header.Get("X-None")+`x/api/v1/users?limit=200>; rel="self"`)
				w.Header().Add("Link", `</api/v1/users?after=u1&limit=200>; rel="next"`)
				return []any{map[string]any{"id": "u1", "status": "ACTIVE", "lastLogin": "2026-03-01T12:00:00.000Z",
					"profile": map[string]any{"login": "ada", "email": "ada@example.com", "firstName": "Ada", "lastName": "L"}}}
			}
			return []any{
				map[string]any{"id": "u2", "status": "LOCKED_OUT", "lastLogin": nil, "profile": map[string]any{"login": "bob"}},
				map[string]any{"id": "u3", "status": "DEPROVISIONED", "profile": map[string]any{"login": "cy"}},
			}
		})
		in := sdktest.Input{Settings: map[string]any{"base_url": vendor.URL}, Secrets: map[string]string{"token": "00token"}}
		s := sdktest.NewBench(t, vendorFile(t, "okta")).Sync(t, in).Streams["users"]
		if s.Result != "complete" || len(s.Records) != 3 {
			t.Fatalf("%s with %d, %v, %v", s.Result, len(s.Records), s.Err, s.Gaps)
		}
		known := map[string]string{"u1": `"mfa":"yes"`, "u2": `"mfa":"no"`, "u3": ""}
		for key, fact := range known {
			if factors == 403 {
				fact = ""
			}
			if doc := string(s.Records[key]); fact != "" && !strings.Contains(doc, fact) || fact == "" && strings.Contains(doc, `"mfa"`) {
				t.Errorf("factors %d: %s is %s", factors, key, doc)
			}
		}
		if !strings.Contains(string(s.Records["u1"]), `"name":"Ada L"`) || !strings.Contains(string(s.Records["u2"]), `"status":"suspended"`) {
			t.Errorf("%s, %s", s.Records["u1"], s.Records["u2"])
		}
	}
}

// TestEntra has a tenant without the plan that the report on second factors needs: the
// users are whole, and their second factor is unknown.
func TestEntra(t *testing.T) {
	t.Parallel()
	for _, premium := range []bool{true, false} {
		var vendor *sdktest.Vendor
		vendor = vendorOf(t, func(q asked, w http.ResponseWriter) any {
			form, _ := url.ParseQuery(q.Body)
			switch {
			case q.Path == "/t1/oauth2/v2.0/token":
				if form.Get("client_secret") != "s3cret-value" || form.Get("scope") != vendor.URL+"/.default" {
					w.WriteHeader(http.StatusUnauthorized)
					return map[string]any{"error": "invalid_client"}
				}
				return map[string]any{"access_token": "graph-token-0123", "expires_in": 3599, "token_type": "Bearer"}
			case q.Header.Get("Authorization") != "Bearer graph-token-0123":
				w.WriteHeader(http.StatusUnauthorized)
				return map[string]any{"error": map[string]any{"code": "InvalidAuthenticationToken"}}
			case strings.HasPrefix(q.Path, "/v1.0/reports/"):
				if !premium {
					w.WriteHeader(http.StatusForbidden)
					return map[string]any{"error": map[string]any{"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}
				}
				return map[string]any{"isMfaRegistered": strings.HasSuffix(q.Path, "1"), "isAdmin": false}
			case q.one("$skiptoken") == "":
				return map[string]any{
					"value": []any{map[string]any{"id": "1", "userPrincipalName": "ada", "accountEnabled": true,
						"createdDateTime": "2020-01-01T00:00:00Z"}}, "@odata.nextLink": vendor.URL + "/v1.0/users?$top=999&$skiptoken=x"}
			}
			return map[string]any{"value": []any{map[string]any{"id": "2", "userPrincipalName": "bob", "accountEnabled": false}}}
		})
		in := sdktest.Input{
			Settings: map[string]any{"graph_url": vendor.URL, "login_url": vendor.URL, "tenant": "t1", "client_id": "c1"},
			Secrets:  map[string]string{"client_secret": "s3cret-value"},
		}
		s := sdktest.NewBench(t, vendorFile(t, "entra")).Sync(t, in).Streams["users"]
		if s.Result != "complete" || len(s.Records) != 2 || strings.Contains(string(s.Records["1"]), `"mfa":"yes"`) != premium ||
			strings.Contains(string(s.Records["2"]), `"mfa":"no"`) != premium {
			t.Errorf("premium %v: %s, %s, %v, %v", premium, s.Result, s.Records, s.Err, s.Gaps)
		}
	}
}

// TestDocuSign has accounts on hosts that only an answer names, totals that are texts, and
// one account on a host that the file does not declare.
func TestDocuSign(t *testing.T) {
	t.Parallel()
	_, key := privateKey(t)
	var vendor *sdktest.Vendor
	vendor = vendorOf(t, func(q asked, w http.ResponseWriter) any {
		switch q.Path {
		case "/oauth/token":
			return map[string]any{"access_token": "sign-token-0123", "expires_in": 3600}
		case "/oauth/userinfo":
			return map[string]any{"accounts": []any{
				map[string]any{"account_id": "a1", "account_name": "One", "base_uri": vendor.URL},
				map[string]any{"account_id": "a2", "account_name": "Two", "base_uri": "https://evil.example"},
			}}
		}
		at, _ := strconv.Atoi(q.one("start_position"))
		all := []any{}
		for i := at; i < min(at+2, 3); i++ {
			all = append(all, map[string]any{"userId": fmt.Sprint(i), "userStatus": "Active", "isAdmin": "False",
				"lastLogin": "2026-03-01T12:00:00.0000000Z"})
		}
		return map[string]any{"users": all, "totalSetSize": "3", "endPosition": "2"}
	})
	in := sdktest.Input{Settings: map[string]any{"account_url": vendor.URL, "user": "u", "client_id": "c"},
		Secrets: map[string]string{"private_key": key}}
	out := sdktest.NewBench(t, vendorFile(t, "docusign")).Sync(t, in)
	s := out.Streams["users"]
	if got := slices.Sorted(maps.Keys(s.Records)); s.Result != "failed" || s.Err == nil || s.Err.Code != sdk.CodeNetworkDenied ||
		len(got) > 3 {
		t.Errorf("%s with %v, %+v, %v", s.Result, got, s.Err, s.Gaps)
	}
	if accounts := out.Streams["accounts"]; accounts.Result != "complete" || len(accounts.Records) != 2 {
		t.Errorf("%+v", accounts)
	}
}
