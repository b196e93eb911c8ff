package google

import (
	"cmp"
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// Key is the key file of a service account, as Google Cloud creates it.
type Key struct {
	Type        string `json:"type"`
	ClientEmail string `json:"client_email"`
	ClientID    string `json:"client_id"`
	ProjectID   string `json:"project_id"`
	KeyID       string `json:"private_key_id"`
	TokenURI    string `json:"token_uri"`

	private *rsa.PrivateKey
}

// ReadKey reads the key file in the secret called name. Its error names the setting and repeats nothing of the file.
func ReadKey(s *sdk.Session, name string) (*Key, error) {
	var k Key
	var inner struct {
		Private string `json:"private_key"`
	}
	text := []byte(s.Secret(name).Reveal())
	if json.Unmarshal(text, &k) != nil || json.Unmarshal(text, &inner) != nil || k.Type != "service_account" || k.ClientEmail == "" {
		return nil, sdk.ConfigInvalid("/"+name, "%s is not the key file of a service account", name).
			WithRemedy("Enter the whole content of the JSON file that Google Cloud created for the service account.")
	}
	s.Conceal(sdk.NewSecret(inner.Private))
	private, err := oauth.Key(s, name)
	k.private = private
	return &k, err
}

// The token endpoint of Google. Every statement names it as its audience.
const (
	tokenServer = "https://oauth2.googleapis.com"
	tokenPath   = "/token"
)

// Server is Google's authorization server, as one service account sees it.
type Server struct {
	Client *sdk.Client

	key            *Key
	path, audience string
}

// NewServer returns the authorization server. Gateway is the address of a gateway that receives every request, "" for none.
// A token endpoint that the key file names counts only on the gateway: elsewhere it would lead the connector to another host.
func NewServer(s *sdk.Session, key *Key, gateway string) (*Server, error) {
	server := &Server{key: key, path: tokenPath, audience: tokenServer + tokenPath}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: cmp.Or(gateway, tokenServer), Setting: "/base_url"})
	if err != nil {
		return nil, err
	}
	server.Client = client
	if at, err := url.Parse(key.TokenURI); gateway != "" && err == nil && at.Host != "" && client.SameHost(key.TokenURI) == nil {
		server.path, server.audience = key.TokenURI, key.TokenURI
	}
	return server, nil
}

// Token returns the token for one scope, an address or several with spaces between. Subject is the person for whom the service
// account acts, "" when it acts for itself. Explain may refine the error of a refused request.
func (s *Server) Token(scope, subject string, explain func(*sdk.Error) *sdk.Error) *sdk.Token {
	grant := oauth.Grant{Client: s.Client, Path: s.path, Type: oauth.JWTBearer, Statement: &oauth.Statement{
		Key: s.key.private, KeyID: s.key.KeyID, Issuer: s.key.ClientEmail, Subject: subject, Audience: s.audience,
		Claims: map[string]any{"scope": scope},
	}}
	return &sdk.Token{Obtain: func(ctx context.Context) (sdk.Secret, time.Duration, error) {
		secret, holds, err := grant.Obtain(ctx)
		if err == nil || explain == nil {
			return secret, holds, err
		}
		return secret, holds, explain(sdk.AsError(err))
	}}
}

// NotDelegated reports whether the error of a token says that the service account may not act for the person with this scope.
func NotDelegated(e *sdk.Error) bool {
	switch e.UpstreamCode {
	case "unauthorized_client", "access_denied", "invalid_scope", "admin_policy_enforced":
		return true
	}
	return false
}

// UnknownPerson reports whether the error of a token says that the person does not exist.
func UnknownPerson(e *sdk.Error) bool {
	return e.UpstreamCode == "invalid_grant" && strings.Contains(e.Message, "Invalid email or User ID")
}
