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
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	integrationKey = "7c2b8d7e-1111-4222-8333-123456789abc"
	userID         = "4b9f6c1a-1111-4222-8333-123456789abc"
	accountID      = "9d3e5a70-1111-4222-8333-123456789abc"
)

// newKey returns an RSA key, made once for all tests.
var newKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
})

// office is a small Docusign account.
type office struct {
	users     int
	envelopes string // the whole list
	baseURI   string
	token     string // the answer of the token endpoint, instead of a token
	bareEnd   bool   // an empty page has no list

	mu     sync.Mutex
	hosts  []string
	claims map[string]any
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.hosts = append(o.hosts, r.Host+" "+r.URL.Path)
	o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/oauth/token":
		o.answerToken(w, r)
	case r.Header.Get("Authorization") != "Bearer access-1":
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errorCode":"USER_AUTHENTICATION_FAILED","message":"Invalid access token"}`))
	case r.URL.Path == "/oauth/userinfo":
		base := o.baseURI
		if base == "" {
			base = "https://eu.docusign.net"
		}
		_, _ = fmt.Fprintf(w, `{"email":"auditor@acme.example","accounts":[
			{"account_id":"other","is_default":false,"base_uri":"https://na1.docusign.net"},
			{"account_id":%q,"is_default":true,"account_name":"Acme","base_uri":%q}]}`, accountID, base)
	case strings.HasSuffix(r.URL.Path, "/users"):
		o.answerUsers(w, r)
	case o.envelopes == "":
		_, _ = w.Write([]byte(`{"resultSetSize":"0","totalSetSize":"0","startPosition":"0","endPosition":"0"}`))
	default:
		n := strings.Count(o.envelopes, `"envelopeId"`)
		_, _ = fmt.Fprintf(w, `{"resultSetSize":"%d","totalSetSize":"%d","envelopes":%s}`, n, n, o.envelopes)
	}
}

func (o *office) answerToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if part := strings.Split(r.PostForm.Get("assertion"), "."); len(part) == 3 {
		body, _ := base64.RawURLEncoding.DecodeString(part[1])
		o.mu.Lock()
		_ = json.Unmarshal(body, &o.claims)
		o.mu.Unlock()
	}
	if o.token != "" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(o.token))
		return
	}
	_, _ = w.Write([]byte(`{"access_token":"access-1","expires_in":3600,"token_type":"Bearer"}`))
}

func (o *office) answerUsers(w http.ResponseWriter, r *http.Request) {
	at, _ := strconv.Atoi(r.URL.Query().Get("start_position"))
	count, _ := strconv.Atoi(r.URL.Query().Get("count"))
	users := []map[string]any{}
	for n := at; n < min(at+count, o.users); n++ {
		users = append(users, map[string]any{"userId": fmt.Sprint("u", n), "userName": "Ada", "userStatus": "Active", "isAdmin": "False"})
	}
	body := map[string]any{"resultSetSize": strconv.Itoa(len(users)), "totalSetSize": strconv.Itoa(o.users)}
	if len(users) > 0 || !o.bareEnd {
		body["users"] = users
	}
	_ = json.NewEncoder(w).Encode(body)
}

func input(v *sdktest.Vendor) sdktest.Input {
	settings := map[string]any{"integration_key": integrationKey, "user_id": userID}
	if v != nil {
		settings["base_url"] = v.URL
	}
	return sdktest.Input{Settings: settings, Secrets: map[string]string{"private_key": newKey()}}
}

// TestTotalsAreTexts is the paging trap.
func TestTotalsAreTexts(t *testing.T) {
	t.Parallel()
	for _, users := range []int{0, 1, 99, 100, 101, 250} {
		for _, bare := range []bool{false, true} {
			vendor := sdktest.NewVendor(t, &office{users: users, bareEnd: bare})
			s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["users"]
			if s.Result != "complete" || len(s.Records) != users {
				t.Errorf("%d users: got %s with %d (%v)", users, s.Result, len(s.Records), s.Err)
			}
		}
	}
}

