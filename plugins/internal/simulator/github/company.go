package github

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// OfCompany returns the organization of a company: its accounts, repositories, changes and findings. What the company does
// not have is as in Organization: the found secrets, of which every fourth is open.
func OfCompany(d *company.Day, secrets int) *Tables {
	t := newTables()
	t.day = d
	for _, a := range d.Accounts("github") {
		t.addAccount(a)
	}
	for _, r := range d.Repositories() {
		t.addRepository(r)
	}
	for _, c := range d.Changes() {
		t.addChange(c)
	}
	for _, f := range d.Findings() {
		t.addFinding(f)
	}
	for name := range t.Pulls {
		newestFirst(t.Pulls[name])
	}
	t.addSecrets(secrets)
	return t
}

// addAccount adds an account. GitHub lists nobody who left; people outside the company are outside collaborators.
func (t *Tables) addAccount(a company.Account) {
	if a.Status != "active" {
		return
	}
	u := person(1000+a.N, a.Username, a.Name)
	u["mfa"], u["owner"], u["created_at"] = a.MFA, a.Admin && a.Type != "external", t.moment(a.Created)
	if a.Email != "" && a.N%10 != 0 {
		u["verified"] = []string{a.Email}
	}
	t.byNode[u["node_id"].(string)] = u
	if a.Type == "external" {
		t.Outside = append(t.Outside, u)
		return
	}
	t.Members = append(t.Members, u)
	for _, group := range a.Groups {
		slug := strings.ToLower(strings.ReplaceAll(group, " ", "-"))
		if t.inTeam[slug] == nil {
			t.Teams = append(t.Teams, Row{"id": 500 + len(t.Teams), "node_id": "T_" + slug, "slug": slug, "name": group, "privacy": "closed",
				"parent": nil})
		}
		t.inTeam[slug] = append(t.inTeam[slug], u)
	}
}

// addRepository protects a repository by branch protection, and every fifth by rules.
func (t *Tables) addRepository(r company.Repository) {
	one := code(r.ID, r.Name, r.Visibility)
	one["archived"], one["default_branch"], one["created_at"] = r.Archived, r.DefaultBranch, t.moment(r.Created)
	one["alerts"] = r.DependencyAlerts
	one["security_and_analysis"] = Row{"secret_scanning": onOff(r.SecretScanning),
		"dependabot_security_updates": onOff(r.DependencyAlerts && r.N%2 == 0)}
	switch {
	case !r.Protected && r.N%2 == 0:
		one["classic"] = protectedBy(nil, false)
	case !r.Protected:
	case r.N%5 == 4:
		rules := []Row{{"type": "pull_request", "ruleset_id": 7, "parameters": Row{"required_approving_review_count": r.Approvals}}}
		if r.ChecksRequired {
			rules = append(rules, Row{"type": "required_status_checks", "ruleset_id": 7,
				"parameters": Row{"required_status_checks": []Row{{"context": "test"}}}})
		}
		one["rules"] = rules
	default:
		one["classic"] = protectedBy(Row{"required_approving_review_count": r.Approvals}, r.ChecksRequired)
	}
	t.Repositories = append(t.Repositories, one)
	t.byName[r.Name], t.byNode[one["node_id"].(string)] = one, one
}

// addChange adds a change that is not open any more. One check in five is a commit status.
func (t *Tables) addChange(c company.Change) {
	if c.Status == "open" {
		return
	}
	p := request(c.ID, c.Number, c.Repository, c.Title)
	p["user"], p["merger"], p["head"], p["base"] = Row{"login": c.Author}, c.MergedBy, Row{"sha": c.HeadSHA}, Row{"ref": c.Target}
	p["created_at"], p["updated_at"], p["closed_at"] = t.moment(c.Created), t.moment(c.Updated),
		t.moment(c.Updated)
	if c.Status == "merged" {
		p["merged_at"] = t.moment(c.Merged)
	}
	reviews := []Row{}
	for _, login := range c.Approvers {
		reviews = append(reviews, Row{"id": c.ID, "user": Row{"login": login}, "state": "APPROVED",
			"submitted_at": t.moment(c.Updated)})
	}
	p["reviews"], p["check_source"], p["check_state"] = reviews, "runs", "success"
	if c.ID%5 == 0 {
		p["check_source"] = "status"
	}
	if !c.ChecksPassed {
		p["check_state"] = "failure"
	}
	t.Pulls[c.Repository] = append(t.Pulls[c.Repository], p)
	t.byNode[p["node_id"].(string)] = p
}

