package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Handler(t, New, verifying(t))
}

// verifying returns the system of simulator.yaml.
func verifying(t *testing.T) prove.System {
	t.Helper()
	system, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return signing{system}
}

// signing is the system of simulator.yaml, which verifies the signatures of requests.
type signing struct{ prove.System }

// Start implements prove.System.
func (s signing) Start(m vendor.Mode) prove.Vendor {
	return &verifier{Vendor: s.System.Start(m), secret: s.Secrets()["secret_key"]}
}

type verifier struct {
	prove.Vendor
	secret string
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	r.Header.Del("X-Signature-Verified")
	if verified(r, v.secret) {
		r.Header.Set("X-Signature-Verified", "yes")
	}
	v.Vendor.ServeHTTP(w, r)
}

// verified reports whether a request has the signature that its date and parameters ask for.
func verified(r *http.Request, secret string) bool {
	date, err := time.Parse(time.RFC1123Z, r.Header.Get("Date"))
	if err != nil || time.Since(date).Abs() > 5*time.Minute || r.Method != http.MethodGet {
		return false
	}
	want := sign(integrationKey, sdk.NewSecret(secret), host, r.URL.Path, r.URL.Query(), date)
	return r.Header.Get("Authorization") == want.authorization.Reveal()
}
