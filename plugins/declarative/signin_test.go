package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestSecretsAreSentAsTheFileSays covers the ways without a token.
func TestSecretsAreSentAsTheFileSays(t *testing.T) {
	t.Parallel()
	const chosen = "{choose: {setting: way, ways: {plain: {bearer: key}, granted: {query: {name: q, secret: key}}}}}"
	for auth, want := range map[string]string{
		"{header: {name: X-Key, prefix: 'k ', secret: key}}":                               "X-Key: k k3y-secret",
		"{header: [{name: X-Key, secret: key}, {name: X-App, secret: token}]}":             "X-App: t0ken-secret",
		"{header: {name: X-Keys, value: 'access={key};secret={token}'}}":                   "X-Keys: access=k3y-secret;secret=t0ken-secret",
		"{query: {name: api_key, secret: key}}":                                            "api_key=k3y-secret",
		"{choose: {setting: way, ways: {plain: {bearer: key}, granted: {bearer: token}}}}": "Authorization: Bearer t0ken-secret",
		chosen: "q=k3y-secret",
	} {
		got := ""
		vendor := vendorOf(t, func(q asked, _ http.ResponseWriter) any {
			for name := range q.Header {
				got += name + ": " + q.Header.Get(name) + "\n"
			}
			got += url.Values(q.Query).Encode() + "\n"
			return people("a")
		})
		in := given(vendor.URL)
		in.Settings.(map[string]any)["way"] = "granted"
		out := sdktest.NewBench(t, connectorOf(t, "auth: "+auth+"\n"+oneStream("path: /list\nrecords: response"))).Sync(t, in)
		if s := out.Streams["users"]; s.Err != nil || !strings.Contains(got, want+"\n") {
			t.Errorf("%s sends %q, want %q (%v)", auth, got, want, s.Err)
		}
		if shown := fmt.Sprint(out.Requests, out.Logs); strings.Contains(shown, "secret") && strings.Contains(shown, "k3y-secret") {
			t.Errorf("%s shows the secret: %s", auth, shown)
		}
	}
}

// server is an authorisation server and the API behind it.
type server struct {
	mu       sync.Mutex
	granted  int            // tokens
	forms    []url.Values   // of the requests for a token
	headers  []http.Header  // of them
	lasts    int            // for how many requests a token is good; 0 = for ever
	used     int            // requests with the latest token
	answer   map[string]any // instead of a token
	status   int            // with answer
	more     map[string]any // beside the token
	rotating bool           // each answer has a new refresh token
	pages    int
}

func (s *server) handle(q asked, w http.ResponseWriter) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Path == "/token" || q.Path == "/login" {
		form, _ := url.ParseQuery(q.Body)
		s.forms, s.headers = append(s.forms, form), append(s.headers, q.Header)
		if s.answer != nil {
			w.WriteHeader(s.status)
			return s.answer
		}
		s.granted, s.used = s.granted+1, 0
		answer := map[string]any{"access_token": fmt.Sprintf("granted-token-%d", s.granted), "expires_in": 3600,
			"data": map[string]any{"token": fmt.Sprintf("granted-token-%d", s.granted)}}
		if s.rotating {
			answer["refresh_token"] = fmt.Sprintf("rotated-refresh-%d", s.granted)
		}
		for name, value := range s.more {
			answer[name] = value
		}
		return answer
	}
	token := q.Header.Get("Authorization") + q.Header.Get("X-Session") + strings.Join(q.Query["session"], "")
	s.used++
	if !strings.HasSuffix(token, fmt.Sprintf("granted-token-%d", s.granted)) || s.granted == 0 || s.lasts > 0 && s.used > s.lasts {
		w.WriteHeader(http.StatusUnauthorized)
		return map[string]any{}
	}
	page := len(q.Query["cursor"])
	answer := map[string]any{"list": people(fmt.Sprintf("%v-%d", q.Query["cursor"], page))}
	if n := s.pages; n > 1 {
		s.pages--
		answer["next"] = fmt.Sprint(n)
	}
	return answer
}

