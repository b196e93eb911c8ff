package people_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

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
func large(b *testing.B, persons, n int) *people.People {
	b.Helper()
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	p := people.Open(people.Config{Now: func() time.Time { return now }, Limits: limits})
	p.BuildNothing()
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
	category := func(c host.Category) []host.Category { return []host.Category{c} }
	if err := p.Load(host.Connection{ID: "hr", Alias: "hr"}, category(host.CategoryHRIS), "person", person, persons); err != nil {
		b.Fatal(err)
	}
	if err := p.Load(host.Connection{ID: "code", Alias: "code"}, category(host.CategoryVersionControl), "account", accounts, n); err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkPeople measures the index of 100,000 accounts and 100,000 persons: its memory and its answers.
func BenchmarkPeople(b *testing.B) {
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
	all := host.AccountPageAll
	for name, q := range map[string]people.Query{
		"first page":    {Page: all, Limit: 200},
		"sorted":        {Page: all, Limit: 200, Sort: "-last_active_at"},
		"by person":     {Page: all, Limit: 200, Sort: "person"},
		"filtered":      {Page: all, Limit: 200, Facets: []string{"flag:leaver_active", "mfa:no"}, Sort: "email"},
		"searched":      {Page: all, Limit: 200, Text: "family7"},
		"found nothing": {Page: all, Limit: 200, Text: "no such name"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := p.Find(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("people", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Directory(people.Query{Limit: 200, Sort: "-flagged"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("suggestions", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Suggested(people.SuggestionQuery{Page: all, Limit: 200}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
