package company

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Flaw is what a careful company would not have. It is in one row of one table.
type Flaw struct {
	ID     string // its kind, table and row
	Kind   string
	Title  string
	Table  string
	Key    string // of the row: its id, or its name where it has none, and for repositories
	Field  string
	Person string // whom it is about, where the row has several: the id
	From   int    // the first day
	Until  int    // the first day without it; later than the last one when it stays
	Test   string // what should find it
}

// On reports whether the flaw is there on a day.
func (f Flaw) On(day int) bool { return f.From <= day && day < f.Until }

// Flaws returns the planted flaws. There are no others.
func (c *Company) Flaws() []Flaw { return slices.Clone(c.flaws) }

// spot says where a flaw may be.
type spot struct{ kind, table, key string }

// flaw returns the flaw of a kind that a row has on the day.
func (d *Day) flaw(kind, table, key string) (Flaw, bool) {
	f, found := d.c.planted[spot{kind, table, key}]
	return f, found && f.On(d.n)
}

func (d *Day) flawed(kind, table, key string) bool {
	_, found := d.flaw(kind, table, key)
	return found
}

// ever reports whether a row has a flaw of one of these kinds, on any day.
func (c *Company) ever(table, key string, kinds ...string) bool {
	return slices.ContainsFunc(kinds, func(kind string) bool {
		_, found := c.planted[spot{kind, table, key}]
		return found
	})
}

// plan says in which rows the flaws of a kind are: in row first and in every so many after it, or, of
// tables of people, in that of the next person who fits.
type plan struct {
	kind, table, field string
	first, every       int
	title, test        string
}

// stays is the end of a flaw that is not mended.
const stays = LastDay + 1

// span returns the days of a flaw. The first of a kind stays, and some later ones are mended.
func span(r *rand.Rand, number int) (from, until int) {
	if number%3 == 2 {
		from = 2 + r.IntN(30)
		return from, from + 8 + r.IntN(20)
	}
	return -25 + r.IntN(70), stays
}

// thing is a table whose rows have numbers.
type thing struct {
	count func(c *Company) int
	key   func(c *Company, n int) string
}

func named(form string) func(*Company, int) string {
	return func(_ *Company, n int) string { return fmt.Sprintf(form, n) }
}

var things = map[string]thing{
	"repositories":    {func(c *Company) int { return c.size.Repositories }, (*Company).repositoryName},
	"buckets":         {func(c *Company) int { return c.size.Buckets }, (*Company).bucketName},
	"instances":       {func(c *Company) int { return c.size.Instances }, (*Company).instanceID},
	"databases":       {func(c *Company) int { return c.size.Databases }, (*Company).databaseID},
	"keys":            {func(c *Company) int { return c.size.Keys }, (*Company).keyID},
	"security_groups": {func(c *Company) int { return c.size.SecurityGroups }, (*Company).securityGroupID},
	"trails":          {func(c *Company) int { return trails * c.size.CloudAccounts }, (*Company).trailName},
	"tickets":         {func(c *Company) int { return c.size.Tickets }, named("%d")},
	"findings":        {func(c *Company) int { return c.size.Findings }, named("f%05d")},
	"documents":       {func(c *Company) int { return c.size.Documents }, named("doc-%03d")},
	"monitors":        {func(c *Company) int { return c.size.Monitors }, named("%d")},
}

