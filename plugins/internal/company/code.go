package company

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Repository is a repository of code.
type Repository struct {
	ID, N                                                  int
	Name, Description, Team, OwnerEmail, Owner, Visibility string
	Archived                                               bool
	DefaultBranch                                          string
	Protected, ReviewsRequired                             bool
	Approvals                                              int
	ChecksRequired, SecretScanning, DependencyAlerts       bool
	Created, Pushed                                        time.Time
	Language                                               string
}

var (
	repositoryWords = []string{"checkout", "ledger", "gateway", "search", "notifier", "billing", "catalog", "identity", "reports", "scheduler",
		"web", "mobile", "pipeline", "pricing", "inventory", "audit"}
	repositoryKinds = []string{"service", "api", "worker", "infra", "client", "tools"}
	languages       = []string{"Go", "TypeScript", "Python", "Kotlin", "Swift", "Rust", "HCL"}
)

func (c *Company) repositoryName(n int) string {
	word := repositoryWords[(n-1)%len(repositoryWords)]
	kind := repositoryKinds[(n-1)/len(repositoryWords)%len(repositoryKinds)]
	if again := (n - 1) / (len(repositoryWords) * len(repositoryKinds)); again > 0 {
		return fmt.Sprintf("%s-%s-%d", word, kind, again+1)
	}
	return word + "-" + kind
}

// among is how many of the first people may have to do with thing n, so that these are the same people
// in a larger company.
func among(n int) int { return max(n/2, 10) }

func (c *Company) repositoryBorn(n int) int {
	var kinds []string
	for _, p := range thingPlans {
		kinds = append(kinds, p.kind)
	}
	planted := c.ever("repositories", c.repositoryName(n), kinds...) || slices.ContainsFunc(changePlans, func(p plan) bool {
		return n%p.every == p.first
	})
	return c.born(c.dice("repository born", n), planted)
}

// Repositories returns the repositories, also the archived ones.
func (d *Day) Repositories() (all []Repository) {
	for n := 1; n <= d.c.size.Repositories; n++ {
		born := d.c.repositoryBorn(n)
		if d.n < born {
			continue
		}
		name := d.c.repositoryName(n)
		flawed := func(kind string) bool { return d.flawed(kind, "repositories", name) }
		r := d.c.dice("repository", n)
		owner := d.c.colleague(r, among(n), d.n)
		r = d.c.dice("repository facts", n)
		one := Repository{
			ID: 40_000 + n, N: n, Name: name, Description: "The code of " + name, Team: owner.post(d.n).team, OwnerEmail: owner.email(),
			Owner: owner.username, Visibility: "private", Archived: n%25 == 20, DefaultBranch: "main", Protected: !flawed("unprotected-branch"),
			ReviewsRequired: !flawed("review-not-required"), Approvals: 1 + r.IntN(2), ChecksRequired: !flawed("checks-not-required"),
			SecretScanning: !flawed("secret-scanning-off"), DependencyAlerts: !flawed("dependency-alerts-off"), Created: at(r, born),
			Language: languages[r.IntN(len(languages))],
		}
		if n%7 == 3 {
			one.DefaultBranch = "master"
		}
		if n%9 == 4 {
			one.Visibility = "internal"
		}
		if flawed("public-repository") {
			one.Visibility = "public"
		}
		if !one.ReviewsRequired {
			one.Approvals = 0
		}
		one.Pushed = one.Created
		if one.Archived {
			one.Pushed = later(one.Created, date(-100, 40_000))
		} else if changes := d.c.changesOf(n, d.n); len(changes) > 0 {
			one.Pushed = later(one.Created, date(changes[len(changes)-1].created, 43_000))
		}
		all = append(all, one)
	}
	return all
}

// Change is a change of a repository that was proposed.
type Change struct {
	ID, Number                 int
	Repository                 string
	RepositoryID, RepositoryN  int
	Title, AuthorEmail, Author string
	Approvers                  []string
	MergedBy                   string `null:"yes"`
	Status, Target             string
	ChecksPassed               bool
	Created, Updated, Merged   time.Time
	HeadSHA                    string
	Ticket                     string `null:"yes"`
}

