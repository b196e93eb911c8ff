package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
)

// The address of the Directory API. A gateway has the same path.
const (
	apiHost = "https://admin.googleapis.com"
	apiPath = "/admin/directory/v1"
)

// settings are those of the connection, without the key.
type settings struct {
	AdminEmail    string `json:"admin_email"`
	ChromeDevices bool   `json:"chrome_devices"`
	MobileDevices bool   `json:"mobile_devices"`
	BaseURL       string `json:"base_url"`
}

// settingsOf returns the settings. The SDK has validated them, so a mistake is none that a person made.
func settingsOf(s *sdk.Session) (into settings) {
	_ = s.Settings(&into)
	return into
}

// directory is the Directory API during one run. Google refuses a token as a whole when one of its scopes is missing, so
// each scope has a token of its own.
type directory struct {
	session *sdk.Session
	key     *google.Key
	server  *google.Server
	settings

	tokens  map[string]*sdk.Token
	clients map[string]*sdk.Client

	members *membership // read once in a run
	roles   *rolebook   // read once in a run
}

// open returns the directory of the run. Streams are read one after another and share it.
func open(s *sdk.Session) (*directory, error) {
	if d, err := sdk.From[*directory](s); err == nil {
		return d, nil
	}
	d := &directory{session: s, settings: settingsOf(s), tokens: map[string]*sdk.Token{}, clients: map[string]*sdk.Client{}}
	var err error
	if d.key, err = google.ReadKey(s, "key_file"); err != nil {
		return nil, err
	}
	if d.server, err = google.NewServer(s, d.key, d.BaseURL); err != nil {
		return nil, err
	}
	for _, scope := range []string{readUsers, readGroups, readMembers, readRoles, readOrgUnits, readChrome, readMobile} {
		if err := d.addScope(scope); err != nil {
			return nil, err
		}
	}
	s.Set(d)
	return d, nil
}

// addScope makes the token and the client of a scope.
func (d *directory) addScope(scope string) error {
	token := d.server.Token(scopePrefix+scope, d.AdminEmail, func(e *sdk.Error) *sdk.Error { return d.tokenRefused(scope, e) })
	client, err := d.session.HTTP(sdk.HTTPOptions{
		MaxBody: google.MaxPage,
		BaseURL: cmp.Or(d.BaseURL, apiHost), Setting: "/base_url", Token: token,
		Explain: func(e *sdk.Error, body []byte) *sdk.Error { return d.requestRefused(scope, google.Explain(e, body)) },
	})
	if err != nil {
		return err
	}
	d.tokens[scope], d.clients[scope] = token, client
	return nil
}

// granted returns nil when Google gives a token for the scope.
func (d *directory) granted(ctx context.Context, scope string) error {
	_, _, err := d.tokens[scope].Current(ctx, d.session)
	return err
}

// list returns a list of the API. Path is below apiPath.
func (d *directory) list(scope, path string, query url.Values, member, kind string) google.List {
	return google.List{Client: d.clients[scope], Path: apiPath + path, Query: query, Member: member, Kind: "admin#directory#" + kind}
}

// tokenRefused explains why Google gave no token for a scope.
func (d *directory) tokenRefused(scope string, e *sdk.Error) *sdk.Error {
	switch {
	case google.NotDelegated(e):
		return d.missing(scope, e, d.delegate(scope))
	case google.UnknownPerson(e):
		return e.WithRemedy(fmt.Sprintf("Check the address of the administrator: Google knows no user %s.", d.AdminEmail))
	}
	return e
}

// requestRefused explains why Google refused a request.
func (d *directory) requestRefused(scope string, e *sdk.Error) *sdk.Error {
	switch {
	case e.Code != sdk.CodePermissionMissing:
		return e
	case google.NotEnabled(e):
		return d.missing(scope, e, fmt.Sprintf("Enable the Admin SDK API in the Google Cloud project %s, and sync some minutes later.",
			cmp.Or(d.key.ProjectID, "of the service account")))
	case google.ScopeMissing(e):
		return d.missing(scope, e, d.delegate(scope))
	}
	return d.missing(scope, e, fmt.Sprintf("In the Admin console give %s an administrator role with the privilege for %s.",
		d.AdminEmail, scope))
}

func (d *directory) delegate(scope string) string {
	return fmt.Sprintf("In the Admin console, under Domain-wide delegation, add the scope %s to the client %s.",
		scope, cmp.Or(d.key.ClientID, "of the service account"))
}

// missing returns the error of a permission with the words of the error of the request.
func (d *directory) missing(scope string, e *sdk.Error, remedy string) *sdk.Error {
	return e.Needs(scope).WithRemedy(remedy)
}