// TestFollowsTheServerOfTheAccount reaches every host, without a gateway.
func TestFollowsTheServerOfTheAccount(t *testing.T) {
	t.Parallel()
	o := &office{users: 3}
	b := sdktest.NewBench(t, New())
	b.Reach(t, o)
	in := input(nil)
	in.Settings = map[string]any{"integration_key": integrationKey, "user_id": userID, "environment": "demo"}
	s := b.Sync(t, in).Streams["users"]
	want := []string{"account-d.docusign.com /oauth/token", "account-d.docusign.com /oauth/userinfo",
		"eu.docusign.net /restapi/v2.1/accounts/" + accountID + "/users"}
	if diff := cmp.Diff(want, o.hosts[:min(3, len(o.hosts))]); diff != "" || s.Result != "complete" {
		t.Errorf("got %s (%v); requests (-want +got):\n%s", s.Result, s.Err, diff)
	}
	wanted := map[string]any{"iss": integrationKey, "sub": userID, "aud": "account-d.docusign.com", "scope": "signature impersonation"}
	for name, value := range wanted {
		if o.claims[name] != value {
			t.Errorf("the statement says %s is %v, want %v", name, o.claims[name], value)
		}
	}
}

func TestTokenGoesToNoOtherServer(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://evil.example", "http://eu.docusign.net", "https://docusign.net.evil.example",
		"https://user@eu.docusign.net", "https://eu.docusign.net:8443", "eu.docusign.net", "https://evildocusign.net"} {
		o := &office{users: 3, baseURI: base}
		b := sdktest.NewBench(t, New())
		b.Reach(t, o)
		s := b.Sync(t, input(nil)).Streams["users"]
		elsewhere := slices.ContainsFunc(o.hosts, func(seen string) bool { return !strings.HasPrefix(seen, "account.docusign.com ") })
		if s.Err == nil || s.Err.Code != sdk.CodeUpstreamInvalidResponse || elsewhere {
			t.Errorf("%s: got %s (%v) after %v", base, s.Result, s.Err, o.hosts)
		}
	}
}

func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ answer, code, says string }{
		"no consent": {`{"error":"consent_required"}`, "auth.reauth_required",
			"https://account.docusign.com/oauth/auth?client_id=" + integrationKey + "&redirect_uri=https%3A%2F%2Fdevelopers.docusign.com"},
		"another key": {`{"error":"invalid_grant","error_description":"no_valid_keys_or_signatures"}`, "auth.invalid", "key pair"},
		"no such app": {`{"error":"invalid_grant","error_description":"issuer_not_found"}`, "auth.invalid", "environment"},
		"no such user": {`{"error":"invalid_grant","error_description":"user_not_found"}`, "auth.invalid",
			"It is not the API account ID"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, &office{token: tt.answer})
			probes, _ := sdktest.NewBench(t, New()).Check(t, input(vendor))
			var failed *sdk.Error
			for _, p := range probes {
				if p.ID == "authenticate" {
					failed = p.Err
				}
			}
			if failed == nil || failed.Code != tt.code || !strings.Contains(failed.Remedy, tt.says) {
				t.Errorf("got %+v, want %s whose remedy says %q", failed, tt.code, tt.says)
			}
		})
	}
}

