package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one item, with fields that the simulator alone needs, which private names.
type row = map[string]any

// tables are what the simulated organization has.
type tables struct {
	members, outside, teams, repositories, dependabot, secrets []row

	inTeam map[string][]row
	byName map[string]row
	byNode map[string]row
	pulls  map[string][]row
}

// private are the fields that are not shown in lists.
var private = []string{"mfa", "owner", "verified", "name", "email", "created_at", "empty", "classic", "rules", "alerts", "merger",
	"reviews",
	"check_source", "check_state"}

// public returns what a list shows of a row. A repository and a pull request keep their moments; a person has none.
func public(r row) row {
	shown := row{}
	_, person := r["mfa"]
	for name, value := range r {
		if slices.Contains(private, name) && (person || name != "created_at" && name != "name") {
			continue
		}
		shown[name] = value
	}
	return shown
}

func having(rows []row, want func(row) bool) []row {
	kept := []row{}
	for _, r := range rows {
		if want(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

func without(rows []row, field string) []row {
	lesser := make([]row, len(rows))
	for i, r := range rows {
		lesser[i] = row{}
		for name, value := range r {
			if name != field {
				lesser[i][name] = value
			}
		}
	}
	return lesser
}

func (t *tables) teamMembers(slug string) []row { return t.inTeam[slug] }

// person returns a row of a list of people, with what only other requests show.
func person(id int, login, name string) row {
	return row{"id": id, "node_id": fmt.Sprintf("U_%08d", id), "login": login, "type": "User", "site_admin": false,
		"avatar_url": fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", id), "url": "https://api.github.com/users/" + login,
		"name": name, "email": nil, "created_at": "2020-03-04T05:06:07Z", "verified": []string{}, "mfa": true, "owner": false}
}

// addPeople adds members, one in fifty of whom is an owner, and outside collaborators.
func (t *tables) addPeople(n, outside int) {
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
			t.members = append(t.members, u)
		} else {
			u["owner"] = false
			t.outside = append(t.outside, u)
		}
	}
}

// addTeams puts every member into one team.
func (t *tables) addTeams(n int) {
	for i := 1; i <= n; i++ {
		slug := fmt.Sprintf("team-%d", i)
		team := row{"id": 500 + i, "node_id": fmt.Sprintf("T_%04d", i), "slug": slug, "description": "A team",
			"privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "parent": nil}
		team["name"] = fmt.Sprintf("Team %d", i)
		if i%5 == 0 {
			team["parent"] = row{"id": 501, "slug": "team-1"}
		}
		t.teams = append(t.teams, team)
	}
	for i, u := range t.members {
		slug := fmt.Sprintf("team-%d", 1+i%n)
		t.inTeam[slug] = append(t.inTeam[slug], u)
	}
}

// code returns a row of the list of repositories, without protection.
func code(id int, name, visibility string) row {
	return row{"id": id, "node_id": fmt.Sprintf("R_%08d", id), "name": name, "full_name": "acme/" + name,
		"html_url": "https://github.com/acme/" + name,
		"private":  visibility != "public", "visibility": visibility, "archived": false, "fork": false, "default_branch": "main",
		"created_at": "2024-02-03T04:05:06Z", "pushed_at": simDay, "updated_at": simDay, "stargazers_count": id, "language": "Go",
		"topics": []string{}, "empty": false, "classic": nil, "rules": []row{}, "alerts": true, "security_and_analysis": row{}}
}

// addRepositories adds repositories of every kind of protection, each with pull requests.
func (t *tables) addRepositories(n, pulls int) {
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("app-%d", i)
		r := code(9000+i, name, "private")
		r["private"], r["archived"], r["empty"], r["alerts"] = i%10 != 1, i%25 == 0, i%40 == 7, i%3 != 0
		r["security_and_analysis"] = row{"secret_scanning": onOff(i%4 != 0), "dependabot_security_updates": onOff(i%2 == 0 && i%3 != 0)}
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
			r["rules"] = []row{
				{"type": "pull_request", "ruleset_source_type": "Organization", "ruleset_source": "acme", "ruleset_id": 73,
					"parameters": row{"required_approving_review_count": 2, "dismiss_stale_reviews_on_push": true}},
				{"type": "required_status_checks", "ruleset_source_type": "Repository", "ruleset_source": "acme/" + name, "ruleset_id": 74,
					"parameters": row{"required_status_checks": []row{{"context": "test"}}}},
				{"type": "deletion", "ruleset_source_type": "Organization", "ruleset_source": "acme", "ruleset_id": 73},
			}
		}
		t.repositories = append(t.repositories, r)
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
		return protectedBy(row{"required_approving_review_count": 1, "dismiss_stale_reviews": true}, true)
	case 2:
		return protectedBy(row{"required_approving_review_count": 0}, false)
	}
	return protectedBy(nil, false)
}

// protectedBy returns a branch protection. Without reviews and checks it only forbids force pushes.
func protectedBy(reviews row, checks bool) row {
	off := row{"enabled": false}
	whole := row{"url": "https://api.github.com/protection", "enforce_admins": row{"enabled": true}, "allow_force_pushes": off,
		"allow_deletions":         off,
		"required_linear_history": off, "lock_branch": off, "required_signatures": off}
	if reviews != nil {
		whole["required_pull_request_reviews"] = reviews
	}
	if checks {
		whole["required_status_checks"] = row{"strict": true, "contexts": []string{"test"}, "checks": []row{{"context": "test", "app_id": 1}}}
	}
	return whole
}

