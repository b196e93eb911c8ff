package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// alert is what alerts of both kinds have.
type alert struct {
	Number     int64  `json:"number"`
	State      string `json:"state"`
	URL        string `json:"html_url"`
	CreatedAt  string `json:"created_at"`
	Repository struct {
		ID       int64  `json:"id"`
		FullName string `json:"full_name"`
	} `json:"repository"`
}

// key is unique in the organization: the numbers begin anew in every repository, and its name may change.
func (a alert) key() string { return keyOf(a.Repository.ID) + "/" + keyOf(a.Number) }

func (a alert) valid() bool { return a.Number != 0 && a.Repository.ID != 0 }

// readAlerts reads a list of alerts. A row that is not one is a gap.
func (g *github) readAlerts(ctx context.Context, out *sdk.Output, l list, record func(json.RawMessage) (kind.Finding, bool)) error {
	return g.linked(ctx, out, l, func(raw json.RawMessage) error {
		found, ok := record(raw)
		if !ok {
			out.Gap("a row of "+l.name, sdk.Errorf(sdk.CodeSchemaKeyMissing, "GitHub lists an alert without a number or a repository"))
			return nil
		}
		return out.PutOrGap(found.ExternalID, found)
	})
}

// dependabotAlert is one alert of Dependabot.
type dependabotAlert struct {
	alert
	DismissedReason string `json:"dismissed_reason"`
	FixedAt         string `json:"fixed_at"`
	Dependency      struct {
		Package struct {
			Ecosystem string `json:"ecosystem"`
			Name      string `json:"name"`
		} `json:"package"`
		Manifest string `json:"manifest_path"`
	} `json:"dependency"`
	Advisory struct {
		GHSA     string `json:"ghsa_id"`
		CVE      string `json:"cve_id"`
		Summary  string `json:"summary"`
		Severity string `json:"severity"`
	} `json:"security_advisory"`
	Vulnerability struct {
		Severity string `json:"severity"`
		Range    string `json:"vulnerable_version_range"`
		Patched  *struct {
			Identifier string `json:"identifier"`
		} `json:"first_patched_version"`
	} `json:"security_vulnerability"`
}

// readDependabot sends the alerts of Dependabot, in every state.
func readDependabot(ctx context.Context, g *github, out *sdk.Output) error {
	l := list{name: "Dependabot alerts", path: g.orgPath("/dependabot/alerts"), permissions: []string{permDependabot},
		query: url.Values{"sort": {"created"}, "direction": {"asc"}}}
	return g.readAlerts(ctx, out, l, func(raw json.RawMessage) (kind.Finding, bool) {
		var a dependabotAlert
		if err := json.Unmarshal(raw, &a); err != nil || !a.valid() {
			return kind.Finding{}, false
		}
		return a.finding(raw), true
	})
}

// finding returns the record of an alert. Its document leaves out the prediction of exploits (EPSS), which changes every
// day, and the texts of the advisory.
func (a dependabotAlert) finding(raw json.RawMessage) kind.Finding {
	vendor := field.Pick(raw, "number", "state", "dependency", "dismissed_at", "dismissed_reason", "dismissed_comment", "auto_dismissed_at")
	vendor["repository"] = map[string]any{"id": a.Repository.ID, "full_name": a.Repository.FullName}
	vendor["ghsa_id"], vendor["vulnerable_version_range"] = a.Advisory.GHSA, a.Vulnerability.Range
	dependency := a.Dependency.Package
	found := kind.Finding{
		ExternalID: a.key(), Title: a.Advisory.Summary, Severity: severity(a.Vulnerability.Severity, a.Advisory.Severity),
		Status: a.status(), Resource: a.Repository.FullName, Identifier: a.Advisory.CVE, URL: a.URL,
		Description: dependency.Ecosystem + " " + dependency.Name + " in " + a.Dependency.Manifest,
		FoundAt:     kind.TimeFrom(a.CreatedAt), FixedAt: kind.TimeFrom(a.FixedAt), Vendor: field.Encode(vendor),
	}
	if found.Identifier == "" {
		found.Identifier = a.Advisory.GHSA
	}
	if found.Title == "" {
		found.Title = "Vulnerable version of " + dependency.Name
	}
	if a.Vulnerability.Patched != nil && a.Vulnerability.Patched.Identifier != "" {
		found.Fix = "Update " + dependency.Name + " to " + a.Vulnerability.Patched.Identifier + " or later."
	}
	return found
}

func severity(words ...string) kind.Word {
	for _, word := range words {
		switch word {
		case "critical", "high", "medium", "low":
			return kind.Word(word)
		}
	}
	return "unknown"
}

// status reads the state. A dismissed alert was left as it is, except when people said that it is not right.
func (a dependabotAlert) status() kind.Word {
	switch a.State {
	case "open", "fixed":
		return kind.Word(a.State)
	case "auto_dismissed":
		return "accepted"
	case "dismissed":
		if a.DismissedReason == "inaccurate" {
			return "false_positive"
		}
		return "accepted"
	}
	return "unknown"
}

// secretAlert is one place where a secret was found. It has no field for the secret itself.
type secretAlert struct {
	alert
	Type       string `json:"secret_type"`
	TypeName   string `json:"secret_type_display_name"`
	Resolution string `json:"resolution"`
	ResolvedAt string `json:"resolved_at"`
}

// readSecrets sends the alerts of secret scanning, in every state. It asks GitHub to hide the secrets, and keeps none of
// those that an older server sends all the same.
func readSecrets(ctx context.Context, g *github, out *sdk.Output) error {
	l := list{name: "secret scanning alerts", path: g.orgPath("/secret-scanning/alerts"), permissions: []string{permSecrets},
		query: url.Values{"hide_secret": {"true"}, "sort": {"created"}, "direction": {"asc"}}}
	return g.readAlerts(ctx, out, l, func(raw json.RawMessage) (kind.Finding, bool) {
		var a secretAlert
		if err := json.Unmarshal(raw, &a); err != nil || !a.valid() {
			return kind.Finding{}, false
		}
		return a.finding(raw), true
	})
}

func (a secretAlert) finding(raw json.RawMessage) kind.Finding {
	vendor := field.Pick(raw, "number", "state", "secret_type", "secret_type_display_name", "resolution", "resolved_at",
		"push_protection_bypassed", "publicly_leaked", "multi_repo")
	vendor["repository"] = map[string]any{"id": a.Repository.ID, "full_name": a.Repository.FullName}
	name := a.TypeName
	if name == "" {
		name = a.Type
	}
	found := kind.Finding{
		ExternalID: a.key(), Title: "Secret in the repository: " + name, Severity: "unknown", Status: a.status(),
		Resource: a.Repository.FullName, Identifier: a.Type, URL: a.URL, FoundAt: kind.TimeFrom(a.CreatedAt), Vendor: field.Encode(vendor),
	}
	if found.Status == "fixed" {
		found.FixedAt = kind.TimeFrom(a.ResolvedAt)
	}
	return found
}

// status reads the state. Only a revoked secret is fixed.
func (a secretAlert) status() kind.Word {
	switch {
	case a.State == "open":
		return "open"
	case a.State != "resolved":
		return "unknown"
	}
	switch a.Resolution {
	case "revoked":
		return "fixed"
	case "false_positive", "pattern_edited", "pattern_deleted":
		return "false_positive"
	case "wont_fix", "used_in_tests":
		return "accepted"
	}
	return "unknown"
}