// changePlans are the flaws of changes: of the first change of a repository.
var changePlans = []plan{
	{"self-merged-change", "changes", "merged_by", 4, 30, "The author of a change merged it.", "change review"},
	{"change-without-review", "changes", "approvers", 6, 30, "A change was merged without a review.", "change review"},
	{"change-checks-failed", "changes", "checks_passed", 8, 40, "A change was merged although its checks failed.", "change review"},
	{"change-without-ticket", "changes", "ticket", 10, 40, "A change has no ticket.", "change management"},
}

func (c *Company) plantChanges() {
	for _, p := range changePlans {
		for n := p.first; n <= c.size.Repositories; n += p.every {
			if first := c.changesOf(n, LastDay)[0]; first.ended <= LastDay {
				c.add(p, "changes", fmt.Sprint(changeID(n, 1)), "", first.ended, stays)
			}
		}
	}
}

func changeID(repository, number int) int { return repository*1000 + number }

// proposal is when a change was proposed, and when and how it ended.
type proposal struct{ number, created, ended int }

// changesOf returns the changes of a repository until a day, in their order. The first is old.
func (c *Company) changesOf(repository, until int) (all []proposal) {
	r := c.dice("changes", repository)
	count := 3 + r.IntN(6)
	if c.size.Changes > 0 {
		count = c.size.Changes
	}
	born := c.repositoryBorn(repository)
	first := max(-50, born+1)
	for i := range count {
		created := first + i*(LastDay-first)/max(count, 2) + r.IntN(3)
		ended := created + r.IntN(4)
		if i > 0 && r.IntN(10) == 0 {
			ended = created + 20
		}
		if created > until {
			continue
		}
		all = append(all, proposal{i + 1, created, ended})
	}
	return all
}

var changeWords = []string{"Handle empty carts", "Retry failed webhooks", "Update dependencies", "Add an index for orders",
	"Remove an unused flag",
	"Fix rounding of taxes", "Log the reason of a refusal", "Rename a column", "Cache exchange rates", "Limit the size of uploads"}

// Changes returns the changes of the repositories.
func (d *Day) Changes() []Change {
	return d.changes.get(func() (all []Change) {
		for n := 1; n <= d.c.size.Repositories; n++ {
			name := d.c.repositoryName(n)
			for _, p := range d.c.changesOf(n, d.n) {
				all = append(all, d.change(n, name, p))
			}
		}
		return all
	})
}

func (d *Day) change(repository int, name string, p proposal) Change {
	id := changeID(repository, p.number)
	r := d.c.dice("change", id)
	author, reviewer := d.pair(r, repository, p.created)
	one := Change{
		ID: id, Number: p.number, Repository: name, RepositoryID: 40_000 + repository, RepositoryN: repository,
		Title: changeWords[r.IntN(len(changeWords))], AuthorEmail: author.email(), Author: author.username, Approvers: []string{}, Status: "open",
		Target: "main", ChecksPassed: true, Created: date(p.created, 36_000+r.IntN(7000)), HeadSHA: fmt.Sprintf("%016x%016x%08x", r.Uint64(),
			r.Uint64(), r.Uint32()),
		Ticket: d.c.ticketKey(1 + r.IntN(min(max(repository/2, 1), d.c.size.Tickets))),
	}
	if repository%7 == 3 {
		one.Target = "master"
	}
	one.Updated = one.Created
	key := fmt.Sprint(id)
	if d.c.ever("changes", key, "change-without-ticket") {
		one.Ticket = ""
	}
	if d.n < p.ended {
		return one
	}
	one.Status, one.Updated = "merged", date(p.ended, 50_000+r.IntN(9000))
	if p.number > 1 && r.IntN(12) == 0 {
		one.Status, one.ChecksPassed = "closed", r.IntN(2) == 0
		return one
	}
	one.Merged, one.Approvers, one.MergedBy = one.Updated, []string{reviewer.username}, reviewer.username
	switch {
	case d.flawed("self-merged-change", "changes", key):
		one.MergedBy = one.Author
	case d.flawed("change-without-review", "changes", key):
		one.Approvers = []string{}
	case d.flawed("change-checks-failed", "changes", key):
		one.ChecksPassed = false
	}
	return one
}

// pair returns two engineers who are not the same.
func (d *Day) pair(r *rand.Rand, repository, day int) (author, reviewer *life) {
	author = d.c.colleague(r, among(repository), day)
	for range 20 {
		if reviewer = d.c.colleague(r, among(repository), day); reviewer != author {
			return author, reviewer
		}
	}
	if author.n == 2 {
		return author, d.c.person(3)
	}
	return author, d.c.person(2)
}
