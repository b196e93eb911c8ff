package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
)

// sync does the work of one run and returns what ended it too early, if
// anything did.
func (s *Supervisor) sync(ctx context.Context, connection host.Connection, a *active) error {
	rec := a.recorder
	rec.begin()
	rec.running(stepStart)
	connector, err := s.config.Catalog.Lookup(ctx, connection.Connector)
	if err != nil {
		return s.early(ctx, err)
	}
	rec.plan(connector)
	secrets, err := s.config.Vault.Unseal(connection.ID, connector)
	if err != nil {
		return err
	}
	a.program = plugin.ProgramOf(connector)
	if q, held := s.crashes.held(a.program); held && a.options.Trigger != host.TriggerManual {
		return quarantined(a.program, q)
	}
	allowed, gate, err := Contain(
		s.config.Proxy, connector, connection.Settings, s.config.Catalog.Bundled(connector), s.config.Launcher.Private(),
	)
	if err != nil {
		return err
	}
	defer func() {
		gate.Close()
		rec.reached(gate.Contacts())
		if !gate.Linked() {
			rec.log("warn", stepStart, connector.Name+" neither implements Tunnel nor declares network_tcp, so it can reach no host: report it to its author")
		}
	}()
	process, err := s.config.Launcher.Start(ctx, a.program, allowed)
	if err != nil {
		return s.early(ctx, err)
	}
	a.ticket.guest.Started(process.Use)
	s.queue.look() // the next may start
	defer s.stop(process, rec)
	if allowed.Link {
		gate.Serve(process.Client())
	}
	rec.finish(stepStart, host.StatusSucceeded, nil, nil)
	rec.log("info", stepStart, fmt.Sprintf("started %s %s, process %d, sha256 %.12s", connector.ID, connector.Version, process.PID(), connector.SHA256))
	if process.Attached() {
		rec.log("warn", stepStart, "its author started this process and nothing contains it: it may do all that this user may, and only what it asks of the host's proxy is seen")
	}
	return s.converse(ctx, connection, connector, a, process, secrets)
}

