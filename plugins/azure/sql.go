package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const sqlVersion = "2021-11-01"

type sqlServer struct {
	base
	Properties struct {
		PublicNetworkAccess text `json:"publicNetworkAccess"`
	} `json:"properties"`
}

type sqlDatabase struct {
	base
	Properties struct {
		CreationDate        text `json:"creationDate"`
		EarliestRestoreDate text `json:"earliestRestoreDate"`
	} `json:"properties"`
}

// sqlReader reads the SQL servers of one subscription.
type sqlReader struct {
	*azure
	out *sdk.Output
	subscription
}

// readSQL reads the logical servers, and for each its auditing, its firewall and its databases.
func readSQL(ctx context.Context, a *azure, out *sdk.Output) error {
	return a.each(ctx, out, "SQL servers", func(ctx context.Context, s subscription) error {
		rows, err := a.rows(ctx, s.path()+"/providers/Microsoft.Sql/servers", sqlVersion)
		if err != nil {
			return err
		}
		r := sqlReader{a, out, s}
		return items(ctx, rows, func(ctx context.Context, raw json.RawMessage) error {
			var server sqlServer
			if err := read(raw, "SQL server", &server); err != nil {
				out.Gap("an SQL server of subscription "+s.label(), err)
				return nil
			}
			return r.server(ctx, server, raw)
		})
	})
}

// server sends a server and its databases.
func (r sqlReader) server(ctx context.Context, server sqlServer, raw json.RawMessage) (err error) {
	resource := server.resource(r.subscription, raw)
	if resource.Logged, err = r.state(ctx, "auditing of SQL server "+resource.Name, server.ID+"/auditingSettings/default"); err != nil {
		return err
	}
	if resource.Public, err = r.public(ctx, server); err != nil {
		return err
	}
	if err := r.out.PutOrGap(resource.ExternalID, resource); err != nil {
		return err
	}
	databases, err := r.rows(ctx, string(server.ID)+"/databases", sqlVersion)
	if _, err := settle(r.out, "databases of SQL server "+resource.Name, err); err != nil {
		return err
	}
	for _, raw := range databases {
		var d sqlDatabase
		if err := read(raw, "database", &d); err != nil {
			r.out.Gap("a database of SQL server "+resource.Name, err)
			continue
		}
		if d.Name == "master" {
			continue // Azure's own
		}
		if err := r.database(ctx, resource, d, raw); err != nil && !errors.Is(err, errGone) {
			return err
		}
	}
	return nil
}

// database sends a database. Its network is that of its server, and so is its auditing if the server audits.
func (r sqlReader) database(ctx context.Context, server kind.Resource, d sqlDatabase, raw json.RawMessage) (err error) {
	name := "database " + server.Name + "/" + string(d.Name)
	resource := d.resource(r.subscription, raw, "earliestRestoreDate", "resumedDate", "pausedDate")
	resource.Public, resource.Logged, resource.CreatedAt = server.Public, server.Logged, d.Properties.CreationDate.Time().CutTo(time.Second)
	if d.Properties.EarliestRestoreDate != "" {
		resource.BackedUp = kind.Yes // there is a moment to which it can be restored
	}
	if resource.Encrypted, err = r.state(ctx, "encryption of "+name, d.ID+"/transparentDataEncryption/current"); err != nil {
		return err
	}
	if server.Logged != kind.Yes {
		own, err := r.state(ctx, "auditing of "+name, d.ID+"/auditingSettings/default")
		if err != nil {
			return err
		}
		if own != kind.No || server.Logged == kind.No {
			resource.Logged = own
		}
	}
	return r.out.PutOrGap(resource.ExternalID, resource)
}

// state reads a setting that is Enabled or Disabled. A failure costs the fact and is a gap.
func (r sqlReader) state(ctx context.Context, what string, path text) (kind.Tri, error) {
	var answer struct {
		Properties struct {
			State text `json:"state"`
		} `json:"properties"`
	}
	_, err := r.manager.GetJSON(ctx, string(path), url.Values{"api-version": {sqlVersion}}, &answer)
	_, err = settle(r.out, what, err)
	return enabled(answer.Properties.State), err
}

// public returns whether everybody on the internet can reach a server: its network is open, and a firewall rule lets
// all addresses in. The rule 0.0.0.0 alone stands for addresses in Azure and does not count.
func (r sqlReader) public(ctx context.Context, server sqlServer) (kind.Tri, error) {
	network := enabled(server.Properties.PublicNetworkAccess)
	if isClosed(server.Properties.PublicNetworkAccess) {
		return kind.No, nil
	}
	everybody := kind.No
	err := r.list(ctx, string(server.ID)+"/firewallRules", sqlVersion, func(raw json.RawMessage) error {
		var rule struct {
			Properties struct {
				Start text `json:"startIpAddress"`
				End   text `json:"endIpAddress"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(raw, &rule); err != nil {
			return sdk.Errorf(sdk.CodeSchemaUnexpected, "a firewall rule is not as documented").Because(err)
		}
		if spansInternet(string(rule.Properties.Start), string(rule.Properties.End)) {
			everybody = kind.Yes
		}
		return nil
	})
	found, err := settle(r.out, "firewall rules of SQL server "+string(server.Name), err)
	if err != nil || !found || everybody == kind.Yes && network == kind.Unknown {
		return kind.Unknown, err
	}
	return everybody, nil
}

// spansInternet reports whether a range of addresses has nearly all IPv4 addresses.
func spansInternet(start, end string) bool {
	first, err := netip.ParseAddr(start)
	if err != nil {
		return false
	}
	last, err := netip.ParseAddr(end)
	return err == nil && first.Is4() && last.Is4() && first.As4()[0] <= 1 && last.As4()[0] >= 223
}
