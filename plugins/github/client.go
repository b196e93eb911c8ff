package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/sdk"
)

// longestWait is longer than the hour after which GitHub's limit of requests begins anew.
const longestWait = 61 * time.Minute

// github is one organization with the credential of the connection.
type github struct {
	session  *sdk.Session
	settings settings
	rest     *sdk.Client
	graphql  *sdk.Client // apart: its limit of requests is another one
	query    string      // path of the GraphQL endpoint
	app      *api.App    // nil with an access token
	now      time.Time   // by GitHub's clock, at the beginning of the run

	enterprise bool // an Enterprise Server, which names its version in every answer

	reading sync.Mutex // one stream at a time reads the teams
	teams   []team     // read once in a run

	mu        sync.Mutex
	noGraphQL bool // there is no GraphQL endpoint
	noted     map[string]bool
}

type settings struct {
	Organization string `json:"organization"`
	AppID        string `json:"app_id"`
	ChangeDays   int    `json:"change_days"`
	BaseURL      string `json:"base_url"`
}

// connect opens the connection that all streams share, and reads the organization, which shows that the credential and
// the name are right.
func connect(ctx context.Context, s *sdk.Session) error {
	g, err := open(s)
	if err != nil {
		return err
	}
	answer, err := g.organization(ctx)
	if err != nil {
		return err
	}
	g.enterprise = answer.Header.Get("X-GitHub-Enterprise-Version") != ""
	if g.now, err = http.ParseTime(answer.Header.Get("Date")); err != nil {
		g.now = time.Now()
	}
	s.Set(g)
	return nil
}

func open(s *sdk.Session) (*github, error) {
	g := &github{session: s, noted: map[string]bool{}}
	if err := s.Settings(&g.settings); err != nil {
		return nil, err
	}
	options := sdk.HTTPOptions{BaseURL: g.settings.BaseURL, Setting: "/base_url", MaxWait: longestWait, Header: map[string]string{
		"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28",
	}}
	var err error
	switch {
	case g.settings.AppID != "":
		if g.app, err = api.OpenApp(s, g.settings.Organization, g.settings.AppID, options); err != nil {
			return nil, err
		}
		options.Token = &sdk.Token{Obtain: g.app.Obtain}
	case s.Secret("token").Empty():
		return nil, sdk.ConfigInvalid("/token", "there is no credential").
			WithRemedy("Enter the App ID with its private key, or an access token.")
	default:
		options.SecretHeader = map[string]sdk.Secret{"Authorization": s.Secret("token").Bearer()}
	}
	if g.rest, err = s.HTTP(options); err != nil {
		return nil, err
	}
	options.BaseURL, g.query = graphqlOf(g.settings.BaseURL)
	if g.graphql, err = s.HTTP(options); err != nil {
		return nil, err
	}
	return g, nil
}

// graphqlOf returns the address and the path of the GraphQL endpoint that belongs to a REST API: /graphql on github.com,
// and /api/graphql beside /api/v3 on an Enterprise Server.
func graphqlOf(rest string) (address, path string) {
	u, err := url.Parse(rest)
	if err != nil {
		return rest, "/graphql"
	}
	path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/v3") + "/graphql"
	u.Path, u.RawPath = "/", ""
	return u.String(), path
}

// organization reads the organization.
func (g *github) organization(ctx context.Context) (*sdk.Response, error) {
	var body struct {
		Login string `json:"login"`
	}
	answer, err := g.get(ctx, g.orgPath(""), nil, &body, permMetadata)
	if err == nil && body.Login == "" {
		err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "GitHub's answer holds no organization")
	}
	return answer, err
}

// orgPath returns a path of the organization.
func (g *github) orgPath(rest string) string {
	return "/orgs/" + url.PathEscape(g.settings.Organization) + rest
}

// get reads one document. An error names the permissions that the request needs.
func (g *github) get(ctx context.Context, path string, query url.Values, into any, permissions ...string) (*sdk.Response, error) {
	answer, err := g.rest.Ask(ctx, sdk.Ask{Path: path, Query: query, JSON: into != nil, Judge: api.Judge(permissions)})
	if err != nil {
		return nil, err
	}
	if into == nil {
		return answer, nil
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return nil, answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of GitHub to %s is not the documented one", path).Because(err)
	}
	return answer, nil
}

// note writes a line into the log once in a run.
func (g *github) note(text string) {
	g.mu.Lock()
	known := g.noted[text]
	g.noted[text] = true
	g.mu.Unlock()
	if !known {
		g.session.Log().Warn(text)
	}
}

// lacks reports whether an optional fact is unknown for a reason that another try does not change: the permission, the
// plan or the endpoint is missing. It then is no gap.
func (g *github) lacks(what string, err error) bool {
	e := sdk.AsError(err)
	if api.Says(err, api.NoReason) {
		return false
	}
	switch e.Code {
	case sdk.CodePermissionMissing, sdk.CodePermissionLicence, sdk.CodeNotFoundEndpoint:
		g.note(what + " is unknown: " + e.Message)
		return true
	}
	return false
}
