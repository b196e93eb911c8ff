package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
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
	return token, lifetime(seconds), nil
}

// lifetime returns how long a token holds, 0 when the server does not say it: it is then
// renewed when the system refuses it.
func lifetime(seconds any) time.Duration {
	length, err := strconv.ParseFloat(fmt.Sprint(seconds), 64)
	if err != nil || !(length > 0 && length < 1e8) {
		return 0
	}
	return time.Duration(length * float64(time.Second))
}

// grant returns the request for a token.
func (s *Signer) grant(ctx context.Context, address string) (sdk.Ask, error) {
	way := s.way.OAuth2
	ask := sdk.Ask{Method: "POST", Reads: true, JSON: true, ContentType: "application/x-www-form-urlencoded", Judge: s.judge}
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
		ask.SecretHeader = map[string]sdk.Secret{"Authorization": sdk.Basic(escaped(id), escaped(secret))}
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
			form.Set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
			form.Set("assertion", statement.Reveal())
		} else {
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", statement.Reveal())
		}
	}
	ask.Body = []byte(form.Encode())
	return ask, nil
}

// escaped returns a secret as RFC 6749 wants it in the header.
func escaped(s sdk.Secret) sdk.Secret { return sdk.NewSecret(url.QueryEscape(s.Reveal())) }

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

// judge reads the error of a token endpoint (RFC 6749, 5.2). Its words are the server's.
func (s *Signer) judge(got *sdk.Response, usual error) error {
	var body struct {
		Error       any    `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(got.Body, &body) != nil || body.Error == nil {
		if usual != nil && got.Status == 400 {
			return refused(usual)
		}
		return usual
	}
	word, _ := body.Error.(string)
	code, remedy := meaning(word, s.way.OAuth2.File.Grant)
	if code == "" {
		if usual == nil {
			usual = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "%s gave no token", got.URL.Host)
		}
		return refused(usual)
	}
	text := word
	if body.Description != "" {
		text += ": " + strings.TrimSpace(body.Description[:min(len(body.Description), 300)])
	}
	e := sdk.Errorf(code, "%s gave no token (%s)", got.URL.Host, strings.ToValidUTF8(text, ""))
	if remedy != "" {
		e = e.WithRemedy(remedy)
	}
	e.UpstreamStatus, e.UpstreamCode, e.RequestID = got.Status, word, got.RequestID
	return e
}

// meaning returns the code and the remedy of an error word of a token endpoint.
func meaning(word, grant string) (code, remedy string) {
	switch word {
	case "invalid_client":
		return sdk.CodeAuthInvalid, "Enter the client id and the client secret again; check that the secret has not run out."
	case "invalid_grant":
		if grant == "refresh_token" {
			return sdk.CodeAuthReauthRequired,
				"Sign in again and enter the new refresh token: the old one has run out, was used already, or was withdrawn."
		}
		return sdk.CodeAuthInvalid, "Check the key, the account that it acts for, and the clock of this machine."
	case "unauthorized_client", "access_denied":
		return sdk.CodeAuthInvalid, "Allow this client the grant and the scopes that the guide names, in the system's administration."
	case "invalid_scope":
		return sdk.CodePermissionMissing, "Grant the scopes that the guide names, and sync again."
	case "invalid_request", "unsupported_grant_type", "invalid_resource", "invalid_target":
		return sdk.CodeConfigInvalid, ""
	case "server_error":
		return sdk.CodeUpstream5xx, ""
	case "temporarily_unavailable":
		return sdk.CodeUpstreamMaintenance, ""
	case "slow_down":
		return sdk.CodeRateLimited, ""
	}
	return "", ""
}
