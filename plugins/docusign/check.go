package main

import (
	"context"
	"net/url"

	"github.com/plumbline-dev/plumbline/sdk"
)

// check signs in, finds the account and requests one user and one envelope.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	chosen := sdk.Probe{ID: "account", Title: "Account"}
	users := sdk.Probe{ID: administrator, Title: "Permission " + administrator, Permission: administrator}
	envelopes := sdk.Probe{ID: signature, Title: "Permission " + signature, Permission: signature}
	in, err := newSignIn(s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, in.client); err != nil {
		r.SkipAll("Not tried: Docusign was not reached.", authenticate, chosen, users, envelopes)
		return err
	}
	err = r.Do(ctx, authenticate, func(ctx context.Context) (string, error) {
		_, _, err := in.token.Current(ctx, s)
		return "Docusign lets the app act for the user.", err
	})
	if err != nil {
		r.SkipAll("Not tried: the sign-in failed.", chosen, users, envelopes)
		return err
	}
	var a *api
	err = r.Do(ctx, chosen, func(ctx context.Context) (string, error) {
		if a, err = in.find(ctx, s); err != nil {
			return "", err
		}
		return "The account is " + string(a.account.Name) + ".", nil
	})
	if err != nil {
		r.SkipAll("Not tried: the account was not found.", users, envelopes)
		return err
	}
	r.Identity(a.owner)
	one := url.Values{"count": {"1"}, "start_position": {"0"}, "additional_info": {"true"}}
	first := r.Do(ctx, users, func(ctx context.Context) (string, error) {
		_, err := a.read(ctx, administrator, "users", one)
		return "The users of the account can be listed.", err
	})
	second := r.Do(ctx, envelopes, func(ctx context.Context) (string, error) {
		_, err := a.read(ctx, signature, "envelopes", url.Values{
			"count": {"1"}, "start_position": {"0"}, "from_date": {a.settings.Since}, "include": {"recipients"},
		})
		return "Envelopes can be listed.", err
	})
	if first != nil {
		return first
	}
	return second
}
