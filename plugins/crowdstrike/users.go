package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	userRows  = 500 // Falcon's maximum for the lists of users and of roles
	userCalls = 8   // lists of roles at the same time
)

// administrator is the id of the role Falcon Administrator, which may manage users.
const administrator = "falconhost_admin"

// readUserStream reads the ids of all users, then their details, and then the roles of each.
func readUserStream(ctx context.Context, f *falcon, out *sdk.Output) error {
	ids, err := f.userIDs(ctx, out)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(ids, userRows) {
		if err := f.users(ctx, out, batch); err != nil {
			return err
		}
	}
	return nil
}

func (f *falcon) userIDs(ctx context.Context, out *sdk.Output) (ids []string, err error) {
	list := sdk.Listing{
		Name: "users",
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			a, err := f.get(ctx, "/user-management/queries/users/v1", url.Values{
				"limit": {strconv.Itoa(userRows)}, "offset": {strconv.Itoa(at.Offset)}, "sort": {"uid|asc"},
			})
			page := sdk.ListPage{Rows: a.Resources, Total: a.Meta.Pagination.Total}
			if page.Total != nil {
				more := len(a.Resources) > 0 && at.Offset+len(a.Resources) < *page.Total
				page.More = &more
			}
			return page, err
		},
		Key: func(row json.RawMessage) string { return string(row) },
		Put: func(row json.RawMessage) error {
			id, err := texts([]json.RawMessage{row})
			ids = append(ids, id...)
			return err
		},
	}
	err = list.Read(ctx, out)
	return ids, err
}

// users reads the details of some users. A user that Falcon no longer finds was removed after the list was read.
func (f *falcon) users(ctx context.Context, out *sdk.Output, ids []string) error {
	a, err := f.entities(ctx, "/user-management/entities/users/GET/v1", ids)
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(userCalls)
	for _, raw := range a.Resources {
		account, err := toAccount(raw)
		if err != nil {
			return cmp.Or(group.Wait(), err)
		}
		delete(missing, account.ExternalID)
		group.Go(func() error { return f.putUser(inner, out, account) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, p := range a.Errors {
		if p.Code == 404 {
			delete(missing, string(p.ID))
		}
	}
	for id := range missing {
		why := sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "Falcon lists the user and does not return the details%s", a.words())
		out.Gap("user "+id, why)
	}
	return nil
}

// putUser reads the roles of a user and sends the user. Without the roles the user is sent without them.
func (f *falcon) putUser(ctx context.Context, out *sdk.Output, account kind.Account) error {
	grants, err := f.grants(ctx, account.ExternalID)
	switch {
	case err != nil && endsStream(err):
		return err
	case err != nil:
		out.Gap("roles of user "+account.ExternalID, err)
	default:
		account.Roles, account.Admin = rolesOf(grants)
	}
	return out.PutOrGap(account.ExternalID, account)
}

// grant is one role of a user, in one customer of Falcon.
type grant struct {
	RoleID   text `json:"role_id"`
	RoleName text `json:"role_name"`
}

func (f *falcon) grants(ctx context.Context, user string) (all []grant, err error) {
	var pages sdk.Pages
	for {
		offset := strconv.Itoa(len(all))
		if err := pages.Saw(offset, nil); err != nil {
			return nil, err
		}
		a, err := f.get(ctx, "/user-management/combined/user-roles/v2", url.Values{
			"user_uuid": {user}, "limit": {strconv.Itoa(userRows)}, "offset": {offset}, "sort": {"role_name|asc"},
		})
		if err != nil {
			return nil, err
		}
		for _, raw := range a.Resources {
			var g grant
			if err := json.Unmarshal(raw, &g); err != nil {
				return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "a role of a user is not as documented").Because(err)
			}
			all = append(all, g)
		}
		total := a.Meta.Pagination.Total
		if len(a.Resources) == 0 || total != nil && len(all) >= *total || total == nil && len(a.Resources) < userRows {
			return all, nil
		}
	}
}

// rolesOf returns the names of roles, and whether one of them may manage users. Only of Falcon Administrator this is
// known; a user without a role may do nothing.
func rolesOf(grants []grant) ([]string, kind.Tri) {
	roles, admin := []string{}, kind.Unknown
	for _, g := range grants {
		roles = append(roles, string(cmp.Or(g.RoleName, g.RoleID)))
		if g.RoleID == administrator {
			admin = kind.Yes
		}
	}
	if len(grants) == 0 {
		admin = kind.No
	}
	slices.Sort(roles)
	return slices.Compact(roles), admin
}

func toAccount(raw json.RawMessage) (kind.Account, error) {
	var u struct {
		UUID      text `json:"uuid"`
		UID       text `json:"uid"`
		First     text `json:"first_name"`
		Last      text `json:"last_name"`
		Status    text `json:"status"`
		CreatedAt text `json:"created_at"`
		LastLogin text `json:"last_login_at"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "the details of a user are not as documented").Because(err)
	}
	account := kind.Account{
		ExternalID: string(u.UUID), Username: string(u.UID), Name: strings.TrimSpace(string(u.First + " " + u.Last)), Type: "human",
		CreatedAt: u.CreatedAt.Time().CutTo(time.Second), LastLoginAt: u.LastLogin.Time().CutTo(24 * time.Hour),
		Vendor: field.Omit(raw, "last_login_at", "updated_at"),
	}
	if strings.Contains(account.Username, "@") {
		account.Email = account.Username
	}
	switch strings.ToLower(string(u.Status)) {
	case "active":
		account.Status = "active"
	case "inactive", "disabled":
		account.Status = "suspended"
	}
	return account, nil
}
