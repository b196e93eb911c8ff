package auth

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
)

// statement returns a signed statement (RFC 7523). Where the issuer or the subject is not
// given, it is the client itself.
func (s *Signer) statement(ctx context.Context, way *plan.OAuth2, client sdk.Secret, address string) (sdk.Secret, error) {
	j := way.JWT
	key, err := readKey(s.caller.Session.Secret(j.Key).Reveal())
	if err != nil {
		e := sdk.ConfigInvalid("/"+j.Key, "%s holds no private key: %s", j.Key, err.Error())
		return sdk.Secret{}, e.WithRemedy("Enter the whole key, from its line BEGIN PRIVATE KEY to its line END PRIVATE KEY.")
	}
	claims := map[string]any{}
	more, err := fields(ctx, j.Claims, s.caller.Scope)
	if err != nil {
		return sdk.Secret{}, sdk.ConfigInvalid("", "the statement cannot be built: %s", err.Error())
	}
	for name, value := range more {
		claims[name] = value
	}
	for name, t := range map[string]plan.Text{"iss": j.Issuer, "sub": j.Subject, "aud": j.Audience, "kid": j.KeyID} {
		if !t.Set() {
			continue
		}
		if claims[name], err = t.In(ctx, s.caller.Scope); err != nil {
			return sdk.Secret{}, sdk.ConfigInvalid("", "the statement cannot be built: %s", err.Error())
		}
	}
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	if claims["kid"] != nil {
		header["kid"] = claims["kid"]
		delete(claims, "kid")
	}
	isClient := way.File.Grant != "jwt_bearer"
	for name, otherwise := range map[string]string{"iss": client.Reveal(), "sub": client.Reveal(), "aud": address} {
		if claims[name] == nil && otherwise != "" && (name != "sub" || isClient) {
			claims[name] = otherwise
		}
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeInternalBug, "make statement: %w", err)
	}
	now := time.Now()
	claims["iat"], claims["exp"], claims["jti"] = now.Unix(), now.Add(j.Lifetime).Unix(), hex.EncodeToString(random)
	return sign(key, header, claims)
}

// sign returns a JSON Web Token signed with RS256.
func sign(key *rsa.PrivateKey, header, claims map[string]any) (sdk.Secret, error) {
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		raw, err := json.Marshal(part)
		if err != nil {
			return sdk.Secret{}, sdk.Errorf(sdk.CodeInternalBug, "encode statement: %w", err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(raw))
	}
	signed := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeInternalBug, "sign statement: %w", err)
	}
	return sdk.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(signature)), nil
}

// readKey reads an RSA key in PEM, also one whose line breaks were written \n, and the
// one in a key file of Google. An error does not repeat the text.
func readKey(text string) (*rsa.PrivateKey, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var file struct {
			Key string `json:"private_key"`
		}
		if json.Unmarshal([]byte(text), &file) != nil || file.Key == "" {
			return nil, errors.New("the key file has no private_key")
		}
		text = file.Key
	}
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, errors.New("it is not in PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it cannot be read; it may be locked with a passphrase")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("it is not an RSA key")
	}
	return key, nil
}
