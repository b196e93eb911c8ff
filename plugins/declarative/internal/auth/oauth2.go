package auth

import (
	"context"
	"net/url"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// fromServer obtains a token from the authorisation server.
func (s *Signer) fromServer(ctx context.Context) (sdk.Secret, time.Duration, error) {
	way := s.way.OAuth2
	address, err := way.TokenURL.In(ctx, s.caller.Scope)
	if err != nil {
		return sdk.Secret{}, 0, sdk.ConfigInvalid("", "the address of the token endpoint cannot be built: %s", err.Error())
	}
	client, path, err := s.caller.At(address)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	ask, err := s.grant(ctx, address)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	ask.Path = path
	got, err := client.Ask(ctx, ask)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	response, err := request.Decode(got.Body)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	in := s.caller.Scope.With(plan.Scope{"response": response, "status": int64(got.Status)})
	token, err := tokenIn(ctx, way.Token, in)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	s.rotate(ctx, response)
	seconds, _ := way.ExpiresIn.Value(ctx, in)
	return token, oauth.Lifetime(seconds), nil
}

// judge returns the judgement of the answers to a grant.
func (s *Signer) judge(way *plan.OAuth2) func(*sdk.Response, error) error {
	return func(got *sdk.Response, usual error) error { return oauth.Judge(way.File.Grant, got, usual) }
}

// grant returns the request for a token.
func (s *Signer) grant(ctx context.Context, address string) (sdk.Ask, error) {
	way := s.way.OAuth2
	ask := sdk.Ask{Method: "POST", Reads: true, JSON: true, ContentType: "application/x-www-form-urlencoded", Judge: s.judge(way)}
	form := url.Values{"grant_type": {way.File.Grant}}
	more, err := fields(ctx, way.Parameters, s.caller.Scope)
	if err != nil {
		return ask, sdk.ConfigInvalid("", "the request for a token cannot be built: %s", err.Error())
	}
	for name, value := range more {
		form.Set(name, value)
	}
	if way.Scope.Set() {
		scope, err := way.Scope.In(ctx, s.caller.Scope)
		if err != nil {
			return ask, sdk.ConfigInvalid("", "the scope cannot be built: %s", err.Error())
		}
		form.Set("scope", scope)
	}
	id, err := s.identify(ctx, way.ClientID)
	if err != nil {
		return ask, sdk.ConfigInvalid("", "the client id cannot be built: %s", err.Error())
	}
	secret := s.caller.Session.Secret(way.File.ClientSecret)
	if way.File.Credentials == "header" {
		ask.SecretHeader = oauth.Basic(id, secret)
	} else {
		setUnlessEmpty(form, "client_id", id)
		setUnlessEmpty(form, "client_secret", secret)
	}
	if way.File.Grant == "refresh_token" {
		form.Set("refresh_token", s.refreshToken().Reveal())
	}
	if way.JWT != nil {
		statement, err := s.statement(ctx, way, id, address)
		if err != nil {
			return ask, err
		}
		if way.File.Grant == "jwt_bearer" {
			form.Set("grant_type", oauth.JWTBearer)
			form.Set("assertion", statement.Reveal())
		} else {
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", statement.Reveal())
		}
	}
	ask.Body = []byte(form.Encode())
	return ask, nil
}

func setUnlessEmpty(form url.Values, name string, value sdk.Secret) {
	if !value.Empty() {
		form.Set(name, value.Reveal())
	}
}

// refreshToken returns the latest refresh token of this run.
func (s *Signer) refreshToken() sdk.Secret {
	if !s.refresh.Empty() {
		return s.refresh
	}
	return s.caller.Session.Secret(s.way.OAuth2.File.RefreshToken)
}

// rotate takes the refresh token that the server gave instead of the old one. The host
// has it on its disk before it is used, where the host takes new secrets.
func (s *Signer) rotate(ctx context.Context, response any) {
	object, _ := response.(map[string]any)
	text, _ := object["refresh_token"].(string)
	if s.way.OAuth2.File.Grant != "refresh_token" || text == "" || text == s.refreshToken().Reveal() {
		return
	}
	s.refresh = sdk.NewSecret(text)
	switch sealed, err := s.caller.Session.RenewSecret(ctx, s.way.OAuth2.File.RefreshToken, s.refresh); {
	case err != nil:
		s.caller.Session.Log().Warn("the host could not keep the new refresh token, so the next run may need a new sign-in: " + err.Error())
	case !sealed:
		s.caller.Session.Log().Warn("the system gave a new refresh token, and this host keeps the old one: " +
			"if the system does not take the old one any more, the next run needs a new sign-in")
	}
}
