package documents_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// TestASecretOfTheHostIsWithItsDocument: it is stored and deleted with the document, is in no
// entry of the audit log, and verification knows it.
func TestASecretOfTheHostIsWithItsDocument(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	s := b.Journal
	c := documents.NewCollection[exception](s.Documents, "exception", nil)
	if _, err := c.PutWithSecret(AsTester(), "a", exception{Reason: "x"}, 0, "a.key", []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if sealed, err := s.HostSecret("a.key"); err != nil || string(sealed) != "sealed" {
		t.Errorf("%q, %v", sealed, err)
	}
	b.Verify()
	if err := c.DeleteWithSecret(AsTester(), "a", "a.key"); err != nil {
		t.Fatal(err)
	}
	if sealed, err := s.HostSecret("a.key"); err != nil || sealed != nil {
		t.Errorf("after the document is deleted: %q, %v", sealed, err)
	}
}
