// Command okta is the connector for Okta, the identity provider. It reads users with their second factors, groups and
// admin roles, the groups, the applications with their assignments, and the policies.
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

// The permissions are the scopes of a service app. An API token needs an administrator role that may read the same.
const (
	readUsers    = "okta.users.read"
	readGroups   = "okta.groups.read"
	readApps     = "okta.apps.read"
	readPolicies = "okta.policies.read"
	readRoles    = "okta.roles.read"
)

// Okta counts requests by endpoint and organization, 600 a minute for most, and allows 75 at one moment. Its guide
// says that more than ten at one moment are hardly ever needed.
const (
	requestsPerSecond = 10
	concurrent        = 10
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "okta",
		Name:         "Okta",
		Version:      "1.0.0",
		Vendor:       "Okta, Inc.",
		Summary:      "Reads who has an Okta account, with second factors, groups, admin roles and applications, and the policies.",
		Homepage:     "https://developer.okta.com",
		License:      "Apache-2.0",
		Categories:   []string{"identity", "enterprise_sso"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readUsers, Reason: "Lists the users and their second factors.", Streams: []string{"users"}},
			{ID: readGroups, Reason: "Lists the groups and their members.", Streams: []string{"groups"}},
			{ID: readApps, Reason: "Lists the applications and who is assigned to them.", Streams: []string{"apps", "assignments"}},
			{ID: readPolicies, Reason: "Lists the sign-on, password and enrollment policies.", Streams: []string{"policies"}},
			{ID: readRoles, Reason: "Shows which users are administrators.", Streams: []string{"users"}, Optional: true},
		},
		Network: []sdk.NetworkHost{
			{Host: "{domain}", Purpose: "Okta's API and sign-in for your organization"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 256,
		Limits: sdk.Limits{
			RequestsPerSecond: requestsPerSecond, ConcurrentRequests: concurrent, TenantSettings: []string{"domain"},
		},
		Check:   check,
		Streams: streams(),
	}
}

func streams() []sdk.Stream {
	return []sdk.Stream{
		{
			Name: "groups", Title: "Groups", Kind: kind.KindAccount, Permissions: []string{readGroups}, Read: readGroupStream,
			Description: "Every group, as an account of type group with the number of its members.",
		},
		{
			Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{readUsers}, Read: readUserStream,
			Description: "Every user in every status, deactivated users too.",
		},
		{
			Name: "apps", Title: "Applications", Kind: kind.KindResource, Permissions: []string{readApps}, Read: readAppStream,
			Description: "Every application that the credential may see.",
		},
		{
			Name: "assignments", Title: "Application assignments", Kind: kind.KindAccount, Permissions: []string{readApps},
			Read: readAssignmentStream, Description: "Every user of every application, with the user name there.",
		},
		{
			Name: "policies", Title: "Policies", Kind: kind.KindCustom, Permissions: []string{readPolicies}, Read: readPolicyStream,
			Description: "The sign-on, password and enrollment policies with their rules.",
		},
	}
}
