package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
)

// settings are the connection's settings.
type settings struct {
	Domain   string `json:"domain"`
	SignIn   string `json:"sign_in"`
	ClientID string `json:"client_id"`
	KeyID    string `json:"key_id"`
	BaseURL  string `json:"base_url"`
}

// address is where requests go.
func (c settings) address() string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	return "https://" + c.Domain
}

// endpoint is a group of requests that Okta counts together. Each has a client of its own, so that the limit of one
// does not hold up the others.
type endpoint struct {
	client     *sdk.Client
	permission string
}

// api is Okta for one run.
type api struct {
	settings settings

	users, factors, groups, members, apps, assignments, policies, roles endpoint

	directory *directory // what readDirectory returned
}

// openAPI returns the API of this run.
func openAPI(s *sdk.Session) (*api, error) {
	if a, err := sdk.From[*api](s); err == nil {
		return a, nil
	}
	a := &api{}
	if err := s.Settings(&a.settings); err != nil {
		return nil, err
	}
	if strings.Contains(a.settings.Domain, "-admin.okta") {
		return nil, sdk.ConfigInvalid("/domain", "%s is the address of the Admin Console", a.settings.Domain).
			WithRemedy(`Enter the domain without "-admin", for example acme.okta.com.`)
	}
	options, err := signIn(s, a.settings)
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		at         *endpoint
		permission string
	}{
		{&a.users, readUsers}, {&a.factors, readUsers}, {&a.groups, readGroups}, {&a.members, readGroups}, {&a.apps, readApps},
		{&a.assignments, readApps}, {&a.policies, readPolicies}, {&a.roles, readRoles},
	} {
		client, err := s.HTTP(options)
		if err != nil {
			return nil, err
		}
		*one.at = endpoint{client: client, permission: one.permission}
	}
	s.Set(a)
	return a, nil
}

// addressSetting is the setting that gives the address.
func addressSetting(c settings) string {
	if c.BaseURL != "" {
		return "/base_url"
	}
	return "/domain"
}

// get reads a path and decodes the answer into into.
func (e endpoint) get(ctx context.Context, path string, query url.Values, into any) (*sdk.Response, error) {
	answer, err := e.client.Ask(ctx, sdk.Ask{Path: path, Query: query, JSON: true, Judge: e.judge})
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return answer, invalid(answer, "has another form than documented")
	}
	return answer, nil
}

// list reads every page of a list, and calls each with the rows of one. Okta names the next page in a header Link. Only
// its parameters are used, so that a gateway stays in use and the credential goes to no other host.
func (e endpoint) list(ctx context.Context, path string, query url.Values, each func(rows []json.RawMessage) error) error {
	var pages sdk.Pages
	for {
		var rows []json.RawMessage
		answer, err := e.get(ctx, path, query, &rows)
		if err != nil {
			return err
		}
		if rows == nil {
			return invalid(answer, "holds no list")
		}
		var content []byte // pages without rows may be equal
		if len(rows) > 0 {
			content = answer.Body
		}
		if err := pages.Saw(query.Encode(), content); err != nil {
			return err
		}
		if err := each(rows); err != nil {
			return err
		}
		next, err := nextPage(answer.Header)
		if err != nil || next == nil {
			return err
		}
		query = next
	}
}

// links finds the links in a header Link: the address of each, and its parameters.
var links = regexp.MustCompile(`<([^>]*)>([^<]*)`)

// isNext is true for the parameters of the link to the next page.
var isNext = regexp.MustCompile(`(?i)\brel\s*=\s*"?next\b`)

// nextPage returns the parameters of the next page, nil after the last. An answer has several links: self and next.
func nextPage(header http.Header) (url.Values, error) {
	for _, line := range header.Values("Link") {
		for _, link := range links.FindAllStringSubmatch(line, -1) {
			if isNext.MatchString(link[2]) {
				return linkQuery(link[1])
			}
		}
	}
	return nil, nil
}

func linkQuery(address string) (url.Values, error) {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery == "" {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the address of the next page cannot be read")
	}
	return u.Query(), nil
}

// judge makes Okta's error the error of an answer.
func (e endpoint) judge(answer *sdk.Response, err error) error {
	if err == nil || answer == nil || answer.Status < 300 {
		return err
	}
	problem := sdk.AsError(err)
	var said struct {
		Code    string `json:"errorCode"`
		Summary string `json:"errorSummary"`
		Causes  []struct {
			Summary string `json:"errorSummary"`
		} `json:"errorCauses"`
	}
	_ = json.Unmarshal(answer.Body, &said) // what is not Okta's error has no words
	if len(said.Causes) > 0 && said.Causes[0].Summary != "" {
		said.Summary += " " + said.Causes[0].Summary
	}
	problem.UpstreamCode = said.Code
	switch {
	case answer.Status == http.StatusTooManyRequests:
		problem.RetryAfter = max(problem.RetryAfter, limitEnds(answer.Header))
	case said.Code == "E0000015":
		problem = sdk.Errorf(sdk.CodePermissionLicence, "%s", problem.Message).WithAnswerOf(problem)
	case answer.Status == http.StatusForbidden:
		problem = e.forbidden(problem, answer)
	case answer.Status == http.StatusUnauthorized:
		problem.Remedy = "Create a new API token in Okta, or check the key of the service app, and enter it here."
	}
	if said.Summary != "" {
		problem.Message += ". Okta says: " + sdk.Excerpt(said.Summary)
	}
	return problem
}

// forbidden is the error of a missing right. A service app needs the scope and an administrator role.
func (e endpoint) forbidden(problem *sdk.Error, answer *sdk.Response) *sdk.Error {
	missing := problem.Needs(e.permission)
	role := "the administrator role Read-only Administrator"
	if e.permission == readRoles {
		role = "a custom administrator role that may view roles, resources and admin assignments"
	}
	if strings.Contains(answer.Header.Get("Www-Authenticate"), "insufficient_scope") {
		return missing.WithRemedy("Grant the scope " + e.permission + " to the service app and sync again.")
	}
	return missing.WithRemedy("Grant " + e.permission + " to the service app, or give the owner of the credential " + role + ".")
}

// limitEnds returns the time until a limit ends. Okta gives a moment by its own clock, and no Retry-After. For the
// limit of requests at one moment it is an estimate.
func limitEnds(header http.Header) time.Duration {
	now := time.Now()
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return sdk.WaitFor(header.Get("X-Rate-Limit-Reset"), now)
}

func invalid(answer *sdk.Response, what string) *sdk.Error {
	return answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Okta to %s %s", answer.URL.Path, what)
}

// refused reports whether an error says that the credential lacks a right, in contrast to a failure that may pass.
func refused(err error) bool {
	code := sdk.CodeOf(err)
	return code == sdk.CodePermissionMissing || code == sdk.CodePermissionLicence
}

// document returns the vendor's document without some members.
func document(raw json.RawMessage, drop ...string) map[string]any {
	var whole map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&whole) != nil {
		return map[string]any{}
	}
	for _, name := range append(drop, "_links", "_embedded") {
		delete(whole, name)
	}
	return whole
}

// text is a field of the vendor that is documented as a string.
type text = field.Text
