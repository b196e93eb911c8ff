package main

import (
	"cmp"
	"context"
	"net/url"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// cloud holds the addresses of one of Microsoft's clouds.
type cloud struct{ login, manager, graph string }

var clouds = map[string]cloud{
	"public":        {"https://login.microsoftonline.com", "https://management.azure.com", "https://graph.microsoft.com"},
	"us-government": {"https://login.microsoftonline.us", "https://management.usgovcloudapi.net", "https://graph.microsoft.us"},
	"china": {
		"https://login.partner.microsoftonline.cn", "https://management.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn",
	},
}

// network lists the hosts of every cloud.
func network() []sdk.NetworkHost {
	return []sdk.NetworkHost{
		{Host: "login.microsoftonline.com", Purpose: "The sign-in of Microsoft"},
		{Host: "management.azure.com", Purpose: "Azure Resource Manager"},
		{Host: "graph.microsoft.com", Purpose: "Microsoft Graph, for the names of users, groups and applications"},
		{Host: "login.microsoftonline.us", Purpose: "The sign-in of the cloud for the US government"},
		{Host: "management.usgovcloudapi.net", Purpose: "Azure Resource Manager of the cloud for the US government"},
		{Host: "graph.microsoft.us", Purpose: "Microsoft Graph of the cloud for the US government"},
		{Host: "login.partner.microsoftonline.cn", Purpose: "The sign-in of the cloud in China"},
		{Host: "management.chinacloudapi.cn", Purpose: "Azure Resource Manager of the cloud in China"},
		{Host: "microsoftgraph.chinacloudapi.cn", Purpose: "Microsoft Graph of the cloud in China"},
		{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
	}
}

// settings are the connection's settings.
type settings struct {
	Cloud         string   `json:"cloud"`
	TenantID      string   `json:"tenant_id"`
	ClientID      string   `json:"client_id"`
	Subscriptions []string `json:"subscriptions"`
	BaseURL       string   `json:"base_url"`
}

// azure is the access to one tenant.
type azure struct {
	settings
	manager *sdk.Client // Azure Resource Manager
	graph   *sdk.Client // Microsoft Graph
	grant   *oauth.Grant
}

// open returns the access. The clients sign in before their first request, each for its own API.
func open(_ context.Context, s *sdk.Session) (*azure, error) {
	var a azure
	if err := s.Settings(&a.settings); err != nil {
		return nil, err
	}
	at := clouds[a.Cloud]
	login, err := s.HTTP(sdk.HTTPOptions{BaseURL: cmp.Or(a.BaseURL, at.login), Setting: "/base_url"})
	if err != nil {
		return nil, err
	}
	grant := func(api string) *oauth.Grant {
		return &oauth.Grant{
			Client: login, Path: "/" + a.TenantID + "/oauth2/v2.0/token", Type: oauth.ClientCredentials,
			ClientID: a.ClientID, ClientSecret: s.Secret("client_secret"), Form: url.Values{"scope": {api + "/.default"}},
		}
	}
	client := func(api string, explain func(*sdk.Error, []byte) *sdk.Error, g *oauth.Grant) (*sdk.Client, error) {
		return s.HTTP(sdk.HTTPOptions{
			BaseURL: cmp.Or(a.BaseURL, api), Setting: "/base_url", Explain: explain, Token: &sdk.Token{Obtain: g.Obtain},
		})
	}
	a.grant = grant(at.manager)
	if a.manager, err = client(at.manager, explain, a.grant); err != nil {
		return nil, err
	}
	a.graph, err = client(at.graph, explainGraph, grant(at.graph))
	return &a, err
}
