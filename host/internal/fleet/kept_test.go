package fleet_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/fleet"
	"github.com/plumbline-dev/plumbline/host/internal/fleet/fleettest"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// company is a data directory with many runs.
type company struct {
	t   *testing.T
	dir string
	now time.Time
}

const many, each = 5, 40

func newCompany(t *testing.T) *company {
	t.Helper()
	dir, now := hosttest.Dir(t), time.Now().UTC().Truncate(time.Second)
	plan := fleettest.Plan{Connections: many, Runs: each, Until: now.Add(-time.Hour), Every: 6 * time.Hour, Seed: 7}
	if err := fleettest.Seed(t.Context(), dir, plan); err != nil {
		t.Fatal(err)
	}
	return &company{t, dir, now}
}

// ask opens a host, asks it for insights and closes it. It returns what it says, and how many runs it read for that.
func (c *company) ask() (insight.Report, int64) {
	c.t.Helper()
	h, err := boot.Open(c.t.Context(), hosttest.Options(c.t, c.dir, nil))
	if err != nil {
		c.t.Fatal(err)
	}
	span := fleet.Query{Since: c.now.AddDate(0, 0, -60).Format(time.RFC3339), Until: c.now.Format(time.RFC3339), Zone: "UTC"}
	said, err := h.Insights(c.t.Context(), span)
	read := fleet.Unkept(h.Fleet)
	if wrong := h.Close(); err != nil || wrong != nil {
		c.t.Fatal(err, wrong)
	}
	return said.Report, read
}

func (c *company) same(what string, want insight.Report, least, most int64) {
	c.t.Helper()
	got, read := c.ask()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("%s: insights differ (-before +now):\n%s", what, diff)
	}
	if read < least || read > most {
		c.t.Errorf("%s: %d runs were read, want %d to %d", what, read, least, most)
	}
}

func (c *company) file() string { return filepath.Join(c.dir, "insights.sealed") }

// add stores one more run of a connection, as an agent does between two starts.
func (c *company) add() {
	c.t.Helper()
	key, err := secret.OpenMasterKey(c.dir, secret.BackendFile)
	if err != nil {
		c.t.Fatal(err)
	}
	store, err := journal.Open(journal.Options{Dir: filepath.Join(c.dir, "store"), Key: key.StoreKey(), MinFreeBytes: 1})
	if err != nil {
		c.t.Fatal(err)
	}
	all, err := store.Connections()
	if err == nil {
		at := c.now.Add(-time.Minute)
		_, err = store.BeginRun(host.Run{
			ID: ulid.Make().String(), Connection: all[0].ID, Alias: all[0].Alias, Connector: all[0].Connector, Trigger: host.TriggerManual,
			Status: host.StatusSucceeded, QueuedAt: at, StartedAt: &at, FinishedAt: &at, Steps: []host.Step{},
		})
	}
	if err := errors.Join(err, store.Close()); err != nil {
		c.t.Fatal(err)
	}
}

// TestInsightsGoOnAfterAStart closes and opens a host: what was derived is there, and whatever is wrong with the file of it changes
// no figure.
func TestInsightsGoOnAfterAStart(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	before, read := c.ask()
	if read != many*each || before.Total.Runs == 0 {
		t.Fatalf("the first answer read %d runs, and counts %d", read, before.Total.Runs)
	}
	c.same("after a start", before, 0, 2*many)

	kept, err := os.ReadFile(c.file())
	if err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func() error{
		"without the file":    func() error { return os.Remove(c.file()) },
		"with a cut file":     func() error { return os.WriteFile(c.file(), kept[:len(kept)/2], 0o600) },
		"with an empty file":  func() error { return os.WriteFile(c.file(), nil, 0o600) },
		"with a changed file": func() error { kept[len(kept)/2] ^= 1; return os.WriteFile(c.file(), kept, 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		c.same(what, before, many*each, many*each)
	}
}

// TestInsightsAfterARestore puts the store back to an earlier state beneath what was derived of a later one.
func TestInsightsAfterARestore(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	before, _ := c.ask()
	store, saved := filepath.Join(c.dir, "store"), filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(saved, os.DirFS(store)); err != nil {
		t.Fatal(err)
	}
	c.add()
	if later, read := c.ask(); later.Total.Runs != before.Total.Runs+1 || read > 2*many {
		t.Errorf("after one more run %d runs count, and %d were read; before it %d", later.Total.Runs, read, before.Total.Runs)
	}
	if err := errors.Join(os.RemoveAll(store), os.CopyFS(store, os.DirFS(saved))); err != nil {
		t.Fatal(err)
	}
	c.same("after a restore", before, each, each+2*many)
}
