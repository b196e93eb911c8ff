package github

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// System is GitHub with the organization of the company.
type System struct {
	Full bool // Facts are those of the whole population instead of the small one

	small, full func() *company.Day
}

// NewSystem returns a system with a small and a whole population of its own.
func NewSystem() *System {
	size := company.Size{People: 10_000, Repositories: 2_000, Changes: 10, Findings: 4_000}
	less := size.AtMost(300)
	less.Changes = 5
	return &System{
		small: sync.OnceValue(func() *company.Day { return company.New(less).At(time.Time{}) }),
		full:  sync.OnceValue(func() *company.Day { return company.New(size).At(time.Time{}) }),
	}
}

// Settings returns the settings of a connection.
func (*System) Settings() map[string]any {
	return map[string]any{"organization": "acme", "change_days": 3650}
}

// Secrets returns the token.
func (*System) Secrets() map[string]string { return map[string]string{"token": Token} }

// WrongSecrets returns a token that does not exist.
func (*System) WrongSecrets() map[string]string {
	return map[string]string{"token": "github_pat_wrong"}
}

// Owner returns the user of the token.
func (*System) Owner() string { return "auditor" }

// Permissions returns the permissions that a mode may withhold.
func (*System) Permissions() []string { return permissions() }

func permissions() []string {
	return []string{
		permMembers, permOwner, permMetadata, permAdministration, permPulls, permChecks, permStatuses, permDependabot, permSecrets,
	}
}

// Streams returns the streams of which the server expects records.
func (*System) Streams() []string {
	return []string{"members", "outside_collaborators", "teams", "repositories", "changes", "dependabot_alerts", "secret_scanning_alerts"}
}

// foundSecrets is the number of found secrets of a population.
const foundSecrets = 200

// Open returns the server of the mode's company on its day, or of a population. In that company no
// found secret is open.
func (s *System) Open(m vendor.Mode) *Server {
	switch {
	case m.Company != nil:
		return New(m, OfCompany(m.Company.At(m.Day), 3))
	case m.Small:
		return New(m, OfCompany(s.small(), foundSecrets))
	}
	return New(m, OfCompany(s.full(), foundSecrets))
}

func keyOf(id any) string { return fmt.Sprint(id) }

// Expected returns the keys of the records of a stream.
func (s *Server) Expected(stream string) (map[string]bool, error) {
	rows := map[string][]Row{"members": s.Held.Members, "outside_collaborators": s.Held.Outside, "teams": s.Held.Teams,
		"repositories": s.Held.Repositories}[stream]
	keys := map[string]bool{}
	for _, r := range rows {
		keys[keyOf(r["id"])] = true
	}
	for _, pulls := range s.Held.Pulls {
		for _, p := range pulls {
			if stream == "changes" && p["merged_at"] != nil {
				keys[keyOf(p["id"])] = true
			}
		}
	}
	for _, a := range map[string][]Row{"dependabot_alerts": s.Held.Dependabot, "secret_scanning_alerts": s.Held.Secrets}[stream] {
		keys[keyOf(a["repository"].(Row)["id"])+"/"+keyOf(a["number"])] = true
	}
	return keys, nil
}

// Facts returns what the records of a stream must say, by their keys; nil stands for a field that is
// absent or unknown.
func (s *System) Facts(stream string) map[string]map[string]any {
	day := s.small()
	if s.Full {
		day = s.full()
	}
	switch stream {
	case "teams":
		return map[string]map[string]any{"500": {"type": "group", "status": "active"}}
	case "secret_scanning_alerts":
		first := day.Repositories()[1]
		return map[string]map[string]any{strconv.Itoa(first.ID) + "/1": {"status": "fixed", "severity": "unknown",
			"resource": "acme/" + first.Name}}
	}
	return factsOf(day, stream)
}
