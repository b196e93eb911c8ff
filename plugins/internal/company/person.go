package company

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company/names"
)

// Person is a person of the company, as its personnel department knows them.
type Person struct {
	ID                                                          string
	N                                                           int
	First, Last, Name, Email, Username, Title, Department, Team string
	ManagerEmail                                                string `null:"yes"`
	ManagerN                                                    int    // 0 at the top
	Location, Employment                                        string
	Started, Ended                                              time.Time
	Status                                                      string
	Engineer                                                    bool
	Number                                                      string
}

// department is a part of the company.
type department struct {
	name     string
	weight   int // people of a hundred
	engineer bool
	head     string
	titles   []string
	teams    []string
}

var departments = []department{
	{"Engineering", 38, true, "VP Engineering",
		[]string{"Software Engineer", "Senior Software Engineer", "Staff Engineer", "Site Reliability Engineer", "QA Engineer", "Data Engineer"},
		[]string{"Platform", "Payments", "Checkout", "Search", "Mobile", "Data Pipeline", "Reliability", "Developer Tools", "Notifications",
			"Integrations"}},
	{"IT", 4, true, "Head of IT", []string{"Systems Administrator", "IT Support Specialist", "IT Engineer"}, []string{"Workplace Technology",
		"Service Desk"}},
	{"Security", 4, true, "Head of Security", []string{"Security Engineer", "Security Analyst", "Compliance Analyst"},
		[]string{"Product Security", "Detection and Response", "Assurance"}},
	{"Sales", 14, false, "VP Sales", []string{"Account Executive", "Sales Development Representative", "Solutions Consultant"},
		[]string{"Enterprise", "Mid-Market", "Partners"}},
	{"Legal", 2, false, "General Counsel", []string{"Counsel", "Contract Manager", "Privacy Officer"}, []string{"Commercial Law",
		"Privacy Office"}},
	{"People", 4, false, "VP People", []string{"Recruiter", "People Partner", "People Operations Specialist"}, []string{"Recruiting",
		"People Operations"}},
	{"Finance", 5, false, "Chief Financial Officer", []string{"Accountant", "Financial Analyst", "Payroll Specialist"},
		[]string{"Accounting", "Planning"}},
	{"Product", 7, false, "VP Product", []string{"Product Manager", "Senior Product Manager", "Product Analyst"}, []string{"Core Product",
		"Growth Product"}},
	{"Design", 4, false, "Head of Design", []string{"Product Designer", "UX Researcher", "Brand Designer"}, []string{"Design Systems",
		"Research"}},
	{"Marketing", 7, false, "VP Marketing", []string{"Content Strategist", "Campaign Manager", "Marketing Analyst"}, []string{"Brand",
		"Demand Generation"}},
	{"Customer Success", 9, false, "VP Customer Success", []string{"Customer Success Manager", "Support Engineer", "Onboarding Specialist"},
		[]string{"Support", "Onboarding", "Renewals"}},
	{"Operations", 2, false, "VP Operations", []string{"Operations Analyst", "Office Manager", "Procurement Specialist"},
		[]string{"Workplace", "Procurement"}},
}

// heads is the number of people who are neither in a team nor lead one: the chief and the heads.
var heads = len(departments) + 1

var locations = []string{"Berlin", "London", "New York", "São Paulo", "Bengaluru", "Singapore", "Lisbon", "Toronto", "Nairobi", "Remote"}

// life is all that happens to a person.
type life struct {
	n                             int
	first, last, username, number string
	location, employment          string
	started, ended                int    // the first and the last day
	leave                         [2]int // the first day away, and the first day back
	posts                         []post // in the order of their days
}

// post is what a person does from one day on.
type post struct {
	from, department, manager int // departments[-1] is the chief's; manager is a person's number
	team, title               string
	lead                      bool
}

func (p post) name() string {
	if p.department < 0 {
		return "Executive"
	}
	return departments[p.department].name
}

