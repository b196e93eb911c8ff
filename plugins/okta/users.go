package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const deprovisioned = "DEPROVISIONED"

// user are the fields of a user that a record has.
type user struct {
	ID              text `json:"id"`
	Status          text `json:"status"`
	Created         text `json:"created"`
	LastLogin       text `json:"lastLogin"`
	PasswordChanged text `json:"passwordChanged"`
	Profile         struct {
		Login       text `json:"login"`
		Email       text `json:"email"`
		FirstName   text `json:"firstName"`
		LastName    text `json:"lastName"`
		DisplayName text `json:"displayName"`
		Title       text `json:"title"`
		Department  text `json:"department"`
		Manager     text `json:"manager"`
		ManagerID   text `json:"managerId"`
		UserType    text `json:"userType"`
	} `json:"profile"`
}

// userReader is one read of the users.
type userReader struct {
	api       *api
	out       *sdk.Output
	directory *directory
	roles     *roles
	factors   gaps
	tried     tries
	sent      map[string]text // the status that was sent, by id
}

// readUserStream sends every user. Okta's list of users leaves out those that were deactivated, which are a list of
// their own. It is read before and after, so that a user who is deactivated or activated meanwhile is in one of them.
func readUserStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	r := &userReader{api: a, out: out, factors: gaps{what: "second factors"}, sent: map[string]text{}}
	out.Note("Reading the groups and their members.")
	r.directory = a.readDirectory(ctx)
	out.Note("Reading the administrators.")
	r.roles = a.readRoles(ctx, r.directory)
	out.Note("Reading the users and their second factors.")
	for _, read := range []func(context.Context) error{r.readGone, r.readPresent, r.readGone} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	r.report(s)
	return nil
}

// readPresent reads the users who were not deactivated.
func (r *userReader) readPresent(ctx context.Context) error {
	return r.read(ctx, url.Values{"limit": {"200"}})
}

// readGone reads the deactivated users. Okta takes a filter or a search for them; a filter is up to date.
func (r *userReader) readGone(ctx context.Context) error {
	which := []string{`status eq "` + deprovisioned + `"`}
	err := r.read(ctx, url.Values{"limit": {"200"}, "filter": which})
	var e *sdk.Error
	if errors.As(err, &e) && e.UpstreamStatus == http.StatusBadRequest {
		return r.read(ctx, url.Values{"limit": {"200"}, "search": which})
	}
	return err
}

func (r *userReader) read(ctx context.Context, query url.Values) error {
	return r.api.users.list(ctx, "/api/v1/users", query, func(rows []json.RawMessage) error { return r.page(ctx, rows) })
}

// report reports what the users' records do not have. A right that was not granted costs its facts, and is no gap: a gap
// would keep every user who leaves.
func (r *userReader) report(s *sdk.Session) {
	r.factors.report(r.out)
	r.roles.gaps.report(r.out)
	for what, err := range map[string]error{"administrator roles": r.roles.err, "groups": r.directory.err} {
		switch {
		case err == nil:
		case refused(err):
			s.Log().Warn("the " + what + " of the users are not known: " + err.Error())
		default:
			r.out.Gap(what, err)
		}
	}
	if r.directory.err == nil {
		r.directory.gaps.report(r.out)
	}
}

// page sends the users of a page. Their second factors are requested at once.
func (r *userReader) page(ctx context.Context, rows []json.RawMessage) error {
	accounts := make([]kind.Account, len(rows))
	crowd, inner := errgroup.WithContext(ctx)
	crowd.SetLimit(concurrent)
	for i, raw := range rows {
		var u user
		_ = json.Unmarshal(raw, &u) // what has another form stays empty
		if status, known := r.sent[string(u.ID)]; known && status == u.Status {
			continue
		}
		r.sent[string(u.ID)] = u.Status
		crowd.Go(func() error {
			accounts[i] = r.account(inner, u, raw)
			return context.Cause(inner)
		})
	}
	if err := crowd.Wait(); err != nil {
		return err
	}
	for _, account := range accounts {
		if account.Type == "" {
			continue // it was sent
		}
		if err := r.out.PutOrGap(account.ExternalID, account); err != nil {
			return err
		}
	}
	return nil
}

