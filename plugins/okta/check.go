package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// trial is the smallest request that needs a permission.
type trial struct {
	at       endpoint
	path     string
	query    url.Values
	found    string
	optional bool
}

func (a *api) trials() []trial {
	one := url.Values{"limit": {"1"}}
	return []trial{
		{at: a.users, path: "/api/v1/users", query: one, found: "Users can be listed."},
		{at: a.groups, path: "/api/v1/groups", query: one, found: "Groups can be listed."},
		{at: a.apps, path: "/api/v1/apps", query: one, found: "Applications can be listed. Okta shows those that the credential may see."},
		{at: a.policies, path: "/api/v1/policies", query: url.Values{"type": {"PASSWORD"}}, found: "Policies can be listed."},
		{at: a.roles, path: "/api/v1/iam/assignees/users", query: one, found: "Administrators can be listed.", optional: true},
	}
}

// check tries the sign-in and then each permission.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	authenticate := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	trials := a.trials()
	if err := r.ReachURL(ctx, a.users.client); err != nil {
		r.Skip(authenticate, "Not tried: Okta was not reached.")
		skip(r, "Not tried: Okta was not reached.", trials)
		return err
	}
	var answers []error
	if err := r.Do(ctx, authenticate, func(ctx context.Context) (found string, err error) {
		answers, found, err = accepts(ctx, trials)
		return found, err
	}); err != nil {
		skip(r, "Not tried: the sign-in failed.", trials)
		return err
	}
	a.identify(ctx, s, r)
	var first error
	for i, one := range trials {
		err := r.Do(ctx, one.probe(), func(ctx context.Context) (string, error) {
			if i < len(answers) {
				return one.found, answers[i]
			}
			return one.found, one.try(ctx)
		})
		if first == nil {
			first = err
		}
	}
	return first
}

// accepts tries one list after the other until Okta allows one. A refusal of all says that the credential is right, too.
func accepts(ctx context.Context, trials []trial) (answers []error, found string, err error) {
	for _, one := range trials {
		err := one.try(ctx)
		answers = append(answers, err)
		switch {
		case err == nil:
			return answers, "Okta accepts the credential.", nil
		case !refused(err):
			return answers, "", err
		}
	}
	return answers, "Okta accepts the credential, and lets it read nothing.", nil
}

func (t trial) try(ctx context.Context) error {
	var ignored json.RawMessage
	_, err := t.at.get(ctx, t.path, t.query, &ignored)
	return err
}

func (t trial) probe() sdk.Probe {
	return sdk.Probe{ID: t.at.permission, Title: "Permission " + t.at.permission, Permission: t.at.permission, Optional: t.optional}
}

func skip(r *sdk.Report, why string, trials []trial) {
	for _, one := range trials {
		r.Skip(one.probe(), why)
	}
}

// identify reports whose credential it is. An API token has the rights of its owner, who may be an administrator with
// more than reading; a service app has only the scopes that were requested. Okta need not tell, which is no failure.
func (a *api) identify(ctx context.Context, s *sdk.Session, r *sdk.Report) {
	if a.settings.SignIn == "service_app" {
		r.Identity("service app " + a.settings.ClientID + " of " + a.settings.Domain)
		return
	}
	var me user
	if _, err := a.users.get(ctx, "/api/v1/users/me", nil, &me); err != nil || me.Profile.Login == "" {
		s.Log().Warn("Okta does not say whose API token it is", "error", sdk.Excerpt(errorText(err)))
		return
	}
	r.Identity(string(me.Profile.Login))
	owned, err := a.rolesOf(ctx, string(me.ID))
	if err != nil {
		return
	}
	held := roles{known: true, by: map[string][]role{"me": owned}}
	if names, admin := held.of("me"); admin == kind.Yes {
		_ = r.Do(ctx, sdk.Probe{ID: "rights", Title: "Rights of the API token", Optional: true}, func(context.Context) (string, error) {
			return "", sdk.TooBroad("The owner of the token is %s and can change users. A read-only administrator, or a service app, is enough.",
				strings.Join(names, ", "))
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return "the answer names no user"
	}
	return err.Error()
}
