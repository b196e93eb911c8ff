package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The lists and their largest pages.
func users() list {
	return list{name: "users", path: "/admin/v1/users", permission: readResource, rows: 300, convert: userAccount}
}

func admins() list {
	return list{name: "administrators", path: "/admin/v1/admins", permission: readAdmins, rows: 500, convert: adminAccount}
}

func readUserStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	return readStream(ctx, s, out, users())
}

func readAdminStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	return readStream(ctx, s, out, admins())
}

func readStream(ctx context.Context, s *sdk.Session, out *sdk.Output, l list) error {
	a, err := newAPI(s)
	if err != nil {
		return err
	}
	return a.list(ctx, out, l)
}

// factors are the members of a user that hold second factors.
func factors() []string {
	return []string{"phones", "tokens", "u2ftokens", "webauthncredentials", "desktoptokens"}
}

// userAccount converts a user. It counts the factors: a phone's number and a device's last contact are not kept.
func userAccount(raw json.RawMessage) kind.Account {
	var u struct {
		ID        text  `json:"user_id"`
		Username  text  `json:"username"`
		Name      text  `json:"realname"`
		First     text  `json:"firstname"`
		Last      text  `json:"lastname"`
		Email     text  `json:"email"`
		Status    text  `json:"status"`
		Enrolled  *bool `json:"is_enrolled"`
		LastLogin text  `json:"last_login"`
		Created   text  `json:"created"`
		Groups    []struct {
			Name text `json:"name"`
		} `json:"groups"`
	}
	_ = json.Unmarshal(raw, &u) // what has another form stays empty
	account := kind.Account{
		ExternalID: string(u.ID), Username: string(u.Username), Email: string(u.Email),
		Name: string(cmp.Or(u.Name, text(strings.TrimSpace(string(u.First+" "+u.Last))))), Type: "human", Status: userStatus(u.Status),
		MFA: kind.TriFrom(u.Enrolled), CreatedAt: moment(u.Created), LastLoginAt: moment(u.LastLogin).CutTo(24 * time.Hour),
	}
	if u.Groups != nil {
		account.Groups = []string{}
		for _, group := range u.Groups {
			account.Groups = append(account.Groups, string(group.Name))
		}
		slices.Sort(account.Groups)
	}
	document := field.Pick(raw, "user_id", "username", "realname", "email", "status", "is_enrolled", "created", "external_id",
		"lockout_reason", "enable_auto_prompt")
	var lists map[string][]json.RawMessage
	_ = json.Unmarshal(raw, &lists) // a member that is no list is nil
	for _, name := range factors() {
		if all := lists[name]; all != nil {
			document[name] = len(all)
		}
	}
	document["bypass"] = u.Status == "bypass"
	account.Vendor = field.Encode(document)
	return account
}

// userStatus says whether a user can sign in. With bypass the user signs in without a second factor. A user in the trash
// can be restored for some days.
func userStatus(status text) kind.Word {
	switch strings.ToLower(string(status)) {
	case "active", "bypass":
		return "active"
	case "disabled", "locked out", "pending deletion":
		return "suspended"
	}
	return "unknown"
}

// adminAccount converts an administrator.
func adminAccount(raw json.RawMessage) kind.Account {
	var a struct {
		ID        text `json:"admin_id"`
		Name      text `json:"name"`
		Email     text `json:"email"`
		Role      text `json:"role"`
		Status    text `json:"status"`
		LastLogin text `json:"last_login"`
		Created   text `json:"created"`
	}
	_ = json.Unmarshal(raw, &a) // what has another form stays empty
	account := kind.Account{
		ExternalID: string(a.ID), Username: string(a.Email), Email: string(a.Email), Name: string(a.Name), Type: "human",
		Status: adminStatus(a.Status), Admin: adminOf(a.Role), CreatedAt: moment(a.Created),
		LastLoginAt: moment(a.LastLogin).CutTo(24 * time.Hour),
	}
	if a.Role != "" {
		account.Roles = []string{string(a.Role)}
	}
	account.Vendor = field.Encode(field.Pick(raw, "admin_id", "name", "email", "role", "subaccount_role", "status", "created",
		"restricted_by_admin_units", "password_change_required"))
	return account
}

func adminStatus(status text) kind.Word {
	switch strings.ToLower(string(status)) {
	case "active":
		return "active"
	case "disabled", "expired", "pending activation":
		return "suspended"
	}
	return "unknown"
}

// adminOf says whether a role may change other people's access: their factors, their status or the administrators.
func adminOf(role text) kind.Tri {
	switch strings.ToLower(string(role)) {
	case "owner", "administrator", "user manager", "help desk":
		return kind.Yes
	case "read-only", "billing", "security analyst":
		return kind.No
	}
	return kind.Unknown
}
