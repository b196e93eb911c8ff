package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// pastClock is the present moment, so many days ago.
type pastClock struct{ back atomic.Int64 }

func (c *pastClock) now() time.Time { return time.Now().Add(-time.Duration(c.back.Load())) }

func (c *pastClock) daysAgo(days int) { c.back.Store(int64(days) * int64(24*time.Hour)) }

// replay makes the history of the demo: it adds the connections and syncs them on the days on which
// they were due, with a clock of those days. It returns the number of syncs.
func (a *app) replay(ctx context.Context, config boot.Config, company *company) (runs int, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a machine that shows a demo has memory for it
	clock := &pastClock{}
	clock.daysAgo(company.Days)
	options := a.options(config, "error")
	options.Now = clock.now
	h, err := boot.Open(ctx, options)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.MakeDemo(ctx); err != nil {
		return 0, err
	}
	progress := &progressLine{app: a}
	defer progress.done()
	for day := range company.Days + 1 {
		progress.line("replaying days", int64(day), int64(company.Days))
		if !company.busy(day) {
			continue
		}
		if err := company.live(day); err != nil {
			return runs, err
		}
		clock.daysAgo(company.Days - day)
		done, err := replayDay(ctx, h, company, day, clock)
		if runs += done; err != nil {
			return runs, fmt.Errorf("replay day %d: %w", day, err)
		}
	}
	return runs, h.SkipMissed(ctx) // the states stay until a person acts
}

// replayDay does what was done on one day.
func replayDay(ctx context.Context, h *boot.Host, company *company, day int, clock *pastClock) (runs int, err error) {
	var due []string
	for _, c := range company.Connections {
		if c.Added == day {
			_, err := h.AddConnection(ctx, connections.NewConnection{
				Connector: c.Connector, Alias: c.Alias, Settings: c.Settings, Secrets: c.Secrets, Schedule: c.Schedule,
			})
			if err != nil {
				return 0, fmt.Errorf("add %s: %w", c.Alias, err)
			}
		}
		if c.due(day, company.Days) {
			due = append(due, c.Alias)
		}
	}
	for _, alias := range due {
		if err := syncAsDue(ctx, h, alias, clock.now()); err != nil {
			return 0, err
		}
	}
	for _, alias := range due {
		latest, _, err := h.Runs(alias, 1, "")
		if err != nil {
			return 0, err
		}
		if _, err := h.WaitRun(ctx, latest[0].ID); err != nil {
			return 0, err
		}
	}
	for _, c := range company.Connections {
		if c.Paused != "" && c.Until == day {
			if _, err := h.Pause(ctx, c.Alias, c.Paused); err != nil {
				return 0, fmt.Errorf("pause %s: %w", c.Alias, err)
			}
		}
	}
	return len(due), nil
}

// syncAsDue starts a sync as the schedule does.
func syncAsDue(ctx context.Context, h *boot.Host, alias string, due time.Time) error {
	connection, err := h.Connection(ctx, alias)
	if err != nil {
		return fmt.Errorf("sync %s: %w", alias, err)
	}
	h.StartDue(connection.ID, due, host.TriggerSchedule)
	return nil
}
