// Command envoy is the connector for Envoy, the workplace and visitor platform.
// It reads the employee directory as accounts for user access reviews.
package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

const permission = "employees.read"

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "envoy",
		Name:         "Envoy",
		Version:      "1.0.0",
		Vendor:       "Envoy, Inc.",
		Summary:      "Reads who is in the Envoy employee directory, for user access reviews.",
		Homepage:     "https://envoy.com",
		License:      "Apache-2.0",
		Categories:   []string{"user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{{
			ID:      permission,
			Reason:  "Lists the employees of the organization, who have access to Envoy.",
			Streams: []string{"employees"},
		}},
		Network: []sdk.NetworkHost{
			{Host: "api.envoy.com", Purpose: "Envoy's API"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 64,
		Check:     check,
		Streams: []sdk.Stream{{
			Name: "employees", Title: "Employees", Kind: kind.KindAccount, Permissions: []string{permission},
			Description: "Every person in the employee directory of the Envoy organization.",
			Read:        readEmployees,
		}},
	}
}

// newClient returns the client. Envoy has no separate sign-in and documents no smaller request, so the first page
// shows whether the key is valid.
func newClient(s *sdk.Session) (*sdk.Client, error) {
	var settings struct {
		BaseURL string `json:"base_url"`
	}
	if err := s.Settings(&settings); err != nil {
		return nil, err
	}
	return s.HTTP(sdk.HTTPOptions{
		BaseURL: settings.BaseURL, Setting: "/base_url", SecretHeader: map[string]sdk.Secret{"X-Api-Key": s.Secret("api_key")},
	})
}

// check requests one employee. Each probe reports one aspect of the answer.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "Client API Key"}
	allowed := sdk.Probe{ID: permission, Title: "Permission " + permission, Permission: permission}
	shape := sdk.Probe{ID: "data", Title: "Employee data"}
	client, err := newClient(s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, client); err != nil {
		r.SkipAll("Not tried: Envoy was not reached.", authenticate, allowed, shape)
		return err
	}
	first, answer := fetch(ctx, client, 1, 1)
	err = r.Do(ctx, authenticate, func(context.Context) (string, error) {
		code := sdk.CodeOf(answer)
		if answer == nil || code == sdk.CodePermissionMissing || code == sdk.CodeUpstreamInvalidResponse && first.answered {
			return "Envoy accepts the key.", nil
		}
		return "", answer
	})
	if err != nil {
		r.SkipAll("Not tried: the key was not accepted.", allowed, shape)
		return err
	}
	err = r.Do(ctx, allowed, func(context.Context) (string, error) {
		if sdk.CodeOf(answer) == sdk.CodePermissionMissing {
			return "", answer
		}
		return "The application may list employees.", nil
	})
	if err != nil {
		r.SkipAll("Not tried: the permission is missing.", shape)
		return err
	}
	return r.Do(ctx, shape, func(context.Context) (string, error) {
		if answer != nil {
			return "", answer
		}
		return describe(first)
	})
}

func describe(p page) (string, error) {
	for _, raw := range p.rows {
		if _, err := toAccount(raw); err != nil {
			return "", err
		}
	}
	if p.total != nil {
		return fmt.Sprintf("The directory has %d employees.", *p.total), nil
	}
	return "The directory answers as documented.", nil
}
