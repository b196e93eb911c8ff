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
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// role is an administrator role of a user.
type role struct {
	Type   text `json:"type"`
	Label  text `json:"label"`
	Status text `json:"status"`
}

// roles are the administrator roles of all users.
type roles struct {
	err  error // the list of administrators was not read
	gaps gaps

	mu    sync.Mutex
	by    map[string][]role
	lost  map[string]bool // administrators whose roles were not read
	known bool
	each  bool // Okta has no list of administrators: every user is asked for
	tried tries
}

// readRoles reads who has administrator roles, and then the roles of those: most users have none. Okta documents that
// its list has all users with role assignments. Members of groups with roles are added, if Okta marks these groups.
func (a *api) readRoles(ctx context.Context, d *directory) *roles {
	r := &roles{by: map[string][]role{}, lost: map[string]bool{}, gaps: gaps{what: "administrator roles"}}
	admins, err := a.readAdmins(ctx)
	var e *sdk.Error
	if errors.As(err, &e) && e.UpstreamStatus == http.StatusNotFound {
		r.known, r.each = true, true
		return r
	}
	if err != nil {
		r.err = err
		return r
	}
	for user, groups := range d.of {
		if slices.ContainsFunc(groups, func(at int32) bool { return d.groups[at].admins }) {
			admins[user] = true
		}
	}
	crowd, inner := errgroup.WithContext(ctx)
	crowd.SetLimit(concurrent)
	for id := range admins {
		crowd.Go(func() error {
			r.ask(inner, a, id)
			return context.Cause(inner)
		})
	}
	if r.err = crowd.Wait(); r.err == nil {
		r.known = true
	}
	return r
}

// readAdmins returns the ids of the users with administrator roles.
func (a *api) readAdmins(ctx context.Context) (map[string]bool, error) {
	admins := map[string]bool{}
	var pages sdk.Pages
	for query := (url.Values{"limit": {"100"}}); ; {
		var page struct {
			Value []struct {
				ID text `json:"id"`
			} `json:"value"`
			Links struct {
				Next struct {
					Href string `json:"href"`
				} `json:"next"`
			} `json:"_links"`
		}
		answer, err := a.roles.get(ctx, "/api/v1/iam/assignees/users", query, &page)
		if err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, invalid(answer, "holds no list")
		}
		if err := pages.Saw(query.Encode(), nil); err != nil {
			return nil, err
		}
		for _, one := range page.Value {
			if one.ID == "" {
				return nil, sdk.Errorf(sdk.CodeSchemaKeyMissing, "an administrator has no id")
			}
			admins[string(one.ID)] = true
		}
		next, err := nextPage(answer.Header)
		if page.Links.Next.Href != "" {
			next, err = linkQuery(page.Links.Next.Href)
		}
		if err != nil || next == nil {
			return admins, err
		}
		query = next
	}
}

// rolesOf returns the roles of a user, its own and those of its groups.
func (a *api) rolesOf(ctx context.Context, id string) ([]role, error) {
	found := []role{}
	path := "/api/v1/users/" + url.PathEscape(id) + "/roles"
	err := a.roles.list(ctx, path, nil, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			var one role
			if json.Unmarshal(raw, &one) != nil || one.Type == "" {
				return sdk.Errorf(sdk.CodeSchemaUnexpected, "an administrator role has no type")
			}
			found = append(found, one)
		}
		return nil
	})
	return found, err
}

// ask reads the roles of a user and keeps them.
func (r *roles) ask(ctx context.Context, a *api, id string) {
	err := r.tried.stop()
	var found []role
	if err == nil {
		found, err = a.rolesOf(ctx, id)
		r.tried.saw(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.lost[id] = true
		r.gaps.add(id, err)
		return
	}
	r.by[id] = found
}

// of returns the names of the roles of a user, and whether the user may change other people's access.
func (r *roles) of(id string) ([]string, kind.Tri) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held, asked := r.by[id]
	if !r.known || r.lost[id] || r.each && !asked {
		return nil, kind.Unknown
	}
	names, admin := []string{}, kind.No
	for _, one := range held {
		if one.Status != "" && one.Status != "ACTIVE" {
			continue
		}
		names = append(names, string(cmp.Or(one.Label, one.Type)))
		switch may := changesAccess(one); {
		case may == kind.Yes:
			admin = kind.Yes
		case may == kind.Unknown && admin == kind.No:
			admin = kind.Unknown
		}
	}
	slices.Sort(names)
	return slices.Compact(names), admin
}

// changesAccess says whether a standard role may change other people's access. A custom role may hold any right.
func changesAccess(one role) kind.Tri {
	switch strings.ToUpper(string(one.Type)) {
	case "SUPER_ADMIN", "ORG_ADMIN", "USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN", "APP_ADMIN", "ACCESS_REQUESTS_ADMIN",
		"ACCESS_CERTIFICATIONS_ADMIN":
		return kind.Yes
	case "READ_ONLY_ADMIN", "REPORT_ADMIN":
		return kind.No
	}
	return kind.Unknown
}