// byRefresh and byStatement sign in with the other grants.
const (
	byRefresh   = `auth: {oauth2: {grant: refresh_token, token_url: "{{ settings.base_url }}/token", refresh_token: token}}`
	byStatement = `auth: {oauth2: {grant: jwt_bearer, token_url: "{{ settings.base_url }}/token", jwt: {key: key, issuer: me}}}`
)

const cc = `auth:
  oauth2: {grant: client_credentials, token_url: "{{ settings.base_url }}/token", client_id: "{{ settings.client }}", client_secret: key`

const listed = "path: /list\nrecords: response.list\npaging: {token: {query: cursor, from: response.next}}"

func privateKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// claimsOf returns the claims of a statement with a right signature.
func claimsOf(t *testing.T, key *rsa.PrivateKey, statement string) map[string]any {
	t.Helper()
	parts := strings.Split(statement, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no statement", statement)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the signature: %v", err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestATokenIsObtainedAndShared covers the grants: what is sent, and how often.
func TestATokenIsObtainedAndShared(t *testing.T) {
	t.Parallel()
	key, encoded := privateKey(t)
	file, _ := json.Marshal(map[string]string{"private_key": encoded})
	for name, test := range map[string]struct {
		auth  string
		key   string
		want  map[string]string // in the form
		check func(form url.Values, header http.Header) string
	}{
		"client credentials": {cc + `, scope: "a b", parameters: {audience: x}}`, "",
			map[string]string{"grant_type": "client_credentials", "client_id": "me", "client_secret": "k3y-secret", "scope": "a b", "audience": "x"},
			nil},
		"in the header": {cc + `, credentials: header}`, "", map[string]string{"client_id": "", "client_secret": ""},
			func(_ url.Values, h http.Header) string {
				if h.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:k3y-secret")) {
					return h.Get("Authorization")
				}
				return ""
			}},
		"refresh": {`auth: {oauth2: {grant: refresh_token, token_url: "{{ settings.base_url }}/token", client_id: me, refresh_token: token}}`, "",
			map[string]string{"grant_type": "refresh_token", "refresh_token": "t0ken-secret", "client_id": "me"}, nil},
		"statement": {`auth: {oauth2: {grant: jwt_bearer, token_url: "{{ settings.base_url }}/token", jwt: {key: key, ` +
			`issuer: "{{ settings.client }}", subject: boss, audience: aud, lifetime: 10m, claims: {scope: read}}}}`, encoded,
			map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, func(f url.Values, _ http.Header) string {
				c := claimsOf(t, key, f.Get("assertion"))
				if c["iss"] != "me" || c["sub"] != "boss" || c["aud"] != "aud" || c["scope"] != "read" || c["exp"].(float64)-c["iat"].(float64) != 600 {
					return fmt.Sprint(c)
				}
				return ""
			}},
		"Google's key file": {byStatement, string(file), nil, func(f url.Values, _ http.Header) string {
			if c := claimsOf(t, key, f.Get("assertion")); c["sub"] != nil || !strings.HasSuffix(fmt.Sprint(c["aud"]), "/token") {
				return fmt.Sprint(c)
			}
			return ""
		}},
		"statement for a secret": {`auth: {oauth2: {grant: client_credentials, token_url: "{{ settings.base_url }}/token", client_id: me, ` +
			`jwt: {key: key}}}`, strings.ReplaceAll(encoded, "\n", `\n`),
			map[string]string{"grant_type": "client_credentials", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			func(f url.Values, _ http.Header) string {
				if c := claimsOf(t, key, f.Get("client_assertion")); c["iss"] != "me" || c["sub"] != "me" || c["jti"] == nil {
					return fmt.Sprint(c)
				}
				return ""
			}},
		"session": {`auth: {session: {request: {method: POST, reads: true, path: /login, json: {user: "{{ settings.client }}", ` +
			`password: {secret: key}}}, token: response.data.token, header: {name: X-Session}}}`, "", nil, nil},
		"session in a parameter": {`auth: {session: {request: {path: /login}, token: response.data.token, query: {name: session}}}`,
			"", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{pages: 3}
			vendor := vendorOf(t, s.handle)
			in := given(vendor.URL)
			if test.key != "" {
				in.Secrets["key"] = test.key
			}
			two := oneStream(listed) + strings.Replace(strings.TrimPrefix(oneStream(listed), "streams:\n"), "name: users", "name: others", 1)
			out := sdktest.NewBench(t, connectorOf(t, test.auth+"\n"+two)).Sync(t, in)
			for _, stream := range []string{"users", "others"} {
				if got := out.Streams[stream]; got == nil || got.Result != "complete" {
					t.Fatalf("%s: %+v, %v", stream, got, out.Err)
				}
			}
			if s.granted != 1 {
				t.Errorf("%d tokens were obtained for one run", s.granted)
			}
			for field, want := range test.want {
				if got := s.forms[0].Get(field); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
			if test.check != nil {
				if wrong := test.check(s.forms[0], s.headers[0]); wrong != "" {
					t.Error(wrong)
				}
			}
			said, _ := json.Marshal([]any{out.Requests, out.Logs, out.Progress})
			for _, secret := range []string{"granted-token", "k3y-secret", "t0ken-secret"} {
				if strings.Contains(string(said), secret) {
					t.Errorf("%s is shown", secret)
				}
			}
		})
	}
}

// TestATokenIsRenewed covers tokens that end: by the clock, and by a refusal.
func TestATokenIsRenewed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server *server
		tokens int
		code   string
	}{
		"refused in the middle": {&server{pages: 4, lasts: 2}, 2, ""},
		"refused each time": {&server{pages: 4, lasts: -1, more: map[string]any{"access_token": "not-the-right-one"}}, 2,
			sdk.CodeAuthInvalid},
		"no token in the answer":    {&server{more: map[string]any{"access_token": nil}}, 1, sdk.CodeUpstreamInvalidResponse},
		"a token with a line break": {&server{more: map[string]any{"access_token": "a\nb"}}, 1, sdk.CodeAuthInvalid},
		"it ends at once":           {&server{pages: 1, more: map[string]any{"expires_in": 0.000001}}, 2, ""},
		"seconds as text":           {&server{pages: 2, more: map[string]any{"expires_in": "3600"}}, 1, ""},
		"no word on its end":        {&server{pages: 2, more: map[string]any{"expires_in": nil}}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := vendorOf(t, test.server.handle)
			out := sdktest.NewBench(t, connectorOf(t, cc+"}\n"+oneStream(listed))).Sync(t, given(vendor.URL))
			s := out.Streams["users"]
			if (s.Err == nil) != (test.code == "") || s.Err != nil && s.Err.Code != test.code || test.server.granted != test.tokens {
				t.Errorf("%s, %v, %d tokens", s.Result, s.Err, test.server.granted)
			}
		})
	}
}

