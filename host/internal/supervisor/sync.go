package supervisor

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/sdk"
)

// sync does the work of one run and returns why it ended before its end, nil when it did
// not.
func (s *Supervisor) sync(ctx context.Context, connection host.Connection, a *active) error {
	rec := a.recorder
	rec.begin()
	rec.running(stepStart)
	connector, err := s.config.Starter.Catalog.Lookup(ctx, connection.Connector)
	if err != nil {
		return causeOr(ctx, err)
	}
	rec.plan(connector)
	secrets, err := s.config.Vault.Unseal(connection.ID, connector)
	if err != nil {
		return err
	}
	a.program = plugin.ProgramOf(connector)
	if q, quarantined := s.crashes.quarantine(a.program); quarantined && a.options.Trigger != host.TriggerManual {
		return quarantineProblem(a.program, q)
	}
	src, err := s.config.Starter.Open(connector, connection.Settings)
	if err != nil {
		return err
	}
	defer s.stop(src, connector, rec)
	if err := src.Start(ctx); err != nil {
		return causeOr(ctx, err)
	}
	a.ticket.slot.Started(src.Process.Use)
	s.queue.grant() // the next may start
	rec.finish(stepStart, host.StatusSucceeded, nil, nil)
	rec.log("info", stepStart, fmt.Sprintf("started %s %s, process %d, sha256 %.12s",
		connector.ID, connector.Version, src.Process.PID(), connector.SHA256))
	if src.Process.Attached() {
		rec.log("warn", stepStart, "its author started this process and nothing contains it: "+
			"it may do all that this user may, and only what it asks of the host's proxy is seen")
	}
	return s.read(ctx, connection, connector, a, src, secrets)
}

// causeOr returns why ctx ended when it has, else err.
func causeOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// stop ends the process and records the hosts it asked for and the calls it was refused.
func (s *Supervisor) stop(src *source.Connector, connector host.Connector, rec *recorder) {
	err := src.Close()
	if src.Process != nil {
		rec.refused(src.Process.RefusedCalls())
	}
	rec.reached(src.Gate.Contacts())
	if !src.Gate.Linked() {
		rec.log("warn", stepStart, connector.Name+
			" neither implements Tunnel nor declares network_tcp, so it can reach no host: report it to its author")
	}
	if err != nil {
		// The run keeps its outcome; what the process left behind is an error of its own.
		rec.log("error", "", err.Error())
		s.config.Logger.Error("stop connector", "run", rec.id(), "step", stepStart, "err", err)
	}
}

