package main

import (
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Handler(t, New, newSystem())
}

// system is the simulated GitHub of the proofs.
type system struct{ small, full func() *company.Day }

func newSystem() system {
	size := company.Size{People: 10_000, Repositories: 2_000, Changes: 10, Findings: 4_000}
	less := size.AtMost(300)
	less.Changes = 5
	return system{
		small: sync.OnceValue(func() *company.Day { return company.New(less).At(time.Time{}) }),
		full:  sync.OnceValue(func() *company.Day { return company.New(size).At(time.Time{}) }),
	}
}

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

func (s system) Start(m vendor.Mode) prove.Vendor {
	if m.Small {
		return newSimulator(m, ofCompany(s.small()))
	}
	return newSimulator(m, ofCompany(s.full()))
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
func (s system) Facts(stream string) map[string]map[string]any {
	day := s.small()
	if prove.FullPopulation() {
		day = s.full()
	}
	switch stream {
	case "teams":
		return map[string]map[string]any{"500": {"type": "group", "status": "active"}}
	case "secret_scanning_alerts":
		first := day.Repositories()[1]
		return map[string]map[string]any{keyOf(int64(first.ID)) + "/1": {"status": "fixed", "severity": "unknown",
			"resource": "acme/" + first.Name}}
	}
	return factsOf(day, stream)
}