// early prefers the reason for a cancelled context over the error it caused.
func (s *Supervisor) early(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (s *Supervisor) stop(process *plugin.Process, rec *recorder) {
	err := process.Stop()
	rec.refused(process.RefusedCalls())
	if err != nil {
		// The run's outcome stands; that something was left behind is news of its own.
		rec.log("error", "", err.Error())
		s.config.Logger.Error("stop connector", "err", err)
	}
}

// converse reads every stream of the connector into the store.
func (s *Supervisor) converse(ctx context.Context, connection host.Connection, connector host.Connector, a *active, process *plugin.Process, secrets map[string]string) error {
	run := a.recorder.snapshot()
	values := make([]string, 0, len(secrets))
	for _, v := range secrets {
		values = append(values, v)
	}
	lease := s.budgets.Join(budget.Claim{
		Key: a.options.Tenant.Key, Limit: a.options.Tenant.Limit, Fixed: !slices.Contains(connector.Capabilities, sdk.CapabilityLease),
	})
	defer lease.Leave()
	writing := &writing{recorder: a.recorder, supervisor: s, lease: lease, options: a.options, writers: map[string]*journal.StreamWriter{}}
	writing.removals, writing.connector = connection.Removals.Over(s.config.Removals), connector
	open := source.Open{
		Run: run.ID, Epoch: run.Epoch, Connection: connection.ID,
		Settings: connection.Settings, Secrets: secrets,
		Scrub: secret.NewScrubber(values...).Scrub,
		Pace:  func() source.Pace { return paceOf(lease.Share()) }, Repaced: lease.Changed(),
	}
	if deadline, ok := ctx.Deadline(); ok {
		// The connector hears of the deadline from the host, which can say whose it
		// is; its own clock is for a host that says nothing any more.
		open.Deadline = deadline.Add(source.CancelGrace)
	}
	defer writing.close()
	for _, info := range connector.Streams {
		state, err := writing.open(connection, info, run)
		if err != nil {
			return err
		}
		open.Streams = append(open.Streams, state)
	}
	results, err := source.Sync(ctx, process.Client(), open, writing, writing.notify)
	s.heed(lease, results, err)
	if cause := context.Cause(ctx); cause != nil && (err != nil || stopped(results)) {
		return cause
	}
	if err != nil {
		problem := unasked(writing.blame(process.Blame(err)))
		problem = (&wire.Door{Scrub: open.Scrub}).Outward(connector.NameSettings(problem))
		if err := writing.forget(results, problem); err != nil {
			return err
		}
		writing.unfinished(results, problem)
		return problem
	}
	writing.unread(results)
	return nil
}

// stopped reports whether a stream ended because the connector was asked to.
func stopped(results []source.Result) bool {
	return slices.ContainsFunc(results, func(r source.Result) bool { return r.Problem != nil && r.Problem.Code == host.CodeCancelled })
}

// writing is the store's side of one run. It implements source.Sink.
type writing struct {
	supervisor *Supervisor
	recorder   *recorder
	lease      *budget.Lease
	options    Options
	removals   host.RemovalLimits
	connector  host.Connector
	failed     atomic.Pointer[ownError] // what this side ended the conversation with
	writers    map[string]*journal.StreamWriter
}

func (w *writing) open(connection host.Connection, info host.StreamInfo, run host.Run) (host.StreamRead, error) {
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
func (w *writing) full(info host.StreamInfo, start host.StreamStart) host.FullRead {
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
func (w *writing) close() {
	for _, writer := range w.writers {
		if err := writer.Close(); err != nil {
			w.supervisor.config.Logger.Warn("close stream", "err", err)
		}
	}
}

// Commit implements source.Sink.
func (w *writing) Commit(_ context.Context, group host.Group) error {
	w.recorder.running(group.Stream)
	counts, err := w.writers[group.Stream].Commit(group)
	if err != nil {
		return w.own(err)
	}
	w.recorder.counted(group.Stream, counts)
	return nil
}

// notify takes what the connector says in passing.
func (w *writing) notify(note source.Note) error {
	switch n := note.(type) {
	case source.Progress:
		w.recorder.progress(n)
	case source.Line:
		w.recorder.log(n.Level, n.Step, n.Message)
	case source.Wait:
		w.recorder.waited(n.Step, n.Wait)
		if n.Limited {
			w.supervisor.limited(w.lease, n.Wait)
		}
	case source.Result:
		if err := w.finish(n); err != nil {
			return w.own(err)
		}
	}
	return nil
}

// blame says whose fault the end of a conversation is: an error of this side is the
// host's, any other without a problem is the connector's.
func (w *writing) blame(err error) *host.Problem {
	if own := w.failed.Load(); own != nil && errors.Is(err, own) {
		return host.AsProblem(own.error)
	}
	return Unreadable(err)
}

// ownError is an error of the host's side of a conversation.
type ownError struct{ error }

func (e *ownError) Unwrap() error { return e.error }

// own notes an error of this side and returns it.
func (w *writing) own(err error) error {
	own := &ownError{err}
	w.failed.Store(own)
	return own
}

// finish ends a stream's step: what was not seen is removed if, and only if,
// the read was complete.
func (w *writing) finish(result source.Result) error {
	writer := w.writers[result.Stream]
	result.Problem = w.connector.NameSettings(result.Problem)
	for i := range result.Gaps {
		result.Gaps[i].Error = *w.connector.NameSettings(&result.Gaps[i].Error)
	}
	if err := w.heal(&result, writer); err != nil {
		return err
	}
	swept, err := writer.Finish(journal.Finish{
		Outcome: result.Outcome,
		Sweep:   journal.Sweep{Limits: w.removals, Confirmed: w.options.Confirm[result.Stream]},
	})
	if err != nil {
		return fmt.Errorf("finish stream %s: %w", result.Stream, err)
	}
	w.warnOfRepeats(result.Stream)
	w.recorder.counted(result.Stream, host.Counts{Removed: swept.Removed})
	step, _ := w.recorder.step(result.Stream)
	skipped := step.Status == host.StatusSkipped
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
func (w *writing) warnOfRepeats(streamName string) {
	times, key := w.writers[streamName].Again()
	if times == 0 {
		return
	}
	w.recorder.log("warn", streamName, fmt.Sprintf(
		"%d records came again in this run with other content, the first with the key %q; the last of each holds. "+
			"Either they changed while they were read, or the connector gives one key to different items", times, key))
}

// heal forgets a cursor that the connector refused, so that the next run reads the
// stream from its beginning. A connector that refuses a cursor it was not given
// would be asked for ever: that is its own fault.
func (w *writing) heal(result *source.Result, writer *journal.StreamWriter) error {
	if result.Problem == nil || !refusedCursor(result.Problem) {
		return nil
	}
	if len(writer.Start().Cursor) == 0 && result.Read == 0 {
		p := *result.Problem
		p.Fault, p.Retry = host.FaultConnector, host.RetryNever
		p.Message = "the connector refused a cursor, though it was given none: " + p.Message
		p.Remedy = "Report this to the connector's author with the run's log."
		result.Problem = &p
		return nil
	}
	p := *result.Problem
	p.Retry, p.Remedy = host.RetryAfter, "Nothing needs to be done: the next sync reads this stream from its beginning."
	result.Problem = &p
	w.recorder.log("warn", result.Stream, "the cursor was refused and is forgotten: the next run reads this stream from its beginning")
	return writer.Restart(string(host.FullRefused))
}

// refusedCursor reports whether a problem says that a stream cannot go on from
// its cursor.
func refusedCursor(p *host.Problem) bool {
	return p.Code == sdk.CodeCursorExpired || p.Code == sdk.CodeCursorInvalid
}

// conclude gives a stream's step its outcome and says in the log what failed.
func (w *writing) conclude(result source.Result, status host.RunStatus, problem *host.Problem, held int) {
	w.recorder.finish(result.Stream, status, problem, func(s *host.Step) {
		start := w.writers[result.Stream].Start()
		s.Gaps, s.Held, s.Resumed = orNone(result.Gaps), held, start.Resume
	})
	if problem != nil {
		w.recorder.log("error", result.Stream, problem.Code+": "+problem.Message)
	}
}

// unread ends the steps that were left for the run's end to explain, when the
// run itself came to a good end: they were not read, so they failed.
func (w *writing) unread(results []source.Result) {
	for _, r := range results {
		step, ok := w.recorder.step(r.Stream)
		if ok && r.Problem != nil && (step.Status == host.StatusRunning || step.Status == host.StatusSkipped) {
			w.conclude(r, host.StatusFailed, unasked(r.Problem), 0)
		}
	}
}

// unasked returns problem, or a bug in its place when a connector says that it
// was stopped, which nobody asked for: who ends a run is for the host to say.
func unasked(problem *host.Problem) *host.Problem {
	if problem.Code != host.CodeCancelled && problem.Code != host.CodeInterrupted {
		return problem
	}
	p := *problem
	p.Code, p.Fault = sdk.CodeInternalBug, host.FaultConnector
	p.Message = "the connector stopped though the host did not ask it to: " + p.Message
	p.Remedy = "Sync again; if it keeps happening, report it to the connector's author with the run's log."
	return &p
}

// unfinished names the cause in the step of every stream that had begun and got
// no result.
func (w *writing) unfinished(results []source.Result, problem *host.Problem) {
	for _, r := range results {
		if step, ok := w.recorder.step(r.Stream); ok && r.Outcome == host.OutcomeUnfinished && step.Status == host.StatusRunning {
			w.conclude(r, host.StatusFailed, problem, 0)
		}
	}
}

// forget clears the cursors of the streams without a result when a connector that
// ended the whole run said that it was given a cursor it cannot go on from.
func (w *writing) forget(results []source.Result, problem *host.Problem) error {
	for _, r := range results {
		if r.Outcome != host.OutcomeUnfinished || !refusedCursor(problem) || len(w.writers[r.Stream].Start().Cursor) == 0 {
			continue
		}
		if err := w.writers[r.Stream].Restart(string(host.FullRefused)); err != nil {
			return err
		}
	}
	return nil
}

// stepOutcome turns a stream's result into its step's.
func stepOutcome(result source.Result) (host.RunStatus, *host.Problem) {
	switch result.Outcome {
	case host.OutcomeComplete:
		return host.StatusSucceeded, nil
	case host.OutcomeGaps:
		if len(result.Gaps) > 0 {
			return host.StatusPartial, gapsProblem(result.Gaps)
		}
		return host.StatusPartial, orUnexplained(result.Problem)
	case host.OutcomePartial:
		return host.StatusPartial, orUnexplained(result.Problem)
	default:
		return host.StatusFailed, orUnexplained(result.Problem)
	}
}

func orUnexplained(problem *host.Problem) *host.Problem {
	if problem != nil {
		return problem
	}
	return &host.Problem{
		Code:    sdk.CodeInternalBug,
		Message: "the connector did not say why it stopped",
		Remedy:  "Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}

func orNone(gaps []host.Gap) []host.Gap {
	if gaps == nil {
		return []host.Gap{}
	}
	return gaps
}