// TestLimits is the limit signal: two families of headers, and statuses 429 and 400.
func TestLimits(t *testing.T) {
	t.Parallel()
	docusign := time.Date(2026, 1, 30, 12, 51, 0, 0, time.UTC) // its clock is far from this machine's
	header := map[string]string{"X-RateLimit-Reset": strconv.FormatInt(docusign.Unix()+540, 10), "Date": docusign.Format(http.TimeFormat)}
	hour := `{"errorCode":"HOURLY_APIINVOCATION_LIMIT_EXCEEDED","message":"The maximum number of hourly API invocations has been exceeded."}`
	short := `{"errorCode":"BURST_APIINVOCATION_LIMIT_EXCEEDED","message":"The maximum number of burst API invocations has been exceeded."}`
	tests := map[string]struct {
		fault  sdktest.Fault
		wait   time.Duration
		result string
	}{
		"the hour, 400":      {sdktest.Fault{Status: 400, Body: hour, Header: header, Times: 1}, 9 * time.Minute, "complete"},
		"the hour, 429":      {sdktest.Fault{Status: 429, Body: hour, Header: header, Times: 1}, 9 * time.Minute, "complete"},
		"the burst, 400":     {sdktest.Fault{Status: 400, Body: short, Times: 1}, 30 * time.Second, "complete"},
		"the burst, 429":     {sdktest.Fault{Status: 429, Body: short, Times: 1}, 30 * time.Second, "complete"},
		"Retry-After":        {sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "7"}, Times: 1}, 7 * time.Second, "complete"},
		"429 without a word": {sdktest.Fault{Status: 429, Times: 1}, 0, "complete"},
		"the hour for ever":  {sdktest.Fault{Status: 429, Body: hour}, 0, "failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, &office{users: 3})
			tt.fault.Path = "/restapi/v2.1/accounts/" + accountID + "/users"
			vendor.Fail(tt.fault)
			b, in := sdktest.NewBench(t, New()), input(vendor)
			in.Deadline = time.Hour
			s := b.Sync(t, in).Streams["users"]
			if s.Result != tt.result || tt.wait > 0 && !slices.Contains(b.Waits(), tt.wait) {
				t.Errorf("got %s after waits of %v (%v), want %s after %s", s.Result, b.Waits(), s.Err, tt.result, tt.wait)
			}
			if tt.result == "failed" && s.Err.Code != sdk.CodeRateLimited {
				t.Errorf("failed with %v", s.Err)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	users := "/restapi/v2.1/accounts/" + accountID + "/users"
	tests := map[string]struct {
		fault  sdktest.Fault
		result string
		code   string
		says   string
	}{
		"500 twice":    {sdktest.Fault{Path: users, Status: 500, Times: 2}, "complete", "", ""},
		"500 for ever": {sdktest.Fault{Path: users, Status: 500}, "failed", "upstream.5xx", "Wait"},
		"401": {sdktest.Fault{Path: users, Status: 401, Body: `{"errorCode":"USER_AUTHENTICATION_FAILED"}`},
			"failed", "auth.invalid", ""},
		"no admin, 401": {sdktest.Fault{Path: users, Status: 401, Body: `{"errorCode":"USER_LACKS_PERMISSIONS"}`},
			"failed", "permission.missing", "DS Admin"},
		"403": {sdktest.Fault{Path: users, Status: 403}, "failed", "permission.missing", "DS Admin"},
		"a plan": {sdktest.Fault{Path: users, Status: 401, Body: `{"errorCode":"ACCOUNT_LACKS_PERMISSIONS"}`},
			"failed", "permission.licence", ""},
		"a web page": {sdktest.Fault{Path: users, Status: 200, Body: "<html>"}, "failed", "upstream.invalid_response", ""},
		"cut short":  {sdktest.Fault{Path: users, Break: true}, "failed", "upstream.invalid_response", "next run"},
		"no list": {sdktest.Fault{Path: users, Status: 200, Body: `{"totalSetSize":"3"}`},
			"failed", "upstream.invalid_response", "no list"},
		"null":   {sdktest.Fault{Path: users, Status: 200, Body: `null`}, "failed", "upstream.invalid_response", "no list"},
		"a list": {sdktest.Fault{Path: users, Status: 200, Body: `[]`}, "failed", "upstream.invalid_response", "form"},
		"another total": {sdktest.Fault{Path: users, Status: 200, Body: `{"users":[{"userId":"u0"}],"totalSetSize":"3"}`},
			"complete_with_gaps", "", ""},
		"no accounts": {sdktest.Fault{Path: "/oauth/userinfo", Status: 200, Body: `{}`}, "failed", "upstream.invalid_response", "accounts"},
		"other account": {sdktest.Fault{Path: "/oauth/userinfo", Status: 200, Body: `{"accounts":[]}`},
			"failed", "config.invalid", "API account ID"},
		"odd user": {sdktest.Fault{Path: users, Status: 200, Body: `{"users":[{"userId":7,"isAdmin":true,"lastLogin":1,"groupList":"x"}],
			"resultSetSize":1,"totalSetSize":1}`}, "complete", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, &office{users: 3})
			vendor.Fail(tt.fault)
			s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["users"]
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

func TestSignatures(t *testing.T) {
	t.Parallel()
	signer := func(id, status string) string {
		return fmt.Sprintf(`{"recipientIdGuid":%q,"name":"Ada","email":"ada@acme.example","status":%q,"accessCode":"canary",
			"sentDateTime":"2026-01-02T10:00:00.0000000Z","signedDateTime":"2026-01-03T10:00:00.0000000Z"}`, id, status)
	}
	one := func(id, status, more string) string {
		return fmt.Sprintf(`{"envelopeId":%q,"status":%q,"emailSubject":"NDA",%s}`, id, status, more)
	}
	envelopes := "[" + strings.Join([]string{
		one("a", "completed", `"recipients":{"signers":[`+signer("1", "completed")+`],"carbonCopies":[`+signer("9", "completed")+`]}`),
		one("b", "sent", `"recipients":{"signers":[`+signer("1", "completed")+","+signer("2", "delivered")+","+signer("3", "created")+`]}`),
		one("c", "voided", `"voidedReason":"Envelope has expired.",
			"recipients":{"signers":[`+signer("1", "completed")+","+signer("2", "sent")+`]}`),
		one("d", "voided", `"voidedReason":"Mistake",
			"recipients":{"inPersonSigners":[{"recipientId":"4","signerName":"Bob","signerEmail":"b@x","status":"sent"}]}`),
		one("e", "created", `"recipients":{"signers":[`+signer("1", "created")+`]}`),
		one("f", "declined", `"recipients":{"signers":[`+signer("1", "declined")+","+signer("2", "autoresponded")+`]}`),
	}, ",") + "]"
	vendor := sdktest.NewVendor(t, &office{envelopes: envelopes})
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["signatures"]
	got := map[string]kind.Word{}
	for key, raw := range s.Records {
		var record kind.Signature
		if err := json.Unmarshal(raw, &record); err != nil {
			t.Fatal(err)
		}
		got[key] = record.Status
		if strings.Contains(string(raw), "canary") || record.Status != "signed" && !record.SignedAt.IsZero() {
			t.Errorf("%s is %s", key, raw)
		}
	}
	want := map[string]kind.Word{
		"a/1": "signed", "b/1": "signed", "b/2": "viewed", "b/3": "unknown", "c/1": "signed", "c/2": "expired", "d/4": "voided",
		"f/1": "declined", "f/2": "unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" || s.Result != "complete" {
		t.Errorf("got %s (%v); statuses (-want +got):\n%s", s.Result, s.Err, diff)
	}
}

func TestEnvelopeWithoutRecipientsIsAGap(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, &office{envelopes: `[{"envelopeId":"a","status":"sent"},{"envelopeId":"b","status":"created"}]`})
	s := sdktest.NewBench(t, New()).Sync(t, input(vendor)).Streams["signatures"]
	if s.Result != "complete_with_gaps" || len(s.Gaps) != 1 {
		t.Errorf("got %s with gaps %v, want one gap", s.Result, s.Gaps)
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for path, change := range map[string]func(settings map[string]any, secrets map[string]string){
		"/since":           func(s map[string]any, _ map[string]string) { s["since"] = "2026-02-31" },
		"/integration_key": func(s map[string]any, _ map[string]string) { s["integration_key"] = "key" },
		"/private_key":     func(_ map[string]any, s map[string]string) { s["private_key"] = "no key" },
		"/base_url":        func(s map[string]any, _ map[string]string) { s["base_url"] = "http://gateway.example" },
	} {
		settings := map[string]any{"integration_key": integrationKey, "user_id": userID}
		secrets := map[string]string{"private_key": newKey()}
		change(settings, secrets)
		probes, _ := sdktest.NewBench(t, New()).Check(t, sdktest.Input{Settings: settings, Secrets: secrets})
		last := probes[len(probes)-1]
		if last.Err == nil || last.Err.Code != sdk.CodeConfigInvalid || last.Err.ConfigPath != path {
			t.Errorf("got %+v, want config.invalid at %s", last.Err, path)
		}
	}
}
