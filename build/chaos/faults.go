package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// faults is the matrix: each row with its columns.
func faults() []fault {
	return slices.Concat(processFaults(), connectorFaults(), upstreamFaults(), startFaults(), placeFaults(), diskFaults())
}

// inHost are the agent's moments, in the order of a run.
func inHost() []string {
	return []string{
		"host.start", "host.open.before", "host.open.after", "host.group", "host.commit.before", "host.transaction",
		"host.commit.after", "host.acked", "host.sweep", "host.finish", "host.drain", "host.stop", "host.end",
	}
}

// inConnector are the connector's.
func inConnector() []string {
	return []string{
		"connector.connect", "connector.users.begin", "connector.users.page", "connector.users.done", "connector.devices.page",
		"connector.devices.done", "connector.findings.page", "connector.findings.acked", "connector.findings.done", "connector.drain",
	}
}

var (
	notWhole = []host.RunStatus{host.StatusFailed, host.StatusPartial}
	whole    = []host.RunStatus{host.StatusSucceeded}
	stopped  = []host.RunStatus{host.StatusCancelled}
	// A fault that comes when everything was said already may do no harm.
	anyEnd = []host.RunStatus{host.StatusFailed, host.StatusPartial, host.StatusSucceeded, host.StatusCancelled}
)

// order lets the connector misbehave at the moment.
func order(words string) func(context.Context, *world, *visit) error {
	return func(_ context.Context, _ *world, v *visit) error {
		v.release(words)
		return nil
	}
}

// processFaults are processes that are killed or stopped.
func processFaults() []fault {
	return []fault{
		{name: "sigkill-host", moments: slices.Concat(inHost(), inConnector()), deadly: true, inject: killHost},
		{name: "sigkill-host-twice", moments: []string{"host.commit.after", "connector.findings.acked"}, deadly: true, inject: killHost, undo: killInRecovery},
		{name: "sigkill-host-in-feed", first: "connector.findings.page", moments: []string{"host.commit.before", "host.commit.after"}, deadly: true, inject: killInFeed},
		{name: "sigkill-host-after", moments: []string{""}, play: killAfter},
		{name: "sigkill-connector", moments: slices.DeleteFunc(inHost(), startOrEnd), inject: killConnector, status: anyEnd, codes: []string{"connector.exited"}},
		{name: "sigkill-connector-at-work", moments: slices.DeleteFunc(inConnector(), draining), inject: killConnector, status: notWhole, codes: []string{"connector.exited"}},
		{name: "sigkill-connector-draining", moments: []string{"connector.drain"}, inject: killConnector, status: stopped, codes: []string{"cancelled"}},
		{name: "sigstop-connector", moments: []string{"connector.users.page", "connector.findings.acked"}, inject: stopConnector, status: notWhole, codes: []string{"limit.deadline"}},
		{name: "sigstop-connector-draining", moments: []string{"connector.drain"}, inject: stopConnector, status: stopped, codes: []string{"cancelled"}},
		{name: "sigstop-connector-a-while", moments: []string{"connector.users.page", "connector.findings.acked"}, inject: pauseConnector, status: whole},
		{name: "suspend", moments: []string{"connector.users.page", "connector.findings.page"}, inject: suspend, status: whole},
		{name: "cancel", moments: []string{"connector.connect", "connector.users.page", "connector.findings.acked", "host.start", "host.commit.before", "host.commit.after"}, inject: cancelRun, status: stopped, late: true, codes: []string{"cancelled"}},
		{name: "clock-forward", moments: []string{"host.start", "host.group", "host.commit.after"}, inject: setClock("1h"), status: whole},
		{name: "clock-back", moments: []string{"host.start", "host.group", "host.commit.after"}, inject: setClock("-1h"), status: whole},
	}
}

func startOrEnd(moment string) bool {
	return slices.Contains([]string{"host.start", "host.end", "host.stop", "host.drain"}, moment)
}

func draining(moment string) bool { return moment == "connector.drain" }

func killHost(_ context.Context, w *world, _ *visit) error { return w.agent.Kill() }

// forgetPatience is how long a connector that was told too early that its data
// is safe may take to have the upstream forget it.
const forgetPatience = 400 * time.Millisecond

