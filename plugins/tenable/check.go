package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/sdk"
)

// session is the answer that describes the user of the keys.
type session struct {
	UserName    text `json:"user_name"`
	Username    text `json:"username"`
	Permissions *int `json:"permissions"`
}

// check asks who the user of the keys is, which also tells the role, and then for the jobs of both exports.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "API keys"}
	exports := sdk.Probe{ID: "exports", Title: "Role " + basic, Permission: basic}
	details := sdk.Probe{ID: "details", Title: "Role " + administrator, Permission: administrator, Optional: true}
	v, err := open(ctx, s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, v.client); err != nil {
		r.SkipAll("Not tried: Tenable was not reached.", authenticate, exports, details)
		return err
	}
	var user session
	err = r.Do(ctx, authenticate, func(ctx context.Context) (string, error) {
		_, err := v.client.GetJSON(ctx, "/session", nil, &user)
		return "Tenable accepts the keys.", err
	})
	if err != nil {
		r.SkipAll("Not tried: the keys were not accepted.", exports, details)
		return err
	}
	r.Identity(string(cmp.Or(user.Username, user.UserName)))
	_ = r.Do(ctx, exports, func(ctx context.Context) (string, error) { return v.tryExports(ctx, user) })
	return r.Do(ctx, details, func(context.Context) (string, error) {
		switch {
		case user.Permissions == nil:
			return "", sdk.Undetermined("Tenable does not say which role the user has.")
		case *user.Permissions != 64:
			return "", sdk.PermissionMissing([]string{administrator},
				"the user is no Administrator, so role, status and second factor of the other users stay unknown")
		}
		return "The user is an Administrator, who sees the details of users. No smaller role does.", nil
	})
}

// tryExports lists the jobs, which needs the same role as an export and begins none.
func (v *tenable) tryExports(ctx context.Context, user session) (string, error) {
	for _, path := range []string{"/vulns/export/status", "/assets/export/status"} {
		if _, err := v.client.GetJSON(ctx, path, nil, &struct{}{}); err != nil {
			e := sdk.AsError(err)
			if e.Code == sdk.CodePermissionMissing {
				e = sdk.PermissionMissing([]string{basic}, "%s", e.Message)
			}
			return "", e
		}
	}
	if user.Permissions != nil && *user.Permissions > 16 && *user.Permissions < 64 {
		return "", sdk.TooBroad("The user has the role %s and may change scans. %s is enough.",
			cmp.Or(roles[*user.Permissions], fmt.Sprint(*user.Permissions)), basic)
	}
	return "The user may export assets and findings.", nil
}
