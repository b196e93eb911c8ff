package company

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Ticket is a task, an incident or a wish.
type Ticket struct {
	ID                                                                                    string
	N                                                                                     int
	Key, Project, ProjectName, Title, Type, Status, Priority, ReporterEmail, ReporterName string
	ReporterN                                                                             int
	AssigneeEmail, AssigneeName                                                           string `null:"yes"`
	AssigneeN                                                                             int    // 0 when it has none
	Created, Updated, Resolved, Due                                                       time.Time
	Labels                                                                                []string
}

// project is a list of tickets.
type project struct {
	key, name, kind string
	titles, labels  []string
}

var projects = []project{
	{"ENG", "Engineering", "task", []string{"Shard the table of events", "Add paging to the export", "Replace the old mailer"},
		[]string{"backend"}},
	{"ENG", "Engineering", "bug", []string{"Totals are wrong in leap years", "Search forgets the filter", "Page flickers on phones"},
		[]string{"bug"}},
	{"OPS", "Operations", "incident", []string{"Checkout is slow", "Queue of webhooks does not drain", "Certificate was not renewed"},
		[]string{"incident"}},
	{"IT", "Workplace IT", "access_request", []string{"Access to the warehouse", "Access to the wiki of Sales",
		"Licence for the design tool"}, []string{"access"}},
	{"OPS", "Operations", "change", []string{"Upgrade the database", "Move the queue to three zones", "Rotate the signing keys"},
		[]string{"change"}},
}

var priorities = []string{"critical", "high", "medium", "medium", "medium", "low"}

// patience is the number of days that a ticket of a priority has.
var patience = map[string]int{"critical": 5, "high": 15, "medium": 40, "low": 80}

// ticketStart returns the day on which a ticket was made, and what kind it is.
func (c *Company) ticketStart(n int) (r *rand.Rand, created int, of project, late bool) {
	r = c.dice("ticket", n)
	created = -150 + r.IntN(150+LastDay-1)
	of = projects[r.IntN(len(projects))]
	f, late := c.planted[spot{"ticket-overdue", "tickets", fmt.Sprint(n)}]
	if late {
		created, of = f.From-patience["critical"], projects[2]
	}
	return r, created, of, late
}

func (c *Company) ticketKey(n int) string {
	_, _, of, _ := c.ticketStart(n)
	return fmt.Sprint(of.key, "-", n)
}

// Tickets returns the tickets.
func (d *Day) Tickets() (all []Ticket) {
	for n := 1; n <= d.c.size.Tickets; n++ {
		if r, created, of, late := d.c.ticketStart(n); created <= d.n {
			all = append(all, d.ticket(r, n, created, of, late))
		}
	}
	return all
}

func (d *Day) ticket(r *rand.Rand, n, created int, of project, late bool) Ticket {
	priority := one(r, priorities)
	if late {
		priority = "critical"
	}
	takes := r.IntN(patience[priority])
	reporter := d.c.colleague(r, among(n), created)
	last := min(d.n, created+takes)
	if late {
		last = d.n
	}
	assignee := d.c.standIn(d.c.colleague(r, among(n), created), last)
	t := Ticket{
		ID: fmt.Sprint(n), N: n, Key: fmt.Sprint(of.key, "-", n), Project: of.key, ProjectName: of.name, Title: one(r, of.titles), Type: of.kind,
		Status: "open", Priority: priority, ReporterEmail: reporter.email(), ReporterName: reporter.name(), ReporterN: reporter.n,
		AssigneeEmail: assignee.email(), AssigneeName: assignee.name(), AssigneeN: assignee.n, Created: date(created, 30_000+r.IntN(20_000)),
		Labels: of.labels,
	}
	if r.IntN(3) > 0 || late {
		t.Due = Date(created + patience[priority])
	}
	t.Updated = t.Created.Add(time.Hour)
	switch age := d.n - created; {
	case age >= takes && !late:
		t.Status, t.Resolved = "done", date(created+takes, 60_000+r.IntN(9000))
		if r.IntN(12) == 0 {
			t.Status = "cancelled"
		}
		t.Updated = t.Resolved
	case age >= takes/3:
		t.Status, t.Updated = "in_progress", later(t.Updated, date(created+takes/3, 52_000))
	case r.IntN(4) == 0:
		t.AssigneeEmail, t.AssigneeName, t.AssigneeN = "", "", 0
	}
	return t
}

// Finding is a weakness that a scan found.
type Finding struct {
	ID                                   string
	N                                    int
	Title, Severity, Status              string
	CVE                                  string `null:"yes"`
	Package, Version                     string
	FixedVersion                         string `null:"yes"`
	Resource, ResourceType, ResourceName string
	ResourcePlatform                     string `null:"yes"`
	ResourceN                            int
	Found, Fixed, Due                    time.Time
}