// killInFeed kills the agent before a page of the feed is stored, and gives a
// connector that does not wait for that the time to do its damage.
func killInFeed(_ context.Context, w *world, v *visit) error {
	if v.moment == "host.commit.before" && within(forgetPatience, func() bool { return w.upstream.forgot.Load() > 0 }) {
		w.complain("cursor", "the upstream was told to forget what was not stored")
	}
	return w.agent.Kill()
}

// killInRecovery kills the next life of the agent while it puts the last one's
// runs away.
func killInRecovery(ctx context.Context, w *world) error {
	if w.agent.Alive() {
		return nil // done
	}
	trap := w.director.arm("host.recover", 1)
	var failed error
	again := make(chan struct{})
	go func() { failed = w.start(ctx); close(again) }() // ends with the agent
	select {
	case <-trap.sprung:
	case <-again:
		return fmt.Errorf("recovery went by without its moment: %w", failed)
	}
	var err error
	for _, pid := range w.agents() {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-again // it was killed
	w.director.disarm()
	return err
}

// killAfter kills the agent as soon as it has told a run's outcome, which then
// has to stay.
func killAfter(ctx context.Context, w *world) error {
	p := w.begin(ctx)
	if err := w.outcomeTold(ctx, p); err != nil {
		return err
	}
	if err := w.agent.Kill(); err != nil {
		return err
	}
	if err := w.start(ctx); err != nil {
		return err
	}
	return w.settle(ctx, p)
}

func (w *world) signalConnector(s syscall.Signal) error {
	for _, pid := range w.processes() {
		if err := syscall.Kill(pid, s); err != nil {
			return fmt.Errorf("signal connector: %w", err)
		}
		// Until one of its threads has taken the signal, the others go on.
		if s == syscall.SIGSTOP && !within(allowed(heardLimit), func() bool { return stands(pid) }) {
			return fmt.Errorf("process %d does not stop", pid)
		}
	}
	return nil
}

func killConnector(_ context.Context, w *world, _ *visit) error {
	return w.signalConnector(syscall.SIGKILL)
}

func stopConnector(_ context.Context, w *world, _ *visit) error {
	return w.signalConnector(syscall.SIGSTOP)
}

// pauseTime is long enough to be noticed and shorter than the host's patience,
// as ten seconds are with the real one.
const pauseTime = 700 * time.Millisecond

func pauseConnector(_ context.Context, w *world, _ *visit) error {
	if err := w.signalConnector(syscall.SIGSTOP); err != nil {
		return err
	}
	<-time.After(pauseTime)
	return w.signalConnector(syscall.SIGCONT)
}

// suspend stops everything at once, as closing a laptop does.
func suspend(_ context.Context, w *world, _ *visit) error {
	if err := w.agent.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	if err := w.signalConnector(syscall.SIGSTOP); err != nil {
		return err
	}
	<-time.After(pauseTime)
	if err := w.signalConnector(syscall.SIGCONT); err != nil {
		return err
	}
	return w.agent.Signal(syscall.SIGCONT)
}

// cancelRun holds a connector where it is until it has heard: let go before, it
// may have read everything by then, and a cancel that comes after that changes
// nothing.
func cancelRun(ctx context.Context, w *world, v *visit) error {
	var active struct {
		Items []host.Run `json:"items"`
	}
	if err := w.agent.get(ctx, "/runs", nil, &active); err != nil {
		return err
	}
	if err := w.agent.post(ctx, "/runs/"+active.Items[0].ID+"/cancel", nil, nil); err != nil {
		return err
	}
	if !strings.HasPrefix(v.moment, "connector.") {
		return nil
	}
	select {
	case <-v.gone:
		return nil
	case <-time.After(allowed(heardLimit)):
		return fmt.Errorf("the connector did not hear of the cancel within %s", allowed(heardLimit))
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func setClock(shift string) func(context.Context, *world, *visit) error {
	return func(_ context.Context, w *world, v *visit) error {
		v.release("clock " + shift)
		w.environ = append(w.environ, "CHAOS_CLOCK="+shift)
		return nil
	}
}
