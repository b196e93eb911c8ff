package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// stall is how long the host is stopped. A connector that did not wait for it
// would read its whole upstream in less.
const stall = 5 * time.Second

// stalled stops the host in the middle of a sync and measures the memory of the
// connector meanwhile.
func (b *bench) stalled(ctx context.Context, a *agent) error {
	r, err := a.sync(ctx, "corp")
	if err != nil {
		return err
	}
	if _, err := a.until(ctx, r.ID, reading); err != nil {
		return err
	}
	connectors := a.connectors()
	if len(connectors) != 1 {
		return fmt.Errorf("%d connectors are running instead of 1", len(connectors))
	}
	if err := a.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	// The connector has to have this time to read on.
	if err := pauseUntil(ctx, time.Now().Add(stall)); err != nil {
		return errors.Join(err, a.Signal(syscall.SIGCONT))
	}
	bytes := peak(connectors[0])
	if err := a.Signal(syscall.SIGCONT); err != nil {
		return err
	}
	after, err := a.until(ctx, r.ID, ended)
	if err != nil {
		return err
	}
	if after.Status != host.StatusSucceeded || users(after).Read != b.records {
		return fmt.Errorf("the stalled sync ended as %s with %d records", after.Status, users(after).Read)
	}
	note := fmt.Sprintf("largest resident memory of the connector after its host was stopped for %s in a sync, which then succeeded", stall)
	return b.print(figure{Name: "stalled_rss_connector", Figure: mib(bytes), Unit: "MiB", Note: note})
}
