package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// api is Duo's Admin API.
type api struct {
	host        string // as Duo knows it, whatever gateway is between
	integration string
	secret      sdk.Secret
	client      *sdk.Client
}

func newAPI(s *sdk.Session) (*api, error) {
	var c struct {
		Host        string `json:"api_hostname"`
		Integration string `json:"integration_key"`
		BaseURL     string `json:"base_url"`
	}
	if err := s.Settings(&c); err != nil {
		return nil, err
	}
	address, setting := "https://"+c.Host, "/api_hostname"
	if c.BaseURL != "" {
		address, setting = c.BaseURL, "/base_url"
	}
	// A signature holds for a few minutes, so no wait may be longer.
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: address, Setting: setting, MaxWait: time.Minute})
	if err != nil {
		return nil, err
	}
	return &api{host: c.Host, integration: c.Integration, secret: s.Secret("secret_key"), client: client}, nil
}

// page is one page of a list.
type page struct {
	rows  []json.RawMessage
	total *int
	next  *int // where the next page begins; nil after the last
}

// read reads one page. A request that waited too long for a limit is signed again, once.
func (a *api) read(ctx context.Context, permission, path string, offset, rows int) (page, error) {
	query := url.Values{"limit": {strconv.Itoa(rows)}, "offset": {strconv.Itoa(offset)}}
	for again := true; ; again = false {
		begun := time.Now()
		s := sign(a.integration, a.secret, a.host, path, query, begun)
		answer, err := a.client.Ask(ctx, sdk.Ask{
			Path: path, Query: query, JSON: true, Header: map[string]string{"Date": s.date},
			SecretHeader: map[string]sdk.Secret{"Authorization": s.authorization},
			Judge:        func(answer *sdk.Response, err error) error { return judge(permission, answer, err) },
		})
		if again && sdk.CodeOf(err) == sdk.CodeAuthInvalid && time.Since(begun) > time.Minute {
			continue
		}
		if err != nil {
			return page{}, err
		}
		return decode(answer)
	}
}

// decode reads {"stat": "OK", "response": […], "metadata": {…}}.
func decode(answer *sdk.Response) (page, error) {
	var body struct {
		Response []json.RawMessage `json:"response"`
		Metadata struct {
			Next  *int `json:"next_offset"`
			Total *int `json:"total_objects"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || body.Response == nil {
		return page{}, invalid(answer, "holds no list in \"response\"")
	}
	return page{rows: body.Response, total: body.Metadata.Total, next: body.Metadata.Next}, nil
}

// list reads a list. Duo says where the next page begins, in metadata.next_offset.
func (a *api) list(ctx context.Context, out *sdk.Output, l list) error {
	begins := map[int]int{1: 0} // the offset of each page
	listing := sdk.Listing{
		Name: l.name, Key: idOf,
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			p, err := a.read(ctx, l.permission, l.path, begins[at.Page], l.rows)
			if err != nil {
				return sdk.ListPage{}, err
			}
			more := p.next != nil
			if more {
				if *p.next <= begins[at.Page] {
					return sdk.ListPage{}, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the list of %s does not go on after row %d", l.name, *p.next)
				}
				begins[at.Page+1] = *p.next
			}
			return sdk.ListPage{Rows: p.rows, Total: p.total, More: &more}, nil
		},
		Put: func(row json.RawMessage) error {
			account := l.convert(row)
			return out.PutOrGap(account.ExternalID, account)
		},
	}
	return listing.Read(ctx, out)
}

// idOf returns the id of a user or of an administrator.
func idOf(row json.RawMessage) string {
	var one struct {
		User  text `json:"user_id"`
		Admin text `json:"admin_id"`
	}
	_ = json.Unmarshal(row, &one) // what has another form has no id
	return string(cmp.Or(one.User, one.Admin))
}

// list is a list of accounts.
type list struct {
	name, path, permission string
	rows                   int // the largest page
	convert                func(raw json.RawMessage) kind.Account
}

// judge makes Duo's error the error of an answer.
func judge(permission string, answer *sdk.Response, err error) error {
	if answer == nil {
		return err
	}
	var said struct {
		Stat    string `json:"stat"`
		Code    int    `json:"code"`
		Message string `json:"message"`
		Detail  string `json:"message_detail"`
	}
	_ = json.Unmarshal(answer.Body, &said) // what is not Duo's error has no words
	if err == nil {
		if said.Stat == "FAIL" {
			return invalid(answer, "says that it failed: "+sdk.Excerpt(said.Message))
		}
		return nil
	}
	problem := sdk.AsError(err)
	if said.Code != 0 {
		problem.UpstreamCode = strconv.Itoa(said.Code)
	}
	switch {
	case answer.Status == http.StatusForbidden:
		problem = problem.Needs(permission).WithRemedy(fmt.Sprintf("Tick %q for the Admin API application in Duo, and sync again.", permission))
	case said.Code == 40104, said.Code == 40105:
		problem.Remedy = "Set the clock of this machine: Duo refuses requests whose time is off by more than a few minutes."
	case answer.Status == http.StatusUnauthorized:
		problem.Remedy = "Compare the API hostname, the integration key and the secret key with those of the Admin API application in Duo."
	}
	if said.Message != "" {
		problem.Message += ". Duo says: " + sdk.Excerpt(said.Message+" "+said.Detail)
	}
	return problem
}

func invalid(answer *sdk.Response, what string) *sdk.Error {
	return answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Duo to %s %s", answer.URL.Path, what)
}

// text is a field of the vendor that is documented as a string.
type text = field.Text

// moment reads seconds since 1970. Null and 0 are never.
func moment(t text) kind.Time {
	seconds, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || seconds <= 0 {
		return kind.Time{}
	}
	return kind.At(time.Unix(seconds, 0))
}
