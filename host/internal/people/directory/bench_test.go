package directory_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const days = 24 * time.Hour

// fewer returns the bytes an account takes where there are ten for each person.
func fewer(b *testing.B, n int) uint64 {
	b.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := large(b, n/10, n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(p)
	return (after.HeapAlloc - before.HeapAlloc) / uint64(n)
}

// large is an index of so many persons and accounts.
func large(b *testing.B, persons, n int) *directory.Moment {
	b.Helper()
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	ix := directory.New()
	ix.Today(now)
	ix.Connect([]*directory.Connection{
		{ID: "hr", Alias: "hr", Categories: []host.Category{host.CategoryHRIS}},
		{ID: "code", Alias: "code", Categories: []host.Category{host.CategoryVersionControl}},
	})
	encode := func(doc any) []byte {
		raw, err := json.Marshal(doc)
		if err != nil {
			b.Fatal(err)
		}
		return raw
	}
	person := func(i int) (string, []byte) {
		return fmt.Sprint("person-", i), encode(kind.Person{
			ExternalID: fmt.Sprint(i), Name: fmt.Sprintf("Given%d Family%d", i%611, i%977), Email: fmt.Sprintf("given.family%d@example.com", i),
			Status: []kind.Word{"active", "active", "active", "terminated"}[i%4], Employment: "employee",
			Department: fmt.Sprint("Department ", i%20),
			Title:      fmt.Sprint("Title ", i%50),
		})
	}
	accounts := func(i int) (string, []byte) {
		a := kind.Account{
			ExternalID: fmt.Sprint(i), Name: fmt.Sprintf("Given%d Family%d", i%611, i%977), Username: fmt.Sprint("user", i),
			Email: fmt.Sprintf("given.family%d@example.com", i%persons), Status: "active", Type: "human",
			MFA: kind.Tri(i % 3), Admin: kind.TriOf(i%50 == 0),
			LastLoginAt: kind.At(now.Add(-time.Duration(i%200) * days)), CreatedAt: kind.At(now.Add(-time.Duration(i) * time.Minute)),
			Roles: []string{"a", "b"}, Vendor: json.RawMessage(`{"id":1,"note":"vendor vendor vendor"}`),
		}
		if i%10 == 0 {
			a.Email = fmt.Sprintf("given.family%d@elsewhere.example", i)
		}
		return fmt.Sprint("account-", i), encode(a)
	}
	load(b, ix, host.StreamMark{Connection: "hr", Name: "all", Kind: "person", Number: 1, Records: persons}, person)
	load(b, ix, host.StreamMark{Connection: "code", Name: "all", Kind: "account", Number: 2, Records: n}, accounts)
	return ix.At(now, directory.Limits{Dormant: 90 * days, New: 30 * days})
}

// load puts as many records into an index as a mark says.
func load(b *testing.B, ix *directory.Index, mark host.StreamMark, docs func(i int) (key string, doc []byte)) {
	b.Helper()
	versions := make([]directory.Version, 0, mark.Records)
	for i := range mark.Records {
		key, doc := docs(i)
		at := time.Unix(0, 1_780_000_000_000_000_000+int64(i))
		one, err := directory.VersionOf(host.Version{Key: key, At: at, Doc: doc})
		if err != nil {
			b.Fatal(err)
		}
		one.First = one.At
		versions = append(versions, one)
	}
	ix.Replace(mark, versions)
}

// BenchmarkIndex measures the index of 100,000 accounts and 100,000 persons: its memory and its answers.
func BenchmarkIndex(b *testing.B) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	p := large(b, n, n)
	built := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d bytes an account with its person, made in %v; of 10,000 persons %d bytes an account",
		(after.HeapAlloc-before.HeapAlloc)/n, built, fewer(b, n))
	all := account.PageAll
	for name, q := range map[string]directory.Query{
		"first page":    {Page: all, Limit: 200},
		"sorted":        {Page: all, Limit: 200, Sort: "-last_active_at"},
		"by person":     {Page: all, Limit: 200, Sort: "person"},
		"filtered":      {Page: all, Limit: 200, Facets: []string{"flag:leaver_active", "mfa:no"}, Sort: "email"},
		"searched":      {Page: all, Limit: 200, Text: "family7"},
		"found nothing": {Page: all, Limit: 200, Text: "no such name"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				rows, _, _, _, err := p.List(q)
				if err != nil {
					b.Fatal(err)
				}
				for _, r := range rows {
					p.Shown(r, q.Page)
				}
			}
		})
	}
	b.Run("people", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, _, err := p.Persons(directory.Query{Limit: 200, Sort: "-flagged"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("suggestions", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := p.Suggestions(directory.SuggestionQuery{Page: all, Limit: 200}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
