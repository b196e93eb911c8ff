package read

import (
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/auth"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Connector returns the connector that a plan describes.
func Connector(p *plan.Plan) (*sdk.Connector, error) {
	f := p.File
	c := &sdk.Connector{
		ID: f.ID, Name: f.Name, Version: f.Version, Vendor: f.Vendor, Summary: f.Summary, Homepage: f.Homepage, License: f.License,
		Categories: f.Categories, ConfigSchema: p.Schema, Guide: f.Guide, MemoryMiB: 96,
		Limits: sdk.Limits{
			RequestsPerSecond: f.Limits.RequestsPerSecond, ConcurrentRequests: f.Limits.ConcurrentRequests,
			TenantSettings: f.Limits.TenantSettings,
		},
		Check: func(ctx context.Context, s *sdk.Session, report *sdk.Report) error {
			r, err := runnerOf(p, s)
			if err != nil {
				return err
			}
			return r.check(ctx, report)
		},
	}
	if p.Auth.Asks() {
		c.Connect = func(ctx context.Context, s *sdk.Session) error {
			r, err := runnerOf(p, s)
			if err != nil {
				return err
			}
			return r.signer.Ready(ctx)
		}
	}
	for _, perm := range f.Permissions {
		streams := unlocks(p, perm.ID)
		c.Permissions = append(c.Permissions, sdk.Permission{ID: perm.ID, Reason: perm.Reason, Optional: perm.Optional, Streams: streams})
	}
	for _, n := range f.Network {
		c.Network = append(c.Network, sdk.NetworkHost{Host: n.Host, Port: n.Port, Purpose: n.Purpose})
	}
	for _, s := range p.Streams {
		c.Streams = append(c.Streams, sdk.Stream{
			Name: s.File.Name, Title: s.File.Title, Kind: kind.Kind(s.File.Kind), Description: s.File.Description, Permissions: s.File.Permissions,
			Deletes: deletes(s.File.Deletes), Incremental: s.Incremental != nil,
			Read: func(ctx context.Context, session *sdk.Session, out *sdk.Output) error {
				r, err := runnerOf(p, session)
				if err != nil {
					return err
				}
				return r.read(ctx, s, out)
			},
		})
	}
	return c, p.Located(c.Validate())
}

// unlocks returns the streams that need a permission, for themselves, a join or a detail.
func unlocks(p *plan.Plan, permission string) (streams []string) {
	for _, s := range p.Streams {
		if slices.Contains(s.File.Permissions, permission) ||
			slices.ContainsFunc(s.Joins, func(j plan.Join) bool { return j.File.Permission == permission }) ||
			slices.ContainsFunc(s.Details, func(d plan.Detail) bool { return d.File.Permission == permission }) {
			streams = append(streams, s.File.Name)
		}
	}
	return streams
}

func deletes(word string) sdk.Deletes {
	switch word {
	case "never":
		return sdk.Never
	case "tombstone":
		return sdk.Tombstone
	}
	return sdk.Snapshot
}

// runnerOf returns the runner of a session, the same one for all its streams.
func runnerOf(p *plan.Plan, s *sdk.Session) (*runner, error) {
	if r, err := sdk.From[*runner](s); err == nil {
		return r, nil
	}
	caller, err := request.New(p, s)
	if err != nil {
		return nil, err
	}
	signer, err := auth.New(caller)
	if err != nil {
		return nil, err
	}
	r := &runner{plan: p, caller: caller, signer: signer, above: map[string][]plan.Scope{}}
	s.Set(r)
	return r, nil
}
