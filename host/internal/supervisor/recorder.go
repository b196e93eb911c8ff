package supervisor

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/source"
)

const (
	stepStart = "start"
	// maxPending is how many log lines wait in memory, and for how long.
	maxPending   = 100
	pendingTime  = time.Second
	progressTime = 250 * time.Millisecond // between two hints of mere progress
	// savedTime is how old the counters in the store may be. After a crash they are what
	// is known of the run.
	savedTime = time.Second
)

// recorder holds the authoritative copy of an active run. The store gets it at
// every change of a step, and every second while records come in. A call that only reads
// never waits for the disk: mu is not held while anything is stored. The locks are taken
// in the order in which they stand here.
type recorder struct {
	store       *journal.Journal
	events      *event.Log
	logger      *slog.Logger
	now         func() time.Time
	generations *generations

	saving   sync.Mutex // held while the run is stored, so that the newest copy is stored last
	flushing sync.Mutex // held while lines are stored, so that none is stored twice

	mu         sync.Mutex
	run        host.Run
	kept       time.Time // when it was last handed to the store
	pending    []host.Log
	lines      int
	saveFailed bool // the run has its outcome, and the store could not take it
	flushed    time.Time
	hinted     time.Time
	later      *time.Timer // publishes progress that came too soon after the last hint
}

func newRecorder(run host.Run, config Config, generations *generations) *recorder {
	run.Steps = slices.Clone(run.Steps) // the caller keeps its own
	return &recorder{
		store: config.Store, events: config.Events, now: config.Now, generations: generations, run: run,
		logger: config.Logger.With("run", run.ID, "connection", run.Alias),
	}
}

func newStep(name, title, stream string) host.Step {
	return host.Step{Name: name, Title: title, Stream: stream, Status: host.StatusQueued, Gaps: []host.Gap{}}
}

func (r *recorder) id() string { return r.run.ID } // never changes

// snapshot returns a copy of the run that the recorder does not change.
func (r *recorder) snapshot() host.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.copyLocked()
}

func (r *recorder) status() host.RunStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.run.Status
}

func (r *recorder) copyLocked() host.Run {
	run := r.run
	run.Steps = slices.Clone(r.run.Steps)
	return run
}

func (r *recorder) pendingLogs() []host.Log {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.pending)
}

// edit changes the run. The next change of a step stores it.
func (r *recorder) edit(change func(run *host.Run)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.run)
}

// begin marks the run as running.
func (r *recorder) begin() {
	r.change("started", func() bool {
		now := r.now().UTC()
		r.run.Status, r.run.StartedAt = host.StatusRunning, &now
		return true
	})
}

// plan adds the connector's own steps behind the first.
func (r *recorder) plan(connector host.Connector) {
	r.change("changed", func() bool {
		r.run.ConnectorVersion, r.run.ConnectorSHA256, r.run.ConnectorTrust = connector.Version, connector.SHA256, connector.Trust
		for _, s := range connector.Steps {
			r.run.Steps = append(r.run.Steps, newStep(s.Name, s.Title, s.Stream))
		}
		return true
	})
}

// reached notes what the connector asked to reach. It is stored with the end.
func (r *recorder) reached(contacts []host.Contact) {
	contacts = slices.Clone(contacts)
	for i := range contacts { // which the connector named
		c := &contacts[i]
		c.Host, c.Reason = display.Visible(c.Host), display.Visible(c.Reason)
	}
	r.edit(func(run *host.Run) { run.Network = contacts })
}

// refused notes which system calls the kernel refused the connector, and says so in
// the log.
func (r *recorder) refused(calls []string) {
	if len(calls) == 0 {
		return
	}
	r.edit(func(run *host.Run) { run.RefusedCalls = calls })
	r.log("warn", "", "the connector made system calls that it may not make, and the kernel refused them: "+strings.Join(calls, ", "))
}

// full notes why a stream is read from its beginning.
func (r *recorder) full(streamName string, why host.FullRead) {
	r.edit(func(run *host.Run) {
		for i := range run.Steps {
			if run.Steps[i].Stream == streamName {
				run.Steps[i].Full = why
			}
		}
	})
}

// running marks a step as begun, unless it has begun already.
func (r *recorder) running(name string) {
	r.change("changed", func() bool {
		s := r.stepLocked(name)
		return s != nil && r.startLocked(s)
	})
}

// startLocked marks a queued step as running.
func (r *recorder) startLocked(s *host.Step) bool {
	if s.Status != host.StatusQueued {
		return false
	}
	now := r.now().UTC()
	s.Status, s.StartedAt = host.StatusRunning, &now
	return true
}

// finish gives a step its outcome. Edit may set more of it; it may be nil. Only a
// skipped step can get another outcome: what was left out can still fail.
func (r *recorder) finish(name string, status host.RunStatus, problem *host.Problem, edit func(*host.Step)) {
	r.change("changed", func() bool {
		s := r.stepLocked(name)
		if s == nil || s.Status.Final() && (s.Status != host.StatusSkipped || status == host.StatusSkipped) {
			return false // a connector may repeat it ten thousand times
		}
		r.startLocked(s)
		now := r.now().UTC()
		s.Status, s.Error, s.FinishedAt, s.WaitUntil, s.Note = status, problem, &now, nil, ""
		if edit != nil {
			edit(s)
		}
		return true
	})
}

