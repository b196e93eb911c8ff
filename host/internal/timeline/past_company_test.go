package timeline_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// past is a journal with a history that a test writes, and the tests over it.
type past struct {
	t        testing.TB
	store    *journal.Journal
	people   *people.People
	rules    *rulebook.Rulebook
	timeline *timeline.Timeline
	now      time.Time
	ids      map[string]string      // of connections, by alias
	whole    map[string][]time.Time // when complete reads ended, by connection and stream
}

// start is when a history begins: a midnight.
var start = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// openPast returns an empty journal and tests over it.
func openPast(t testing.TB, tests ...verdict.Test) *past {
	t.Helper()
	p := &past{t: t, now: start, ids: map[string]string{}, whole: map[string][]time.Time{}}
	clock := func() time.Time { return p.now }
	parts := hosttest.OpenParts(t, t.TempDir(), func(o *journal.Options) { o.Now = clock })
	p.store = parts.Store
	p.people = people.Open(people.Config{
		Journal: p.store, Now: clock,
		Connector: func(_ context.Context, id string) (host.Connector, error) {
			categories := map[string]host.Category{"hr": host.CategoryHRIS, "idp": host.CategoryIdentity}
			return host.Connector{ID: id, Name: id, Categories: []host.Category{cmp.Or(categories[id], host.CategoryVersionControl)}}, nil
		},
	})
	t.Cleanup(p.people.Close)
	supervise := supervisor.New(supervisor.Config{
		Store: p.store, Vault: parts.Vault, Events: parts.Events, Logger: slog.New(slog.DiscardHandler), Now: clock, MaxRuns: 1,
	})
	statuses := connections.NewStatuses(connections.StatusParts{
		Location: time.UTC, Store: p.store, Catalog: parts.Catalog, Supervisor: supervise,
	})
	p.rules = rulebook.New(rulebook.Parts{
		Library: func() ([]verdict.Test, error) { return tests, nil }, Store: p.store, Events: parts.Events, Now: clock, Location: time.UTC,
	})
	p.timeline = timeline.New(timeline.Parts{Rules: p.rules, Store: p.store, Statuses: statuses, People: p.people, Now: clock})
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// connection returns the id of a connection, which it makes at the first time.
func (p *past) connection(alias string) string {
	p.t.Helper()
	if p.ids[alias] == "" {
		made, err := p.store.CreateConnection(hosttest.As(p.t), host.Connection{Alias: alias, Connector: alias}, nil)
		must(p.t, err)
		p.ids[alias] = made.ID
	}
	return p.ids[alias]
}

// gone is the removal of a record.
type gone struct{}

// read is a run of one stream: a connection has one for each kind. It sends documents by key; a run that is not complete does too.
func (p *past) read(alias string, k kind.Kind, status host.RunStatus, docs map[string]any) {
	p.t.Helper()
	connection, began := p.connection(alias), p.now
	run, err := p.store.BeginRun(host.Run{
		Connection: connection, Alias: alias, Status: host.StatusRunning, QueuedAt: began, StartedAt: &began, Trigger: host.TriggerManual,
	})
	must(p.t, err)
	info := host.StreamInfo{Name: string(k) + "s", Kind: string(k), Deletes: "tombstone", Incremental: true}
	w, err := p.store.OpenStream(connection, info, run.ID, run.Epoch)
	must(p.t, err)
	var writes []host.Write
	for key, doc := range docs {
		if _, is := doc.(gone); is {
			writes = append(writes, host.Write{Key: key, Removed: true})
			continue
		}
		raw, err := json.Marshal(doc)
		must(p.t, err)
		raw, err = kind.Canonical(raw)
		must(p.t, err)
		writes = append(writes, host.Write{Key: key, Doc: raw, Hash: sha256.Sum256(raw)})
	}
	if status != host.StatusFailed {
		_, err = w.Commit(host.Group{Writes: writes, Checkpoint: host.Checkpoint{Sequence: 1, Cursor: []byte("x")}})
		must(p.t, err)
	}
	p.now = p.now.Add(time.Minute)
	outcome := map[host.RunStatus]host.Outcome{
		host.StatusSucceeded: host.OutcomeComplete, host.StatusPartial: host.OutcomeGaps, host.StatusFailed: host.OutcomeFailed,
	}[status]
	_, err = w.Finish(journal.Finish{Outcome: outcome})
	must(p.t, err)
	must(p.t, w.Close())
	ended := p.now
	step := host.Step{Name: info.Name, Stream: info.Name, Status: status, StartedAt: &began, FinishedAt: &ended, Gaps: []host.Gap{}}
	if status == host.StatusPartial {
		step.Gaps = []host.Gap{{Scope: "the group admins", Error: host.Problem{Message: "the token may not read it"}}}
	}
	run.Status, run.FinishedAt, run.Steps = status, &ended, []host.Step{step}
	must(p.t, p.store.SaveRun(run))
	if status == host.StatusSucceeded {
		name := connection + "/" + info.Name
		p.whole[name] = append(p.whole[name], ended)
	}
}

// exclude takes a record out of a test; until may be empty.
func (p *past) exclude(test, alias, key, until string) verdict.ItemExclusion {
	p.t.Helper()
	made, err := p.rules.Exclude(hosttest.As(p.t), test, verdict.NewExclusion{
		ItemRef: verdict.ItemRef{Connection: alias, Key: key}, Reason: "agreed", Until: until,
	})
	must(p.t, err)
	return made
}

// withdraw takes an exclusion back.
func (p *past) withdraw(e verdict.ItemExclusion) {
	p.t.Helper()
	_, err := p.rules.WithdrawExclusion(hosttest.As(p.t), e.ID, nil, "no longer")
	must(p.t, err)
}

// at moves the clock to an hour of a day of the history; never back.
func (p *past) at(day, hour int) {
	p.t.Helper()
	to := start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
	if to.Before(p.now) {
		p.t.Fatalf("the clock is at %s already", p.now)
	}
	p.now = to
}

// accountOf returns the document of an account.
func accountOf(email, mfa string) map[string]any {
	return map[string]any{"external_id": email, "email": email, "status": "active", "type": "human", "mfa": mfa}
}
