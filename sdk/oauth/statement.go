package oauth

import (
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
	"maps"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// statementLifetime is how long a statement holds unless it says so itself.
const statementLifetime = 5 * time.Minute

// Statement is a JSON Web Token that its owner signs with RS256 (RFC 7519, 7523).
type Statement struct {
	Key      *rsa.PrivateKey
	KeyID    string // "" = the header has none
	Issuer   string
	Subject  string // "" = the statement has none
	Audience string
	Claims   map[string]any // further ones; they replace those above
	Lifetime time.Duration  // 0 = five minutes
}

// Sign returns the signed statement, made out for this moment.
func (s *Statement) Sign() (sdk.Secret, error) {
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	if s.KeyID != "" {
		header["kid"] = s.KeyID
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeInternalBug, "make statement: %w", err)
	}
	lifetime := s.Lifetime
	if lifetime == 0 {
		lifetime = statementLifetime
	}
	now := time.Now()
	claims := map[string]any{"iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": hex.EncodeToString(random)}
	for name, value := range map[string]string{"iss": s.Issuer, "sub": s.Subject, "aud": s.Audience} {
		if value != "" {
			claims[name] = value
		}
	}
	maps.Copy(claims, s.Claims)
	return s.sign(header, claims)
}

func (s *Statement) sign(header, claims map[string]any) (sdk.Secret, error) {
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
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.Key, crypto.SHA256, sum[:])
	if err != nil {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeInternalBug, "sign statement: %w", err)
	}
	return sdk.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(signature)), nil
}

// Key returns the private key in the secret called name. Its error names the setting.
func Key(s *sdk.Session, name string) (*rsa.PrivateKey, error) {
	key, err := ReadKey(s.Secret(name).Reveal())
	if err != nil {
		e := sdk.ConfigInvalid("/"+name, "%s holds no private key: %s", name, err.Error())
		return nil, e.WithRemedy("Enter the whole key, from its line BEGIN PRIVATE KEY to its line END PRIVATE KEY.")
	}
	return key, nil
}

// ReadKey reads an RSA key in PEM (PKCS #1 or #8), also one whose line breaks were written \n, and
// the one in a key file of Google. An error does not repeat the text.
func ReadKey(text string) (*rsa.PrivateKey, error) {
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
