package main

import (
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/sdk"
)

// check requests one user and one administrator. Duo does not say whose application it is, nor what else it may do.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	lists := []list{users(), admins()}
	a, err := newAPI(s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, a.client); err != nil {
		r.Skip(authenticate, "Not tried: Duo was not reached.")
		skip(r, "Not tried: Duo was not reached.", lists)
		return err
	}
	first, refused := a.read(ctx, lists[0].permission, lists[0].path, 0, 1)
	err = r.Do(ctx, authenticate, func(context.Context) (string, error) {
		if refused != nil && sdk.CodeOf(refused) != sdk.CodePermissionMissing {
			return "", refused
		}
		return "Duo accepts the signature.", nil
	})
	if err != nil {
		skip(r, "Not tried: the sign-in failed.", lists)
		return err
	}
	r.Identity("Admin API application of " + a.host)
	err = r.Do(ctx, lists[0].probe(), func(context.Context) (string, error) { return found(lists[0], first), refused })
	second := r.Do(ctx, lists[1].probe(), func(ctx context.Context) (string, error) {
		p, err := a.read(ctx, lists[1].permission, lists[1].path, 0, 1)
		return found(lists[1], p), err
	})
	if err != nil {
		return err
	}
	return second
}

func (l list) probe() sdk.Probe {
	return sdk.Probe{ID: l.permission, Title: "Permission " + l.permission, Permission: l.permission}
}

func found(l list, p page) string {
	if p.total == nil {
		return "The " + l.name + " can be listed."
	}
	return fmt.Sprintf("Duo has %d %s.", *p.total, l.name)
}

func skip(r *sdk.Report, why string, lists []list) {
	for _, l := range lists {
		r.Skip(l.probe(), why)
	}
}