// account converts a user, with second factors, groups and roles.
func (r *userReader) account(ctx context.Context, u user, raw json.RawMessage) kind.Account {
	p, id := u.Profile, string(u.ID)
	a := kind.Account{
		ExternalID: id, Username: string(p.Login), Email: string(p.Email),
		Name:   string(cmp.Or(p.DisplayName, text(strings.TrimSpace(string(p.FirstName+" "+p.LastName))))),
		Status: statusOf(u.Status), Type: typeOf(p.UserType), Groups: r.directory.groupsOf(id),
		CreatedAt: u.Created.Time(), PasswordChangedAt: u.PasswordChanged.Time(),
		LastLoginAt: u.LastLogin.Time().CutTo(24 * time.Hour), Title: string(p.Title), Department: string(p.Department),
		Manager: string(cmp.Or(p.ManagerID, p.Manager)),
	}
	if r.roles.each && u.Status != deprovisioned && id != "" {
		r.roles.ask(ctx, r.api, id)
	}
	a.Roles, a.Admin = r.roles.of(id)
	whole := document(raw, "credentials", "lastLogin", "lastUpdated")
	if u.Status != deprovisioned && id != "" {
		enrolled, err := r.readFactors(ctx, id)
		if err != nil {
			r.factors.add(cmp.Or(string(p.Login), id), err)
		} else {
			a.MFA, whole["factors"] = mfaOf(enrolled), enrolled
		}
	}
	a.Vendor = field.Encode(whole)
	return a
}

// statusOf says whether a user can sign in, if need be after one step of their own: setting a password.
func statusOf(status text) kind.Word {
	switch status {
	case "ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "PROVISIONED":
		return "active"
	case "STAGED", "LOCKED_OUT", "SUSPENDED":
		return "suspended"
	case deprovisioned:
		return "deprovisioned"
	}
	return "unknown"
}

// typeOf reads the profile's user type, a free text. Okta does not mark accounts that belong to no person.
func typeOf(userType text) kind.Word {
	words := strings.ToLower(string(userType))
	switch {
	case strings.Contains(words, "service"):
		return "service"
	case strings.Contains(words, "contractor"), strings.Contains(words, "external"):
		return "external"
	}
	return "human"
}

// factor is an enrolled factor, without its phone number or device.
type factor struct {
	Type     text `json:"type"`
	Provider text `json:"provider"`
	Status   text `json:"status"`
}

// readFactors returns the enrolled factors of a user, sorted.
func (r *userReader) readFactors(ctx context.Context, id string) ([]factor, error) {
	if err := r.tried.stop(); err != nil {
		return nil, err
	}
	found := []factor{}
	path := "/api/v1/users/" + url.PathEscape(id) + "/factors"
	err := r.api.factors.list(ctx, path, nil, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			var f struct {
				Type     text `json:"factorType"`
				Provider text `json:"provider"`
				Status   text `json:"status"`
			}
			if json.Unmarshal(raw, &f) != nil || f.Type == "" {
				return sdk.Errorf(sdk.CodeSchemaUnexpected, "a factor has no type")
			}
			found = append(found, factor(f))
		}
		return nil
	})
	r.tried.saw(err)
	slices.SortFunc(found, func(a, b factor) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Status, b.Status))
	})
	return found, err
}

// mfaOf says whether a second factor is enrolled. A security question is something that one knows, as the password is.
// Okta enrolls the email address by itself, and only its policies say whether it counts at a sign-in.
func mfaOf(enrolled []factor) kind.Tri {
	email := false
	for _, f := range enrolled {
		switch {
		case f.Status != "ACTIVE", f.Type == "question", f.Type == "password":
		case f.Type == "email":
			email = true
		default:
			return kind.Yes
		}
	}
	if email {
		return kind.Unknown
	}
	return kind.No
}
