package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The addresses of the agents that Google gives a role in the policy of a project when the API is first used there.
const (
	sqlAgent     = "@gcp-sa-cloud-sql.iam.gserviceaccount.com"
	computeAgent = "@compute-system.iam.gserviceaccount.com"
)

// readInstances sends every instance of Cloud SQL.
func readInstances(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.projects, func(ctx context.Context, n *node) error {
		where := "/v1/projects/" + url.PathEscape(n.ProjectID) + "/instances"
		many := url.Values{"maxResults": {"500"}}
		err := c.list(ctx, sqlAPI, where, "items", "sql#instancesList", many, func(item json.RawMessage) error {
			record := toInstance(item, n)
			if record.Name == "" {
				return nameless(out, n, "instance")
			}
			return out.PutOrGap(record.ExternalID, record)
		})
		return c.unused(ctx, n, sqlAgent, c.refused(listInstances, n.title(), err))
	})
}

// instanceOmits change by themselves.
var instanceOmits = []string{"etag", "currentDiskSize", "outOfDiskReport", "availableMaintenanceVersions", "upgradableDatabaseVersions"}

// toInstance returns the record of an instance, an empty one when it has no name. Cloud SQL encrypts everything at rest. An
// instance with a public address takes connections only from the networks that it names.
func toInstance(item json.RawMessage, n *node) kind.Resource {
	var i struct {
		Name       string `json:"name"`
		Connection string `json:"connectionName"`
		Region     string `json:"region"`
		Created    string `json:"createTime"`
		Settings   struct {
			Labels map[string]string `json:"userLabels"`
			IP     struct {
				Public   *bool                    `json:"ipv4Enabled"`
				Networks []struct{ Value string } `json:"authorizedNetworks"`
			} `json:"ipConfiguration"`
			Backup struct {
				Enabled *bool `json:"enabled"`
			} `json:"backupConfiguration"`
		} `json:"settings"`
	}
	if google.Decode(item, &i) != nil || i.Name == "" {
		return kind.Resource{}
	}
	if i.Connection == "" {
		i.Connection = n.ProjectID + ":" + i.Region + ":" + i.Name
	}
	r := kind.Resource{
		ExternalID: i.Connection, Type: "sqladmin.instance", Name: i.Name, Account: n.ProjectID, Region: i.Region, Encrypted: kind.Yes,
		BackedUp: kind.TriFrom(i.Settings.Backup.Enabled), Tags: i.Settings.Labels, CreatedAt: kind.TimeFrom(i.Created),
		Vendor: google.Document(item, instanceOmits, nil),
	}
	open := slices.ContainsFunc(i.Settings.IP.Networks, func(n struct{ Value string }) bool { return strings.HasSuffix(n.Value, "/0") })
	if i.Settings.IP.Public != nil {
		r.Public = kind.TriOf(*i.Settings.IP.Public && open)
	}
	if r.Tags == nil {
		r.Tags = map[string]string{} // Google leaves an empty map out
	}
	return r
}

// readFirewalls sends every firewall rule.
func readFirewalls(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.projects, func(ctx context.Context, n *node) error {
		where := "/compute/v1/projects/" + url.PathEscape(n.ProjectID) + "/global/firewalls"
		many := url.Values{"maxResults": {"500"}}
		err := c.list(ctx, computeAPI, where, "items", "compute#firewallList", many, func(item json.RawMessage) error {
			record := toFirewall(item, n)
			if record.Name == "" {
				return nameless(out, n, "firewall rule")
			}
			return out.PutOrGap(record.ExternalID, record)
		})
		return c.unused(ctx, n, computeAgent, c.refused(listFirewalls, n.title(), err))
	})
}

// toFirewall returns the record of a firewall rule, an empty one when it has no id. It is public when it lets everyone on the internet in.
func toFirewall(item json.RawMessage, n *node) kind.Resource {
	var f struct {
		ID        string            `json:"id"`
		Name      string            `json:"name"`
		Created   string            `json:"creationTimestamp"`
		Direction string            `json:"direction"`
		Disabled  bool              `json:"disabled"`
		Sources   []string          `json:"sourceRanges"`
		Allowed   []json.RawMessage `json:"allowed"`
		Log       struct {
			Enable *bool `json:"enable"`
		} `json:"logConfig"`
	}
	if google.Decode(item, &f) != nil || f.ID == "" || f.Name == "" {
		return kind.Resource{}
	}
	open := slices.ContainsFunc(f.Sources, func(r string) bool { return r == "0.0.0.0/0" || r == "::/0" })
	return kind.Resource{
		ExternalID: n.Name + "/global/firewalls/" + f.ID, Type: "compute.firewall", Name: f.Name, Account: n.ProjectID, Region: "global",
		Public: kind.TriOf(f.Direction != "EGRESS" && !f.Disabled && len(f.Allowed) > 0 && open), Logged: kind.TriFrom(f.Log.Enable),
		CreatedAt: kind.TimeFrom(f.Created), Vendor: google.Document(item, nil, nil),
	}
}

// unused returns nil for a project in which an API was never enabled: it has nothing of it. Google tells a project in which the
// API was disabled later in the same words, and what it had may still exist. The agent of the API shows the difference: its role
// stays in the project's policy.
func (c *cloud) unused(ctx context.Context, n *node, agent string, err error) error {
	if err == nil || !google.NotEnabled(sdk.AsError(err)) {
		return err
	}
	if in := sdk.AsError(err).Detail; in != n.Name && in != "projects/"+n.ProjectID {
		return err // the project of the service account lacks the API, which says nothing about this one
	}
	p, unread := c.readPolicy(ctx, n)
	if unread != nil {
		return unread
	}
	was := func(member string) bool { return strings.HasSuffix(member, agent) }
	if slices.ContainsFunc(p.Bindings, func(b binding) bool { return slices.ContainsFunc(b.Members, was) }) {
		return err
	}
	return nil
}
