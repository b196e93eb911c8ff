package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// roles are the names of the user roles by their numbers. Only an Administrator may manage users.
var roles = map[int]string{16: basic, 24: "Scan Operator", 32: "Standard", 40: "Scan Manager", 64: administrator}

// readUsers reads the list of users, which has no pages. Everybody but an Administrator sees only ids and addresses.
func readUsers(ctx context.Context, v *tenable, out *sdk.Output) error {
	var body struct {
		Users []json.RawMessage `json:"users"`
	}
	if _, err := v.client.GetJSON(ctx, "/users", url.Values{"withRoles": {"true"}}, &body); err != nil {
		return err
	}
	if body.Users == nil {
		return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Tenable holds no list of users in \"users\"")
	}
	out.Expect(len(body.Users))
	for i, raw := range body.Users {
		account, err := toAccount(raw)
		if err != nil {
			out.Gap("user "+strconv.Itoa(i+1)+" that cannot be read", err)
			continue
		}
		if err := out.PutOrGap(account.ExternalID, account); err != nil {
			return err
		}
	}
	return nil
}

// user is a user in the list.
type user struct {
	UUID        text `json:"uuid"`
	UserName    text `json:"user_name"`
	Username    text `json:"username"`
	Email       text `json:"email"`
	Name        text `json:"name"`
	Permissions *int `json:"permissions"`
	Roles       []struct {
		Name text `json:"name"`
	} `json:"rbac_roles"`
	Enabled   *bool           `json:"enabled"`
	UI        *bool           `json:"ui_permitted"`
	SAML      *bool           `json:"ui_saml_only"`
	TwoFactor json.RawMessage `json:"two_factor"`
	LastLogin *int64          `json:"lastlogin"`
}

func toAccount(raw json.RawMessage) (kind.Account, error) {
	var u user
	if err := json.Unmarshal(raw, &u); err != nil {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "a user is not as documented").Because(err)
	}
	if u.UUID == "" {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaKeyMissing, "a user has no uuid")
	}
	name := string(cmp.Or(u.Username, u.UserName))
	account := kind.Account{
		ExternalID: string(u.UUID), Username: name, Email: cmp.Or(string(u.Email), name), Name: string(u.Name), MFA: u.mfa(),
		Vendor: field.Omit(raw, "last_apikey_access", "last_login_attempt", "lastlogin", "lockout", "login_fail_count", "login_fail_total",
			"preferences"),
	}
	if u.Enabled != nil {
		account.Status = "suspended"
		if *u.Enabled {
			account.Status = "active"
		}
	}
	if u.UI != nil {
		account.Type = "service"
		if *u.UI {
			account.Type = "human"
		}
	}
	if u.LastLogin != nil && *u.LastLogin > 0 {
		account.LastLoginAt = kind.At(time.UnixMilli(*u.LastLogin).UTC().Truncate(24 * time.Hour))
	}
	account.Roles, account.Admin = u.roles()
	return account, nil
}

// roles returns the names of the user's roles, and whether the user may manage others. Of a role that the company made
// this is unknown.
func (u user) roles() (names []string, admin kind.Tri) {
	for _, r := range u.Roles {
		names = append(names, string(r.Name))
	}
	if len(names) == 0 && u.Permissions != nil && roles[*u.Permissions] != "" {
		names = []string{roles[*u.Permissions]}
	}
	slices.Sort(names)
	switch {
	case slices.Contains(names, administrator), u.Permissions != nil && *u.Permissions == 64:
		return names, kind.Yes
	case len(names) > 0 && !slices.ContainsFunc(names, isCustom):
		return names, kind.No
	}
	return names, kind.Unknown
}

func isCustom(role string) bool {
	for _, known := range roles {
		if role == known {
			return false
		}
	}
	return true
}

// mfa returns whether a second factor is set up. Tenable leaves two_factor out when it is not, and also when the reader
// is no Administrator; permissions shows which of the two it is. A second factor of single sign-on is not Tenable's.
func (u user) mfa() kind.Tri {
	var set struct {
		SMS   text `json:"sms_enabled"`
		Email text `json:"email_enabled"`
	}
	switch {
	case len(u.TwoFactor) > 0 && json.Unmarshal(u.TwoFactor, &set) == nil && string(u.TwoFactor) != "null":
		if set.SMS == "0" && (set.Email == "0" || set.Email == "") {
			return kind.Unknown // set up, and switched off
		}
		return kind.Yes
	case u.Permissions != nil && u.SAML != nil && !*u.SAML:
		return kind.No
	}
	return kind.Unknown
}
