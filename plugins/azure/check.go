package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// checkedSubscriptions is how many subscriptions a check tries.
const checkedSubscriptions = 10

// check signs in, reads the role assignments of the application in each subscription, and asks Microsoft Graph for it.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	authenticate := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	roles := sdk.Probe{ID: "reader", Title: "Role " + reader, Permission: reader}
	names := sdk.Probe{ID: "directory", Title: "Permission " + readDirectory, Permission: readDirectory, Optional: true}
	a, err := open(ctx, s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, a.manager); err != nil {
		r.SkipAll("Not tried: Azure was not reached.", authenticate, roles, names)
		return err
	}
	object := ""
	err = r.Do(ctx, authenticate, func(ctx context.Context) (string, error) {
		token, _, err := a.grant.Obtain(ctx)
		s.Conceal(token)
		object = objectID(token)
		return "Microsoft accepts the application.", err
	})
	if err != nil {
		r.SkipAll("Not tried: the application was not accepted.", roles, names)
		return err
	}
	r.Identity("Application " + a.ClientID)
	_ = r.Do(ctx, roles, func(ctx context.Context) (string, error) { return a.tryReader(ctx, object) })
	return r.Do(ctx, names, func(ctx context.Context) (string, error) {
		_, err := a.principals(ctx, []string{"00000000-0000-0000-0000-000000000000"})
		return "The application may read the names of users, groups and applications.", err
	})
}

// objectID returns the id of the application's principal, "" if the token does not show it. Nothing but a warning
// depends on it: Microsoft may change the form of its tokens.
func objectID(token sdk.Secret) string {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		ObjectID text `json:"oid"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	return string(claims.ObjectID)
}

// tryReader requests the role assignments of the application in every subscription, or one assignment if the id of its
// principal is not known.
func (a *azure) tryReader(ctx context.Context, object string) (string, error) {
	var broad []string
	subscriptions, err := a.tried(ctx)
	if err != nil {
		return "", needsReader(err)
	}
	for _, s := range subscriptions[:min(len(subscriptions), checkedSubscriptions)] {
		names, err := a.writingRoles(ctx, s, object)
		if err != nil {
			return "", needsReader(err)
		}
		for _, name := range names {
			broad = append(broad, name+" in "+s.label())
		}
	}
	if len(broad) > 0 {
		slices.Sort(broad)
		return "", sdk.TooBroad("The application has the role %s, which may do more than read. %s is enough.",
			strings.Join(slices.Compact(broad), ", "), reader)
	}
	return "The application may read the subscriptions.", nil
}

// tried returns the subscriptions that a sync reads. A named one that cannot be read is an error here.
func (a *azure) tried(ctx context.Context) (all []subscription, err error) {
	if len(a.Subscriptions) == 0 {
		return a.subscriptions(ctx, nil)
	}
	for _, id := range a.Subscriptions {
		var raw json.RawMessage
		if _, err := a.manager.GetJSON(ctx, "/subscriptions/"+id, url.Values{"api-version": {subscriptionsVersion}}, &raw); err != nil {
			return nil, err
		}
		s, err := toSubscription(raw)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// writingRoles returns the names of the application's roles in a subscription that may change something.
func (a *azure) writingRoles(ctx context.Context, s subscription, object string) (names []string, err error) {
	path := s.path() + "/providers/Microsoft.Authorization/roleAssignments"
	filter := url.Values{"$filter": {"atScope()"}}
	if object != "" {
		filter = url.Values{"$filter": {"principalId eq '" + object + "'"}}
	}
	var page struct {
		Value []assignment `json:"value"`
	}
	filter.Set("api-version", authorizationVersion)
	if _, err := a.manager.GetJSON(ctx, path, filter, &page); err != nil || object == "" || len(page.Value) == 0 {
		return nil, err
	}
	roles, err := a.roles(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, one := range page.Value {
		if role := roles[lastPart(one.Properties.RoleID)]; role.writes() {
			names = append(names, string(role.Properties.RoleName))
		}
	}
	return names, nil
}

// writes reports whether a role has an action that is more than reading.
func (r role) writes() bool {
	for _, p := range r.Properties.Permissions {
		if slices.ContainsFunc(p.Actions, func(action text) bool { return !strings.HasSuffix(lower(action), "/read") }) {
			return true
		}
	}
	return false
}

// needsReader names the permission in the error of a refused request.
func needsReader(err error) *sdk.Error {
	e := sdk.AsError(err)
	if e.Code == sdk.CodePermissionMissing {
		e.Permissions = []string{reader}
	}
	return e
}
