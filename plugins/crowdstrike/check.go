package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/plumbline-dev/plumbline/sdk"
)

// check signs in, and then requests one item with each scope.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	f, err := open(ctx, s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, f.client); err != nil {
		r.SkipAll("Not tried: Falcon was not reached.", append([]sdk.Probe{authenticate}, scopeProbes()...)...)
		return err
	}
	err = r.Do(ctx, authenticate, func(ctx context.Context) (string, error) {
		_, _, err := f.grant.Obtain(ctx)
		return "Falcon accepts the API client.", err
	})
	if err != nil {
		r.SkipAll("Not tried: the API client was not accepted.", scopeProbes()...)
		return err
	}
	r.Identity("API client " + f.grant.ClientID)
	paths := map[string]string{
		readHosts:    "/devices/queries/devices-scroll/v1",
		readPolicies: "/policy/combined/prevention/v1",
		readUsers:    "/user-management/queries/users/v1",
	}
	for _, p := range scopeProbes() {
		_ = r.Do(ctx, p, func(ctx context.Context) (string, error) { // the others are tried in any case
			a, err := f.get(ctx, paths[p.Permission], url.Values{"limit": {"1"}})
			if err != nil {
				return "", needs(err, p.Permission)
			}
			if total := a.Meta.Pagination.Total; total != nil {
				return fmt.Sprintf("The API client has the scope; Falcon has %d.", *total), nil
			}
			return "The API client has the scope.", nil
		})
	}
	return nil
}

func scopeProbes() []sdk.Probe {
	return []sdk.Probe{
		{ID: "hosts", Title: "Scope " + readHosts, Permission: readHosts},
		{ID: "policies", Title: "Scope " + readPolicies, Permission: readPolicies, Optional: true},
		{ID: "users", Title: "Scope " + readUsers, Permission: readUsers},
	}
}
