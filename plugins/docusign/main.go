// Command docusign is the connector for Docusign eSignature. It reads the users of an account, and its envelopes with
// their recipients as signatures.
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

// The permissions: the right of a user, and the scope of the app.
const (
	administrator = "Account administrator"
	signature     = "signature"
)

// hourly is how many requests Docusign allows an account in an hour, for all its apps together.
const hourly = 3000

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "docusign",
		Name:         "Docusign",
		Version:      "1.0.0",
		Vendor:       "Docusign, Inc.",
		Summary:      "Reads who can use a Docusign account, who administers it, and who has signed which document.",
		Homepage:     "https://developers.docusign.com",
		License:      "Apache-2.0",
		Categories:   []string{"digital_signature", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: administrator, Reason: "Lists the users of the account.", Streams: []string{"users"}},
			{ID: signature, Reason: "Lists the envelopes and their recipients.", Streams: []string{"signatures"}},
		},
		Network: []sdk.NetworkHost{
			{Host: "account.docusign.com", Purpose: "The sign-in to production accounts"},
			{Host: "account-d.docusign.com", Purpose: "The sign-in to developer accounts"},
			{Host: "*.docusign.net", Purpose: "Docusign's API, on the server of your account"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 128,
		Limits: sdk.Limits{
			RequestsPerSecond: hourly / 3600.0, TenantSettings: []string{"environment", "account_id", "user_id"},
		},
		Check: check,
		Streams: []sdk.Stream{
			{
				Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{administrator}, Read: readUserStream,
				Description: "Every user of the account, closed ones too.",
			},
			{
				Name: "signatures", Title: "Signatures", Kind: kind.KindSignature, Permissions: []string{signature},
				Read: readSignatureStream, Description: "Every signer of every envelope that was sent.",
			},
		},
	}
}
