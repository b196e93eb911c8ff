package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// userRows is the largest page of users.
const userRows = 100

// everyStatus names each status, closed users too.
const everyStatus = "ActivationRequired,ActivationSent,Active,Closed,Disabled"

// readUserStream sends the users of the account.
func readUserStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(ctx, s)
	if err != nil {
		return err
	}
	list := a.listing(administrator, "users", userRows, url.Values{"additional_info": {"true"}, "status": {everyStatus}})
	list.Key = func(row json.RawMessage) string {
		var u struct {
			ID text `json:"userId"`
		}
		_ = json.Unmarshal(row, &u) // what has another form has no id
		return string(u.ID)
	}
	list.Put = func(row json.RawMessage) error {
		one := userAccount(row)
		return out.PutOrGap(one.ExternalID, one)
	}
	return list.Read(ctx, out)
}

// userAccount converts a user.
func userAccount(raw json.RawMessage) kind.Account {
	var u struct {
		ID        text            `json:"userId"`
		Name      text            `json:"userName"`
		Email     text            `json:"email"`
		Status    text            `json:"userStatus"`
		Admin     json.RawMessage `json:"isAdmin"`
		LastLogin text            `json:"lastLogin"`
		Created   text            `json:"createdDateTime"`
		Title     text            `json:"jobTitle"`
		Profile   text            `json:"permissionProfileName"`
		Groups    []struct {
			Name text `json:"groupName"`
		} `json:"groupList"`
	}
	_ = json.Unmarshal(raw, &u) // what has another form stays empty
	one := kind.Account{
		ExternalID: string(u.ID), Username: string(u.Email), Email: string(u.Email), Name: string(u.Name), Type: "human",
		Status: userStatus(u.Status), Admin: adminOf(u.Admin), CreatedAt: moment(u.Created), Title: string(u.Title),
		LastLoginAt: moment(u.LastLogin).CutTo(24 * time.Hour), // it changes with each sign-in
	}
	if u.Profile != "" {
		one.Roles = []string{string(u.Profile)}
	}
	if u.Groups != nil {
		one.Groups = []string{}
		for _, group := range u.Groups {
			one.Groups = append(one.Groups, string(group.Name))
		}
		slices.Sort(one.Groups)
	}
	one.Vendor = field.Encode(field.Pick(raw, "userId", "userName", "userType", "email", "userStatus", "isAdmin", "permissionProfileId",
		"permissionProfileName", "createdDateTime", "jobTitle", "company", "sendActivationEmail", "loginStatus"))
	return one
}

// userStatus says whether a user can sign in. One who has not activated the account yet cannot.
func userStatus(status text) kind.Word {
	switch strings.ToLower(string(status)) {
	case "active":
		return "active"
	case "disabled", "activationrequired", "activationsent":
		return "suspended"
	case "closed", "closedaccount":
		return "deprovisioned"
	}
	return "unknown"
}

// adminOf reads "True" and "False", and true and false. It is absent when Docusign does not say it.
func adminOf(value json.RawMessage) kind.Tri {
	switch strings.ToLower(strings.Trim(string(value), `" `)) {
	case "true":
		return kind.Yes
	case "false":
		return kind.No
	}
	return kind.Unknown
}
