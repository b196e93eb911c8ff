package main

import (
	"cmp"
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
var private = []string{"mfa", "owner", "verified", "name", "email", "created_at", "empty", "classic", "rules", "alerts", "merger", "reviews",
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

// addPeople adds members, one in fifty of whom is an owner, and outside collaborators.
func (t *tables) addPeople(n, outside int) {
	for i := 1; i <= n+outside; i++ {
		u := row{"id": 1000 + i, "node_id": fmt.Sprintf("U_%06d", i), "login": fmt.Sprintf("person%d", i), "type": "User", "site_admin": false,
			"avatar_url": fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", i), "url": fmt.Sprintf("https://api.github.com/users/person%d", i),
			"name": fmt.Sprintf("Person %d", i), "email": nil, "created_at": "2020-03-04T05:06:07Z", "verified": []string{},
			"mfa": i%20 != 7, "owner": i%50 == 1}
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

// addRepositories adds repositories of every kind of protection, each with pull requests.
func (t *tables) addRepositories(n, pulls int) {
	status := func(on bool) row {
		if on {
			return row{"status": "enabled"}
		}
		return row{"status": "disabled"}
	}
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("app-%d", i)
		r := row{"id": 9000 + i, "node_id": fmt.Sprintf("R_%06d", i), "name": name, "full_name": "acme/" + name,
			"html_url": "https://github.com/acme/" + name, "private": i%10 != 1, "visibility": "private", "archived": i%25 == 0, "fork": false,
			"default_branch": "main", "created_at": "2024-02-03T04:05:06Z", "pushed_at": simDay, "updated_at": simDay, "stargazers_count": i,
			"language": "Go", "topics": []string{}, "empty": i%40 == 7, "rules": []row{}, "alerts": i%3 != 0,
			"security_and_analysis": row{"secret_scanning": status(i%4 != 0), "dependabot_security_updates": status(i%2 == 0 && i%3 != 0)}}
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
	off := row{"enabled": false}
	whole := row{"url": "https://api.github.com/protection", "enforce_admins": row{"enabled": true}, "allow_force_pushes": off, "allow_deletions": off,
		"required_linear_history": off, "lock_branch": off, "required_signatures": off}
	switch i % 5 {
	case 0, 4:
		return nil
	case 1:
		whole["required_pull_request_reviews"] = row{"required_approving_review_count": 1, "dismiss_stale_reviews": true}
		whole["required_status_checks"] = row{"strict": true, "contexts": []string{"test"}, "checks": []row{{"context": "test", "app_id": 1}}}
	case 2:
		whole["required_pull_request_reviews"] = row{"required_approving_review_count": 0}
	}
	return whole
}

// addPulls adds pull requests, newest first. Every ninth was closed without a merge.
func (t *tables) addPulls(i int, name string, n int) {
	day, _ := time.Parse(time.RFC3339, simDay)
	for k := 1; k <= n; k++ {
		number := i*1000 + k
		merged := any(day.Add(-time.Duration(n-k) * 7 * time.Hour).Format(time.RFC3339))
		p := row{"id": 70_000_000 + number, "node_id": fmt.Sprintf("PR_%08d", number), "number": k, "title": fmt.Sprintf("Change %d", k),
			"html_url": fmt.Sprintf("https://github.com/acme/%s/pull/%d", name, k), "state": "closed", "draft": false,
			"created_at": day.Add(-time.Duration(n-k)*7*time.Hour - time.Hour).Format(time.RFC3339), "closed_at": merged, "merged_at": merged, "updated_at": merged,
			"user": row{"login": "person1"}, "head": row{"sha": fmt.Sprintf("%040x", number), "ref": "topic"}, "base": row{"ref": "main"},
			"merge_commit_sha": fmt.Sprintf("%040x", number+1), "merger": "person2", "reviews": reviewsOf(k), "check_source": "runs", "check_state": "success"}
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
	slices.SortFunc(t.pulls[name], func(a, b row) int { return cmp.Compare(b["updated_at"].(string), a["updated_at"].(string)) })
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

// addAlerts adds alerts of both kinds in all their states.
func (t *tables) addAlerts(n int) {
	for i := 1; i <= n; i++ {
		r := t.repositories[i%len(t.repositories)]
		at := row{"id": r["id"], "full_name": r["full_name"], "name": r["name"], "private": r["private"]}
		a := row{"number": i, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/dependabot/%d", r["full_name"], i),
			"created_at": "2026-09-01T00:00:00Z", "updated_at": simDay, "dismissed_at": nil, "dismissed_reason": nil, "fixed_at": nil, "repository": at,
			"dependency": row{"package": row{"ecosystem": "npm", "name": "lodash"}, "manifest_path": "package-lock.json", "scope": "runtime"},
			"security_advisory": row{"ghsa_id": fmt.Sprintf("GHSA-aaaa-bbbb-%04d", i), "cve_id": fmt.Sprintf("CVE-2026-%04d", i), "summary": "Prototype pollution",
				"severity": "high", "description": "Long", "epss": []row{{"percentage": 0.1}}},
			"security_vulnerability": row{"severity": []string{"low", "medium", "high", "critical"}[i%4], "vulnerable_version_range": "< 4.17.21",
				"first_patched_version": row{"identifier": "4.17.21"}}}
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
		s := row{"number": i, "state": "open", "html_url": fmt.Sprintf("https://github.com/%s/security/secret-scanning/%d", r["full_name"], i),
			"created_at": "2026-09-01T00:00:00Z", "updated_at": simDay, "secret_type": "stripe_api_key", "secret_type_display_name": "Stripe API Key",
			"secret": "sk_live_" + strings.Repeat("x", 16), "resolution": nil, "resolved_at": nil, "repository": at, "validity": "unknown"}
		if i%4 > 0 {
			s["state"], s["resolved_at"] = "resolved", "2026-09-21T00:00:00Z"
			s["resolution"] = []string{"", "revoked", "false_positive", "used_in_tests"}[i%4]
		}
		t.secrets = append(t.secrets, s)
	}
}

// organization returns what an organization of a size has.
func organization(people, outside, teams, repositories, pulls, alerts int) *tables {
	t := &tables{inTeam: map[string][]row{}, byName: map[string]row{}, byNode: map[string]row{}, pulls: map[string][]row{}}
	t.addPeople(people, outside)
	t.addTeams(teams)
	t.addRepositories(repositories, pulls)
	t.addAlerts(alerts)
	return t
}
