package main

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// auditConfig says which access to a service is logged. Admin activity is always logged.
type auditConfig struct {
	Service string     `json:"service"` // allServices, or such as storage.googleapis.com
	Logs    []auditLog `json:"auditLogConfigs"`
}

type auditLog struct {
	Type     string   `json:"logType"` // ADMIN_READ, DATA_READ or DATA_WRITE
	Exempted []string `json:"exemptedMembers,omitempty"`
}

const allServices = "allServices"

// readAuditConfigs sends, for each node, what its policy says about audit logs.
func readAuditConfigs(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.nodes(), func(ctx context.Context, n *node) error {
		p, err := c.readPolicy(ctx, n)
		if err != nil {
			return err
		}
		fields := map[string]any{"resource": n.title()}
		for logType, name := range map[string]string{"ADMIN_READ": "admin_read", "DATA_READ": "data_read", "DATA_WRITE": "data_write"} {
			fields[name] = p.services(logType)
		}
		fields["exempted"] = p.exempted()
		vendor, err := json.Marshal(map[string]any{"resource": n.Name, "auditConfigs": slices.Concat([]auditConfig{}, p.AuditConfigs)})
		if err != nil {
			return sdk.Errorf(sdk.CodeInternalBug, "encode audit configuration: %w", err)
		}
		return out.PutOrGap(n.Name, kind.Custom{
			ExternalID: n.Name, Type: "auditConfig", Name: "Audit logging of " + n.title(), Fields: fields, Vendor: vendor,
		})
	})
}

// services returns the services whose access of a type is logged.
func (p *policy) services(logType string) []string {
	all := []string{}
	for _, a := range p.AuditConfigs {
		if slices.ContainsFunc(a.Logs, func(l auditLog) bool { return l.Type == logType }) {
			all = append(all, a.Service)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// exempted returns the members whose access is not logged.
func (p *policy) exempted() []string {
	all := []string{}
	for _, a := range p.AuditConfigs {
		for _, l := range a.Logs {
			all = append(all, l.Exempted...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// logged says whether reading a service's data in a project is logged. The policies of the project and of everything above it add up, so
// no needs all of them, up to the organization.
func (c *cloud) logged(ctx context.Context, n *node, service string) (kind.Tri, error) {
	var failed error
	top := n
	for at := n; at != nil; at = at.parent {
		top = at
		p, err := c.readPolicy(ctx, at)
		if err != nil {
			failed = err
			continue
		}
		if logs := p.services("DATA_READ"); slices.Contains(logs, allServices) || slices.Contains(logs, service) {
			return kind.Yes, nil
		}
	}
	if failed != nil || !top.isOrganization() {
		return kind.Unknown, failed
	}
	return kind.No, nil
}
