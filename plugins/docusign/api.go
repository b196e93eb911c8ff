package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// account is one account of the user for whom the app acts.
type account struct {
	ID      text `json:"account_id"`
	Name    text `json:"account_name"`
	Default bool `json:"is_default"`
	BaseURI text `json:"base_uri"`
}

// api is the account's API for one run.
type api struct {
	settings settings
	account  account
	owner    string // of the credential
	client   *sdk.Client
}

// openAPI signs in, finds the account and the server on which it is.
func openAPI(ctx context.Context, s *sdk.Session) (*api, error) {
	if a, err := sdk.From[*api](s); err == nil {
		return a, nil
	}
	in, err := sdk.From[*signIn](s)
	if err != nil { // the first stream
		if in, err = newSignIn(s); err != nil {
			return nil, err
		}
		s.Set(in) // all streams share the token
	}
	a, err := in.find(ctx, s)
	if err == nil {
		s.Set(a)
	}
	return a, err
}

// signIn is the sign-in server, with the token.
type signIn struct {
	settings settings
	token    *sdk.Token
	client   *sdk.Client
}

func newSignIn(s *sdk.Session) (*signIn, error) {
	in := &signIn{}
	if err := s.Settings(&in.settings); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, in.settings.Since); err != nil {
		return nil, sdk.ConfigInvalid("/since", "%s is not a day", in.settings.Since)
	}
	var err error
	if in.token, err = newToken(s, in.settings); err != nil {
		return nil, err
	}
	in.client, err = s.HTTP(sdk.HTTPOptions{
		BaseURL: in.settings.through("https://" + in.settings.server()), Setting: "/base_url", Token: in.token, Explain: quote,
	})
	return in, err
}

// find asks for the accounts of the user, chooses one, and returns a client for the server that it names.
func (in *signIn) find(ctx context.Context, s *sdk.Session) (*api, error) {
	var user struct {
		Name     text      `json:"name"`
		Email    text      `json:"email"`
		Accounts []account `json:"accounts"`
	}
	answer, err := in.client.GetJSON(ctx, "/oauth/userinfo", nil, &user)
	if err != nil {
		return nil, err
	}
	if user.Accounts == nil {
		return nil, invalid(answer, "names no accounts")
	}
	chosen, err := in.settings.choose(user.Accounts)
	if err != nil {
		return nil, err
	}
	server, err := serverOf(chosen)
	if err != nil {
		return nil, err
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: in.settings.through(server), Token: in.token})
	if err != nil {
		return nil, err
	}
	owner := string(user.Email)
	if owner == "" {
		owner = string(user.Name)
	}
	return &api{settings: in.settings, account: chosen, owner: owner, client: client}, nil
}

// choose returns the account of the settings, or the default one.
func (c settings) choose(all []account) (account, error) {
	for _, one := range all {
		if c.AccountID == "" && one.Default || c.AccountID != "" && strings.EqualFold(string(one.ID), c.AccountID) {
			return one, nil
		}
	}
	if c.AccountID == "" && len(all) == 1 {
		return all[0], nil
	}
	return account{}, sdk.ConfigInvalid("/account_id", "the user does not belong to this account, or has no default account").
		WithRemedy("Enter the API account ID from Apps and Keys, and the user ID of a user of that account.")
}

// serverOf returns the address of the account's server. The token goes there, so it must be one of Docusign's.
func serverOf(one account) (string, error) {
	u, err := url.Parse(string(one.BaseURI))
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || !strings.HasSuffix(strings.ToLower(u.Host), ".docusign.net") {
		return "", sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "Docusign names a server for the account that is not one of docusign.net")
	}
	return "https://" + u.Host, nil
}

// path returns a path below the account.
func (a *api) path(list string) string {
	return "/restapi/v2.1/accounts/" + url.PathEscape(string(a.account.ID)) + "/" + list
}

// page is one page of a list. Docusign writes its numbers as texts.
type page struct {
	rows  []json.RawMessage
	total *int
}

