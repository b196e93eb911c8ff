// Package fleettest makes data directories that hold many runs, for tests and measurements of what is computed over them.
package fleettest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// Plan says what a data directory is to hold.
type Plan struct {
	Connections, Runs int           // so many runs of each connection
	Until             time.Time     // the latest run is queued shortly before
	Every             time.Duration // between two runs of a connection
	Seed              uint64
}

// Seed makes the data directory of a host that is not running. Its master key is a file.
func Seed(ctx context.Context, dir string, plan Plan) (err error) {
	key, err := secret.OpenMasterKey(dir, secret.BackendFile)
	if err != nil {
		return fmt.Errorf("open master key: %w", err)
	}
	store, err := journal.Open(journal.Options{Dir: filepath.Join(dir, "store"), Key: key.StoreKey(), MinFreeBytes: 1})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ctx = host.WithActor(ctx, host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket})
	todo := make(chan int)
	failures := make([]error, 64) // a commit waits for the disk, and commits of others go with it
	var wait sync.WaitGroup
	for worker := range failures {
		wait.Go(func() { // ends when there is nothing to do
			for n := range todo {
				if failures[worker] == nil {
					failures[worker] = seedConnection(ctx, store, plan, n)
				}
			}
		})
	}
	for n := range plan.Connections {
		todo <- n
	}
	close(todo)
	wait.Wait()
	return errors.Join(failures...)
}

func seedConnection(ctx context.Context, store *journal.Journal, plan Plan, n int) error {
	random := rand.New(rand.NewPCG(plan.Seed, uint64(n)))
	begun := plan.Until.Add(-time.Duration(plan.Runs) * plan.Every).UTC()
	c := host.Connection{
		ID: ulid.Make().String(), Alias: fmt.Sprintf("c%03d", n), Connector: "fake", Owner: []string{"", "anna", "ben"}[n%3],
		Settings: []byte(`{"streams":[{"name":"users","records":5},{"name":"groups","records":5}]}`), CreatedAt: begun, UpdatedAt: begun,
	}
	c, err := store.CreateConnection(ctx, c, nil)
	if err != nil {
		return fmt.Errorf("create connection: %w", err)
	}
	for i := range plan.Runs {
		queued := begun.Add(time.Duration(i) * plan.Every).Add(time.Duration(random.Int64N(int64(plan.Every / 4))))
		if _, err := store.BeginRun(pastRun(random, c, queued)); err != nil {
			return fmt.Errorf("store run: %w", err)
		}
	}
	return nil
}

// codes are what runs fail with.
var codes = []string{
	"auth.expired", "auth.invalid", "permission.missing", "network.dns", "rate.limited", "upstream.5xx", "connector.exited", "disk.full",
	"config.invalid", "internal.bug", "never.heard.of",
}

// pastRun returns a run that has ended.
func pastRun(random *rand.Rand, c host.Connection, queued time.Time) host.Run {
	began := queued.Add(time.Duration(random.Int64N(int64(2 * time.Second))))
	ended := began.Add(time.Second + time.Duration(random.ExpFloat64()*float64(20*time.Second)))
	due := queued
	if random.IntN(20) == 0 {
		due = queued.Add(-time.Duration(random.IntN(30)) * time.Minute)
	}
	run := host.Run{
		ID: ulid.Make().String(), Connection: c.ID, Alias: c.Alias, Connector: c.Connector, ConnectorVersion: "1.0.0",
		Trigger: host.TriggerSchedule, Status: host.StatusSucceeded, QueuedAt: queued, DueAt: &due, StartedAt: &began, FinishedAt: &ended,
	}
	users := host.Step{
		Name: "users", Title: "Users", Stream: "users", Status: host.StatusSucceeded, StartedAt: &began, FinishedAt: &ended, Gaps: []host.Gap{},
	}
	groups := users
	groups.Name, groups.Title, groups.Stream = "groups", "Groups", "groups"
	problem := &host.Problem{Code: codes[random.IntN(len(codes))], Message: "it did not work"}
	switch chance := random.IntN(100); {
	case chance < 4:
		groups.Status, groups.Error, run.Status = host.StatusFailed, problem, host.StatusPartial
	case chance < 12:
		users.Status, users.Error, groups.Status, run.Status = host.StatusFailed, problem, host.StatusSkipped, host.StatusFailed
	case chance < 13:
		run.Status, users.Status, groups.Status = host.StatusCancelled, host.StatusCancelled, host.StatusSkipped
	case chance < 14:
		run.Status, users.Status, groups.Status = host.StatusInterrupted, host.StatusInterrupted, host.StatusSkipped
	case chance < 15:
		run.Status, run.StartedAt, run.Trigger, run.DueAt = host.StatusInterrupted, nil, host.TriggerManual, nil
	}
	run.Steps = []host.Step{users, groups}
	return run
}