// thingPlans are the flaws of tables whose rows have numbers.
var thingPlans = []plan{
	{"unprotected-branch", "repositories", "protected", 3, 90, "The default branch of a repository is not protected.", "branch protection"},
	{"review-not-required", "repositories", "reviews_required", 5, 90, "A repository does not require a review.", "branch protection"},
	{"public-repository", "repositories", "visibility", 7, 90, "A repository is public.", "visibility of repositories"},
	{"secret-scanning-off", "repositories", "secret_scanning", 9, 90, "Secrets are not searched for in a repository.", "secret scanning"},
	{"dependency-alerts-off", "repositories", "dependency_alerts", 11, 90, "A repository has no alerts for its dependencies.",
		"dependency alerts"},
	{"checks-not-required", "repositories", "checks_required", 2, 90, "A repository does not require its checks to pass.",
		"branch protection"},
	{"public-bucket", "buckets", "public", 2, 60, "A bucket can be read by everybody.", "public storage"},
	{"unencrypted-bucket", "buckets", "encrypted", 5, 60, "A bucket is not encrypted.", "encryption at rest"},
	{"unlogged-bucket", "buckets", "logged", 8, 60, "The reading of a bucket is not logged.", "access logs"},
	{"unencrypted-instance", "instances", "encrypted", 3, 80, "The disk of an instance is not encrypted.", "encryption at rest"},
	{"public-instance", "instances", "public_ip", 6, 80, "An instance has a public address.", "network exposure"},
	{"unencrypted-database", "databases", "encrypted", 2, 40, "A database is not encrypted.", "encryption at rest"},
	{"public-database", "databases", "public", 4, 40, "A database can be reached from everywhere.", "network exposure"},
	{"database-without-backup", "databases", "backup_days", 5, 40, "A database has no backups.", "backups"},
	{"key-not-rotated", "keys", "rotated", 3, 50, "An encryption key is not rotated.", "key rotation"},
	{"ssh-open-to-world", "security_groups", "open_ports", 3, 40, "A security group is open to the world on port 22.", "network exposure"},
	{"trail-off", "trails", "logging", 4, 100, "A trail does not log.", "audit logs"},
	{"monitor-disabled", "monitors", "enabled", 4, 120, "A monitor is disabled.", "monitoring"},
	{"monitor-silent", "monitors", "notifies", 8, 120, "A monitor notifies nobody.", "monitoring"},
}

// datedPlans are the flaws of tables whose rows have numbers, from the day on which something was due.
var datedPlans = []plan{
	{"policy-past-review", "documents", "review_due", 3, 24, "A policy is past its review.", "policy review"},
	{"ticket-overdue", "tickets", "due", 5, 150, "A critical incident is overdue.", "incident response"},
	{"overdue-critical-finding", "findings", "fixed", 4, 150, "A critical finding is overdue.", "vulnerability deadlines"},
	{"overdue-high-finding", "findings", "fixed", 9, 150, "A finding of high severity is overdue.", "vulnerability deadlines"},
}

// plant decides where the flaws are.
func (c *Company) plant() {
	c.planted = map[spot]Flaw{}
	for _, p := range thingPlans {
		c.each(p, func(n, number int) (int, int) { return span(c.dice("flaw "+p.kind, n), number) })
	}
	for _, p := range datedPlans {
		c.each(p, func(n, _ int) (int, int) { return -10 + c.dice("flaw "+p.kind, n).IntN(45), stays })
	}
	c.plantChanges()
	c.plantPeople()
	for _, system := range systemNames {
		c.plantAccounts(system)
	}
	slices.SortFunc(c.flaws, func(a, b Flaw) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Person, b.Person))
	})
}

// each plants the flaws of a table whose rows have numbers.
func (c *Company) each(p plan, days func(n, number int) (from, until int)) {
	of := things[p.table]
	for n, number := p.first, 0; n <= of.count(c); n, number = n+p.every, number+1 {
		from, until := days(n, number)
		c.add(p, p.table, of.key(c, n), "", from, until)
		if p.kind == "unprotected-branch" { // what protects it is off with it
			for _, other := range thingPlans[1:] {
				if other.test == p.test {
					c.add(other, other.table, of.key(c, n), "", from, until)
				}
			}
		}
	}
}

func (c *Company) add(p plan, table, key, person string, from, until int) {
	f := Flaw{Kind: p.kind, Title: p.title, Table: table, Key: key, Field: p.field, Person: person, From: from, Until: until, Test: p.test}
	f.ID = p.kind + "/" + table + "/" + key
	if person != "" {
		f.ID += "/" + person
		key += "/" + person
	}
	c.planted[spot{p.kind, table, key}] = f
	c.flaws = append(c.flaws, f)
}

// scan plants the flaws of a table of people: one in every so many people, in the first who fits and
// has no other of this table.
func (c *Company) scan(p plan, taken map[int]bool, fits func(l *life) bool, put func(l *life, number int, r *rand.Rand)) {
	for start, number := p.first, 0; start <= len(c.lives); start, number = start+p.every, number+1 {
		for n := start; n < start+p.every && n <= len(c.lives); n++ {
			if l := c.lives[n-1]; !taken[n] && fits(l) {
				taken[n] = true
				put(l, number, c.dice("flaw "+p.kind+p.table, n))
				break
			}
		}
	}
}
