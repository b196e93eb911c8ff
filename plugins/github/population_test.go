package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Handler(t, New, system{})
}

// system is the simulated GitHub of the proofs.
type system struct{}

func (system) Settings() map[string]any {
	return map[string]any{"organization": "acme", "change_days": 3650}
}
func (system) Secrets() map[string]string      { return map[string]string{"token": simToken} }
func (system) WrongSecrets() map[string]string { return map[string]string{"token": "github_pat_wrong"} }
func (system) Owner() string                   { return "auditor" }

func (system) Permissions() []string {
	var all []string
	for _, p := range permissions() {
		all = append(all, p.ID)
	}
	return all
}

func (system) Streams() []string {
	var all []string
	for _, s := range streams() {
		all = append(all, s.Name)
	}
	return all
}

func (system) Start(m vendor.Mode) prove.Vendor {
	if m.Small {
		return newSimulator(m, organization(300, 40, 12, 120, 5, 150))
	}
	return newSimulator(m, organization(10_000, 500, 300, 2_000, 10, 2_000))
}

// Expected implements prove.Vendor.
func (s *simulator) Expected(stream string) (map[string]bool, error) {
	rows := map[string][]row{"members": s.held.members, "outside_collaborators": s.held.outside, "teams": s.held.teams,
		"repositories": s.held.repositories}[stream]
	keys := map[string]bool{}
	for _, r := range rows {
		keys[keyOf(int64(r["id"].(int)))] = true
	}
	for _, pulls := range s.held.pulls {
		for _, p := range pulls {
			if stream == "changes" && p["merged_at"] != nil {
				keys[keyOf(int64(p["id"].(int)))] = true
			}
		}
	}
	for _, a := range map[string][]row{"dependabot_alerts": s.held.dependabot, "secret_scanning_alerts": s.held.secrets}[stream] {
		keys[keyOf(int64(a["repository"].(row)["id"].(int)))+"/"+keyOf(int64(a["number"].(int)))] = true
	}
	return keys, nil
}

// Facts implements prove.System.
func (system) Facts(stream string) map[string]map[string]any {
	return map[string]map[string]map[string]any{
		"members": {
			"1001": {"external_id": "1001", "username": "person1", "name": "Person 1", "email": nil, "type": "human", "status": "active", "mfa": "yes",
				"admin": "yes", "roles": []string{"Owner"}, "groups": []string{"Team 1"}, "created_at": "2020-03-04T05:06:07Z", "last_login_at": nil},
			"1007": {"mfa": "no", "admin": "no", "roles": []string{"Member"}},
			"1012": {"email": "person12@acme.example"},
			"1004": {"email": "person4@mail.example"},
		},
		"outside_collaborators": {"1301": {"type": "external", "username": "person301", "mfa": "yes", "admin": nil, "roles": nil}, "1327": {"mfa": "no"}},
		"teams":                 {"501": {"type": "group", "username": "team-1", "name": "Team 1", "status": "active"}},
		"repositories": {
			"9001": {"name": "acme/app-1", "url": "https://github.com/acme/app-1", "visibility": "public", "archived": "no", "default_branch": "main",
				"branch_protected": "yes", "review_required": "yes", "required_approvals": 1, "checks_required": "yes", "secret_scanning": "yes",
				"dependency_alerts": "yes", "created_at": "2024-02-03T04:05:06Z"},
			"9002": {"visibility": "internal", "branch_protected": "yes", "review_required": "no", "required_approvals": 0, "checks_required": "no"},
			"9003": {"default_branch": "release/2026", "branch_protected": "no", "review_required": "no", "dependency_alerts": "no"},
			"9004": {"branch_protected": "yes", "review_required": "yes", "required_approvals": 2, "checks_required": "yes", "secret_scanning": "no",
				"dependency_alerts": "yes"},
			"9005": {"branch_protected": "no", "required_approvals": 0, "checks_required": "no"},
			"9007": {"branch_protected": nil, "required_approvals": nil},
			"9025": {"archived": "yes", "branch_protected": nil, "dependency_alerts": nil},
		},
		"changes": {
			"70001001": {"title": "Change 1", "repository": "acme/app-1", "status": "merged", "author": "person1", "approvers": []string{"person3"},
				"merged_by": "person2", "target": "main", "url": "https://github.com/acme/app-1/pull/1"},
			"70001002": {"approvers": []string{"person2"}, "checks_passed": "yes"},
			"70001003": {"approvers": []string{"person2", "person4"}},
			"70001004": {"approvers": []string{}},
		},
		"dependabot_alerts": {
			"9002/1": {"title": "Prototype pollution", "severity": "medium", "status": "fixed", "resource": "acme/app-2", "identifier": "CVE-2026-0001",
				"fixed_at": "2026-09-20T00:00:00Z", "found_at": "2026-09-01T00:00:00Z", "fix": "Update lodash to 4.17.21 or later."},
			"9003/2": {"status": "accepted"}, "9004/3": {"status": "false_positive"}, "9005/4": {"identifier": "GHSA-aaaa-bbbb-0004", "fix": nil},
			"9007/6": {"status": "open"},
		},
		"secret_scanning_alerts": {
			"9002/1": {"title": "Secret in the repository: Stripe API Key", "severity": "unknown", "status": "fixed", "resource": "acme/app-2"},
			"9003/2": {"status": "false_positive"}, "9004/3": {"status": "accepted"}, "9005/4": {"status": "open", "fixed_at": nil},
		},
	}[stream]
}
