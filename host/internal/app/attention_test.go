package app_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

var (
	attentionNow = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	lately       = attentionNow.Add(-time.Hour)
)

// connectionOf returns a connection with a reason, a problem of its latest run and an edit.
func connectionOf(alias string, reason host.Reason, p *host.Problem, edits ...func(*host.ConnectionStatus)) host.ConnectionStatus {
	c := host.ConnectionStatus{
		Connection: host.Connection{ID: "id-" + alias, Alias: alias, CreatedAt: lately}, Reason: reason, Since: lately,
		Health: host.HealthUnhealthy, Explanation: "It is so.", Activity: host.ActivityIdle, FailingSteps: []string{"users"},
		LastRun: &host.Run{Status: host.StatusFailed, Steps: []host.Step{{Name: "users", Title: "Read users", Status: host.StatusFailed,
			Error: p}}},
	}
	for _, edit := range edits {
		edit(&c)
	}
	return c
}

func problemOf(code string, fault host.Fault) *host.Problem {
	return &host.Problem{Code: code, Message: "the vendor said " + code, Remedy: "Do something.", Fault: fault}
}

func kindsOf(all []host.Attention) (kinds []string) {
	for _, x := range all {
		kinds = append(kinds, string(x.Kind)+" "+x.Alias)
	}
	return kinds
}

// TestAttentionIsOrderedByConsequence has one connection of each reason, in the wrong order.
func TestAttentionIsOrderedByConsequence(t *testing.T) {
	t.Parallel()
	healthy := func(c *host.ConnectionStatus) { c.Health, c.LastRun.Status = host.HealthHealthy, host.StatusSucceeded }
	draft := connectionOf("draft", host.ReasonDraft, nil, func(c *host.ConnectionStatus) { c.LastRun, c.Health = nil, host.HealthUnknown })
	due := connectionOf("due", host.ReasonDraft, nil, func(c *host.ConnectionStatus) { c.LastRun, c.NextRunAt = nil, &attentionNow })
	list := []host.ConnectionStatus{
		draft, due,
		connectionOf("late", host.ReasonLate, nil, healthy),
		connectionOf("fine", host.ReasonOnTime, nil, healthy),
		connectionOf("partly", host.ReasonDegraded, problemOf("rate.limited", host.FaultUpstream)),
		connectionOf("longer", host.ReasonFailing, problemOf("upstream.error", host.FaultUpstream),
			func(c *host.ConnectionStatus) { c.Since = lately.Add(-time.Hour) }),
		connectionOf("broken", host.ReasonFailing, problemOf("upstream.error", host.FaultUpstream)),
		connectionOf("asleep", host.ReasonPaused, nil, func(c *host.ConnectionStatus) { c.Paused = &host.Pause{By: host.PausedByPerson} }),
		connectionOf("given-up", host.ReasonPaused, nil, func(c *host.ConnectionStatus) {
			c.Paused = &host.Pause{By: host.PausedByHost, Reason: "It failed 10 times in a row."}
		}),
		connectionOf("key", host.ReasonActionRequired, problemOf("auth.rejected", host.FaultCustomer)),
		connectionOf("cut", host.ReasonDegraded, nil, func(c *host.ConnectionStatus) { c.LastRun.Status = host.StatusInterrupted }),
	}
	all := app.AttentionOf(list, attentionNow, lately)
	want := []string{
		"action_required key", "paused given-up", "failing longer", "failing broken", "degraded partly", "late late", "stopped ", "draft draft",
	}
	if got := kindsOf(all); !slices.Equal(got, want) {
		t.Errorf("the order is wrong: %s", cmp.Diff(want, got))
	}
	key := all[0]
	if key.Action.Href != "/connections/key/edit" || key.Fault != host.FaultCustomer || key.Why != "the vendor said auth.rejected" ||
		key.Remedy != "Do something." || key.Severity != host.SeverityError || key.Since == nil {
		t.Errorf("a refused key is %+v", key)
	}
	for i, x := range all {
		if x.Title == "" || x.Why == "" || x.Action.Title == "" || x.Action.Href == "" || x.Action.Command == "" {
			t.Errorf("item %d lacks something: %+v", i, x)
		}
	}
}

func TestAttentionSaysOneCauseOnce(t *testing.T) {
	t.Parallel()
	down := problemOf("network.unreachable", host.FaultNetwork)
	two := []host.ConnectionStatus{connectionOf("a", host.ReasonFailing, down), connectionOf("b", host.ReasonDegraded, down)}
	if got := kindsOf(app.AttentionOf(two, attentionNow, lately)); !slices.Equal(got, []string{"failing a", "degraded b"}) {
		t.Errorf("two connections are %v", got)
	}
	three := append(two, connectionOf("c", host.ReasonFailing, down), connectionOf("vendor", host.ReasonFailing,
		problemOf("x", host.FaultUpstream)))
	all := app.AttentionOf(three, attentionNow, lately)
	if got := kindsOf(all); !slices.Equal(got, []string{"failing ", "failing vendor"}) {
		t.Fatalf("three connections are %v", got)
	}
	if x := all[0]; !strings.Contains(x.Title, "3 connections") || !strings.Contains(x.Why,
		"(a). The same keeps these from being read: c, b.") || x.Since == nil {
		t.Errorf("one cause is said as %+v", x)
	}
}

