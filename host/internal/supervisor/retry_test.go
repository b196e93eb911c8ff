package supervisor_test

import (
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// failedRuns stores runs that failed in a way that heals.
func (b *bundle) failedRuns(t *testing.T, c host.Connection, n int) {
	t.Helper()
	for range n {
		run, err := b.store.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Connector: c.Connector, QueuedAt: time.Now().UTC()})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC()
		run.Status, run.FinishedAt = host.StatusFailed, &now
		run.Steps = []host.Step{{Name: "users", Status: host.StatusFailed, Error: &host.Problem{Code: "upstream.5xx", Retry: host.RetryAfter}}}
		if err := b.store.SaveRun(run); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFailedRunIsTriedAgainOnlyWhenThatCanHelp(t *testing.T) {
	t.Parallel()
	const fails = `{"streams":[{"name":"users","error":"upstream.5xx"}]}`
	tests := map[string]struct {
		connector string // "" = fake
		script    string
		before    int // runs in a row that failed alike
		edit      func(*host.Connection)
		want      time.Duration // give or take a fifth; 0 = not by itself
	}{
		"the first time":        {script: fails, want: time.Minute},
		"the second time":       {script: fails, before: 1, want: 4 * time.Minute},
		"the third time":        {script: fails, before: 2, want: 16 * time.Minute},
		"the fourth time":       {script: fails, before: 3, want: 64 * time.Minute},
		"the fifth time":        {script: fails, before: 4, want: 256 * time.Minute},
		"the sixth time":        {script: fails, before: 5},
		"the twentieth time":    {script: fails, before: 19},
		"it succeeded":          {script: `{}`, before: 1},
		"the connector crashed": {script: `{"streams":[{"name":"users","records":2,"crash":"kill"}]}`, want: time.Minute},
		"it crashes again":      {script: `{"streams":[{"name":"users","records":2,"crash":"kill"}]}`, before: 1},
		"two ways, both heal": {script: `{"streams":[{"name":"users","error":"upstream.5xx"},{"name":"groups","error":"network.dns"}]}`,
			want: time.Minute},
		"two ways, one needs help": {script: `{"streams":[{"name":"users","error":"upstream.5xx"},` +
			`{"name":"groups","error":"permission.missing"}]}`},
		"a credential was refused":  {script: `{"connect":{"error":"auth.invalid"}}`},
		"a setting is wrong":        {script: `{"streams":[{"name":"users","error":"config.invalid"}]}`},
		"a bug nobody mends by it":  {script: `{"streams":[{"name":"users","error":"schema.unexpected"}]}`},
		"a gap that needs a person": {script: `{"streams":[{"name":"users","records":1,"gap":"ou=hidden"}]}`},
		"no schedule":               {script: fails, edit: func(c *host.Connection) { c.Schedule = "" }},
		"paused":                    {script: fails, edit: func(c *host.Connection) { c.Paused = &host.Pause{By: "person"} }},
		"the vendor said when":      {connector: "picky", script: `{"streams":[{"name":"users","error":"rate.limited"}]}`, want: announcedWait},
		"later than the vendor said": {
			connector: "picky", script: `{"streams":[{"name":"users","error":"rate.limited"}]}`, before: 4, want: 256 * time.Minute,
		},
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(_ *bundle, config *supervisor.Config) { config.Now = func() time.Time { return now } })
			if test.connector == "" {
				test.connector = "fake"
			}
			c := b.connection(t, test.connector, "corp", test.script)
			b.failedRuns(t, c, test.before)
			if test.edit != nil {
				test.edit(&c)
			}
			run := b.sync(t, c)
			b.supervisor.Stop() // waits for what follows the end of a run
			switch {
			case test.want == 0 && len(b.retries) > 0:
				t.Errorf("after %s it is tried again at %v", told(run), <-b.retries)
			case test.want > 0 && len(b.retries) != 1:
				t.Errorf("after %s it is tried again %d times, want once", told(run), len(b.retries))
			case test.want > 0:
				r := <-b.retries
				if wait := r.at.Sub(now); r.connection != c.ID || wait < test.want*8/10 || wait > test.want*12/10 {
					t.Errorf("tried again after %s, want about %s", wait, test.want)
				}
			}
		})
	}
}

func TestARunAPersonCancelledIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	script := `{"streams":[{"name":"users","error":"upstream.5xx"},{"name":"groups","block_until_file":"` + b.dir + `/never"}]}`
	run := b.start(t, b.connection(t, "fake", "corp", script), supervisor.Options{Trigger: host.TriggerSchedule})
	b.await(t, run.ID, "past its failure", func(r host.Run) bool { return step(r, "groups").Status == host.StatusRunning })
	b.supervisor.Cancel(run.ID)
	if run := b.ended(t, run.ID); run.Status != host.StatusCancelled || step(run, "users").Status != host.StatusFailed {
		t.Fatalf("got %s", told(run))
	}
	b.supervisor.Stop()
	if len(b.retries) > 0 {
		t.Error("what a person cancelled is tried again")
	}
}

func TestASuccessBeginsTheCountAnew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.Now = func() time.Time { return now } })
	c := b.connection(t, "fake", "corp", `{}`)
	b.failedRuns(t, c, 4)
	b.sync(t, c)
	b.sync(t, b.play(t, c, `{"streams":[{"name":"users","error":"upstream.5xx"}]}`))
	b.supervisor.Stop()
	if len(b.retries) != 1 {
		t.Fatalf("%d retries, want 1", len(b.retries))
	}
	if wait := (<-b.retries).at.Sub(now); wait > 2*time.Minute {
		t.Errorf("tried again after %s, want about a minute", wait)
	}
}
