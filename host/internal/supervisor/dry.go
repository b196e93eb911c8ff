package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/dryrun"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/sdk"
)

// DryRun reads a connection as a run would and says what the run would change. Report is
// called with how many records were read. It takes no slot of the queue, and its part of
// the tenant's rate like a run.
func (s *Supervisor) DryRun(
	ctx context.Context, connection host.Connection, of tenant.Tenant, report func(stream string, read int),
) (host.DryRun, error) {
	connector, err := s.config.Starter.Catalog.Lookup(ctx, connection.Connector)
	if err != nil {
		return host.DryRun{}, err
	}
	secrets, err := s.config.Vault.Unseal(connection.ID, connector)
	if err != nil {
		return host.DryRun{}, err
	}
	ctx, stop := s.deadline(ctx, connection)
	defer stop()
	lease := s.join(connector, of)
	defer lease.Leave()
	renewals := &source.Renewals{Vault: s.config.Vault, Events: s.config.Events}
	renewals.Begin(connection, secrets, nil)
	open := source.Open{
		Run: ulid.Make().String(), Epoch: 1, Connection: connection.ID, Settings: connection.Settings, Secrets: secrets, Lease: lease,
		Scrub: renewals.Scrub, Seal: renewals.SealFor(connector),
	}
	result, err := dryrun.Read(ctx, s.config.Starter, s.config.Store, dryrun.Request{
		Connector: connector, Connection: connection, Open: open, Removals: connection.Removals.Over(s.config.Removals),
	}, report)
	if err != nil {
		return result, fmt.Errorf("try %s: %w", connection.Alias, err)
	}
	return result, nil
}

// sampleTime is the longest that a sample of all streams takes.
const sampleTime = 3 * time.Minute

// Sample reads the first page of each stream with settings that need not be stored. It
// takes its part of the tenant's rate like a run.
func (s *Supervisor) Sample(
	ctx context.Context, connector host.Connector, open source.Open, of tenant.Tenant, report func(stream string, read int),
) (host.DryRunSample, error) {
	ctx, stop := context.WithTimeoutCause(ctx, sampleTime, &host.Problem{
		Code: sdk.CodeLimitDeadline, Message: fmt.Sprintf("the dry run took longer than the %s it may take", sampleTime),
		Remedy: "Try again later, or save the connection: a sync may take longer.", Fault: host.FaultUpstream, Retry: host.RetryAfter,
	})
	defer stop()
	open.Lease = s.join(connector, of)
	defer open.Lease.Leave()
	open.Epoch = 1
	return dryrun.Sample(ctx, s.config.Starter, connector, open, report)
}
