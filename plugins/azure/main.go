// Command azure is the connector for Microsoft Azure. It reads who may do what in the subscriptions of a tenant, storage
// accounts, SQL databases, network security groups and key vaults, and what Defender for Cloud says of them.
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

// The permissions: a role of Azure, and an application permission of Microsoft Graph.
const (
	reader        = "Reader"
	readDirectory = "Directory.Read.All"
)

// Azure Resource Manager gives an application 25 requests a second for each subscription, after the first 250.
const requestsPerSecond = 25

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	all := []string{
		"subscriptions", "access", "storage_accounts", "sql_servers", "network_security_groups", "key_vaults", "assessments",
	}
	return &sdk.Connector{
		ID:           "azure",
		Name:         "Microsoft Azure",
		Version:      "1.0.0",
		Vendor:       "Microsoft",
		Summary:      "Reads who has access to Azure subscriptions, how their resources are secured, and the findings of Defender for Cloud.",
		Homepage:     "https://learn.microsoft.com/rest/api/azure/",
		License:      "Apache-2.0",
		Categories:   []string{"infrastructure", "cspm", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: reader, Reason: "Lists the subscriptions, their role assignments, their resources and the findings.", Streams: all},
			{
				ID: readDirectory, Reason: "Shows the names of the users, groups and applications that have roles.",
				Streams: []string{"access"}, Optional: true,
			},
		},
		Network:   network(),
		MemoryMiB: 256,
		Limits: sdk.Limits{
			RequestsPerSecond: requestsPerSecond, ConcurrentRequests: 8, TenantSettings: []string{"tenant_id", "client_id"},
		},
		Connect: sdk.ConnectWith(open),
		Check:   check,
		Streams: streams(),
	}
}

func streams() []sdk.Stream {
	needs := []string{reader}
	return []sdk.Stream{
		{
			Name: "subscriptions", Title: "Subscriptions", Kind: kind.KindResource, Permissions: needs, Read: sdk.ReadWith(readSubscriptions),
			Description: "Every subscription that is read.",
		},
		{
			Name: "access", Title: "Access", Kind: kind.KindAccount, Permissions: needs, Read: readAccess,
			Description: "Every user, group and application that has a role in a subscription or below, or inherits it from above.",
		},
		{
			Name: "storage_accounts", Title: "Storage accounts", Kind: kind.KindResource, Permissions: needs, Read: sdk.ReadWith(readStorage),
			Description: "Every storage account.",
		},
		{
			Name: "sql_servers", Title: "SQL servers and databases", Kind: kind.KindResource, Permissions: needs, Read: sdk.ReadWith(readSQL),
			Description: "Every logical SQL server, and every database on it.",
		},
		{
			Name: "network_security_groups", Title: "Network security groups", Kind: kind.KindResource, Permissions: needs,
			Description: "Every network security group.", Read: sdk.ReadWith(readSecurityGroups),
		},
		{
			Name: "key_vaults", Title: "Key vaults", Kind: kind.KindResource, Permissions: needs, Read: sdk.ReadWith(readVaults),
			Description: "Every key vault.",
		},
		{
			Name: "assessments", Title: "Defender for Cloud", Kind: kind.KindFinding, Permissions: needs, Read: sdk.ReadWith(readAssessments),
			Description: "Every assessment of a resource by Microsoft Defender for Cloud.",
		},
	}
}