// TestWhatATokenEndpointSaysIsTold has the errors of RFC 6749, and others.
func TestWhatATokenEndpointSaysIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		auth   string
		status int
		answer map[string]any
		code   string
	}{
		"a wrong secret": {cc + "}", 401, map[string]any{"error": "invalid_client"}, sdk.CodeAuthInvalid},
		"one with 400": {cc + "}", 400,
			map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret k3y-secret"}, sdk.CodeAuthInvalid},
		"one with 200":         {cc + "}", 200, map[string]any{"error": "invalid_client"}, sdk.CodeAuthInvalid},
		"used up":              {byRefresh, 400, map[string]any{"error": "invalid_grant"}, sdk.CodeAuthReauthRequired},
		"no delegation":        {cc + "}", 401, map[string]any{"error": "unauthorized_client"}, sdk.CodeAuthInvalid},
		"a scope":              {cc + "}", 400, map[string]any{"error": "invalid_scope"}, sdk.CodePermissionMissing},
		"a wrong request":      {cc + "}", 400, map[string]any{"error": "unsupported_grant_type"}, sdk.CodeConfigInvalid},
		"down":                 {cc + "}", 503, map[string]any{"error": "temporarily_unavailable"}, sdk.CodeUpstreamMaintenance},
		"an unknown word":      {cc + "}", 400, map[string]any{"error": "strange"}, sdk.CodeAuthInvalid},
		"an object for a word": {cc + "}", 403, map[string]any{"error": map[string]any{"code": 7}}, sdk.CodeAuthInvalid},
		"limits":               {cc + "}", 429, map[string]any{}, sdk.CodeRateLimited},
		"not there":            {cc + "}", 404, map[string]any{}, sdk.CodeNotFoundEndpoint},
		"a session refused":    {`auth: {session: {request: {path: /login}, token: response.t}}`, 403, map[string]any{}, sdk.CodeAuthInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{status: test.status, answer: test.answer}
			vendor := vendorOf(t, s.handle)
			c := connectorOf(t, test.auth+"\n"+oneStream(listed))
			out := sdktest.NewBench(t, c).Sync(t, given(vendor.URL))
			if out.Err == nil || out.Err.Code != test.code || strings.Contains(out.Err.Message, "k3y-secret") {
				t.Errorf("%+v", out.Err)
			}
			probes, _ := sdktest.NewBench(t, c).Check(t, given(vendor.URL))
			for _, p := range probes {
				if p.ID == "sign_in" && (p.Err == nil || p.Err.Code != test.code) {
					t.Errorf("the check: %+v", p)
				}
				if p.ID == "stream.users" && p.State != "skipped" {
					t.Errorf("the check goes on: %+v", p)
				}
			}
		})
	}
}

