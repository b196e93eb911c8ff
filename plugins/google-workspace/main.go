// Command google-workspace is the connector for Google Workspace. It reads the users, groups, administrator roles,
// organizational units and managed devices of one organization over the Directory API.
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

// The permissions are OAuth scopes without scopePrefix.
const (
	scopePrefix  = "https://www.googleapis.com/auth/"
	readUsers    = "admin.directory.user.readonly"
	readGroups   = "admin.directory.group.readonly"
	readMembers  = "admin.directory.group.member.readonly"
	readRoles    = "admin.directory.rolemanagement.readonly"
	readOrgUnits = "admin.directory.orgunit.readonly"
	readChrome   = "admin.directory.device.chromeos.readonly"
	readMobile   = "admin.directory.device.mobile.readonly"
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "google-workspace",
		Name:         "Google Workspace",
		Version:      "1.0.0",
		Vendor:       "Google",
		Summary:      "Reads the users, groups, administrator roles and managed devices of a Google Workspace organization.",
		Homepage:     "https://developers.google.com/workspace/admin/directory",
		License:      "Apache-2.0",
		Categories:   []string{"identity", "enterprise_sso", "mdm"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readUsers, Reason: "Lists the users with their second factor and their last sign-in.", Streams: []string{"users"}},
			{ID: readGroups, Reason: "Lists the groups.", Streams: []string{"groups", "users"}},
			{ID: readMembers, Reason: "Shows who is a member of each group.", Streams: []string{"groups", "users"}},
			{ID: readRoles, Reason: "Lists the administrator roles and who has them.", Streams: []string{"roles", "users", "groups"}},
			{ID: readOrgUnits, Reason: "Lists the organizational units.", Streams: []string{"org_units"}},
			{ID: readChrome, Reason: "Lists the managed ChromeOS devices.", Streams: []string{"chrome_devices"}, Optional: true},
			{ID: readMobile, Reason: "Lists the managed mobile devices.", Streams: []string{"mobile_devices"}, Optional: true},
		},
		Network: []sdk.NetworkHost{
			{Host: "admin.googleapis.com", Purpose: "The Directory API"},
			{Host: "oauth2.googleapis.com", Purpose: "The sign-in of the service account"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 128,
		// 2,400 requests in a minute for each user of a project.
		Limits: sdk.Limits{RequestsPerSecond: 40, TenantSettings: []string{"admin_email"}},
		Check:  check,
		Streams: []sdk.Stream{
			{Name: "groups", Title: "Groups", Kind: kind.KindAccount, Permissions: []string{readGroups, readMembers},
				Description: "Every group of the organization, with the number of its direct members.", Read: readGroupList},
			{Name: "roles", Title: "Administrator roles", Kind: kind.KindAccount, Permissions: []string{readRoles},
				Description: "Every administrator role, with the number of those who have it.", Read: readRoleList},
			{Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{readUsers},
				Description: "Every user who was not deleted, with groups and administrator roles.", Read: readUserList},
			{Name: "org_units", Title: "Organizational units", Kind: kind.KindCustom, Permissions: []string{readOrgUnits},
				Description: "Every organizational unit below the top one.", Read: readOrgUnitList},
			{Name: "chrome_devices", Title: "ChromeOS devices", Kind: kind.KindDevice, Permissions: []string{readChrome},
				Description: "Every ChromeOS device that was not deprovisioned.", Read: readChromeList,
				Applies: func(s *sdk.Session) bool { return settingsOf(s).ChromeDevices }},
			{Name: "mobile_devices", Title: "Mobile devices", Kind: kind.KindDevice, Permissions: []string{readMobile},
				Description: "Every managed phone and tablet.", Read: readMobileList,
				Applies: func(s *sdk.Session) bool { return settingsOf(s).MobileDevices }},
		},
	}
}
