package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// app are the fields of an application that records have.
type app struct {
	ID         text `json:"id"`
	Name       text `json:"name"`
	Label      text `json:"label"`
	Status     text `json:"status"`
	SignOnMode text `json:"signOnMode"`
	Created    text `json:"created"`
}

// readApps calls each with every application.
func (a *api) readApps(ctx context.Context, each func(one app, raw json.RawMessage) error) error {
	return a.apps.list(ctx, "/api/v1/apps", url.Values{"limit": {"200"}}, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			var one app
			_ = json.Unmarshal(raw, &one) // what has another form stays empty
			if err := each(one, raw); err != nil {
				return err
			}
		}
		return nil
	})
}

// readAppStream sends the applications.
func readAppStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	return a.readApps(ctx, func(one app, raw json.RawMessage) error {
		return out.PutOrGap(string(one.ID), appResource(a, one, raw))
	})
}

// appResource converts an application. Only named members of the vendor's document are kept: its settings and
// credentials may hold secrets.
func appResource(a *api, one app, raw json.RawMessage) kind.Resource {
	whole, kept := document(raw), map[string]any{}
	for _, name := range []string{
		"id", "orn", "name", "label", "status", "signOnMode", "features", "accessibility", "visibility", "created", "lastUpdated",
	} {
		if value, found := whole[name]; found {
			kept[name] = value
		}
	}
	return kind.Resource{
		ExternalID: string(one.ID), Type: "okta.app", Name: string(cmp.Or(one.Label, one.Name)), Account: a.settings.Domain,
		CreatedAt: one.Created.Time(), Vendor: field.Encode(kept),
	}
}

// readAssignmentStream sends an account for each user of each application: who can use it, under which name. An
// application that refuses is a gap.
func readAssignmentStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	var all []app
	err = a.readApps(ctx, func(one app, _ json.RawMessage) error {
		all = append(all, one)
		return nil
	})
	if err != nil {
		return err
	}
	failed := gaps{what: "assignments"}
	var tried tries
	crowd, inner := errgroup.WithContext(ctx)
	crowd.SetLimit(concurrent)
	for _, one := range all {
		crowd.Go(func() error { return a.sendAssignments(inner, out, one, &failed, &tried) })
	}
	if err := crowd.Wait(); err != nil {
		return err
	}
	failed.forget(&tried)
	failed.report(out)
	return nil
}

// sendAssignments sends the users of an application. It returns only errors that end the stream.
func (a *api) sendAssignments(ctx context.Context, out *sdk.Output, one app, failed *gaps, tried *tries) error {
	name := string(cmp.Or(one.Label, one.ID))
	if err := tried.stop(); err != nil {
		failed.add(name, err)
		return nil
	}
	var full error // the host takes no more
	path := "/api/v1/apps/" + url.PathEscape(string(one.ID)) + "/users"
	err := a.assignments.list(ctx, path, url.Values{"limit": {"500"}}, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			key, account := assignmentAccount(one, raw)
			if full = out.PutOrGap(key, account); full != nil {
				return full
			}
		}
		return nil
	})
	switch tried.saw(err); {
	case full != nil:
		return full
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		failed.add(name, err)
	}
	return nil
}

// assignmentAccount converts the assignment of a user to an application.
func assignmentAccount(one app, raw json.RawMessage) (key string, account kind.Account) {
	var u struct {
		ID          text `json:"id"`
		Status      text `json:"status"`
		Created     text `json:"created"`
		Credentials struct {
			UserName text `json:"userName"`
		} `json:"credentials"`
		Profile struct {
			Email       text `json:"email"`
			DisplayName text `json:"displayName"`
			Name        text `json:"name"`
		} `json:"profile"`
	}
	_ = json.Unmarshal(raw, &u) // what has another form stays empty
	if u.ID != "" && one.ID != "" {
		key = string(one.ID + "/" + u.ID)
	}
	whole, kept := document(raw), map[string]any{}
	for _, name := range []string{"id", "externalId", "scope", "status", "syncState", "created"} {
		if value, found := whole[name]; found {
			kept[name] = value
		}
	}
	kept["app"] = map[string]any{"id": one.ID, "name": one.Name, "label": one.Label, "status": one.Status, "signOnMode": one.SignOnMode}
	return key, kind.Account{
		ExternalID: key, Username: string(u.Credentials.UserName), Email: string(u.Profile.Email),
		Name: string(cmp.Or(u.Profile.DisplayName, u.Profile.Name)), Type: "human", Status: assignedStatus(u.Status, one.Status),
		CreatedAt: u.Created.Time(), Vendor: field.Encode(kept),
	}
}

// assignedStatus says whether a user can use an application. An application that is switched off cannot be used.
func assignedStatus(status, app text) kind.Word {
	switch status {
	case "ACTIVE", "PROVISIONED", "APPROVED":
		if app == "INACTIVE" {
			return "suspended"
		}
		return "active"
	case "STAGED", "PENDING", "INACTIVE", "SUSPENDED":
		return "suspended"
	case deprovisioned, "REVOKED", "UNASSIGNED", "DELETED":
		return "deprovisioned"
	}
	return "unknown"
}
