package oauth_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const config = `{"type":"object","properties":{
	"client_secret":{"type":"string","writeOnly":true},"key":{"type":"string","writeOnly":true}}}`

// system is an API with its authorization server. It takes each token for so many requests.
type system struct {
	tokens, uses int
	answer       string // of the token endpoint, instead of a token
	status       int

	mu    sync.Mutex
	asked []map[string]string // forms of the token endpoint
	used  map[string]int
}

func (y *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if r.URL.Path != "/token" {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if y.used[token]++; !strings.HasPrefix(token, "token-") || y.uses > 0 && y.used[token] > y.uses {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{}`))
		return
	}
	form := map[string]string{"header": r.Header.Get("Authorization")}
	_ = r.ParseForm()
	for name := range r.PostForm {
		form[name] = r.PostForm.Get(name)
	}
	y.asked = append(y.asked, form)
	if y.answer != "" {
		w.WriteHeader(y.status)
		_, _ = w.Write([]byte(y.answer))
		return
	}
	y.tokens++
	_, _ = w.Write([]byte(`{"access_token":"token-` + strconv.Itoa(y.tokens) + `","expires_in":"3600"}`))
}

// run makes a run of five requests that sign in by a grant.
func run(t *testing.T, y *system, secrets map[string]string, grant func(*sdk.Session) (*oauth.Grant, error)) *sdktest.Outcome {
	t.Helper()
	y.used = map[string]int{}
	vendor := sdktest.NewVendor(t, y)
	read := func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		g, err := grant(s)
		if err != nil {
			return err
		}
		if g.Client, err = s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL}); err != nil {
			return err
		}
		g.Path = "/token"
		client, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL, Token: &sdk.Token{Obtain: g.Obtain}})
		for i := 0; err == nil && i < 5; i++ {
			_, err = client.GetJSON(ctx, "/items", nil, &struct{}{})
		}
		return err
	}
	c := &sdk.Connector{
		ID: "acme", Name: "Acme", Version: "1.0.0", Vendor: "Acme Inc", Summary: "Reads.", ConfigSchema: []byte(config),
		Guide:      "Hello. Takes about 5 minutes.\n\n## Step 1: Begin\nDo it.\n\n**Expected outcome:** It is done.\n",
		Categories: []string{"identity"}, Network: []sdk.NetworkHost{{Host: "acme.example", Purpose: "The API"}},
		Check:   func(context.Context, *sdk.Session, *sdk.Report) error { return nil },
		Streams: []sdk.Stream{{Name: "users", Title: "Users", Kind: kind.KindAccount, Read: read}},
	}
	return sdktest.NewBench(t, c).Sync(t, sdktest.Input{Secrets: secrets})
}

func TestTokenIsSharedAndRenewed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ uses, tokens int }{"it holds": {0, 1}, "it is refused after two requests": {2, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := &system{uses: tt.uses}
			out := run(t, y, map[string]string{"client_secret": "shh-it-is-secret"}, func(s *sdk.Session) (*oauth.Grant, error) {
				return &oauth.Grant{Type: oauth.ClientCredentials, ClientID: "id", ClientSecret: s.Secret("client_secret")}, nil
			})
			if users := out.Streams["users"]; users.Result != "complete" || y.tokens != tt.tokens {
				t.Errorf("got %s with %d tokens (%v), want complete with %d", users.Result, y.tokens, users.Err, tt.tokens)
			}
			out.Conceals(t, "token-1")
		})
	}
}

func TestTokenThatIsNeverTakenEndsTheRun(t *testing.T) {
	t.Parallel()
	y := &system{uses: 1}
	out := run(t, y, nil, func(*sdk.Session) (*oauth.Grant, error) {
		y.used["token-2"] = 1 // the second one is refused from the beginning
		return &oauth.Grant{Type: oauth.ClientCredentials, ClientID: "id"}, nil
	})
	if users := out.Streams["users"]; users.Err == nil || users.Err.Code != sdk.CodeAuthInvalid || y.tokens != 2 {
		t.Errorf("got %v after %d tokens, want auth.invalid after 2", users.Err, y.tokens)
	}
}

func TestCredentialsGoWhereTheServerWantsThem(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header bool
		want   map[string]string
	}{
		"form": {false, map[string]string{"header": "", "grant_type": "client_credentials", "scope": "a b", "client_id": "id:1",
			"client_secret": "shh-it-is-secret"}},
		"header": {true, map[string]string{"header": "Basic " + base64.StdEncoding.EncodeToString([]byte("id%3A1:shh-it-is-secret")),
			"grant_type": "client_credentials", "scope": "a b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := &system{}
			run(t, y, map[string]string{"client_secret": "shh-it-is-secret"}, func(s *sdk.Session) (*oauth.Grant, error) {
				return &oauth.Grant{Type: oauth.ClientCredentials, Form: map[string][]string{"scope": {"a b"}}, ClientID: "id:1",
					ClientSecret: s.Secret("client_secret"), Header: tt.header}, nil
			})
			if diff := cmp.Diff(tt.want, y.asked[0]); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatementIsSigned(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for name, grant := range map[string]struct{ kind, field string }{
		"as the grant": {oauth.JWTBearer, "assertion"}, "instead of a secret": {oauth.ClientCredentials, "client_assertion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := &system{}
			run(t, y, map[string]string{"key": strings.ReplaceAll(text, "\n", `\n`)}, func(s *sdk.Session) (*oauth.Grant, error) {
				read, err := oauth.Key(s, "key")
				return &oauth.Grant{Type: grant.kind, Statement: &oauth.Statement{Key: read, KeyID: "k1", Issuer: "me", Subject: "admin",
					Audience: "there", Claims: map[string]any{"scope": "a"}, Lifetime: time.Hour}}, err
			})
			parts := strings.Split(y.asked[0][grant.field], ".")
			if len(parts) != 3 {
				t.Fatalf("the form has no statement: %v", y.asked[0])
			}
			signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
			sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
			if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
				t.Errorf("signature: %v", err)
			}
			var header, claims map[string]any
			for i, into := range []*map[string]any{&header, &claims} {
				raw, _ := base64.RawURLEncoding.DecodeString(parts[i])
				if err := json.Unmarshal(raw, into); err != nil {
					t.Fatal(err)
				}
			}
			lasts, _ := claims["exp"].(float64)
			began, _ := claims["iat"].(float64)
			if lasts-began != 3600 || claims["jti"] == "" {
				t.Errorf("the statement holds from %v to %v with id %v, want an hour", began, lasts, claims["jti"])
			}
			for _, name := range []string{"exp", "iat", "jti"} {
				delete(claims, name)
			}
			want := []map[string]any{{"alg": "RS256", "typ": "JWT", "kid": "k1"}, {"iss": "me", "sub": "admin", "aud": "there", "scope": "a"}}
			if diff := cmp.Diff(want, []map[string]any{header, claims}); diff != "" {
				t.Errorf("statement (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status       int
		answer       string
		code, remedy string
	}{
		"wrong client":      {401, `{"error":"invalid_client"}`, sdk.CodeAuthInvalid, "client secret"},
		"wrong statement":   {400, `{"error":"invalid_grant","error_description":"bad"}`, sdk.CodeAuthInvalid, "clock"},
		"no such scope":     {400, `{"error":"invalid_scope"}`, sdk.CodePermissionMissing, "scopes"},
		"error with 200":    {200, `{"error":"unauthorized_client"}`, sdk.CodeAuthInvalid, "scopes"},
		"an unknown word":   {400, `{"error":"consent_required"}`, sdk.CodeAuthInvalid, ""},
		"400 without words": {400, `no`, sdk.CodeAuthInvalid, ""},
		"no token":          {200, `{"ok":true}`, sdk.CodeUpstreamInvalidResponse, ""},
		"a web page":        {200, `<html>`, sdk.CodeUpstreamInvalidResponse, "sign-in page"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := run(t, &system{status: tt.status, answer: tt.answer}, nil, func(*sdk.Session) (*oauth.Grant, error) {
				return &oauth.Grant{Type: oauth.ClientCredentials, ClientID: "id"}, nil
			})
			got := out.Streams["users"].Err
			if name == "an unknown word" && got != nil && got.UpstreamCode != "consent_required" {
				t.Errorf("the server's word is %q, want consent_required", got.UpstreamCode)
			}
			if got == nil || got.Code != tt.code || !strings.Contains(got.Remedy, tt.remedy) {
				t.Errorf("got %v with remedy %q, want %s with %q", got, got.Remedy, tt.code, tt.remedy)
			}
		})
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no PEM": "abc", "empty": "", "a key file without a key": `{"type":"service_account"}`,
		"another key": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",
	} {
		if _, err := oauth.ReadKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v, want an error that does not repeat it", name, err)
		}
	}
}
