package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"syscall"
	"time"
)

// stall is how long the host is stopped. A connector that did not wait for it
// would read its whole upstream in less.
const stall = 5 * time.Second

// stalled stops the host in the middle of a sync and measures what the connector
// gathers meanwhile.
func (b *bench) stalled(ctx context.Context, a *agent) error {
	r, err := a.sync(ctx, "corp")
	if err != nil {
		return err
	}
	if err := a.until(ctx, r.ID, func(r run) bool { return r.users().Read > 0 }); err != nil {
		return err
	}
	connectors := a.connectors()
	if len(connectors) != 1 {
		return fmt.Errorf("%d connectors are running instead of 1", len(connectors))
	}
	host, err := os.FindProcess(a.PID())
	if err != nil {
		return fmt.Errorf("find agent: %w", err)
	}
	if err := host.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop agent: %w", err)
	}
	// What is measured is what happens while time passes, so time has to pass.
	select {
	case <-time.After(stall):
	case <-ctx.Done():
	}
	bytes := peak(connectors[0])
	if err := host.Signal(syscall.SIGCONT); err != nil {
		return fmt.Errorf("continue agent: %w", err)
	}
	if err := a.until(ctx, r.ID, func(r run) bool { return r.FinishedAt != nil }); err != nil {
		return err
	}
	var after run
	if err := a.Call(ctx, http.MethodGet, "/runs/"+r.ID, nil, &after); err != nil {
		return err
	}
	if after.Status != "succeeded" || after.users().Read != b.records {
		return fmt.Errorf("the stalled sync ended as %s with %d records", after.Status, after.users().Read)
	}
	return b.print(figure{
		Name: "stalled_rss_connector", Figure: float64(bytes) / (1 << 20), Unit: "MiB",
		Note: fmt.Sprintf("largest resident memory of the connector after its host was stopped for %s in the middle of a sync, which then succeeded", stall),
	})
}
