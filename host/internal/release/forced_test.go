package release_test

import (
	"testing"

	"aead.dev/minisign"

	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// forced signs anything, as another tool can.
func forced(t testing.TB, text string, key *release.Key) []byte {
	t.Helper()
	var private minisign.PrivateKey
	if err := private.UnmarshalText(key.Private); err != nil {
		t.Fatal(err)
	}
	return minisign.Sign(private, []byte(text))
}
