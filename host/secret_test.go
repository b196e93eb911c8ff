package host_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// certificate returns a certificate in PEM that ends at a moment.
func certificate(t *testing.T, end time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(-1, 0, 0), NotAfter: end}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func TestACredentialSaysWhenItEnds(t *testing.T) {
	t.Parallel()
	end := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	token := func(claims string) string { return part(`{"alg":"RS256"}`) + "." + part(claims) + ".c2ln" }
	key := "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	for name, test := range map[string]struct {
		value string
		want  *time.Time
	}{
		"a certificate":           {certificate(t, end), &end},
		"a key and a certificate": {key + certificate(t, end), &end},
		"two certificates":        {certificate(t, end.AddDate(1, 0, 0)) + certificate(t, end), &end},
		"a signed token":          {token(fmt.Sprintf(`{"exp":%d}`, end.Unix())), &end},
		"a token without an end":  {token(`{"sub":"x"}`), nil},
		"a token of nonsense":     {token(`{"exp":"soon"}`), nil},
		"a token beyond time":     {token(`{"exp":1e30}`), nil},
		"an address":              {"a.b.c", nil},
		"a password":              {"correct horse battery staple", nil},
		"a key":                   {key, nil},
		"nothing":                 {"", nil},
	} {
		got := host.SecretExpiry(test.value)
		if (got == nil) != (test.want == nil) || got != nil && !got.Equal(*test.want) {
			t.Errorf("%s ends at %v, want %v", name, got, test.want)
		}
	}
}
