// Command duo is the connector for Duo Security. It reads users with their second factors and bypass status, and the
// administrators.
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

// The permissions of an Admin API application, in Duo's words.
const (
	readResource = "Grant resource - Read"
	readAdmins   = "Grant administrators - Read"
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "duo",
		Name:         "Duo Security",
		Version:      "1.0.0",
		Vendor:       "Cisco Systems, Inc.",
		Summary:      "Reads who has a second factor in Duo and who may sign in without one, and the administrators.",
		Homepage:     "https://duo.com",
		License:      "Apache-2.0",
		Categories:   []string{"identity", "enterprise_sso"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readResource, Reason: "Lists the users with their phones, tokens and security keys.", Streams: []string{"users"}},
			{ID: readAdmins, Reason: "Lists the administrators of Duo.", Streams: []string{"admins"}},
		},
		Network: []sdk.NetworkHost{
			{Host: "{api_hostname}", Purpose: "Duo's Admin API for your account"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 96,
		Limits:    sdk.Limits{TenantSettings: []string{"api_hostname"}},
		Check:     check,
		Streams: []sdk.Stream{
			{
				Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{readResource}, Read: readUserStream,
				Description: "Every user of Duo with the enrolled factors, users in the trash too.",
			},
			{
				Name: "admins", Title: "Administrators", Kind: kind.KindAccount, Permissions: []string{readAdmins}, Read: readAdminStream,
				Description: "Every administrator of Duo with the role.",
			},
		},
	}
}
