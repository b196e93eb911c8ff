package oauth

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// The types of a Grant.
const (
	ClientCredentials = "client_credentials"
	JWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	RefreshToken      = "refresh_token"
)

// assertionType names a signed statement that stands for a client's secret (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Grant is how a connector asks an authorization server for a token.
type Grant struct {
	Client *sdk.Client // of the server
	Path   string      // of its token endpoint
	Type   string      // grant_type, such as ClientCredentials
	Form   url.Values  // what else the server wants: scope, audience, …

	ClientID     string
	ClientSecret sdk.Secret
	Header       bool // the two go into the header Authorization instead of the form

	// Statement is the assertion of the type JWTBearer. With another type it proves who the client
	// is, instead of a secret.
	Statement *Statement
}

// Obtain asks for a token and returns how long it holds, 0 when the server does not say it.
func (g *Grant) Obtain(ctx context.Context) (sdk.Secret, time.Duration, error) {
	ask, err := g.ask()
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	got, err := g.Client.Ask(ctx, ask)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	var body struct {
		Token   string  `json:"access_token"`
		Seconds seconds `json:"expires_in"`
	}
	if err := json.Unmarshal(got.Body, &body); err != nil || body.Token == "" {
		return sdk.Secret{}, 0, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of %s holds no token", got.URL.Host)
	}
	return sdk.NewSecret(body.Token), time.Duration(body.Seconds), nil
}

func (g *Grant) ask() (sdk.Ask, error) {
	ask := sdk.Ask{
		Method: http.MethodPost, Path: g.Path, Reads: true, JSON: true, ContentType: "application/x-www-form-urlencoded",
		Judge: func(got *sdk.Response, usual error) error { return Judge(g.Type, got, usual) },
	}
	form := url.Values{"grant_type": {g.Type}}
	maps.Copy(form, g.Form)
	switch {
	case g.Header:
		ask.SecretHeader = Basic(sdk.NewSecret(g.ClientID), g.ClientSecret)
	case g.ClientID != "":
		form.Set("client_id", g.ClientID)
		if !g.ClientSecret.Empty() {
			form.Set("client_secret", g.ClientSecret.Reveal())
		}
	}
	if g.Statement != nil {
		signed, err := g.Statement.Sign()
		if err != nil {
			return ask, err
		}
		if g.Type == JWTBearer {
			form.Set("assertion", signed.Reveal())
		} else {
			form.Set("client_assertion_type", assertionType)
			form.Set("client_assertion", signed.Reveal())
		}
	}
	ask.Body = []byte(form.Encode())
	return ask, nil
}

// Basic returns the header with the credentials of a client, each escaped (RFC 6749, 2.3.1).
func Basic(id, secret sdk.Secret) map[string]sdk.Secret {
	escape := func(s sdk.Secret) sdk.Secret { return sdk.NewSecret(url.QueryEscape(s.Reveal())) }
	return map[string]sdk.Secret{"Authorization": sdk.Basic(escape(id), escape(secret))}
}

// Judge returns the error of an answer of a token endpoint (RFC 6749, 5.2) to a grant of a type.
// Its words are the server's. Usual is the error of the answer's status, nil for a success.
func Judge(grantType string, got *sdk.Response, usual error) error {
	var body struct {
		Error       any    `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(got.Body, &body) != nil || body.Error == nil {
		if usual != nil && got.Status == http.StatusBadRequest {
			return Refused(usual)
		}
		return usual
	}
	word, _ := body.Error.(string)
	code, remedy := meaning(word, grantType)
	if code == "" {
		if usual == nil {
			usual = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "%s gave no token", got.URL.Host)
		}
		e := sdk.AsError(Refused(usual))
		e.UpstreamCode = word
		return e
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

// Refused returns the error of a sign-in: what was refused there was the credential.
func Refused(err error) error {
	e := sdk.AsError(err)
	switch e.UpstreamStatus {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity:
	default:
		return err
	}
	return sdk.Errorf(sdk.CodeAuthInvalid, "the sign-in was refused: %s", e.Message).WithAnswerOf(e).WithDetail(e.Detail)
}

// meaning returns the code and the remedy of an error word of a token endpoint.
func meaning(word, grantType string) (code, remedy string) {
	switch word {
	case "invalid_client":
		return sdk.CodeAuthInvalid, "Enter the client id and the client secret again; check that the secret has not run out."
	case "invalid_grant":
		if grantType == RefreshToken {
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
