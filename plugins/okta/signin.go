package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

const tokenPath = "/oauth2/v1/token"

// signIn returns the options of every client: with the API token, or with the access token of the service app.
func signIn(s *sdk.Session, c settings) (sdk.HTTPOptions, error) {
	options := sdk.HTTPOptions{BaseURL: c.address(), Setting: addressSetting(c)}
	if c.SignIn != "service_app" {
		token := s.Secret("api_token")
		if token.Empty() {
			return options, sdk.ConfigInvalid("/api_token", "the API token is missing")
		}
		options.SecretHeader = map[string]sdk.Secret{"Authorization": sdk.NewSecret("SSWS " + token.Reveal())}
		return options, nil
	}
	grant, err := serviceApp(s, c)
	if err != nil {
		return options, err
	}
	options.Token = &sdk.Token{Obtain: func(ctx context.Context) (sdk.Secret, time.Duration, error) {
		token, holds, err := grant.Obtain(ctx)
		return token, holds, explainGrant(err)
	}}
	return options, nil
}

// serviceApp returns the grant of a service app: the client proves that it has the private key.
func serviceApp(s *sdk.Session, c settings) (*oauth.Grant, error) {
	if c.ClientID == "" {
		return nil, sdk.ConfigInvalid("/client_id", "the client ID of the service app is missing")
	}
	if s.Secret("private_key").Empty() {
		return nil, sdk.ConfigInvalid("/private_key", "the private key of the service app is missing")
	}
	key, err := oauth.Key(s, "private_key")
	if err != nil {
		return nil, err
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: c.address(), Setting: addressSetting(c), Explain: quoteGrant})
	if err != nil {
		return nil, err
	}
	return &oauth.Grant{
		Client: client, Path: tokenPath, Type: oauth.ClientCredentials, ClientID: c.ClientID,
		// Okta grants those of the scopes that the service app has.
		Form: map[string][]string{"scope": {strings.Join([]string{readUsers, readGroups, readApps, readPolicies, readRoles}, " ")}},
		Statement: &oauth.Statement{
			Key: key, KeyID: c.KeyID, Issuer: c.ClientID, Subject: c.ClientID, Audience: c.audience() + tokenPath, Lifetime: 5 * time.Minute,
		},
	}, nil
}

// audience is the address of Okta, whatever gateway is between. A test system on this machine is its own.
func (c settings) audience() string {
	if strings.HasPrefix(c.BaseURL, "http://") {
		return strings.TrimSuffix(c.BaseURL, "/")
	}
	return "https://" + c.Domain
}

// quoteGrant adds the words of the token endpoint, which package oauth does not know all of, to the error.
func quoteGrant(e *sdk.Error, body []byte) *sdk.Error {
	var said struct {
		Word        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &said) == nil && said.Word != "" {
		e.Message += ". Okta says: " + sdk.Excerpt(said.Word+": "+said.Description)
	}
	return e
}

// explainGrant says what to do about Okta's words for a refused token.
func explainGrant(err error) error {
	if err == nil {
		return nil
	}
	e := *sdk.AsError(err)
	words := strings.ToLower(e.UpstreamCode + " " + e.Message)
	switch {
	case strings.Contains(words, "dpop"):
		e.Code, e.Fault, e.Retry = sdk.CodeConfigInvalid, sdk.FaultCustomer, sdk.RetryWhenConfigChanges
		e.ConfigPath = "/sign_in"
		e.Message = "the service app demands proof of possession (DPoP), which this connector does not send: " + e.Message
		e.Remedy = `In the service app's general settings clear "Require Demonstrating Proof of Possession (DPoP) header in token requests".`
	case strings.Contains(words, "consent_required"), strings.Contains(words, "requested scopes"):
		return e.Needs(readUsers, readGroups, readApps, readPolicies).
			WithRemedy("Grant the scopes to the service app, on its tab Okta API Scopes, and sync again.")
	case strings.Contains(words, "invalid_client"):
		e.Remedy = "Compare the client ID, the key ID and the private key with those of the service app, and the clock of this machine."
	}
	return &e
}
