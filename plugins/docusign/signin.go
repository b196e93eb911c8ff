package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// settings are the connection's settings.
type settings struct {
	Environment    string `json:"environment"`
	IntegrationKey string `json:"integration_key"`
	UserID         string `json:"user_id"`
	AccountID      string `json:"account_id"`
	Since          string `json:"since"`
	BaseURL        string `json:"base_url"`
}

// scopes are what the app asks for. Docusign has no scope that only reads envelopes.
const scopes = "signature impersonation"

// consentPage is the page to which Docusign returns after a consent. The app must name it as a redirect address.
const consentPage = "https://developers.docusign.com/platform/auth/consent"

// server is the name of the sign-in server, which is also the audience of the statement.
func (c settings) server() string {
	if c.Environment == "demo" {
		return "account-d.docusign.com"
	}
	return "account.docusign.com"
}

// consent is the address at which a person lets the app act for the user.
func (c settings) consent() string {
	query := url.Values{"response_type": {"code"}, "scope": {scopes}, "client_id": {c.IntegrationKey}, "redirect_uri": {consentPage}}
	return "https://" + c.server() + "/oauth/auth?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// through returns the address of a server, or that of the customer's own gateway.
func (c settings) through(address string) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	return address
}

// newToken returns the access token of the user for whom the app acts (JWT grant).
func newToken(s *sdk.Session, c settings) (*sdk.Token, error) {
	key, err := oauth.Key(s, "private_key")
	if err != nil {
		return nil, err
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: c.through("https://" + c.server()), Setting: "/base_url", Explain: quote})
	if err != nil {
		return nil, err
	}
	grant := &oauth.Grant{
		Client: client, Path: "/oauth/token", Type: oauth.JWTBearer,
		Statement: &oauth.Statement{
			Key: key, Issuer: c.IntegrationKey, Subject: c.UserID, Audience: c.server(), Claims: map[string]any{"scope": scopes},
		},
	}
	return &sdk.Token{Obtain: func(ctx context.Context) (sdk.Secret, time.Duration, error) {
		token, holds, err := grant.Obtain(ctx)
		return token, holds, c.explain(err)
	}}, nil
}

// quote adds the words of the sign-in server, which package oauth does not know all of, to the error.
func quote(e *sdk.Error, body []byte) *sdk.Error {
	var said struct {
		Word        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &said) == nil && said.Word != "" {
		e.Message += ". Docusign says: " + sdk.Excerpt(said.Word+" "+said.Description)
	}
	return e
}

// explain says what to do about Docusign's words for a refused token.
func (c settings) explain(err error) error {
	if err == nil {
		return nil
	}
	e := *sdk.AsError(err)
	switch words := e.UpstreamCode + " " + e.Message; {
	case strings.Contains(words, "consent_required"):
		needed := sdk.Errorf(sdk.CodeAuthReauthRequired, "the user has not let the app act for them: %s", e.Message)
		needed.UpstreamStatus, needed.RequestID = e.UpstreamStatus, e.RequestID
		return needed.WithRemedy("Open " + c.consent() + " in a browser, sign in as the user, and choose Allow Access.")
	case strings.Contains(words, "issuer_not_found"):
		e.Remedy = "Compare the integration key and the environment with those of the app in Docusign."
	case strings.Contains(words, "user_not_found"):
		e.Remedy = "Compare the user ID with the one under Apps and Keys. It is not the API account ID."
	case strings.Contains(words, "no_valid_keys_or_signatures"):
		e.Remedy = "Enter the private key of a key pair that the app in Docusign still has."
	}
	return &e
}
