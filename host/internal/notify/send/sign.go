package send

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Standard Webhooks: the headers of a signed request, and the form of a secret.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"

	secretPrefix = "whsec_"
	leastKey     = 24 // bytes
	mostKey      = 64
	ourKey       = 32
)

// NewSigningSecret returns a new secret for signatures.
func NewSigningSecret() string {
	raw := make([]byte, ourKey)
	_, _ = rand.Read(raw) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// SigningRule returns the rule that a secret for signatures breaks, or "".
func SigningRule(secret string) string {
	if key, ok := signingKey(secret); !ok || len(key) < leastKey || len(key) > mostKey {
		return "must be whsec_ and the base64 of 24 to 64 bytes; leave it out to have one made"
	}
	return ""
}

func signingKey(secret string) ([]byte, bool) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	return key, err == nil && strings.HasPrefix(secret, secretPrefix)
}

// Sign returns the value of webhook-signature: the version, and the HMAC-SHA-256 of id, time of the attempt and body.
func Sign(secret, id string, at time.Time, body []byte) (string, bool) {
	key, ok := signingKey(secret)
	if !ok {
		return "", false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), true
}
