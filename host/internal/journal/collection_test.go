package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// asTester is a context in which the person who runs the tests acts.
func asTester() context.Context { return as("tester") }

func as(name string) context.Context {
	return host.WithActor(context.Background(), host.Actor{Kind: host.ActorPerson, ID: name, Name: name, Auth: host.AuthLocal})
}

// exception is a noun that nothing of the store knows: this file is all it needs.
type exception struct {
	Record string `json:"record"`
	Reason string `json:"reason"`
}

func exceptions(s *journal.Journal) *journal.Collection[exception] {
	return journal.NewCollection(s, "exception", func(e exception) string { return e.Record })
}

func TestCollection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := exceptions(b.Journal)
	first, err := all.Put(as("ann"), "a", exception{"mfa", "hardware keys are ordered"}, 0)
	must(t, err)
	if first.Revision != 1 || first.UpdatedAt.IsZero() {
		t.Errorf("the first revision is %+v", first)
	}
	_, err = all.Put(as("bob"), "a", exception{"mfa", "again"}, 0)
	wantProblem(t, err, host.CodeConflict, "revision")
	second, err := all.Put(as("bob"), "a", exception{"mfa", "they came"}, first.Revision)
	must(t, err)
	_, err = all.Put(as("bob"), "b", exception{"disk", "is a server"}, 0)
	must(t, err)
	b.reopen()
	all = exceptions(b.Journal)
	got, err := all.List()
	must(t, err)
	if len(got) != 2 || got[0] != second || got[1].Value.Record != "disk" {
		t.Errorf("the list is %+v", got)
	}
	wantProblem(t, all.Delete(as("cid"), "a", first.Revision), host.CodeConflict, "revision")
	must(t, all.Delete(as("cid"), "a", second.Revision))
	_, err = all.Get("a")
	wantProblem(t, err, host.CodeNotFound, "exception")
	again, err := all.Put(as("ann"), "a", exception{"mfa", "lost one"}, 0)
	must(t, err)
	if again.Revision != 1 {
		t.Errorf("a document that was deleted begins anew at revision %d", again.Revision)
	}
	b.clean()
}

func TestAuditNamesWhoAndWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := exceptions(b.Journal)
	first, err := all.Put(as("ann"), "a", exception{"mfa", "one"}, 0)
	must(t, err)
	_, err = all.Put(as("bob"), "a", exception{"mfa", "two"}, first.Revision)
	must(t, err)
	must(t, all.Delete(as("cid"), "a", 0))
	entries, next, err := b.Audit(t.Context(), journal.AuditQuery{Collection: "exception", Key: "a"})
	must(t, err)
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
		must(t, err)
		paged = append(paged, page...)
	}
	if len(paged) != 4 || paged[3].Collection != "connection" || paged[3].Title != "prod" {
		t.Errorf("in pages there are %+v", paged)
	}
}

func TestNothingIsEditedWithoutAnActor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := exceptions(b.Journal).Put(t.Context(), "a", exception{}, 0)
	wantProblem(t, err, host.CodeNoActor, "")
	wantProblem(t, b.DeleteConnection(t.Context(), b.conn.ID), host.CodeNoActor, "")
	if _, err := b.Connection("prod"); err != nil {
		t.Error(err)
	}
}

func TestDocumentTooLarge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := exceptions(b.Journal).Put(asTester(), "a", exception{Reason: strings.Repeat("x", journal.MaxDocument)}, 0)
	wantProblem(t, err, host.CodeInvalid, "exception")
}

// TestEditsAtOnce has many edit at once: each is in the log, in an order that the
// chain holds.
func TestEditsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := exceptions(b.Journal)
	var editors sync.WaitGroup
	for i := range 16 {
		editors.Go(func() {
			if _, err := all.Put(asTester(), string(rune('a'+i)), exception{Record: "x"}, 0); err != nil {
				t.Error(err)
			}
		})
	}
	editors.Wait()
	if got, err := all.List(); err != nil || len(got) != 16 {
		t.Errorf("%d documents are stored (%v)", len(got), err)
	}
	b.clean()
}

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
		"who acted":        {'l', 1, swap("bob", "ann"), "chain", "entry 3 of the audit log"},
		"what was written": {'l', 1, swap("two", "six"), "chain", "entry 3 of the audit log"},
		"an entry gone":    {'l', 1, gone, "chain", "entry 4 of the audit log follows entry 2"},
		"the newest gone":  {'l', 0, gone, "chain", "the audit log ends at entry 3"},
		"a document":       {'c', 2, swap("two", "six"), "document", `"a" is not as entry 3 of the audit log says`},
		"one missing":      {'c', 2, gone, "document", `"a" is missing`},
		"an older one":     {'c', 2, swap(`"revision":2`, `"revision":1`), "document", `"a" is not as entry 3`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			all := exceptions(b.Journal)
			first, err := all.Put(as("ann"), "a", exception{"mfa", "one"}, 0)
			must(t, err)
			_, err = all.Put(as("bob"), "a", exception{"mfa", "two"}, first.Revision)
			must(t, err)
			_, err = all.Put(as("cid"), "0", exception{"disk", "new"}, 0)
			must(t, err)
			b.clean()
			must(t, b.Tamper(test.prefix, test.nth, test.edit))
			v, err := b.VerifyAll(t.Context(), nil)
			must(t, err)
			for _, bad := range v.Bad {
				if bad.Kind == test.kind && strings.Contains(bad.Message, test.says) {
					return
				}
			}
			t.Errorf("no %s says %q: %+v", test.kind, test.says, v.Bad)
		})
	}
}

// swap returns an edit that puts one text in the place of another.
func swap(from, to string) func([]byte) []byte {
	return func(raw []byte) []byte { return []byte(strings.Replace(string(raw), from, to, 1)) }
}

// TestDocumentsAreBackedUp restores documents with their audit log.
func TestDocumentsAreBackedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := exceptions(b.Journal)
	_, err := all.Put(as("ann"), "a", exception{"mfa", "one"}, 0)
	must(t, err)
	before, err := json.Marshal(ok(all.List())(t))
	must(t, err)
	var raw bytes.Buffer
	ok(b.Backup(t.Context(), &raw, "1.2.3", quiet))(t)
	dir := filepath.Join(t.TempDir(), "store")
	ok(journal.Restore(asTester(), options(dir), &raw, quiet))(t)
	ok(journal.Swap(dir, time.Now()))(t)
	restored := ok(journal.Open(options(dir)))(t)
	defer func() { must(t, restored.Close()) }()
	after, err := json.Marshal(ok(exceptions(restored).List())(t))
	must(t, err)
	if string(before) != string(after) {
		t.Errorf("restored is %s, it was %s", after, before)
	}
	if entries, _, err := restored.Audit(t.Context(), journal.AuditQuery{Actor: "ann"}); err != nil || len(entries) != 1 {
		t.Errorf("of ann there are %d entries (%v)", len(entries), err)
	}
}