// request returns a row of the list of pull requests.
func request(id, number int, repository, title string) row {
	return row{"id": 70_000_000 + id, "node_id": fmt.Sprintf("PR_%09d", id), "number": number, "title": title, "state": "closed",
		"draft":    false,
		"html_url": fmt.Sprintf("https://github.com/acme/%s/pull/%d", repository, number), "merged_at": nil, "user": row{"login": "person1"},
		"head": row{"sha": fmt.Sprintf("%040x", id), "ref": "topic"}, "base": row{"ref": "main"}, "merge_commit_sha": fmt.Sprintf("%040x", id+1),
		"merger": "person2", "reviews": []row{}, "check_source": "runs", "check_state": "success"}
}

// addPulls adds pull requests, newest first. Every ninth was closed without a merge.
func (t *tables) addPulls(i int, name string, n int) {
	day, _ := time.Parse(time.RFC3339, simDay)
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
			p["user"], p["merger"] = row{"login": "dependabot[bot]"}, "dependabot[bot]"
		}
		t.pulls[name] = append(t.pulls[name], p)
		t.byNode[p["node_id"].(string)] = p
	}
	newestFirst(t.pulls[name])
}

func reviewsOf(k int) []row {
	by := func(login, state string) row {
		return row{"id": k, "user": row{"login": login}, "state": state, "submitted_at": "2026-10-01T08:00:00Z"}
	}
	switch k % 5 {
	case 0:
		return []row{}
	case 1:
		return []row{by("person2", "COMMENTED"), by("person3", "APPROVED"), by("person3", "COMMENTED")}
	case 2:
		return []row{by("person2", "APPROVED"), by("person3", "DISMISSED"), by("person1", "APPROVED")}
	case 3:
		return []row{by("person2", "CHANGES_REQUESTED"), by("person2", "APPROVED"), by("person4", "APPROVED")}
	}
	return []row{by("person2", "APPROVED"), by("person2", "CHANGES_REQUESTED")}
}

// dependabot returns an alert in a repository.
func dependabot(n int, r row) row {
	return row{"number": n, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/dependabot/%d", r["full_name"], n),
		"created_at": "2026-09-01T00:00:00Z", "updated_at": simDay, "dismissed_at": nil, "dismissed_reason": nil, "fixed_at": nil,
		"repository": within(r),
		"dependency": row{"package": row{"ecosystem": "npm", "name": "lodash"}, "manifest_path": "package-lock.json", "scope": "runtime"},
		"security_advisory": row{"ghsa_id": fmt.Sprintf("GHSA-aaaa-bbbb-%04d", n), "cve_id": fmt.Sprintf("CVE-2026-%04d", n),
			"summary": "Prototype pollution", "severity": "high", "description": "Long", "epss": []row{{"percentage": 0.1}}},
		"security_vulnerability": row{"severity": []string{"low", "medium", "high", "critical"}[n%4], "vulnerable_version_range": "< 4.17.21",
			"first_patched_version": row{"identifier": "4.17.21"}}}
}

// within returns how an alert names its repository.
func within(r row) row {
	return row{"id": r["id"], "full_name": r["full_name"], "name": r["name"], "private": r["private"]}
}

// addAlerts adds alerts of both kinds in all their states.
func (t *tables) addAlerts(n int) {
	for i := 1; i <= n; i++ {
		a := dependabot(i, t.repositories[i%len(t.repositories)])
		switch i % 6 {
		case 1:
			a["state"], a["fixed_at"] = "fixed", "2026-09-20T00:00:00Z"
		case 2:
			a["state"], a["dismissed_reason"] = "dismissed", "tolerable_risk"
		case 3:
			a["state"], a["dismissed_reason"] = "dismissed", "inaccurate"
		case 4:
			a["state"] = "auto_dismissed"
			a["security_advisory"].(row)["cve_id"], a["security_vulnerability"].(row)["first_patched_version"] = nil, nil
		}
		t.dependabot = append(t.dependabot, a)
	}
	t.addSecrets(n)
}

// addSecrets adds found secrets.
func (t *tables) addSecrets(n int) {
	for i := 1; i <= n; i++ {
		r := t.repositories[i%len(t.repositories)]
		s := row{"number": i, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/secret-scanning/%d", r["full_name"], i),
			"created_at": "2026-09-01T00:00:00Z", "updated_at": simDay, "secret_type": "stripe_api_key",
			"secret_type_display_name": "Stripe API Key", "secret": "sk_live_" + strings.Repeat("x", 16), "validity": "unknown",
			"resolution": nil, "resolved_at": nil, "repository": within(r)}
		if i%4 > 0 {
			s["state"], s["resolved_at"] = "resolved", "2026-09-21T00:00:00Z"
			s["resolution"] = []string{"", "revoked", "false_positive", "used_in_tests"}[i%4]
		}
		t.secrets = append(t.secrets, s)
	}
}

// organization returns what an organization of a size has.
func organization(people, outside, teams, repositories, pulls, alerts int) *tables {
	t := newTables()
	t.addPeople(people, outside)
	t.addTeams(teams)
	t.addRepositories(repositories, pulls)
	t.addAlerts(alerts)
	return t
}

func newTables() *tables {
	return &tables{inTeam: map[string][]row{}, byName: map[string]row{}, byNode: map[string]row{}, pulls: map[string][]row{}}
}
