package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
)

// errEnough ends a list after its first item.
var errEnough = errors.New("enough")

// check signs in, and then tries each permission with its own token and the smallest request. A scope that the delegation lacks
// does not keep the others from being tried.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	signIn := sdk.Probe{ID: "authenticate", Title: "Service account key"}
	if err := r.ReachURL(ctx, d.server.Client); err != nil {
		r.Skip(signIn, "Not tried: Google was not reached.")
		return err
	}
	if err := r.Do(ctx, signIn, d.signIn); err != nil {
		return err
	}
	r.Identity(fmt.Sprintf("%s as %s", d.key.ClientEmail, d.AdminEmail))
	var first error
	for _, try := range d.trials() {
		probe := sdk.Probe{ID: try.scope, Title: "Scope " + try.scope, Permission: try.scope, Optional: try.optional}
		if err := r.Do(ctx, probe, try.do); err != nil && first == nil && !try.optional {
			first = err
		}
	}
	return first
}

// signIn shows whether Google takes the key and knows the administrator. A scope that is missing is the matter of its own probe.
func (d *directory) signIn(ctx context.Context) (string, error) {
	err := d.granted(ctx, readUsers)
	if err == nil || google.NotDelegated(sdk.AsError(err)) {
		return "Google accepts the key.", nil
	}
	return "", err
}

// trial is how the check tries a permission.
type trial struct {
	scope    string
	optional bool
	do       func(ctx context.Context) (string, error)
}

func (d *directory) trials() []trial {
	one := url.Values{"customer": {"my_customer"}, "maxResults": {"1"}}
	few := url.Values{"maxResults": {"1"}}
	all := []trial{
		{readUsers, false, d.tryList(readUsers, "/users", one, "users", "users", "users")},
		{readGroups, false, d.tryList(readGroups, "/groups", one, "groups", "groups", "groups")},
		{readMembers, false, d.tryMembers},
		{readRoles, false, d.tryList(readRoles, "/customer/my_customer/roles", few, "items", "roles", "administrator roles")},
		{readOrgUnits, false, d.tryList(readOrgUnits, "/customer/my_customer/orgunits", url.Values{"type": {"children"}},
			"organizationUnits", "orgUnits", "organizational units")},
	}
	if d.ChromeDevices {
		all = append(all, trial{readChrome, true,
			d.tryList(readChrome, "/customer/my_customer/devices/chromeos", few, "chromeosdevices", "chromeosdevices", "ChromeOS devices")})
	}
	if d.MobileDevices {
		all = append(all, trial{readMobile, true,
			d.tryList(readMobile, "/customer/my_customer/devices/mobile", few, "mobiledevices", "mobiledevices", "mobile devices")})
	}
	return all
}

// tryList reads the first item of a list.
func (d *directory) tryList(scope, path string, query url.Values, member, kind, what string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		err := d.list(scope, path, query, member, kind).Each(ctx, func(json.RawMessage) error { return errEnough })
		if err != nil && !errors.Is(err, errEnough) {
			return "", err
		}
		return fmt.Sprintf("%s may list the %s.", d.AdminEmail, what), nil
	}
}

// tryMembers reads a member of the first group.
func (d *directory) tryMembers(ctx context.Context) (string, error) {
	if err := d.granted(ctx, readMembers); err != nil {
		return "", err
	}
	var id string
	query := url.Values{"customer": {"my_customer"}, "maxResults": {"1"}}
	err := d.list(readGroups, "/groups", query, "groups", "groups").Each(ctx, func(item json.RawMessage) error {
		var g group
		_ = google.Decode(item, &g) // without an id there is nothing to try
		id = g.ID
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return "", sdk.Undetermined("The scope is granted. It could not be tried, because the groups could not be listed.")
	}
	if id == "" {
		return "The scope is granted. The organization has no group to try it with.", nil
	}
	return d.tryList(readMembers, "/groups/"+url.PathEscape(id)+"/members", url.Values{"maxResults": {"1"}}, "members", "members",
		"members of groups")(ctx)
}
