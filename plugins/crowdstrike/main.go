// Command crowdstrike is the connector for CrowdStrike Falcon. It reads the hosts with a Falcon sensor and the users of
// the Falcon console.
package main

import (
	"cmp"
	"context"
	_ "embed"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The scopes of the API client, as Falcon's form names them.
const (
	readHosts    = "Hosts: Read"
	readPolicies = "Prevention policies: Read"
	readUsers    = "User management: Read"
)

// requestsPerSecond is Falcon's limit for all API clients of a customer: 6,000 requests a minute.
const requestsPerSecond = 100

// clouds are the addresses of the API.
var clouds = map[string]string{
	"us-1":     "https://api.crowdstrike.com",
	"us-2":     "https://api.us-2.crowdstrike.com",
	"eu-1":     "https://api.eu-1.crowdstrike.com",
	"us-gov-1": "https://api.laggar.gcw.crowdstrike.com",
}

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "crowdstrike",
		Name:         "CrowdStrike Falcon",
		Version:      "1.0.0",
		Vendor:       "CrowdStrike",
		Summary:      "Reads the hosts that CrowdStrike Falcon protects, and the users of its console.",
		Homepage:     "https://developer.crowdstrike.com",
		License:      "Apache-2.0",
		Categories:   []string{"edr", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readHosts, Reason: "Lists the hosts with a Falcon sensor.", Streams: []string{"hosts"}},
			{
				ID: readPolicies, Reason: "Shows whether the prevention policy of a host blocks malware.",
				Streams: []string{"hosts"}, Optional: true,
			},
			{ID: readUsers, Reason: "Lists the users of the Falcon console and their roles.", Streams: []string{"users"}},
		},
		Network: []sdk.NetworkHost{
			{Host: "api.crowdstrike.com", Purpose: "The Falcon API in the cloud US-1"},
			{Host: "api.us-2.crowdstrike.com", Purpose: "The Falcon API in the cloud US-2"},
			{Host: "api.eu-1.crowdstrike.com", Purpose: "The Falcon API in the cloud EU-1"},
			{Host: "api.laggar.gcw.crowdstrike.com", Purpose: "The Falcon API in the cloud US-GOV-1"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 256,
		Limits:    sdk.Limits{RequestsPerSecond: requestsPerSecond, ConcurrentRequests: 8},
		Connect:   sdk.ConnectWith(open),
		Check:     check,
		Streams: []sdk.Stream{
			{
				Name: "hosts", Title: "Hosts", Kind: kind.KindDevice, Permissions: []string{readHosts},
				Description: "Every host with a Falcon sensor that is not hidden.", Read: readHostStream,
			},
			{
				Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{readUsers},
				Description: "Every user of the Falcon console.", Read: sdk.ReadWith(readUserStream),
			},
		},
	}
}

// falcon is the API of one customer.
type falcon struct {
	client *sdk.Client
	grant  *oauth.Grant
}

// open returns the API. The client signs in before its first request.
func open(_ context.Context, s *sdk.Session) (*falcon, error) {
	var c struct {
		Cloud    string `json:"cloud"`
		ClientID string `json:"client_id"`
		BaseURL  string `json:"base_url"`
	}
	if err := s.Settings(&c); err != nil {
		return nil, err
	}
	address := cmp.Or(c.BaseURL, clouds[c.Cloud])
	signIn, err := s.HTTP(sdk.HTTPOptions{BaseURL: address, Setting: "/base_url", Explain: explainSignIn})
	if err != nil {
		return nil, err
	}
	grant := &oauth.Grant{
		Client: signIn, Path: "/oauth2/token", Type: "client_credentials",
		ClientID: c.ClientID, ClientSecret: s.Secret("client_secret"),
	}
	client, err := s.HTTP(sdk.HTTPOptions{
		BaseURL: address, Setting: "/base_url", Explain: explain, Token: &sdk.Token{Obtain: grant.Obtain},
	})
	if err != nil {
		return nil, err
	}
	return &falcon{client: client, grant: grant}, nil
}
