package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// GitHub takes a statement of an App for at most ten minutes, and asks that it be dated a minute back because clocks differ.
const (
	statementLifetime = 9 * time.Minute
	statementBack     = time.Minute
)

// App is a GitHub App that is installed on the organization.
type App struct {
	client *sdk.Client // signs in as the App itself
	path   string      // of the installation

	mu        sync.Mutex
	installed Installation
}

// Installation is what the organization granted the App.
type Installation struct {
	ID                  int64             `json:"id"`
	Permissions         map[string]string `json:"permissions"`
	RepositorySelection string            `json:"repository_selection"`
	AppSlug             string            `json:"app_slug"`
	SuspendedAt         *string           `json:"suspended_at"`
}

// OpenApp returns the App with that id and the private key in the secrets.
func OpenApp(s *sdk.Session, organization, id string, options sdk.HTTPOptions) (*App, error) {
	key, err := oauth.ReadKey(s.Secret("private_key").Reveal())
	if err != nil {
		return nil, sdk.ConfigInvalid("/private_key", "the private key of the App cannot be read: %s", err.Error()).
			WithRemedy("Paste the whole .pem file that GitHub gave you, from BEGIN to END.")
	}
	a := &App{path: "/orgs/" + url.PathEscape(organization) + "/installation"}
	options.Token = &sdk.Token{Obtain: func(context.Context) (sdk.Secret, time.Duration, error) {
		statement := oauth.Statement{
			Key: key, Issuer: id, Lifetime: statementLifetime,
			Claims: map[string]any{"iat": time.Now().Add(-statementBack).Unix()},
		}
		signed, err := statement.Sign()
		return signed, statementLifetime, err
	}}
	if a.client, err = s.HTTP(options); err != nil {
		return nil, err
	}
	return a, nil
}

// Obtain asks GitHub for a token of the installation. It holds for an hour.
func (a *App) Obtain(ctx context.Context) (sdk.Secret, time.Duration, error) {
	installed, err := a.find(ctx)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	path := fmt.Sprintf("/app/installations/%d/access_tokens", installed.ID)
	answer, err := a.client.Ask(ctx, sdk.Ask{Method: http.MethodPost, Path: path, Reads: true, JSON: true, Judge: Judge(nil)})
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	var body struct {
		Token               string            `json:"token"`
		ExpiresAt           time.Time         `json:"expires_at"`
		Permissions         map[string]string `json:"permissions"`
		RepositorySelection string            `json:"repository_selection"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || body.Token == "" {
		return sdk.Secret{}, 0, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "GitHub's answer holds no token of the installation")
	}
	if body.Permissions != nil {
		installed.Permissions = body.Permissions
	}
	a.mu.Lock()
	a.installed = installed
	a.mu.Unlock()
	lifetime := time.Duration(0)
	if !body.ExpiresAt.IsZero() {
		lifetime = max(time.Until(body.ExpiresAt), time.Second)
	}
	return sdk.NewSecret(body.Token), lifetime, nil
}

// find returns the installation on the organization.
func (a *App) find(ctx context.Context) (Installation, error) {
	answer, err := a.client.Ask(ctx, sdk.Ask{Path: a.path, JSON: true, Judge: Judge(nil)})
	if err != nil {
		if e := sdk.AsError(err); e.Code == sdk.CodeNotFoundEndpoint {
			return Installation{}, sdk.ConfigInvalid("/organization", "the GitHub App is not installed on this organization").
				WithRemedy("Install the App on the organization, and check the name of the organization.")
		}
		return Installation{}, err
	}
	var found Installation
	if err := json.Unmarshal(answer.Body, &found); err != nil || found.ID == 0 {
		return found, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "GitHub's answer holds no installation of the App")
	}
	if found.SuspendedAt != nil {
		return found, sdk.Errorf(sdk.CodeAuthInvalid, "the installation of the GitHub App is suspended").
			WithRemedy("Unsuspend the App in the settings of the organization.")
	}
	return found, nil
}

// Granted returns the installation whose token is in use.
func (a *App) Granted() Installation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.installed
}

// Writes returns the permissions of the installation that allow more than reading.
func (i Installation) Writes() []string {
	var all []string
	for name, level := range i.Permissions {
		if level != "read" {
			all = append(all, name+":"+level)
		}
	}
	return all
}

// Allows reports whether the organization granted a permission such as members:read.
func (i Installation) Allows(permission string) bool {
	name, _, _ := strings.Cut(permission, ":")
	return i.Permissions[name] != ""
}