func (p post) engineer() bool { return p.department >= 0 && departments[p.department].engineer }

func (l *life) id() string    { return fmt.Sprintf("p%04d", l.n) }
func (l *life) name() string  { return l.first + " " + l.last }
func (l *life) email() string { return l.username + "@" + domain }

// post returns what a person does on a day, and before the first day what they will do.
func (l *life) post(day int) post {
	now := l.posts[0]
	for _, p := range l.posts[1:] {
		if p.from <= day {
			now = p
		}
	}
	return now
}

func (l *life) status(day int) string {
	switch {
	case day < l.started:
		return "future"
	case day >= l.ended:
		return "terminated"
	case day >= l.leave[0] && day < l.leave[1]:
		return "on_leave"
	}
	return "active"
}

// here reports whether a person works for the company on a day, on leave or not.
func (l *life) here(day int) bool { return day >= l.started && day < l.ended }

// steady reports whether a person is here all the time, in the same post.
func (l *life) steady() bool {
	return l.started < -40 && l.ended > LastDay && len(l.posts) == 1 && l.leave[1] == 0 && l.employment == "employee"
}

// person returns the person with a number. Beyond the last person it begins again at the first.
func (c *Company) person(n int) *life { return c.lives[(n-1)%len(c.lives)] }

// standIn returns a person, or the first of the managers above who is here on the day.
func (c *Company) standIn(l *life, day int) *life {
	for l.n > 1 && !l.here(day) {
		l = c.person(max(l.post(day).manager, 1))
	}
	return l
}

// organization is the company while people are hired. A person's place depends on those hired before
// alone.
type organization struct {
	members []int   // of each department, without its head
	leads   [][]int // of each department's teams
	taken   map[string]int
}

// teamSize is the number of people in a team, its lead among them; spread how many leads report to one.
const (
	teamSize = 8
	spread   = 6
)

func (c *Company) hire() {
	o := &organization{make([]int, len(departments)), make([][]int, len(departments)), map[string]int{}}
	for n := 1; n <= c.size.People; n++ {
		c.lives = append(c.lives, o.hire(c.dice("person", n), n))
	}
}

func (o *organization) hire(r *rand.Rand, n int) *life {
	l := &life{n: n, number: fmt.Sprint(1000 + n), location: one(r, locations), employment: "employee"}
	l.first, l.last = names.Of(r)
	l.username = names.Slug(l.first) + "." + names.Slug(l.last)
	if o.taken[l.username]++; o.taken[l.username] > 1 {
		l.username += fmt.Sprint(o.taken[l.username])
	}
	first := o.post(r, n)
	l.posts = []post{first}
	if n > heads && !first.lead {
		switch kind := r.IntN(100); {
		case kind < 8:
			l.employment = "contractor"
		case kind < 11:
			l.employment = "intern"
		}
	}
	l.started, l.ended = -60-r.IntN(2500), never
	if n <= heads {
		l.started -= 400
	} else {
		o.happen(r, l)
	}
	if l.employment == "contractor" && l.ended == never {
		l.ended = max(LastDay, l.started) + 20 + r.IntN(300) // the end of the contract
	}
	return l
}

// happen says what happens to a person.
func (o *organization) happen(r *rand.Rand, l *life) {
	switch kind := r.IntN(1000); {
	case kind < 15:
		l.started = LastDay + 1 + r.IntN(20)
	case kind < 55:
		l.started = 1 + r.IntN(LastDay-2)
	case kind < 100:
		l.ended = -12 + r.IntN(LastDay+8)
		l.started = min(l.started, l.ended-90)
	case kind < 210:
		l.ended = -20 - r.IntN(700)
		l.started = l.ended - 60 - r.IntN(1500)
	case kind < 270:
		o.move(r, l)
	case kind < 285:
		l.leave[0] = -15 + r.IntN(LastDay)
		l.leave[1] = l.leave[0] + 15 + r.IntN(40)
	}
}