// drop removes a step that is not part of the run after all.
func (r *recorder) drop(name string) {
	r.change("changed", func() bool {
		r.run.Steps = slices.DeleteFunc(r.run.Steps, func(s host.Step) bool { return s.Name == name })
		return true
	})
}

// counted adds to the counters of a stream's step.
func (r *recorder) counted(streamName string, counts host.Counts) {
	r.mu.Lock()
	for i := range r.run.Steps {
		if s := &r.run.Steps[i]; s.Stream == streamName {
			s.Read += counts.Read
			s.Added += counts.Added
			s.Changed += counts.Changed
			s.Removed += counts.Removed
			s.WaitUntil, s.Note = nil, ""
		}
	}
	r.hintLocked()
	due := !r.run.Status.Final() && r.now().Sub(r.kept) >= savedTime
	r.mu.Unlock()
	if due {
		r.keep()
	}
}

// progress shows what a step is doing.
func (r *recorder) progress(p source.Progress) {
	switch step := r.step(p.Step); {
	case p.Status == host.StatusSkipped:
		r.finish(p.Step, host.StatusSkipped, nil, func(s *host.Step) { s.Note = p.Note })
		return
	case p.Status == host.StatusSucceeded && step.Stream == "":
		// A stream's step ends with its result, which says more.
		r.finish(p.Step, host.StatusSucceeded, nil, nil)
		return
	}
	r.running(p.Step)
	r.mu.Lock()
	if s := r.stepLocked(p.Step); s != nil && !s.Status.Final() {
		if p.Note != "" || p.WaitUntil == nil {
			s.Note = p.Note // else an earlier message said why it waits
		}
		s.WaitUntil = p.WaitUntil
		s.Requests += p.Requests
		s.Waited += p.Waits.Seconds()
		if p.Expected > 0 {
			s.Expected = p.Expected
		}
	}
	r.hintLocked()
	r.mu.Unlock()
}

// step returns a step, the zero step when the run has none of the name.
func (r *recorder) step(name string) (step host.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stepLocked(name); s != nil {
		step = *s
	}
	return step
}

func (r *recorder) stepLocked(name string) *host.Step {
	for i := range r.run.Steps {
		if r.run.Steps[i].Name == name {
			return &r.run.Steps[i]
		}
	}
	return nil
}

// hintLocked publishes that there is progress, at most every progressTime; the last
// progress is always published.
func (r *recorder) hintLocked() {
	if r.later != nil {
		return // it publishes this, too
	}
	wait := progressTime - r.now().Sub(r.hinted)
	if wait <= 0 {
		r.hinted = r.now()
		r.events.PublishRun(r.run.Connection, r.id(), event.KindProgress)
		return
	}
	r.later = time.AfterFunc(wait, func() { // ends at once; end stops it
		r.mu.Lock()
		defer r.mu.Unlock()
		r.later, r.hinted = nil, r.now()
		if !r.run.Status.Final() {
			r.events.PublishRun(r.run.Connection, r.id(), event.KindProgress)
		}
	})
}

// change applies edit. When edit reports a change, the run is stored and an event of this
// kind is published.
func (r *recorder) change(kind string, edit func() bool) {
	r.mu.Lock()
	changed := edit()
	r.mu.Unlock()
	if !changed {
		return
	}
	r.flush()
	run := r.keep()
	r.events.PublishRun(run.Connection, run.ID, kind)
}

// keep stores the run as it stands and returns it.
func (r *recorder) keep() host.Run {
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	run := r.copyLocked()
	r.kept = r.now()
	r.mu.Unlock()
	r.save(run)
	return run
}

// save stores the run. A run goes on when this fails: a store that cannot write refuses
// the next commit.
func (r *recorder) save(run host.Run) bool {
	err := r.store.SaveRun(run)
	if err != nil {
		r.logger.Error("save run", "err", err)
	}
	return err == nil
}

// log adds a line to the run's log.
func (r *recorder) log(level, step, message string) {
	r.mu.Lock()
	r.lines++
	r.pending = append(r.pending, host.Log{Number: r.lines, At: r.now().UTC(), Level: level, Step: step, Message: message})
	due := len(r.pending) >= maxPending || r.now().Sub(r.flushed) >= pendingTime
	r.mu.Unlock()
	if due {
		r.flush()
	}
}

// flush stores the pending lines; lines that cannot be stored are kept until they can,
// up to a bound.
func (r *recorder) flush() {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	lines := r.pendingLogs()
	if len(lines) == 0 {
		return
	}
	err := r.store.AppendLogs(r.id(), lines)
	if err != nil {
		r.logger.Error("append run log", "err", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushed = r.now()
	switch {
	case err == nil:
		r.pending = slices.Clone(r.pending[len(lines):])
	case len(r.pending) >= 10*maxPending:
		r.pending = nil
	}
}

// end gives every step that has none its outcome and the run its own.
func (r *recorder) end(cause error) host.Run {
	if cause != nil {
		r.log("error", "", cause.Error())
	}
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	if r.later != nil {
		r.later.Stop()
	}
	run := r.copyLocked()
	r.mu.Unlock()
	now := r.now().UTC()
	endSteps(&run, cause, now)
	run.FinishedAt, run.Status = &now, statusOf(run.Steps, cause)
	r.flush()
	// Stored before it can be read: an outcome that was shown must not be lost.
	saved := r.save(run)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run, r.saveFailed = run, !saved
	r.generations.next(run.Connection)
	return r.copyLocked()
}
