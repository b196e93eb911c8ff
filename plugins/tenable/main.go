// Command tenable is the connector for Tenable Vulnerability Management. It reads assets and findings with Tenable's
// export jobs, and the users.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The user roles of Tenable, which are the permissions.
const (
	basic         = "Basic"
	administrator = "Administrator"
)

const (
	maxChunk     = 64 << 20 // bytes of one chunk of an export
	chunkTimeout = 2 * time.Minute
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "tenable",
		Name:         "Tenable Vulnerability Management",
		Version:      "1.0.0",
		Vendor:       "Tenable",
		Summary:      "Reads the assets that Tenable scans, their vulnerabilities, and the users of Tenable.",
		Homepage:     "https://developer.tenable.com",
		License:      "Apache-2.0",
		Categories:   []string{"vulnerability", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{
				ID: basic, Reason: "Exports the assets and findings that the user may view, and lists the users.",
				Streams: []string{"findings", "assets", "users"},
			},
			{
				ID: administrator, Reason: "Shows role, status and second factor of the other users. No smaller role does.",
				Streams: []string{"users"}, Optional: true,
			},
		},
		Network: []sdk.NetworkHost{
			{Host: "cloud.tenable.com", Purpose: "Tenable's API"},
			{Host: "{base_url}", Purpose: "Another address of the API, only when the advanced setting names one"},
		},
		MemoryMiB: 384,
		Limits:    sdk.Limits{ConcurrentRequests: 1}, // Tenable asks not to send requests at the same time
		Connect:   sdk.ConnectWith(open),
		Check:     check,
		Streams: []sdk.Stream{
			{
				Name: "findings", Title: "Findings", Kind: kind.KindFinding, Permissions: []string{basic},
				Description: "Every vulnerability of each asset: open, reopened and fixed.", Read: sdk.ReadWith(readFindings),
			},
			{
				Name: "assets", Title: "Assets", Kind: kind.KindDevice, Permissions: []string{basic},
				Description: "Every host that Tenable knows.", Read: sdk.ReadWith(readAssets),
			},
			{
				Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{basic},
				Description: "Every user of Tenable.", Read: sdk.ReadWith(readUsers),
			},
		},
	}
}

// tenable is the API of one customer.
type tenable struct {
	client        *sdk.Client
	informational bool
}

func open(_ context.Context, s *sdk.Session) (*tenable, error) {
	var c struct {
		Informational bool   `json:"informational"`
		BaseURL       string `json:"base_url"`
	}
	if err := s.Settings(&c); err != nil {
		return nil, err
	}
	keys := "accessKey=" + s.Secret("access_key").Reveal() + ";secretKey=" + s.Secret("secret_key").Reveal()
	client, err := s.HTTP(sdk.HTTPOptions{
		BaseURL: c.BaseURL, Setting: "/base_url", SecretHeader: map[string]sdk.Secret{"X-ApiKeys": sdk.NewSecret(keys)},
		MaxBody: maxChunk, Timeout: chunkTimeout, Explain: explain,
	})
	if err != nil {
		return nil, err
	}
	return &tenable{client: client, informational: c.Informational}, nil
}

// explain adds Tenable's words to the error of a refused request: {"statusCode", "error", "message"}.
func explain(e *sdk.Error, body []byte) *sdk.Error {
	var a struct {
		Error   text `json:"error"`
		Message text `json:"message"`
	}
	if json.Unmarshal(body, &a) != nil {
		return e
	}
	if words := strings.TrimSuffix(string(a.Message), "."); words != "" {
		e.Message += ": " + words
	} else if a.Error != "" {
		e.Message += ": " + string(a.Error)
	}
	return e
}
