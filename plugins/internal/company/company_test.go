package company_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

var update = flag.Bool("update", false, "write flaws.md")

// day returns the company on the day with a number.
func day(c *company.Company, n int) *company.Day { return c.At(company.Date(n)) }

// keyOf returns the key of a row: its id, or its name where it has none, and for repositories.
func keyOf(row map[string]any) string {
	if key, found := row["id"]; found && row["default_branch"] == nil {
		return fmt.Sprint(key)
	}
	return fmt.Sprint(row["name"])
}

// byKey returns the rows of a table by their keys.
func byKey(t *testing.T, d *company.Day, table string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, row := range d.Table(table) {
		key := keyOf(row)
		if table == "cloud_users" {
			key = fmt.Sprint(row["account"], " ", key)
		}
		if all[key] != nil {
			t.Fatalf("%s has two rows %s", table, key)
		}
		all[key] = row
	}
	return all
}

// TestAThingIsTheSameInALargerCompany leaves out the groups, which have more members there.
func TestAThingIsTheSameInALargerCompany(t *testing.T) {
	t.Parallel()
	sizes := []int{50, 300, 1000}
	for i, people := range sizes[:len(sizes)-1] {
		small, large := company.New(company.Size{People: people}), company.New(company.Size{People: sizes[i+1]})
		for _, n := range []int{31, company.LastDay} {
			for _, table := range company.Tables() {
				if table == "groups" {
					continue
				}
				more := byKey(t, day(large, n), table)
				for key, row := range byKey(t, day(small, n), table) {
					if !reflect.DeepEqual(row, more[key]) {
						t.Fatalf("%s %s on day %d of %d and of %d people: %s", table, key, n, people, sizes[i+1], cmp.Diff(row, more[key]))
					}
				}
			}
		}
	}
	other := company.New(company.Size{People: 50, Seed: 7})
	if cmp.Equal(day(other, 60).People(), day(company.New(company.Size{People: 50}), 60).People()) {
		t.Error("another seed gives the same people")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	c := company.New(company.Size{People: 2000})
	first, last := c.At(company.Date(-5)), c.At(time.Time{})
	was := map[string]company.Person{}
	for _, p := range first.People() {
		was[p.ID] = p
	}
	seen, status, happened := map[string]bool{}, map[string]int{}, map[string]int{}
	byEmail := map[string]company.Person{}
	plain := regexp.MustCompile(`^[a-z0-9.-]+@northwind\.example$`)
	for _, p := range last.People() {
		if seen[p.Email] || !plain.MatchString(p.Email) {
			t.Errorf("address %s of %s", p.Email, p.Name)
		}
		seen[p.Email], byEmail[p.Email] = true, p
		status[p.Status]++
		before, known := was[p.ID]
		switch {
		case !known:
			happened["joined"]++
		case before.Status != p.Status && p.Status == "terminated":
			happened["left"]++
		case before.Department != p.Department:
			happened["moved"]++
		}
	}
	if len(byEmail) != 2000 || status["active"] < 1600 || status["terminated"] < 100 || status["future"] < 10 || status["on_leave"] < 3 {
		t.Errorf("%d people: %v", len(byEmail), status)
	}
	if happened["joined"] < 40 || happened["left"] < 40 || happened["moved"] < 40 {
		t.Errorf("in 60 days: %v", happened)
	}
	for _, p := range byEmail {
		for depth := 0; p.ManagerEmail != ""; depth++ {
			if p = byEmail[p.ManagerEmail]; p.Status != "active" && p.Status != "on_leave" || depth > 12 {
				t.Fatalf("manager %q is %s, %d above", p.Email, p.Status, depth)
			}
		}
		if p.ID != "p0001" {
			t.Fatalf("%s is at the top", p.ID)
		}
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	d := company.New(company.Size{People: 300, Repositories: 70, Changes: 2, Phones: 10}).At(time.Time{})
	for table, want := range map[string]int{"repositories": 60, "changes": 120, "devices": 280, "accounts(bamboo)": 290, "cloud_accounts": 4} {
		if got := len(d.Table(table)); got < want || got > want+want/5 {
			t.Errorf("%s has %d rows", table, got)
		}
	}
	if d.Table("cats") != nil || company.Check("cats") == nil || company.Check("accounts(any)") != nil {
		t.Error("a table that does not exist has rows, or one of accounts does not exist")
	}
	for _, table := range company.Tables() {
		rows, columns := d.Table(table), company.Columns(table)
		if len(rows) == 0 || len(columns) != len(rows[0]) {
			t.Fatalf("%s has %d rows and %d columns", table, len(rows), len(columns))
		}
		for _, column := range columns {
			if _, found := rows[0][column]; !found {
				t.Errorf("%s has no column %s", table, column)
			}
		}
	}
	user := d.Table("cloud_users")[0]
	key, _ := user["access_keys"].([]any)[0].(map[string]any)
	if user["person_id"] != nil || user["mfa"] != false || key["active"] != true || !strings.HasPrefix(fmt.Sprint(key["id"]), "AKIA") {
		t.Errorf("the first user of the cloud is %v", user)
	}
	if column, above, err := company.Link("accounts(okta)", "people"); column != "person_id" || above != "id" || err != nil {
		t.Error(column, above, err)
	}
	if _, _, err := company.Link("buckets", "people"); err == nil {
		t.Error("buckets belong to people")
	}
}

// TestFlawsAreListed compares flaws.md with the flaws of a company of 300 people.
func TestFlawsAreListed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# What is wrong in a company of 300 people\n\n" +
		"`go test ./plugins/internal/company -run TestFlawsAreListed -update` writes this file. " +
		"Days are numbered from 1 September 2026, which is day 0; the last one is day 60.\n")
	flaws := map[string][]company.Flaw{}
	for _, f := range company.New(company.Size{People: 300}).Flaws() {
		flaws[f.Kind] = append(flaws[f.Kind], f)
	}
	for _, kind := range slices.Sorted(maps.Keys(flaws)) {
		f := flaws[kind][0]
		fmt.Fprintf(&b, "\n## %s\n%s Found by: %s.\n\n| Table | Row | Field | Days |\n|---|---|---|---|\n", kind, f.Title, f.Test)
		for _, f := range flaws[kind] {
			row, days := f.Key, fmt.Sprintf("from %d", f.From)
			if f.Person != "" {
				row += ", " + f.Person
			}
			if f.Until <= company.LastDay {
				days = fmt.Sprintf("%d to %d", f.From, f.Until-1)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Table, row, f.Field, days)
		}
	}
	if *update {
		if err := os.WriteFile("flaws.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile("flaws.md")
	if err != nil || string(written) != b.String() {
		t.Errorf("flaws.md is not that of this company: run with -update (%v)", err)
	}
}

func BenchmarkEverything(b *testing.B) {
	for b.Loop() {
		d := company.New(company.Size{People: 10_000}).At(time.Time{})
		for _, table := range company.Tables() {
			d.Table(table)
		}
	}
}