func TestAttentionKeepsDecisionsAndCredentialsApart(t *testing.T) {
	t.Parallel()
	c := connectionOf("hr", host.ReasonActionRequired, problemOf(host.CodeRemovalHeld, host.FaultCustomer), func(c *host.ConnectionStatus) {
		c.Streams = []host.StreamStats{{Name: "users", Title: "Users", Held: &host.HeldRemoval{Removes: 1800, Explanation: "Held.",
			Since: lately}}}
		c.Secrets = []host.SecretInfo{
			{Name: "old", SetAt: attentionNow.Add(-400 * 24 * time.Hour)}, {Name: "new", SetAt: lately},
		}
	})
	all := app.AttentionOf([]host.ConnectionStatus{c}, attentionNow, lately)
	if got := kindsOf(all); !slices.Equal(got, []string{"held_removals hr", "credential hr"}) {
		t.Fatalf("it is %v", got)
	}
	if all[0].Title != "hr: 1800 removals of Users wait for you" || all[1].Title != "The old of hr is 400 days old" {
		t.Errorf("titles are %q and %q", all[0].Title, all[1].Title)
	}
}

// TestAttentionOfAHost opens a real one: a program that nobody vouched for, a connection
// that was never synced, and a backup that was never made, until it is.
func TestAttentionOfAHost(t *testing.T) {
	t.Parallel()
	e := setup(t)
	if all, err := e.Attention(as(t)); err != nil || slices.ContainsFunc(all,
		func(x host.Attention) bool { return x.Kind != host.AttentionDoctor }) {
		t.Errorf("of an empty host it says %+v, %v", all, err)
	}
	add(t, e, connections.NewConnection{})
	all, err := e.Attention(as(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := kindsOf(all); !slices.Contains(got, "draft corp") || !slices.Contains(got, "trust ") || slices.Contains(got, "backup ") {
		t.Errorf("it says %v", got)
	}
	late := time.Now().Add(48 * time.Hour)
	if all, err := e.BackupAttention(as(t), late); err != nil || len(all) != 1 || all[0].Title != "There is no backup" {
		t.Errorf("after two days without a backup it says %+v, %v", all, err)
	}
	task, err := e.StartBackup(as(t), app.BackupRequest{HostKey: true, File: filepath.Join(t.TempDir(), "elsewhere.age")})
	for err == nil && task.Status == "running" {
		task, err = e.Task(as(t), task.ID, task.Version)
	}
	if err != nil || task.Error != nil {
		t.Fatal(err, task.Error)
	}
	if all, err := e.BackupAttention(as(t), late); err != nil || len(all) != 0 {
		t.Errorf("after a backup elsewhere it says %+v, %v", all, err)
	}
	if all, err := e.BackupAttention(as(t), late.Add(9*24*time.Hour)); err != nil || len(all) != 1 || !strings.Contains(all[0].Title,
		"days old") {
		t.Errorf("after eleven days it says %+v, %v", all, err)
	}
	storage, err := e.Storage(as(t))
	if err != nil || storage.Backup == nil || storage.Backup.SealedWith != "host-key" || storage.Backup.Bytes == 0 || storage.Key == "" {
		t.Errorf("the storage is %+v, %v", storage, err)
	}
	entries, _, err := e.Audit(as(t), lookup.AuditQuery{Collection: "backup"})
	if err != nil || len(entries) != 1 || entries[0].Actor.Name != "anna" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
	if tasks := e.Tasks("backup"); len(tasks) != 1 || tasks[0].ID != task.ID || len(e.Tasks("verify")) != 0 {
		t.Errorf("tasks are %+v", tasks)
	}
}

func TestAttentionSaysManyUnverifiedProgramsOnce(t *testing.T) {
	t.Parallel()
	waiting := &host.Installation{Version: "1", Waiting: &host.WaitingUpdate{Version: "2", Since: lately}}
	connectors := []host.Connector{
		{ID: "a", Trust: host.TrustUnverified, Connections: 1}, {ID: "b", Trust: host.TrustUnverified, Connections: 2},
		{ID: "idle", Trust: host.TrustUnverified}, {ID: "good", Trust: host.TrustSigned, Connections: 1, Installation: waiting},
	}
	titles := func(all []host.Attention) (list []string) {
		for _, x := range all {
			list = append(list, x.Title)
		}
		return list
	}
	want := []string{"The program of a is unverified", "The program of b is unverified", "good 2 waits for your consent"}
	if got := titles(app.TrustAttention(connectors)); !slices.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	connectors = append(connectors, host.Connector{ID: "c", Trust: host.TrustUnverified, Connections: 1})
	want = []string{"good 2 waits for your consent", "The programs of 3 connectors in use are unverified"}
	if got := titles(app.TrustAttention(connectors)); !slices.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