// TestARotatedRefreshTokenIsUsedAndTold: this host keeps the old one.
func TestARotatedRefreshTokenIsUsedAndTold(t *testing.T) {
	t.Parallel()
	s := &server{pages: 4, lasts: 2, rotating: true}
	vendor := vendorOf(t, s.handle)
	out := sdktest.NewBench(t, connectorOf(t, byRefresh+"\n"+oneStream(listed))).Sync(t, given(vendor.URL))
	if got := out.Streams["users"]; got.Result != "complete" || len(s.forms) != 2 || s.forms[1].Get("refresh_token") != "rotated-refresh-1" {
		t.Errorf("%s, %v, %v", got.Result, got.Err, s.forms)
	}
	if logs := strings.Join(out.Logs, "\n"); !strings.Contains(logs, "keeps the old one") || strings.Contains(logs, "rotated-refresh") {
		t.Errorf("logs %s", logs)
	}
}

// TestAHostMaySealANewRefreshToken hands each new one over before it is used.
func TestAHostMaySealANewRefreshToken(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		s := &server{pages: 4, lasts: 2, rotating: true}
		vendor := vendorOf(t, s.handle)
		in := given(vendor.URL)
		var sealed []string
		in.Renew = func(name, value string) error {
			sealed = append(sealed, name+" "+value)
			if fails {
				return errors.New("the disk is full")
			}
			return nil
		}
		out := sdktest.NewBench(t, connectorOf(t, byRefresh+"\n"+oneStream(listed))).Sync(t, in)
		logs := strings.Join(out.Logs, "\n")
		if out.Streams["users"].Result != "complete" || fmt.Sprint(sealed) != "[token rotated-refresh-1 token rotated-refresh-2]" ||
			strings.Contains(logs, "the disk is full") != fails || strings.Contains(logs, "keeps the old one") {
			t.Errorf("%+v, sealed %v, logs %s", out.Streams["users"], sealed, logs)
		}
	}
}

// TestAKeyThatIsNoneIsNotRepeated wants the setting's name and not its text.
func TestAKeyThatIsNoneIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"not a key", "{}", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"} {
		vendor := vendorOf(t, (&server{}).handle)
		in := given(vendor.URL)
		in.Secrets["key"] = key
		out := sdktest.NewBench(t, connectorOf(t, byStatement+"\n"+oneStream(listed))).Sync(t, in)
		if out.Err == nil || out.Err.Code != sdk.CodeConfigInvalid || out.Err.ConfigPath != "/key" || strings.Contains(out.Err.Message, "AAAA") {
			t.Errorf("%q: %+v", key, out.Err)
		}
	}
}