// addFinding adds the finding of a repository as an alert of Dependabot.
func (t *Tables) addFinding(f company.Finding) {
	r := t.byName[f.ResourceName]
	if f.ResourceType != "repository" || r == nil {
		return
	}
	a := dependabot(f.N, r)
	a["created_at"], a["state"] = t.moment(f.Found), "open"
	switch f.Status {
	case "fixed":
		a["state"], a["fixed_at"] = "fixed", t.moment(f.Fixed)
	case "accepted":
		a["state"], a["dismissed_reason"] = "dismissed", "tolerable_risk"
	case "false_positive":
		a["state"], a["dismissed_reason"] = "dismissed", "inaccurate"
	}
	advisory, vulnerability := a["security_advisory"].(Row), a["security_vulnerability"].(Row)
	advisory["summary"], advisory["severity"], vulnerability["severity"] = f.Title, f.Severity, f.Severity
	advisory["cve_id"] = nil
	if f.CVE != "" {
		advisory["cve_id"] = f.CVE
	}
	vulnerability["first_patched_version"] = nil
	if f.FixedVersion != "" {
		vulnerability["first_patched_version"] = Row{"identifier": f.FixedVersion}
	}
	a["dependency"] = Row{"package": Row{"ecosystem": "npm", "name": f.Package}, "manifest_path": "package-lock.json"}
	t.Dependabot = append(t.Dependabot, a)
}

// moment writes a moment of the company.
func (t *Tables) moment(at time.Time) string { return t.day.Moment(at).Format(time.RFC3339) }

func newestFirst(pulls []Row) {
	slices.SortFunc(pulls, func(a, b Row) int { return cmp.Compare(b["updated_at"].(string), a["updated_at"].(string)) })
}

func onOff(on bool) Row {
	if on {
		return Row{"status": "enabled"}
	}
	return Row{"status": "disabled"}
}

// yesNo is how a record says a fact.
func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// factsOf returns what the records must say of the things of a company.
func factsOf(d *company.Day, stream string) map[string]map[string]any {
	facts := map[string]map[string]any{}
	switch stream {
	case "members", "outside_collaborators":
		for _, a := range d.Accounts("github") {
			outside := a.Type == "external"
			if a.Status != "active" || outside != (stream == "outside_collaborators") {
				continue
			}
			of := map[string]any{"username": a.Username, "name": a.Name, "status": "active", "mfa": yesNo(a.MFA), "type": "external", "admin": nil}
			if !outside {
				of["type"], of["admin"] = "human", yesNo(a.Admin)
			}
			facts[fmt.Sprint(1000+a.N)] = of
		}
	case "repositories":
		for _, r := range d.Repositories() {
			of := map[string]any{"name": "acme/" + r.Name, "visibility": r.Visibility, "archived": yesNo(r.Archived),
				"default_branch":  r.DefaultBranch,
				"secret_scanning": yesNo(r.SecretScanning), "branch_protected": nil}
			if !r.Archived {
				of["branch_protected"], of["dependency_alerts"] = yesNo(r.Protected), yesNo(r.DependencyAlerts)
				of["review_required"], of["checks_required"] = yesNo(r.Protected && r.Approvals > 0), yesNo(r.Protected && r.ChecksRequired)
			}
			facts[fmt.Sprint(r.ID)] = of
		}
	case "changes":
		for _, c := range d.Changes() {
			if c.Status == "merged" {
				facts[fmt.Sprint(70_000_000+c.ID)] = map[string]any{"title": c.Title, "author": c.Author, "approvers": c.Approvers,
					"merged_by": c.MergedBy,
					"target":    c.Target, "checks_passed": yesNo(c.ChecksPassed), "repository": "acme/" + c.Repository}
			}
		}
	case "dependabot_alerts":
		repositories := map[string]int{}
		for _, r := range d.Repositories() {
			repositories[r.Name] = r.ID
		}
		for _, f := range d.Findings() {
			if id := repositories[f.ResourceName]; f.ResourceType == "repository" && id != 0 {
				facts[fmt.Sprintf("%d/%d", id, f.N)] = map[string]any{"title": f.Title, "severity": f.Severity, "status": f.Status,
					"resource": "acme/" + f.ResourceName}
			}
		}
	}
	return facts
}
