package play

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// Faults is the matrix: each row with its columns.
func Faults() []Fault {
	return slices.Concat(processFaults(), connectorFaults(), upstreamFaults(), startFaults(), setupFaults(), diskFaults())
}

// inHost are the agent's moments, in the order of a run.
func inHost() []string {
	return []string{
		"host.start", "host.open.before", "host.open.after", "host.group", "host.commit.before", "host.transaction",
		"host.commit.after", "host.acked", "host.sweep", "host.finish", "host.drain", "host.stop", "host.end",
	}
}

// atWork are the connector's moments, but for "connector.drain".
func atWork() []string {
	return []string{
		"connector.connect", "connector.users.begin", "connector.users.page", "connector.users.done", "connector.devices.page",
		"connector.devices.done", "connector.findings.page", "connector.findings.acked", "connector.findings.done",
	}
}

const exited = host.CodeConnectorExited

var (
	notWhole = []host.RunStatus{host.StatusFailed, host.StatusPartial}
	whole    = []host.RunStatus{host.StatusSucceeded}
	stopped  = []host.RunStatus{host.StatusCancelled}
	// A fault after the connector's last message may do no harm.
	anyEnd = []host.RunStatus{host.StatusFailed, host.StatusPartial, host.StatusSucceeded, host.StatusCancelled}
)

// order lets the connector misbehave at the moment.
func order(words string) func(context.Context, *World, *upstream.Visit) error {
	return func(_ context.Context, _ *World, v *upstream.Visit) error {
		v.Release(words)
		return nil
	}
}

func processFaults() []Fault {
	reads, drain := []string{"connector.users.page", "connector.findings.acked"}, []string{"connector.drain"}
	clock, commit := []string{"host.start", "host.group", "host.commit.after"}, []string{"host.commit.before", "host.commit.after"}
	cancels := slices.Concat([]string{"connector.connect", "host.start"}, reads, commit)
	return []Fault{
		{Name: "sigkill-host", Moments: slices.Concat(inHost(), atWork(), drain), deadly: true, inject: killHost},
		{
			Name: "sigkill-host-twice", Moments: []string{"host.commit.after", "connector.findings.acked"},
			deadly: true, inject: killHost, undo: killInRecovery,
		},
		{Name: "sigkill-host-in-feed", first: "connector.findings.page", Moments: commit, deadly: true, inject: killInFeed},
		{Name: "sigkill-host-after", Moments: []string{""}, play: killAfter},
		{Name: "sigkill-connector", Moments: slices.DeleteFunc(inHost(), startOrEnd), inject: killConnector, status: anyEnd, codes: exited},
		{Name: "sigkill-connector-at-work", Moments: atWork(), inject: killConnector, status: notWhole, codes: exited},
		{Name: "sigkill-connector-draining", Moments: drain, inject: killConnector, status: stopped, codes: "cancelled"},
		{Name: "sigstop-connector", Moments: reads, inject: stopConnector, status: notWhole, codes: "limit.deadline"},
		{Name: "sigstop-connector-draining", Moments: drain, inject: stopConnector, status: stopped, codes: "cancelled"},
		{Name: "sigstop-connector-a-while", Moments: reads, inject: pauseConnector, status: whole},
		{Name: "suspend", Moments: []string{"connector.users.page", "connector.findings.page"}, inject: suspend, status: whole},
		{Name: "cancel", Moments: cancels, inject: cancelRun, status: stopped, late: true, codes: "cancelled"},
		{Name: "clock-forward", Moments: clock, inject: setClock("1h"), status: whole},
		{Name: "clock-back", Moments: clock, inject: setClock("-1h"), status: whole},
	}
}

func startOrEnd(moment string) bool {
	return slices.Contains([]string{"host.start", "host.end", "host.stop", "host.drain"}, moment)
}

func killHost(_ context.Context, w *World, _ *upstream.Visit) error { return w.Agent.Kill() }

// forgetPatience is the time for a connector that got its acknowledgement too early
// to have the upstream forget the data.
const forgetPatience = 400 * time.Millisecond

