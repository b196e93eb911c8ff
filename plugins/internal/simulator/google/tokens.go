// Package google simulates Google's token endpoint, which reads the statement of a service account and its signature. The token for
// the scope https://www.googleapis.com/auth/NAME is ya29.NAME.
package google

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// Tokens says to whom the endpoint gives a token.
type Tokens struct {
	KeyFile string                       // of the service account
	Subject string                       // for whom the service account must act; "" = for itself
	Refuses func(permission string) bool // whether the permission is one that the endpoint refuses; nil = none
}

// Path is that of the token endpoint.
const Path = "/token"

// Before returns a handler that answers the token endpoint of a mode, and has an API answer the rest.
func (t Tokens) Before(api http.Handler, m vendor.Mode) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead { // the check reaches out
			return
		}
		if r.URL.Path != Path {
			api.ServeHTTP(w, r)
			return
		}
		Answer(w, r, t.KeyFile, func(claims Claims) (word, description string) { return t.refuse(m, claims) })
	})
}

func (t Tokens) refuse(m vendor.Mode, claims Claims) (word, description string) {
	refuses := t.Refuses != nil && t.Refuses(m.Without)
	switch {
	case m.Refuse:
		return "invalid_grant", "Invalid JWT Signature."
	case claims.Subject != t.Subject:
		return "invalid_grant", "Invalid email or User ID"
	case refuses && strings.Contains(" "+claims.Name()+" ", " "+m.Without+" "):
		return "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, " +
			"or client not authorized for any of the scopes requested."
	}
	return "", ""
}

// Claims are those of a statement.
type Claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Scope    string `json:"scope"`
	From     int64  `json:"iat"`
	Until    int64  `json:"exp"`
}

// Name returns the scopes without their common address.
func (c Claims) Name() string {
	return strings.ReplaceAll(c.Scope, "https://www.googleapis.com/auth/", "")
}

// Answer answers a request of the token endpoint. KeyFile is the key file of the service account; refuse returns an error word with
// its description, or nothing.
func Answer(w http.ResponseWriter, r *http.Request, keyFile string, refuse func(Claims) (word, description string)) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	claims, description := read(r, keyFile)
	word := "invalid_grant"
	if description == "" {
		word, description = refuse(claims)
	}
	if word == "" {
		token := "ya29." + strings.ReplaceAll(claims.Name(), " ", "+")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "expires_in": 3599, "token_type": "Bearer"})
		return
	}
	status := http.StatusBadRequest
	if word == "unauthorized_client" {
		status = http.StatusUnauthorized
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": word, "error_description": description})
}

// read returns the claims of a request, and why Google would not accept its statement.
func read(r *http.Request, keyFile string) (c Claims, refusal string) {
	var file struct {
		Email string `json:"client_email"`
		KeyID string `json:"private_key_id"`
	}
	key, err := oauth.ReadKey(keyFile)
	if err != nil || json.Unmarshal([]byte(keyFile), &file) != nil {
		return c, "the test has no key"
	}
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != oauth.JWTBearer {
		return c, "Bad Request"
	}
	parts := strings.Split(r.PostForm.Get("assertion"), ".")
	if len(parts) != 3 {
		return c, "Bad Request"
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return c, "Invalid JWT Signature."
	}
	var header struct{ Alg, Kid string }
	for i, into := range []any{&header, &c} {
		raw, _ := base64.RawURLEncoding.DecodeString(parts[i])
		if err := json.Unmarshal(raw, into); err != nil {
			return c, "Bad Request"
		}
	}
	now := time.Now().Unix()
	switch {
	case header.Alg != "RS256" || header.Kid != file.KeyID || c.Issuer != file.Email || !strings.HasSuffix(c.Audience, Path):
		return c, "Invalid JWT"
	case c.From > now+60 || c.Until < now || c.Until-c.From > 3600:
		return c, "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
	}
	return c, ""
}
