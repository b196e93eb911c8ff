package documents_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// exception is a noun that nothing of the store knows: this file is all it needs.
type exception struct {
	Record string `json:"record"`
	Reason string `json:"reason"`
}

func exceptions(d *documents.Documents) *documents.Collection[exception] {
	return documents.NewCollection(d, "exception", func(e exception) string { return e.Record })
}

func TestCollection(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	all := exceptions(b.Documents)
	first, err := all.Put(As("ann"), "a", exception{"mfa", "hardware keys are ordered"}, 0)
	Must(t, err)
	if first.Revision != 1 || first.UpdatedAt.IsZero() {
		t.Errorf("the first revision is %+v", first)
	}
	_, err = all.Put(As("bob"), "a", exception{"mfa", "again"}, 0)
	WantProblem(t, err, host.CodeConflict, "revision")
	second, err := all.Put(As("bob"), "a", exception{"mfa", "they came"}, first.Revision)
	Must(t, err)
	_, err = all.Put(As("bob"), "b", exception{"disk", "is a server"}, 0)
	Must(t, err)
	b.Reopen()
	all = exceptions(b.Documents)
	got, err := all.List()
	Must(t, err)
	if len(got) != 2 || got[0] != second || got[1].Value.Record != "disk" {
		t.Errorf("the list is %+v", got)
	}
	WantProblem(t, all.Delete(As("cid"), "a", first.Revision), host.CodeConflict, "revision")
	Must(t, all.Delete(As("cid"), "a", second.Revision))
	_, err = all.Get("a")
	WantProblem(t, err, host.CodeNotFound, "exception")
	again, err := all.Put(As("ann"), "a", exception{"mfa", "lost one"}, 0)
	Must(t, err)
	if again.Revision != 1 {
		t.Errorf("a document that was deleted begins anew at revision %d", again.Revision)
	}
	b.Clean()
}

func TestAuditNamesWhoAndWhat(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	all := exceptions(b.Documents)
	first, err := all.Put(As("ann"), "a", exception{"mfa", "one"}, 0)
	Must(t, err)
	_, err = all.Put(As("bob"), "a", exception{"mfa", "two"}, first.Revision)
	Must(t, err)
	Must(t, all.Delete(As("cid"), "a", 0))
	entries, next, err := b.Audit(t.Context(), journal.AuditQuery{Collection: "exception", Key: "a"})
	Must(t, err)
	var said []string
	for _, e := range entries {
		said = append(said, strings.Join([]string{string(e.Action), e.Actor.Name, e.Title, string(e.Before), string(e.Document)}, "|"))
	}
	one, two := `{"record":"mfa","reason":"one"}`, `{"record":"mfa","reason":"two"}`
	want := []string{"deleted|cid|mfa|" + two + "|", "changed|bob|mfa|" + one + "|" + two, "created|ann|mfa||" + one}
	if diff := cmp.Diff(want, said); diff != "" || next != "" {
		t.Errorf("the audit log (-want +got):\n%s, next %q", diff, next)
	}
	if entries, _, err := b.Audit(t.Context(), journal.AuditQuery{Actor: "bob"}); err != nil || len(entries) != 1 {
		t.Errorf("of bob there are %d entries (%v)", len(entries), err)
	}
	var paged []host.Entry
	for cursor, more := "", true; more; more = cursor != "" {
		var page []host.Entry
		page, cursor, err = b.Audit(t.Context(), journal.AuditQuery{Limit: 1, Cursor: cursor})
		Must(t, err)
		paged = append(paged, page...)
	}
	if len(paged) != 4 || paged[3].Collection != "connection" || paged[3].Title != "prod" {
		t.Errorf("in pages there are %+v", paged)
	}
}

func TestAuditFindsAnActorByNameIDAndKind(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	dora := host.Actor{Kind: host.ActorPerson, ID: "1001", Name: "dora", Auth: host.AuthSocket}
	_, err := exceptions(b.Documents).Put(host.WithActor(t.Context(), dora), "a", exception{"mfa", "one"}, 0)
	Must(t, err)
	for actor, want := range map[string]int{"dora": 1, "1001": 1, "person": 1, "100": 0, "schedule": 0} {
		entries, _, err := b.Audit(t.Context(), journal.AuditQuery{Collection: "exception", Actor: actor})
		if err != nil || len(entries) != want {
			t.Errorf("of %q there are %d entries, want %d (%v)", actor, len(entries), want, err)
		}
	}
}

func TestNothingIsEditedWithoutAnActor(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	_, err := exceptions(b.Documents).Put(t.Context(), "a", exception{}, 0)
	WantProblem(t, err, host.CodeNoActor, "")
	WantProblem(t, b.DeleteConnection(t.Context(), b.Conn.ID), host.CodeNoActor, "")
	if _, err := b.Connection("prod"); err != nil {
		t.Error(err)
	}
}

func TestDocumentTooLarge(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	_, err := exceptions(b.Documents).Put(AsTester(), "a", exception{Reason: strings.Repeat("x", documents.MaxDocument)}, 0)
	WantProblem(t, err, host.CodeInvalid, "exception")
}

// TestEditsAtOnce has many edit at once: each is in the log, in an order that the
// chain holds.
func TestEditsAtOnce(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	all := exceptions(b.Documents)
	var editors sync.WaitGroup
	for i := range 16 {
		editors.Go(func() {
			if _, err := all.Put(AsTester(), string(rune('a'+i)), exception{Record: "x"}, 0); err != nil {
				t.Error(err)
			}
		})
	}
	editors.Wait()
	if got, err := all.List(); err != nil || len(got) != 16 {
		t.Errorf("%d documents are stored (%v)", len(got), err)
	}
	b.Clean()
}
