package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
)

// errEnough ends a list after its first item.
var errEnough = errors.New("enough")

// check signs in, finds a project, and tries each permission there with the smallest request.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	c, err := open(s)
	if err != nil {
		return err
	}
	signIn := sdk.Probe{ID: "authenticate", Title: "Service account key"}
	if err := r.ReachURL(ctx, c.server.Client); err != nil {
		r.Skip(signIn, "Not tried: Google was not reached.")
		return err
	}
	err = r.Do(ctx, signIn, func(ctx context.Context) (string, error) {
		_, _, err := c.tokens[scopes[crmAPI]].Current(ctx, s)
		return "Google accepts the key.", err
	})
	if err != nil {
		return err
	}
	r.Identity(c.key.ClientEmail)
	var n *node
	first := r.Do(ctx, probe(listProjects), func(ctx context.Context) (string, error) {
		if n, err = c.firstProject(ctx); err != nil {
			return "", err
		}
		if n == nil {
			return "", sdk.Undetermined("There is no project in %s that the service account may see.", c.Root)
		}
		return "The service account sees projects, such as " + n.ProjectID + ".", nil
	})
	for _, try := range c.trials(n) {
		if n == nil {
			r.Skip(probe(try.permission), "Not tried: no project was found.")
			continue
		}
		if err := r.Do(ctx, probe(try.permission), try.do); err != nil && first == nil {
			first = err
		}
	}
	if n != nil && first == nil {
		return r.Do(ctx, sdk.Probe{ID: "read-only", Title: "Only reading", Optional: true}, c.readsOnly(n))
	}
	return first
}

func probe(permission string) sdk.Probe {
	return sdk.Probe{ID: permission, Title: "Permission " + permission, Permission: permission}
}

// firstProject returns the first project of the tree, nil when there is none.
func (c *cloud) firstProject(ctx context.Context) (*node, error) {
	root := strings.TrimSpace(c.Root)
	if !strings.Contains(root, "/") {
		c.tree = &tree{}
		id, _, _ := strings.Cut(root, ",")
		if err := c.readNamed(ctx, id); err != nil {
			return nil, err
		}
		return c.tree.projects[0], nil
	}
	for level := []*node{{Name: root}}; len(level) > 0; level = level[1:] {
		folders, projects, err := c.readChildren(ctx, level[0])
		if len(projects) > 0 {
			return projects[0], nil
		}
		if err != nil {
			return nil, err
		}
		level = append(level, folders...)
	}
	return nil, nil
}

// trial is how the check tries a permission.
type trial struct {
	permission string
	do         func(ctx context.Context) (string, error)
}

func (c *cloud) trials(n *node) []trial {
	if n == nil {
		n = &node{}
	}
	project := url.PathEscape(n.ProjectID)
	one := url.Values{"maxResults": {"1"}}
	return []trial{
		{readPolicies, func(ctx context.Context) (string, error) {
			_, err := c.readPolicy(ctx, n)
			return "The service account may read the policy of " + n.title() + ".", err
		}},
		c.try(listAccounts, n, iamAPI, "/v1/projects/"+project+"/serviceAccounts", "accounts", "", url.Values{"pageSize": {"1"}}),
		{listKeys, func(ctx context.Context) (string, error) { return c.tryKeys(ctx, n) }},
		c.try(listBuckets, n, storageAPI, "/storage/v1/b", "items", "storage#buckets",
			url.Values{"project": {n.ProjectID}, "maxResults": {"1"}}),
		{bucketPolicy, func(ctx context.Context) (string, error) { return c.tryBucket(ctx, n) }},
		c.try(listInstances, n, sqlAPI, "/v1/projects/"+project+"/instances", "items", "sql#instancesList", one),
		c.try(listFirewalls, n, computeAPI, "/compute/v1/projects/"+project+"/global/firewalls", "items", "compute#firewallList", one),
	}
}

// try reads the first item of a list. An API that is not enabled in the project leaves the permission unknown.
func (c *cloud) try(permission string, n *node, api, path, member, kind string, query url.Values) trial {
	return trial{permission, func(ctx context.Context) (string, error) {
		err := c.list(ctx, api, path, member, kind, query, func(json.RawMessage) error { return errEnough })
		if err == nil || errors.Is(err, errEnough) {
			return "The service account may list this in " + n.title() + ".", nil
		}
		if e := sdk.AsError(err); google.NotEnabled(e) && (e.Detail == n.Name || e.Detail == "projects/"+n.ProjectID) {
			return "", sdk.Undetermined("Not tried: the API is not enabled in %s.", n.title())
		}
		return "", c.refused(permission, n.title(), err)
	}}
}

// tryKeys lists the keys of the project's first service account.
func (c *cloud) tryKeys(ctx context.Context, n *node) (string, error) {
	var a serviceAccount
	where := "/v1/projects/" + url.PathEscape(n.ProjectID) + "/serviceAccounts"
	err := c.list(ctx, iamAPI, where, "accounts", "", url.Values{"pageSize": {"1"}}, first(&a))
	if err != nil && !errors.Is(err, errEnough) {
		return "", sdk.Undetermined("Not tried: the service accounts of %s cannot be listed.", n.title())
	}
	if a.Name == "" {
		return "", sdk.Undetermined("Not tried: %s has no service account.", n.title())
	}
	return c.try(listKeys, n, iamAPI, "/v1/"+a.Name+"/keys", "keys", "", url.Values{"keyTypes": {"USER_MANAGED"}}).do(ctx)
}

// tryBucket reads the policy of the project's first bucket.
func (c *cloud) tryBucket(ctx context.Context, n *node) (string, error) {
	var b bucket
	query := url.Values{"project": {n.ProjectID}, "maxResults": {"1"}}
	err := c.list(ctx, storageAPI, "/storage/v1/b", "items", "storage#buckets", query, first(&b))
	if err != nil && !errors.Is(err, errEnough) {
		return "", sdk.Undetermined("Not tried: the buckets of %s cannot be listed.", n.title())
	}
	if b.Name == "" {
		return "", sdk.Undetermined("Not tried: %s has no bucket.", n.title())
	}
	b.Protection.Public = "" // so that the policy is read
	if _, err := c.public(ctx, &b); err != nil {
		return "", c.refused(bucketPolicy, n.title(), err)
	}
	return "The service account may read the policy of a bucket in " + n.title() + ".", nil
}

func first(into any) func(json.RawMessage) error {
	return func(item json.RawMessage) error {
		_ = google.Decode(item, into) // without a name there is nothing to try
		return errEnough
	}
}

// writing are permissions that a credential for reading does not have.
var writing = []string{
	"resourcemanager.projects.setIamPolicy", "resourcemanager.projects.delete", "iam.serviceAccountKeys.create", "storage.buckets.delete",
	"storage.objects.create", "compute.firewalls.update", "cloudsql.instances.update",
}

// readsOnly asks Google which permissions for writing the service account has. Everyone may ask this about himself.
func (c *cloud) readsOnly(n *node) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		var granted struct {
			Permissions []string `json:"permissions"`
		}
		if err := c.post(ctx, "/v3/"+n.Name+":testIamPermissions", map[string]any{"permissions": writing}, &granted); err != nil {
			return "", sdk.Undetermined("Google does not say whether the service account could write: %s", err.Error())
		}
		if len(granted.Permissions) > 0 {
			return "", sdk.TooBroad("The service account may write in %s: it has %s. The roles Security Reviewer and Browser are enough.",
				n.title(), strings.Join(granted.Permissions, ", "))
		}
		return "The service account cannot write in " + n.title() + ".", nil
	}
}
