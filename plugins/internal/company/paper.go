package company

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Training is a course that a person must take.
type Training struct {
	ID, Course                      string
	CourseN                         int
	PersonID                        string
	PersonN                         int
	PersonEmail, PersonName, Status string
	Assigned, Due, Completed        time.Time
	Score                           int `null:"yes"`
}

// courses are those of everybody, and the last one that of engineers.
var courses = []string{"Security Awareness", "Privacy at Work", "Secure Coding"}

// grace is the number of days for a training or a signature.
const grace = 30

func trainingID(l *life, course int) string  { return fmt.Sprintf("t%04d-%d", l.n, course+1) }
func signatureID(l *life, policy int) string { return fmt.Sprintf("g%04d-%d", l.n, policy+1) }

// Trainings returns the trainings. When a person leaves, those that are not complete are taken away.
func (d *Day) Trainings() (all []Training) {
	for _, l := range d.c.lives {
		for course := range courses {
			if course == 2 && !l.posts[0].engineer() {
				continue
			}
			if t, there := d.training(l, course); there {
				all = append(all, t)
			}
		}
	}
	return all
}

func (d *Day) training(l *life, course int) (t Training, there bool) {
	id := trainingID(l, course)
	r := d.c.dice("training "+courses[course], l.n)
	assigned := duty(r, l)
	takes := 1 + r.IntN(grace-2)
	f, late := d.c.planted[spot{lateTraining.kind, "trainings", id}]
	if late {
		assigned, takes = f.From-1-grace, f.Until-f.From+1+grace
	}
	done := assigned + takes
	if d.n < assigned || l.ended <= min(done, d.n) {
		return t, false
	}
	t = Training{
		ID: id, Course: courses[course], CourseN: course + 1, PersonID: l.id(), PersonN: l.n, PersonEmail: l.email(), PersonName: l.name(),
		Status: "assigned", Assigned: at(r, assigned), Due: date(assigned+grace, 86_399),
	}
	switch {
	case d.n >= done && (!late || f.Until < stays):
		t.Status, t.Completed, t.Score = "complete", date(done, 62_000), 80+r.IntN(21)
	case late && f.On(d.n):
		t.Status = "overdue"
	case d.n > assigned+takes/2:
		t.Status = "in_progress"
	}
	return t, true
}

// duty returns the day on which a person is given what everybody must do: the first day, or a day of
// this year for those who came earlier.
func duty(r *rand.Rand, l *life) int {
	assigned := -50 - r.IntN(150)
	return max(assigned, l.started)
}

// BackgroundCheck is a check of a person before the first day.
type BackgroundCheck struct {
	ID, PersonID                             string
	PersonN                                  int
	PersonEmail, PersonName, Package, Status string
	Result                                   string `null:"yes"`
	Ordered, Completed                       time.Time
}

// BackgroundChecks returns the checks of all whom the company hired.
func (d *Day) BackgroundChecks() (all []BackgroundCheck) {
	for _, l := range d.c.lives {
		id := "b" + l.id()[1:]
		r := d.c.dice("background check", l.n)
		ordered := l.started - 20 + r.IntN(4)
		done := ordered + 3 + r.IntN(9)
		if d.n < ordered || d.flawed(checkMissing.kind, "background_checks", id) {
			continue
		}
		b := BackgroundCheck{ID: id, PersonID: l.id(), PersonN: l.n, PersonEmail: l.email(), PersonName: l.name(), Package: "standard",
			Status:  "pending",
			Ordered: at(r, ordered)}
		if l.posts[0].engineer() {
			b.Package = "enhanced"
		}
		if d.n >= done && !d.flawed(checkPending.kind, "background_checks", id) {
			b.Status, b.Result, b.Completed = "complete", "clear", date(done, 50_000)
			if d.flawed(checkConsider.kind, "background_checks", id) {
				b.Result = "consider"
			}
		}
		all = append(all, b)
	}
	return all
}

// Document is a policy, a plan, a contract or an insurance.
type Document struct {
	ID                                                  string
	N                                                   int
	Title, Kind, Version, Status, OwnerEmail, OwnerName string
	Approved, ReviewDue, Updated                        time.Time
}

