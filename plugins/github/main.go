// Command github is the connector for an organization on github.com or on a GitHub Enterprise Server.
package main

import (
	_ "embed"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The permissions, by the names that GitHub's API gives them.
const (
	permMembers        = "members:read"
	permOwner          = "owner"
	permMetadata       = "metadata:read"
	permAdministration = "administration:read"
	permPulls          = "pull_requests:read"
	permChecks         = "checks:read"
	permStatuses       = "statuses:read"
	permDependabot     = "vulnerability_alerts:read"
	permSecrets        = "secret_scanning_alerts:read"
)

// The documented limits: 900 points a minute and 100 requests at once. The hourly limit depends on the credential, and
// GitHub's headers tell it.
const (
	requestsPerSecond  = 10
	concurrentRequests = 20
	workers            = 10 // requests for single items at once
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "github",
		Name:         "GitHub",
		Version:      "0.1.0",
		Vendor:       "GitHub, Inc.",
		Summary:      "Reads the people, teams, repositories, merged pull requests and security alerts of a GitHub organization.",
		Homepage:     "https://docs.github.com/en/rest",
		License:      "Apache-2.0",
		Categories:   []string{"version_control", "codebase", "vulnerability"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions:  permissions(),
		Network: []sdk.NetworkHost{
			{Host: "api.github.com", Purpose: "GitHub's API"},
			{Host: "{base_url}", Purpose: "The API of your Enterprise Server, or a gateway of your own"},
		},
		MemoryMiB: 256,
		Limits: sdk.Limits{
			RequestsPerSecond: requestsPerSecond, ConcurrentRequests: concurrentRequests,
			TenantSettings: []string{"base_url", "organization"},
		},
		Connect: connect,
		Check:   check,
		Streams: streams(),
	}
}

func permissions() []sdk.Permission {
	return []sdk.Permission{
		{ID: permMembers, Reason: "Lists the members, the outside collaborators and the teams of the organization.",
			Streams: []string{"members", "outside_collaborators", "teams"}},
		{ID: permOwner, Optional: true, Reason: "Shows who has no second factor. GitHub tells this only to owners of the organization.",
			Streams: []string{"members", "outside_collaborators"}},
		{ID: permMetadata, Reason: "Lists the repositories, and shows the rules that rulesets set for their default branches.",
			Streams: []string{"repositories", "changes"}},
		{ID: permAdministration, Optional: true, Streams: []string{"repositories"},
			Reason: "Shows branch protection, and whether dependency alerts and secret scanning are switched on."},
		{ID: permPulls, Reason: "Shows the merged pull requests and who approved them.", Streams: []string{"changes"}},
		{ID: permChecks, Optional: true, Reason: "Shows whether the checks of a pull request passed.", Streams: []string{"changes"}},
		{ID: permStatuses, Optional: true, Streams: []string{"changes"},
			Reason: "Shows the results of checks that are reported as commit statuses."},
		{ID: permDependabot, Reason: "Lists the vulnerable dependencies that Dependabot found.", Streams: []string{"dependabot_alerts"}},
		{ID: permSecrets, Reason: "Lists where secrets were found, without the secrets.", Streams: []string{"secret_scanning_alerts"}},
	}
}

func streams() []sdk.Stream {
	return []sdk.Stream{
		{Name: "members", Title: "Members", Kind: kind.KindAccount, Permissions: []string{permMembers},
			Description: "The members of the organization, with their role and teams.", Read: sdk.ReadWith(readMembers)},
		{Name: "outside_collaborators", Title: "Outside collaborators", Kind: kind.KindAccount, Permissions: []string{permMembers},
			Description: "People who are not members of the organization and have access to repositories.",
			Read:        sdk.ReadWith(readCollaborators)},
		{Name: "teams", Title: "Teams", Kind: kind.KindAccount, Permissions: []string{permMembers},
			Description: "The teams of the organization with their members.", Read: sdk.ReadWith(readTeams)},
		{Name: "repositories", Title: "Repositories", Kind: kind.KindRepository, Permissions: []string{permMetadata},
			Description: "The repositories of the organization, and how their default branches are protected.",
			Read:        sdk.ReadWith(readRepositories)},
		{Name: "changes", Title: "Merged pull requests", Kind: kind.KindChange, Permissions: []string{permMetadata, permPulls},
			Description: "The pull requests that were merged in the last days, with their approvals and checks.",
			Incremental: true, Deletes: sdk.Never, Read: sdk.ReadWith(readChanges)},
		{Name: "dependabot_alerts", Title: "Dependabot alerts", Kind: kind.KindFinding, Permissions: []string{permDependabot},
			Description: "Vulnerable dependencies of all repositories.", Read: sdk.ReadWith(readDependabot)},
		{Name: "secret_scanning_alerts", Title: "Secret scanning alerts", Kind: kind.KindFinding, Permissions: []string{permSecrets},
			Description: "Where GitHub found secrets in repositories, without the secrets.", Read: sdk.ReadWith(readSecrets)},
	}
}
