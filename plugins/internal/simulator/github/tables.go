package github

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// Row is one item, with fields that the simulator alone needs, which private names.
type Row = map[string]any

// Tables are what an organization has.
type Tables struct {
	Members, Outside, Teams, Repositories, Dependabot, Secrets []Row
	Pulls                                                      map[string][]Row // by the name of the repository

	day    *company.Day // of which they are made; nil for those of Organization
	inTeam map[string][]Row
	byName map[string]Row
	byNode map[string]Row
}

// private are the fields that are not shown in lists.
var private = []string{"mfa", "owner", "verified", "name", "email", "created_at", "empty", "classic", "rules", "alerts", "merger",
	"reviews",
	"check_source", "check_state"}

// public returns what a list shows of a row. A repository and a pull request keep their moments; a person has none.
func public(r Row) Row {
	shown := Row{}
	_, person := r["mfa"]
	for name, value := range r {
		if slices.Contains(private, name) && (person || name != "created_at" && name != "name") {
			continue
		}
		shown[name] = value
	}
	return shown
}

func having(rows []Row, want func(Row) bool) []Row {
	kept := []Row{}
	for _, r := range rows {
		if want(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

func without(rows []Row, field string) []Row {
	lesser := make([]Row, len(rows))
	for i, r := range rows {
		lesser[i] = Row{}
		for name, value := range r {
			if name != field {
				lesser[i][name] = value
			}
		}
	}
	return lesser
}

func (t *Tables) teamMembers(slug string) []Row { return t.inTeam[slug] }

// person returns a row of a list of people, with what only other requests show.
func person(id int, login, name string) Row {
	return Row{"id": id, "node_id": fmt.Sprintf("U_%08d", id), "login": login, "type": "User", "site_admin": false,
		"avatar_url": fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", id), "url": "https://api.github.com/users/" + login,
		"name": name, "email": nil, "created_at": "2020-03-04T05:06:07Z", "verified": []string{}, "mfa": true, "owner": false}
}

// addPeople adds members, one in fifty of whom is an owner, and outside collaborators.
func (t *Tables) addPeople(n, outside int) {
	for i := 1; i <= n+outside; i++ {
		u := person(1000+i, fmt.Sprintf("person%d", i), fmt.Sprintf("Person %d", i))
		u["mfa"], u["owner"] = i%20 != 7, i%50 == 1
		if i%4 == 0 {
			u["email"] = fmt.Sprintf("person%d@mail.example", i)
		}
		if i%3 == 0 {
			u["verified"] = []string{fmt.Sprintf("person%d@acme.example", i)}
		}
		t.byNode[u["node_id"].(string)] = u
		if i <= n {
			t.Members = append(t.Members, u)
		} else {
			u["owner"] = false
			t.Outside = append(t.Outside, u)
		}
	}
}

// addTeams puts every member into one team.
func (t *Tables) addTeams(n int) {
	for i := 1; i <= n; i++ {
		slug := fmt.Sprintf("team-%d", i)
		team := Row{"id": 500 + i, "node_id": fmt.Sprintf("T_%04d", i), "slug": slug, "description": "A team",
			"privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "parent": nil}
		team["name"] = fmt.Sprintf("Team %d", i)
		if i%5 == 0 {
			team["parent"] = Row{"id": 501, "slug": "team-1"}
		}
		t.Teams = append(t.Teams, team)
	}
	for i, u := range t.Members {
		slug := fmt.Sprintf("team-%d", 1+i%n)
		t.inTeam[slug] = append(t.inTeam[slug], u)
	}
}

// code returns a row of the list of repositories, without protection.
func code(id int, name, visibility string) Row {
	return Row{"id": id, "node_id": fmt.Sprintf("R_%08d", id), "name": name, "full_name": "acme/" + name,
		"html_url": "https://github.com/acme/" + name,
		"private":  visibility != "public", "visibility": visibility, "archived": false, "fork": false, "default_branch": "main",
		"created_at": "2024-02-03T04:05:06Z", "pushed_at": lastDay, "updated_at": lastDay, "stargazers_count": id, "language": "Go",
		"topics": []string{}, "empty": false, "classic": nil, "rules": []Row{}, "alerts": true, "security_and_analysis": Row{}}
}

// AddRepositories adds repositories of every kind of protection, each with pull requests.
func (t *Tables) AddRepositories(n, pulls int) {
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("app-%d", i)
		r := code(9000+i, name, "private")
		r["private"], r["archived"], r["empty"], r["alerts"] = i%10 != 1, i%25 == 0, i%40 == 7, i%3 != 0
		r["security_and_analysis"] = Row{"secret_scanning": onOff(i%4 != 0), "dependabot_security_updates": onOff(i%2 == 0 && i%3 != 0)}
		switch i % 10 {
		case 1:
			r["visibility"] = "public"
		case 2:
			r["visibility"] = "internal"
		}
		if i%3 == 0 {
			r["default_branch"] = "release/2026"
		}
		r["classic"] = classicOf(i)
		if i%5 == 4 {
			r["rules"] = []Row{
				{"type": "pull_request", "ruleset_source_type": "Organization", "ruleset_source": "acme", "ruleset_id": 73,
					"parameters": Row{"required_approving_review_count": 2, "dismiss_stale_reviews_on_push": true}},
				{"type": "required_status_checks", "ruleset_source_type": "Repository", "ruleset_source": "acme/" + name, "ruleset_id": 74,
					"parameters": Row{"required_status_checks": []Row{{"context": "test"}}}},
				{"type": "deletion", "ruleset_source_type": "Organization", "ruleset_source": "acme", "ruleset_id": 73},
			}
		}
		t.Repositories = append(t.Repositories, r)
		t.byName[name], t.byNode[r["node_id"].(string)] = r, r
		t.addPulls(i, name, pulls)
	}
}

// classicOf returns the branch protection of a repository: none, with reviews, or one that only forbids force pushes.
func classicOf(i int) any {
	switch i % 5 {
	case 0, 4:
		return nil
	case 1:
		return protectedBy(Row{"required_approving_review_count": 1, "dismiss_stale_reviews": true}, true)
	case 2:
		return protectedBy(Row{"required_approving_review_count": 0}, false)
	}
	return protectedBy(nil, false)
}

// protectedBy returns a branch protection. Without reviews and checks it only forbids force pushes.
func protectedBy(reviews Row, checks bool) Row {
	off := Row{"enabled": false}
	whole := Row{"url": "https://api.github.com/protection", "enforce_admins": Row{"enabled": true}, "allow_force_pushes": off,
		"allow_deletions":         off,
		"required_linear_history": off, "lock_branch": off, "required_signatures": off}
	if reviews != nil {
		whole["required_pull_request_reviews"] = reviews
	}
	if checks {
		whole["required_status_checks"] = Row{"strict": true, "contexts": []string{"test"}, "checks": []Row{{"context": "test", "app_id": 1}}}
	}
	return whole
}

// request returns a row of the list of pull requests.
func request(id, number int, repository, title string) Row {
	return Row{"id": 70_000_000 + id, "node_id": fmt.Sprintf("PR_%09d", id), "number": number, "title": title, "state": "closed",
		"draft":    false,
		"html_url": fmt.Sprintf("https://github.com/acme/%s/pull/%d", repository, number), "merged_at": nil, "user": Row{"login": "person1"},
		"head": Row{"sha": fmt.Sprintf("%040x", id), "ref": "topic"}, "base": Row{"ref": "main"}, "merge_commit_sha": fmt.Sprintf("%040x", id+1),
		"merger": "person2", "reviews": []Row{}, "check_source": "runs", "check_state": "success"}
}

// addPulls adds pull requests, newest first. Every ninth was closed without a merge.
func (t *Tables) addPulls(i int, name string, n int) {
	day, _ := time.Parse(time.RFC3339, lastDay)
	for k := 1; k <= n; k++ {
		number := i*1000 + k
		merged := any(day.Add(-time.Duration(n-k) * 7 * time.Hour).Format(time.RFC3339))
		p := request(number, k, name, fmt.Sprintf("Change %d", k))
		p["created_at"] = day.Add(-time.Duration(n-k)*7*time.Hour - time.Hour).Format(time.RFC3339)
		p["closed_at"], p["merged_at"], p["updated_at"], p["reviews"] = merged, merged, merged, reviewsOf(k)
		switch {
		case number%9 == 0:
			p["merged_at"] = nil
		case number%7 == 0:
			p["check_state"] = "failure"
		case number%5 == 0:
			p["check_source"] = "status"
		case number%11 == 0:
			p["check_source"] = ""
		}
		if k%6 == 0 {
			p["user"], p["merger"] = Row{"login": "dependabot[bot]"}, "dependabot[bot]"
		}
		t.Pulls[name] = append(t.Pulls[name], p)
		t.byNode[p["node_id"].(string)] = p
	}
	newestFirst(t.Pulls[name])
}

func reviewsOf(k int) []Row {
	by := func(login, state string) Row {
		return Row{"id": k, "user": Row{"login": login}, "state": state, "submitted_at": "2026-10-01T08:00:00Z"}
	}
	switch k % 5 {
	case 0:
		return []Row{}
	case 1:
		return []Row{by("person2", "COMMENTED"), by("person3", "APPROVED"), by("person3", "COMMENTED")}
	case 2:
		return []Row{by("person2", "APPROVED"), by("person3", "DISMISSED"), by("person1", "APPROVED")}
	case 3:
		return []Row{by("person2", "CHANGES_REQUESTED"), by("person2", "APPROVED"), by("person4", "APPROVED")}
	}
	return []Row{by("person2", "APPROVED"), by("person2", "CHANGES_REQUESTED")}
}

// dependabot returns an alert in a repository.
func dependabot(n int, r Row) Row {
	return Row{"number": n, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/dependabot/%d", r["full_name"], n),
		"created_at": "2026-09-01T00:00:00Z", "updated_at": lastDay, "dismissed_at": nil, "dismissed_reason": nil, "fixed_at": nil,
		"repository": within(r),
		"dependency": Row{"package": Row{"ecosystem": "npm", "name": "lodash"}, "manifest_path": "package-lock.json", "scope": "runtime"},
		"security_advisory": Row{"ghsa_id": fmt.Sprintf("GHSA-aaaa-bbbb-%04d", n), "cve_id": fmt.Sprintf("CVE-2026-%04d", n),
			"summary": "Prototype pollution", "severity": "high", "description": "Long", "epss": []Row{{"percentage": 0.1}}},
		"security_vulnerability": Row{"severity": []string{"low", "medium", "high", "critical"}[n%4], "vulnerable_version_range": "< 4.17.21",
			"first_patched_version": Row{"identifier": "4.17.21"}}}
}

// within returns how an alert names its repository.
func within(r Row) Row {
	return Row{"id": r["id"], "full_name": r["full_name"], "name": r["name"], "private": r["private"]}
}

// addAlerts adds alerts of both kinds in all their states.
func (t *Tables) addAlerts(n int) {
	for i := 1; i <= n; i++ {
		a := dependabot(i, t.Repositories[i%len(t.Repositories)])
		switch i % 6 {
		case 1:
			a["state"], a["fixed_at"] = "fixed", "2026-09-20T00:00:00Z"
		case 2:
			a["state"], a["dismissed_reason"] = "dismissed", "tolerable_risk"
		case 3:
			a["state"], a["dismissed_reason"] = "dismissed", "inaccurate"
		case 4:
			a["state"] = "auto_dismissed"
			a["security_advisory"].(Row)["cve_id"], a["security_vulnerability"].(Row)["first_patched_version"] = nil, nil
		}
		t.Dependabot = append(t.Dependabot, a)
	}
	t.addSecrets(n)
}

// addSecrets adds found secrets.
func (t *Tables) addSecrets(n int) {
	for i := 1; i <= n; i++ {
		r := t.Repositories[i%len(t.Repositories)]
		s := Row{"number": i, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/secret-scanning/%d", r["full_name"], i),
			"created_at": "2026-09-01T00:00:00Z", "updated_at": lastDay, "secret_type": "stripe_api_key",
			"secret_type_display_name": "Stripe API Key", "secret": "sk_live_" + strings.Repeat("x", 16), "validity": "unknown",
			"resolution": nil, "resolved_at": nil, "repository": within(r)}
		if i%4 > 0 {
			s["state"], s["resolved_at"] = "resolved", "2026-09-21T00:00:00Z"
			s["resolution"] = []string{"", "revoked", "false_positive", "used_in_tests"}[i%4]
		}
		t.Secrets = append(t.Secrets, s)
	}
}

// Organization returns what an organization of a size has.
func Organization(people, outside, teams, repositories, pulls, alerts int) *Tables {
	t := newTables()
	t.addPeople(people, outside)
	t.addTeams(teams)
	t.AddRepositories(repositories, pulls)
	t.addAlerts(alerts)
	return t
}

func newTables() *Tables {
	return &Tables{inTeam: map[string][]Row{}, byName: map[string]Row{}, byNode: map[string]Row{}, Pulls: map[string][]Row{}}
}