// papers are the titles of documents. The first two policies are those that everybody signs.
var papers = []struct{ title, kind string }{
	{"Acceptable Use Policy", "policy"}, {"Code of Conduct", "policy"}, {"Access Control Policy", "policy"}, {"Information Security Policy",
		"policy"},
	{"Data Classification Policy", "policy"}, {"Incident Response Plan", "plan"}, {"Business Continuity Plan", "plan"},
	{"Vendor Management Policy", "policy"},
	{"Change Management Policy", "policy"}, {"Encryption Policy", "policy"}, {"Backup Policy", "policy"}, {"Cyber Insurance", "insurance"},
	{"Password Policy", "policy"}, {"Remote Work Policy", "policy"}, {"Vulnerability Management Policy", "policy"},
	{"Asset Management Policy", "policy"},
	{"Physical Security Policy", "policy"}, {"Disaster Recovery Plan", "plan"}, {"Hosting Agreement", "contract"}, {"Processing Agreement",
		"contract"},
	{"Risk Management Policy", "policy"}, {"Logging Policy", "policy"}, {"Retention Policy", "policy"}, {"Clean Desk Policy", "policy"},
}

// Documents returns the documents. The last of a full set is a draft, and the one before it retired.
func (d *Day) Documents() (all []Document) {
	for n := 1; n <= d.c.size.Documents; n++ {
		r := d.c.dice("document", n)
		of, approved := papers[(n-1)%len(papers)], -20-r.IntN(250)
		id := fmt.Sprintf("doc-%03d", n)
		if f, late := d.c.planted[spot{"policy-past-review", "documents", id}]; late {
			approved = f.From - 365
		}
		owner := d.c.person(2 + r.IntN(len(departments)))
		one := Document{ID: id, N: n, Title: of.title, Kind: of.kind, Version: fmt.Sprintf("%d.%d", 1+r.IntN(3), r.IntN(4)), Status: "approved",
			OwnerEmail: owner.email(), OwnerName: owner.name(), Approved: date(approved, 50_000), ReviewDue: Date(approved + 365)}
		if again := (n - 1) / len(papers); again > 0 {
			one.Title += fmt.Sprintf(" (annex %d)", again)
		}
		one.Updated = one.Approved
		switch n % len(papers) {
		case 0:
			one.Status, one.Approved, one.ReviewDue = "draft", time.Time{}, time.Time{}
		case len(papers) - 1:
			one.Status, one.ReviewDue = "retired", time.Time{}
		case len(papers) - 2:
			one.Status = "in_review"
		}
		all = append(all, one)
	}
	return all
}

// Signature is the signature of a person under a policy.
type Signature struct {
	ID, Document, DocumentID        string
	PersonN                         int
	PersonEmail, PersonName, Status string
	Sent, Signed                    time.Time
}

// signedPolicies is the number of policies that everybody signs.
const signedPolicies = 2

// Signatures returns the signatures. What a person has not signed is withdrawn when they leave.
func (d *Day) Signatures() (all []Signature) {
	for _, l := range d.c.lives {
		for policy := range signedPolicies {
			if s, there := d.signature(l, policy); there {
				all = append(all, s)
			}
		}
	}
	return all
}

func (d *Day) signature(l *life, policy int) (s Signature, there bool) {
	id := signatureID(l, policy)
	r := d.c.dice("signature "+papers[policy].title, l.n)
	sent := duty(r, l)
	takes := r.IntN(6)
	f, late := d.c.planted[spot{unsigned.kind, "signatures", id}]
	if late {
		sent, takes = f.From-grace, f.Until-f.From+grace
	}
	done := sent + takes
	if d.n < sent || l.ended <= min(done, d.n) {
		return s, false
	}
	s = Signature{ID: id, Document: papers[policy].title, DocumentID: fmt.Sprintf("doc-%03d", policy+1), PersonN: l.n, PersonEmail: l.email(),
		PersonName: l.name(), Status: "sent", Sent: date(sent, 33_000)}
	switch {
	case d.n >= done && (!late || f.Until < stays):
		s.Status, s.Signed = "signed", date(done, 58_000)
	case d.n > sent+1:
		s.Status = "viewed"
	}
	return s, true
}