// post returns the first post of the next person.
func (o *organization) post(r *rand.Rand, n int) post {
	if n == 1 {
		return post{from: -never, department: -1, team: "Executive", title: "Chief Executive Officer"}
	}
	if n <= heads {
		of := departments[n-2]
		return post{from: -never, department: n - 2, manager: 1, team: of.name, title: of.head}
	}
	d, weight := 0, r.IntN(100)
	for weight >= departments[d].weight {
		weight -= departments[d].weight
		d++
	}
	o.members[d]++
	team := (o.members[d] - 1) / teamSize
	p := post{from: -never, department: d, team: teamName(d, team), title: one(r, departments[d].titles)}
	switch {
	case team < len(o.leads[d]):
		p.manager = o.leads[d][team]
	case team == 0:
		p.lead, p.manager = true, d+2
	default:
		p.lead, p.manager = true, o.leads[d][(team-1)/spread]
	}
	if p.lead {
		p.title = departments[d].name + " Team Lead"
		o.leads[d] = append(o.leads[d], n)
	}
	return p
}

func teamName(department, team int) string {
	names := departments[department].teams
	if team < len(names) {
		return names[team]
	}
	return fmt.Sprint(names[team%len(names)], " ", team/len(names)+1)
}

// move has a person change the department in these two months. Leads stay.
func (o *organization) move(r *rand.Rand, l *life) {
	from, to := l.posts[0], r.IntN(len(departments))
	if from.lead || to == from.department {
		return
	}
	p := post{from: 2 + r.IntN(LastDay-8), department: to, manager: to + 2, team: departments[to].name, title: one(r, departments[to].titles)}
	if teams := o.leads[to]; len(teams) > 0 {
		team := r.IntN(len(teams))
		p.team, p.manager = teamName(to, team), teams[team]
	}
	l.posts = append(l.posts, p)
}

// People returns those whom the personnel department knows: also former ones, and those who start
// within three weeks.
func (d *Day) People() []Person {
	return d.people.get(func() (all []Person) {
		for _, l := range d.c.lives {
			if d.n >= l.started-21 {
				all = append(all, d.person(l))
			}
		}
		return all
	})
}

func (d *Day) person(l *life) Person {
	now := l.post(d.n)
	p := Person{
		ID: l.id(), N: l.n, First: l.first, Last: l.last, Name: l.name(), Email: l.email(), Username: l.username, Title: now.title,
		Department: now.name(), Team: now.team, Location: l.location, Employment: l.employment, Started: Date(l.started),
		Status: l.status(d.n), Engineer: now.engineer(), Number: l.number,
	}
	if now.manager > 0 {
		manager := d.c.standIn(d.c.person(now.manager), d.n)
		p.ManagerEmail, p.ManagerN = manager.email(), manager.n
	}
	if l.ended < never && (l.employment == "contractor" || d.n >= l.ended-14) { // notice is given two weeks before
		p.Ended = Date(l.ended)
	}
	if f, found := d.flaw("contractor-past-end", "people", p.ID); found {
		p.Ended = Date(f.From)
	}
	return p
}

// needs returns from which day until which one a person needs what some of the company need. Needed is
// false when they never do.
func (l *life) needs(staff func(post) bool) (from, until int, needed bool) {
	from, until = never, l.ended
	for _, p := range l.posts {
		switch {
		case staff(p) && from == never:
			from, needed = max(p.from, l.started), true
		case !staff(p) && needed:
			until = min(until, p.from)
		}
	}
	return from, until, needed && from < until
}

// colleague returns an engineer among the first people, who is here on a day.
func (c *Company) colleague(r *rand.Rand, among, day int) *life {
	for range 20 {
		l := c.person(heads + 1 + r.IntN(max(among, 1)))
		if l.n > heads && l.post(day).engineer() && l.here(day) {
			return l
		}
	}
	return c.person(2 + r.IntN(3)) // one of the heads of engineering, IT and security
}