var (
	severities = []string{"critical", "high", "high", "medium", "medium", "medium", "low", "low"}
	deadlines  = map[string]int{"critical": 7, "high": 30, "medium": 90, "low": 180}
	packages   = []string{"openssl", "lodash", "log4j-core", "requests", "golang.org/x/net", "libxml2", "jackson-databind", "axios"}
	weaknesses = []string{"Prototype pollution in %s", "Buffer overflow in %s", "Denial of service in %s", "Path traversal in %s"}
)

// Findings returns what scans found. Those that are not fixed in time are flaws.
func (d *Day) Findings() (all []Finding) {
	for n := 1; n <= d.c.size.Findings; n++ {
		r := d.c.dice("finding", n)
		severity, found := one(r, severities), -150+r.IntN(150+LastDay-1)
		late := false
		for _, kind := range []string{"critical", "high"} {
			if f, planted := d.c.planted[spot{"overdue-" + kind + "-finding", "findings", fmt.Sprintf("f%05d", n)}]; planted {
				severity, found, late = kind, f.From-deadlines[kind], true
			}
		}
		if found <= d.n {
			all = append(all, d.finding(r, n, severity, found, late))
		}
	}
	return all
}

func (d *Day) finding(r *rand.Rand, n int, severity string, found int, late bool) Finding {
	of := one(r, packages)
	f := Finding{
		ID: fmt.Sprintf("f%05d", n), N: n, Title: fmt.Sprintf(one(r, weaknesses), of), Severity: severity, Status: "open", Package: of,
		CVE: fmt.Sprintf("CVE-2026-%d", 10_000+n), Version: fmt.Sprintf("%d.%d.%d", 1+r.IntN(4), r.IntN(20), r.IntN(9)),
		ResourceType: "repository",
		Found:        date(found, 10_000+r.IntN(9000)), Due: Date(found + deadlines[severity]),
	}
	f.FixedVersion = fmt.Sprintf("%d.%d.%d", 5, r.IntN(20), r.IntN(9))
	switch kind := r.IntN(10); {
	case kind < 6:
		f.ResourceN = 1 + r.IntN(min(max(n/10, 1), d.c.size.Repositories))
		f.Resource = d.c.repositoryName(f.ResourceN)
		f.ResourceName = f.Resource
	case kind < 9:
		f.ResourceType, f.ResourceN = "device", 1+r.IntN(min(n, d.c.size.Devices))
		f.Resource, f.ResourceName = deviceID(f.ResourceN), d.c.hostname(f.ResourceN)
		f.ResourcePlatform = d.c.makerOf(f.ResourceN).platform
	default:
		f.ResourceType, f.ResourceN = "instance", 1+r.IntN(min(max(n/20, 1), d.c.size.Instances))
		f.Resource = d.c.instanceID(f.ResourceN)
		f.ResourceName, f.ResourcePlatform = f.Resource, "linux"
	}
	if r.IntN(6) == 0 {
		f.CVE = ""
	}
	takes := r.IntN(deadlines[severity])
	other := r.IntN(25)
	if late || d.n < found+takes {
		return f
	}
	switch {
	case other == 0 && severity == "low":
		f.Status = "accepted"
	case other == 1:
		f.Status = "false_positive"
	default:
		f.Status, f.Fixed = "fixed", date(found+takes, 50_000+r.IntN(9000))
	}
	return f
}

// Monitor watches a service.
type Monitor struct {
	ID                  string
	N                   int
	Name, Service, Type string
	Enabled             bool
	Status              string
	Notifies            []string
	Created             time.Time
}

var monitorKinds = []string{"metric", "log", "uptime", "certificate"}

// Monitors returns the monitors.
func (d *Day) Monitors() (all []Monitor) {
	for n := 1; n <= d.c.size.Monitors; n++ {
		id := fmt.Sprint(n)
		r, created, there := d.made("monitors", id, n)
		if !there {
			continue
		}
		of := d.c.repositoryName(1 + (n-1)/5%d.c.size.Repositories)
		kind := monitorKinds[r.IntN(len(monitorKinds))]
		m := Monitor{ID: id, N: n, Name: "The " + kind + " of " + of, Service: of, Type: kind,
			Enabled:  !d.flawed("monitor-disabled", "monitors", id),
			Status:   "ok",
			Notifies: []string{"on-call"}, Created: created}
		switch now := d.c.dice("monitor now", n*(LastDay+1)+d.n).IntN(60); now {
		case 0:
			m.Status = "alerting"
		case 1, 2:
			m.Status = "warning"
		case 3:
			m.Status = "no_data"
		}
		if r.IntN(3) == 0 {
			m.Notifies = append(m.Notifies, d.c.colleague(r, among(n), d.n).email())
		}
		if d.flawed("monitor-silent", "monitors", id) {
			m.Notifies = []string{}
		}
		all = append(all, m)
	}
	return all
}