// read reads every stream of the connector into the store.
func (s *Supervisor) read(
	ctx context.Context, connection host.Connection, connector host.Connector, a *active, src *source.Connector, secrets map[string]string,
) error {
	run := a.recorder.snapshot()
	lease := s.join(connector, a.options.Tenant)
	defer lease.Leave()
	to := &sink{
		recorder: a.recorder, supervisor: s, lease: lease, options: a.options, writers: map[string]*journal.StreamWriter{},
		removals: connection.Removals.Over(s.config.Removals), connector: connector,
	}
	renewals := &source.Renewals{
		Vault: s.config.Vault, Events: s.config.Events,
		Log: func(level, text string) { a.recorder.log(level, "", text) },
	}
	renewals.Begin(connection, secrets, nil)
	open := source.Open{
		Run: run.ID, Epoch: run.Epoch, Connection: connection.ID, Settings: connection.Settings, Secrets: secrets, Lease: lease,
		Scrub: renewals.Scrub, Seal: renewals.SealFor(connector),
	}
	if deadline, ok := ctx.Deadline(); ok {
		// The host ends the connector at the deadline and can say whose it is; the
		// connector's own clock is for a host that has stopped answering.
		open.Deadline = deadline.Add(source.CancelGrace)
	}
	defer to.close()
	for _, info := range connector.Streams {
		state, err := to.open(connection, info, run)
		if err != nil {
			return err
		}
		open.Streams = append(open.Streams, state)
	}
	results, err := src.Sync(ctx, open, to)
	s.holdBudget(lease, results, err)
	if err == nil {
		to.unread(results)
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	problem := host.AsProblem(err)
	if err := to.abandon(results, problem); err != nil {
		return err
	}
	return problem
}

// join gives a run its part of the tenant's rate.
func (s *Supervisor) join(connector host.Connector, t tenant.Tenant) *budget.Lease {
	return s.budgets.Join(budget.Claim{
		Key: t.Key, Limit: t.Limit, Fixed: !slices.Contains(connector.Capabilities, sdk.CapabilityLease),
	})
}

// sink is the store's side of one run. It implements source.Sink.
type sink struct {
	supervisor *Supervisor
	recorder   *recorder
	lease      *budget.Lease
	options    Options
	removals   host.RemovalLimits
	connector  host.Connector
	writers    map[string]*journal.StreamWriter
}

func (w *sink) open(connection host.Connection, info host.StreamInfo, run host.Run) (host.StreamRead, error) {
	writer, err := w.supervisor.config.Store.OpenStream(connection.ID, info, run.ID, run.Epoch)
	if err != nil {
		return host.StreamRead{}, fmt.Errorf("open stream %s: %w", info.Name, err)
	}
	w.writers[info.Name] = writer
	if why := w.full(info, writer.Start()); why != "" {
		if err := writer.Restart(string(why)); err != nil {
			return host.StreamRead{}, fmt.Errorf("open stream %s: %w", info.Name, err)
		}
	}
	start := writer.Start()
	w.recorder.full(info.Name, host.FullRead(start.Again))
	return host.StreamRead{StreamInfo: info, Start: start}, nil
}

// full returns why a stream is to be read from its beginning now, "" when it goes
// on from its cursor. A read that was interrupted goes on, or it might never end.
func (w *sink) full(info host.StreamInfo, start host.StreamStart) host.FullRead {
	config := w.supervisor.config
	switch {
	case w.options.Full:
		return host.FullAsked
	case !info.Incremental, len(start.Cursor) == 0, start.Resume, config.FullEvery <= 0:
		return ""
	case start.FullAt == nil, config.Now().Sub(*start.FullAt) >= config.FullEvery:
		return host.FullInterval
	}
	return ""
}

// close gives back what the writers hold.
func (w *sink) close() {
	for stream, writer := range w.writers {
		if err := writer.Close(); err != nil {
			w.supervisor.config.Logger.Warn("close stream", "run", w.recorder.id(), "step", stream, "err", err)
		}
	}
}

// Commit implements source.Sink.
func (w *sink) Commit(_ context.Context, group host.Group) error {
	w.recorder.running(group.Stream)
	counts, err := w.writers[group.Stream].Commit(group)
	w.recorder.counted(group.Stream, counts) // after an error a part is stored, perhaps
	return err
}

// Progress implements source.Sink.
func (w *sink) Progress(p source.Progress) {
	w.recorder.progress(p)
	if p.Limited {
		w.supervisor.hold(w.lease, p.Waits)
	}
}

// Log implements source.Sink.
func (w *sink) Log(level, step, message string) { w.recorder.log(level, step, message) }

// Finish implements source.Sink. It ends a stream's step: what was not seen is removed
// if, and only if, the read was complete.
func (w *sink) Finish(result host.StreamResult) error {
	writer := w.writers[result.Stream]
	result.Problem = w.connector.NameSettings(result.Problem)
	for i := range result.Gaps {
		result.Gaps[i].Error = *w.connector.NameSettings(&result.Gaps[i].Error)
	}
	if err := w.forgetCursor(&result, writer); err != nil {
		return err
	}
	swept, err := writer.Finish(journal.Finish{
		Outcome: result.Outcome,
		Sweep:   journal.Sweep{Limits: w.removals, Confirmed: w.options.Confirm[result.Stream]},
	})
	w.recorder.counted(result.Stream, host.Counts{Removed: swept.Removed}) // also before an error
	if err != nil {
		return fmt.Errorf("finish stream %s: %w", result.Stream, err)
	}
	w.warnOfRepeats(result.Stream)
	skipped := w.recorder.step(result.Stream).Status == host.StatusSkipped
	switch {
	case result.Problem != nil && (skipped || result.Problem.Code == host.CodeCancelled):
		return nil // its step ends with the run, which knows why
	case skipped && swept == journal.Swept{}:
		// Skipped and complete: the connector has no such stream with these settings.
		w.recorder.drop(result.Stream)
		return nil
	case skipped && swept.Held == 0:
		return nil
	}
	status, problem := stepOutcome(result)
	if held := writer.Held(); held != nil && status == host.StatusSucceeded {
		status, problem = host.StatusPartial, heldProblem(held)
	}
	w.conclude(result, status, problem, swept.Held)
	return nil
}

// warnOfRepeats says in the log that keys came more than once with different content.
func (w *sink) warnOfRepeats(streamName string) {
	times, key := w.writers[streamName].Again()
	if times == 0 {
		return
	}
	w.Log("warn", streamName, fmt.Sprintf(
		"%d records came again in this run with other content, the first with the key %q; the last of each holds. "+
			"Either they changed while they were read, or the connector gives one key to different items", times, key))
}

// forgetCursor forgets a cursor that the connector refused, so that the next run reads the
// stream from its beginning. A connector that refuses a cursor though it was given none
// has a bug: trying again would not end.
func (w *sink) forgetCursor(result *host.StreamResult, writer *journal.StreamWriter) error {
	if result.Problem == nil || !refusedCursor(result.Problem) {
		return nil
	}
	p := *result.Problem
	if len(writer.Start().Cursor) == 0 && result.Read == 0 {
		p.Fault, p.Retry = host.FaultConnector, host.RetryNever
		p.Message = "the connector refused a cursor, though it was given none: " + p.Message
		p.Remedy = "Report this to the connector's author with the run's log."
		result.Problem = &p
		return nil
	}
	p.Retry, p.Remedy = host.RetryAfter, "Nothing needs to be done: the next sync reads this stream from its beginning."
	result.Problem = &p
	w.Log("warn", result.Stream, "the cursor was refused and is forgotten: the next run reads this stream from its beginning")
	return writer.Restart(string(host.FullRefused))
}

// refusedCursor reports whether a problem says that a stream cannot go on from
// its cursor.
func refusedCursor(p *host.Problem) bool {
	return p.Code == sdk.CodeCursorExpired || p.Code == sdk.CodeCursorInvalid
}

// conclude gives a stream's step its outcome and says in the log what failed.
func (w *sink) conclude(result host.StreamResult, status host.RunStatus, problem *host.Problem, held int) {
	w.recorder.finish(result.Stream, status, problem, func(s *host.Step) {
		s.Held, s.Resumed = held, w.writers[result.Stream].Start().Resume
		s.Gaps = append(s.Gaps, result.Gaps...) // never nil, so that clients see []
	})
	if problem != nil {
		w.Log("error", result.Stream, problem.Code+": "+problem.Message)
	}
}

// unread ends the steps of skipped streams, which were left for the run's end to
// explain, when the run itself ended well: they were not read, so they failed.
func (w *sink) unread(results []host.StreamResult) {
	for _, r := range results {
		if r.Problem != nil && w.recorder.step(r.Stream).Status == host.StatusSkipped {
			w.conclude(r, host.StatusFailed, r.Problem, 0)
		}
	}
}

// abandon ends the streams without a result when problem ended the whole run. A cursor
// that the connector refused in this way is forgotten.
func (w *sink) abandon(results []host.StreamResult, problem *host.Problem) error {
	for _, r := range results {
		if r.Outcome != host.OutcomeUnfinished {
			continue
		}
		if writer := w.writers[r.Stream]; refusedCursor(problem) && len(writer.Start().Cursor) > 0 {
			if err := writer.Restart(string(host.FullRefused)); err != nil {
				return err
			}
		}
		if w.recorder.step(r.Stream).Status == host.StatusRunning {
			w.conclude(r, host.StatusFailed, problem, 0)
		}
	}
	return nil
}

// stepOutcome turns a stream's result into its step's.
func stepOutcome(result host.StreamResult) (host.RunStatus, *host.Problem) {
	switch {
	case result.Outcome == host.OutcomeComplete:
		return host.StatusSucceeded, nil
	case result.Outcome == host.OutcomeGaps && len(result.Gaps) > 0:
		return host.StatusPartial, gapsProblem(result.Gaps)
	}
	status := host.StatusFailed
	if result.Outcome == host.OutcomeGaps || result.Outcome == host.OutcomePartial {
		status = host.StatusPartial
	}
	if result.Problem != nil {
		return status, result.Problem
	}
	return status, &host.Problem{
		Code:    sdk.CodeInternalBug,
		Message: "the connector did not say why it stopped",
		Remedy:  "Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}