// read reads one page. The list is the member of that name. An empty page may leave it out.
func (a *api) read(ctx context.Context, permission, list string, query url.Values) (page, error) {
	judge := func(answer *sdk.Response, err error) error { return judge(permission, answer, err) }
	answer, err := a.client.Ask(ctx, sdk.Ask{Path: a.path(list), Query: query, JSON: true, Judge: judge})
	if err != nil {
		return page{}, err
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(answer.Body, &whole); err != nil {
		return page{}, invalid(answer, "has another form than documented")
	}
	var p page
	if raw, found := whole[list]; found && json.Unmarshal(raw, &p.rows) != nil {
		return page{}, invalid(answer, "holds no list of "+list)
	}
	size, total := numberOf(whole["resultSetSize"]), numberOf(whole["totalSetSize"])
	if p.rows == nil && (size == nil || *size != 0) {
		return page{}, invalid(answer, "holds no list of "+list)
	}
	if p.rows == nil {
		p.rows = []json.RawMessage{}
	}
	p.total = total
	return p, nil
}

// listing reads a list by offset. The last page ends at the total.
func (a *api) listing(permission, list string, size int, query url.Values) sdk.Listing {
	return sdk.Listing{
		Name: list,
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			asked := url.Values{"count": {strconv.Itoa(size)}, "start_position": {strconv.Itoa(at.Offset)}}
			for name, values := range query {
				asked[name] = values
			}
			p, err := a.read(ctx, permission, list, asked)
			result := sdk.ListPage{Rows: p.rows, Total: p.total}
			if p.total != nil && len(p.rows) > 0 && at.Offset+len(p.rows) == *p.total {
				more := false
				result.More = &more
			}
			return result, err
		},
	}
}

// numberOf reads a number, or a text that holds one.
func numberOf(raw json.RawMessage) *int {
	n, err := strconv.Atoi(strings.Trim(string(raw), `" `))
	if err != nil {
		return nil
	}
	return &n
}

// judge makes Docusign's error the error of an answer. Its limits and rights come with several statuses, so its code
// decides.
func judge(permission string, answer *sdk.Response, err error) error {
	if err == nil || answer == nil {
		return err
	}
	problem := sdk.AsError(err)
	var said struct {
		Code    string `json:"errorCode"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer.Body, &said) // what is not Docusign's error has no words
	switch code := strings.ToUpper(said.Code); {
	case strings.Contains(code, "BURST"):
		problem = limited(problem, burst)
	case strings.Contains(code, "LIMIT_EXCEEDED"), answer.Status == http.StatusTooManyRequests:
		problem = limited(problem, max(problem.RetryAfter, hourEnds(answer.Header)))
	case strings.Contains(code, "USER_LACKS_PERMISSIONS"), strings.Contains(code, "USER_NOT_ACCOUNT_ADMIN"),
		answer.Status == http.StatusForbidden:
		problem = problem.Needs(permission).WithRemedy(remedies[permission])
	case strings.Contains(code, "ACCOUNT_LACKS_PERMISSIONS"):
		problem = sdk.Errorf(sdk.CodePermissionLicence, "%s", problem.Message).WithAnswerOf(problem)
	}
	problem.UpstreamCode = said.Code
	if said.Message != "" {
		problem.Message += ". Docusign says: " + sdk.Excerpt(said.Message)
	}
	return problem
}

// burst is the time span of Docusign's limit for a short time. Its headers have no end.
const burst = 30 * time.Second

// remedies say what to do about a missing permission.
var remedies = map[string]string{
	administrator: "Let the app act for a user with the permission profile DS Admin, and sync again.",
	signature:     "Let the user of the app see the envelopes of the account, and sync again.",
}

func limited(problem *sdk.Error, wait time.Duration) *sdk.Error {
	e := sdk.Errorf(sdk.CodeRateLimited, "%s", problem.Message).WithAnswerOf(problem)
	e.RetryAfter = wait
	return e
}

// hourEnds returns the time until the hourly limit ends.
func hourEnds(header http.Header) time.Duration {
	now := time.Now()
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return sdk.WaitFor(header.Get("X-RateLimit-Reset"), now)
}

func invalid(answer *sdk.Response, what string) *sdk.Error {
	return answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Docusign to %s %s", answer.URL.Path, what)
}

// text is a field of the vendor that is documented as a string.
type text = field.Text

// moment reads a time. Docusign writes the year 1 for never. Another form than documented is unknown.
func moment(t text) kind.Time {
	if at := t.Time(); at.Year() >= 1970 {
		return at
	}
	return kind.Time{}
}
