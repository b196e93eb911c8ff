package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
)

// tellSystemd tells systemd that the agent is ready, and from then on, until ctx ends,
// that it is alive. Where systemd did not start the agent, or asked for none of this,
// it does nothing.
//
// The agent is alive when it answers its own status, which reads the store. A store that
// hangs therefore ends in a restart by systemd.
//
// A message that does not arrive is logged, and the agent goes on: to systemd it is silence.
func tellSystemd(ctx context.Context, client *calls.Client, logger *slog.Logger) error {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		return fmt.Errorf("tell systemd that the agent is ready: %w", err)
	}
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("read how often systemd wants to hear from the agent: %w", err)
	}
	if patience == 0 {
		return nil
	}
	ticks := time.NewTicker(patience / 3)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			if err := beat(ctx, client, patience/3); err != nil {
				logger.Warn("tell systemd that the agent is alive", "err", err)
			}
		}
	}
}

// beat asks for the agent's status within limit and passes on that it answered. An agent that
// does not answer sends nothing, so that systemd acts when its patience ends.
func beat(ctx context.Context, client *calls.Client, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	status, err := client.Status(ctx)
	if err != nil {
		return fmt.Errorf("read own status: %w", err)
	}
	n := status.Counts
	words := fmt.Sprintf("STATUS=%d connections, %d unhealthy, %d syncing\n%s",
		n.Healthy+n.Unhealthy+n.Unknown+n.Paused, n.Unhealthy, n.Running, daemon.SdNotifyWatchdog)
	if _, err := daemon.SdNotify(false, words); err != nil {
		return fmt.Errorf("send to systemd: %w", err)
	}
	return nil
}

// tellSystemdOfEnd tells systemd that the agent has begun to stop.
func tellSystemdOfEnd() error {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyStopping); err != nil {
		return fmt.Errorf("tell systemd that the agent is stopping: %w", err)
	}
	return nil
}
