package verify_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// TestVerifyNamesTheDocument changes what is stored of documents and of the audit log
// behind the store's back.
func TestVerifyNamesTheDocument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefix byte
		nth    int // in order of keys; the audit log has the newest first
		edit   func([]byte) []byte
		kind   string
		says   string
	}{
		"who acted":        {'l', 1, change("bob", "ann"), "chain", "entry 3 of the audit log"},
		"what was written": {'l', 1, change("two", "six"), "chain", "entry 3 of the audit log"},
		"an entry gone":    {'l', 1, gone, "chain", "entry 4 of the audit log follows entry 2"},
		"the newest gone":  {'l', 0, gone, "chain", "the audit log ends at entry 3"},
		"a document":       {'c', 2, change("two", "six"), "document", `"a" is not as entry 3 of the audit log says`},
		"one missing":      {'c', 2, gone, "document", `"a" is missing`},
		"an older one":     {'c', 2, change(`"revision":2`, `"revision":1`), "document", `"a" is not as entry 3`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := Setup(t)
			all := documents.NewCollection(b.Documents, "exception", func(e exception) string { return e.Record })
			first, err := all.Put(As("ann"), "a", exception{"mfa", "one"}, 0)
			Must(t, err)
			_, err = all.Put(As("bob"), "a", exception{"mfa", "two"}, first.Revision)
			Must(t, err)
			_, err = all.Put(As("cid"), "0", exception{"disk", "new"}, 0)
			Must(t, err)
			b.Clean()
			tamper(b, test.prefix, test.nth, test.edit)
			v, err := b.VerifyAll(t.Context(), nil)
			Must(t, err)
			for _, bad := range v.Bad {
				if bad.Kind == test.kind && strings.Contains(bad.Message, test.says) {
					return
				}
			}
			t.Errorf("no %s says %q: %+v", test.kind, test.says, v.Bad)
		})
	}
}

// change returns an edit that replaces one text by another.
func change(from, to string) func([]byte) []byte {
	return func(raw []byte) []byte { return []byte(strings.Replace(string(raw), from, to, 1)) }
}

// exception is a kind of document that the journal does not know.
type exception struct {
	Record string `json:"record"`
	Reason string `json:"reason"`
}