// killInFeed kills the agent before a page of the feed is stored, and gives a
// connector that does not wait for that the time to do its damage.
func killInFeed(_ context.Context, w *World, v *upstream.Visit) error {
	if v.Moment == "host.commit.before" && Within(forgetPatience, func() bool { return w.Upstream.Forgot.Load() > 0 }) {
		w.Complain("cursor", "the connector had the upstream forget what was not stored")
	}
	return w.Agent.Kill()
}

// killInRecovery kills the next life of the agent while it puts the last one's
// runs away.
func killInRecovery(ctx context.Context, w *World) error {
	if w.Agent.Alive() {
		return nil // done
	}
	trap := w.director.Arm("host.recover", 1)
	var failed error
	again := make(chan struct{})
	go func() { failed = w.Start(ctx); close(again) }() // ends with the agent
	select {
	case <-trap.Sprung:
	case <-again:
		return fmt.Errorf("recovery went by without its moment: %w", failed)
	}
	var err error
	for _, pid := range w.agents() {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-again // it was killed
	w.director.Disarm()
	return err
}

// killAfter kills the agent as soon as it shows a run's outcome, which then has to
// stay.
func killAfter(ctx context.Context, w *World) error {
	p := w.begin(ctx)
	if err := w.outcomeShown(ctx, p); err != nil {
		return err
	}
	if err := w.Agent.Kill(); err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return err
	}
	return w.settle(ctx, p)
}

func (w *World) signalConnector(s syscall.Signal) error {
	for _, pid := range w.processes() {
		if err := syscall.Kill(pid, s); err != nil {
			return fmt.Errorf("signal connector: %w", err)
		}
		// Until one of its threads has taken the signal, the others go on.
		if s == syscall.SIGSTOP && !Within(limit.Allowed(limit.Heard), func() bool { return stands(pid) }) {
			return fmt.Errorf("process %d does not stop", pid)
		}
	}
	return nil
}

func killConnector(_ context.Context, w *World, _ *upstream.Visit) error {
	return w.signalConnector(syscall.SIGKILL)
}

func stopConnector(_ context.Context, w *World, _ *upstream.Visit) error {
	return w.signalConnector(syscall.SIGSTOP)
}

// pauseTime is long enough to be noticed and shorter than the host's patience,
// as ten seconds are with the real one.
const pauseTime = 700 * time.Millisecond

func pauseConnector(_ context.Context, w *World, _ *upstream.Visit) error {
	if err := w.signalConnector(syscall.SIGSTOP); err != nil {
		return err
	}
	<-time.After(pauseTime)
	return w.signalConnector(syscall.SIGCONT)
}

// suspend stops everything at once, as closing a laptop does.
func suspend(_ context.Context, w *World, _ *upstream.Visit) error {
	if err := w.Agent.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	if err := w.signalConnector(syscall.SIGSTOP); err != nil {
		return err
	}
	<-time.After(pauseTime)
	if err := w.signalConnector(syscall.SIGCONT); err != nil {
		return err
	}
	return w.Agent.Signal(syscall.SIGCONT)
}

// cancelRun holds a connector where it is until it has heard: let go before, it
// may have read everything by then, and a cancel that comes after that changes
// nothing.
func cancelRun(ctx context.Context, w *World, v *upstream.Visit) error {
	runs, err := All[host.Run](ctx, w.Agent, "/runs", largePages())
	if err != nil {
		return err
	}
	if err := w.Agent.Post(ctx, "/runs/"+runs[0].ID+"/cancel", nil, nil); err != nil {
		return err
	}
	if !strings.HasPrefix(v.Moment, "connector.") {
		return nil
	}
	select {
	case <-v.Gone:
		return nil
	case <-time.After(limit.Allowed(limit.Heard)):
		return fmt.Errorf("the connector did not hear of the cancel within %s", limit.Allowed(limit.Heard))
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func setClock(shift string) func(context.Context, *World, *upstream.Visit) error {
	return func(_ context.Context, w *World, v *upstream.Visit) error {
		v.Release("clock " + shift)
		w.Environ = append(w.Environ, "CHAOS_CLOCK="+shift)
		return nil
	}
}
