package supervisor_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

const mib = int64(1) << 20

// TestACrowdGoesOnAtOnce starts sixty runs whose connectors mostly wait.
func TestACrowdGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	const crowd = 60
	b := setup(t, func(_ *bundle, config *supervisor.Config) {
		config.MaxRuns = 64
		config.Machine = func() admission.Machine {
			return admission.Machine{Processors: 4, Total: 8192 * mib, Free: 8000 * mib}
		}
	})
	script := `{"connect":{"delay_ms":1000},"streams":[{"name":"users","records":3}]}`
	ids := make([]string, crowd)
	for i := range ids {
		ids[i] = b.start(t, b.connection(t, "fake", fmt.Sprint("c", i), script), supervisor.Options{Trigger: host.TriggerSchedule}).ID
	}
	type edge struct {
		at    time.Time
		delta int
	}
	var edges []edge
	for _, id := range ids {
		run := b.ended(t, id)
		if run.Status != host.StatusSucceeded || step(run, "users").Added != 3 {
			t.Errorf("a run of the crowd ended as %s: %v", told(run), step(run, "connect").Error)
		}
		edges = append(edges, edge{*run.StartedAt, 1}, edge{*run.FinishedAt, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.delta, b.delta)) })
	most, now := 0, 0
	for _, e := range edges {
		now += e.delta
		most = max(most, now)
	}
	if most <= 4 {
		t.Errorf("at most %d runs went on at once", most)
	}
	if runs, _, err := b.store.Runs(journal.RunQuery{Limit: 2 * crowd}); err != nil || len(runs) != crowd {
		t.Errorf("%d runs are stored, %v", len(runs), err)
	}
}

func TestAQueuedRunWaitsForTheMachine(t *testing.T) {
	t.Parallel()
	machine := admission.Machine{Processors: 2, Total: 4096 * mib, Free: 2000 * mib}
	q := supervisor.NewQueueOn(64, func() admission.Machine { return machine })
	asker := supervisor.Asker{Connector: "okta", Tenant: "acme"}
	first, second, third := q.Join(asker), q.Join(asker), q.Join(asker)
	if !first.Runs() || !second.Runs() || third.Runs() {
		t.Fatalf("with two processors, of three programs start: %v, %v, %v", first.Runs(), second.Runs(), third.Runs())
	}
	if got := q.Why(third); got != "waits for its turn: 2 connectors are just starting" {
		t.Errorf("the third is told %q", got)
	}
	first.Started(0)
	if q.Grant(); !third.Runs() {
		t.Error("when one has started, the third does not")
	}
	second.Started(0)
	third.Started(1800 * mib)
	fourth := q.Join(asker)
	if got := q.Says(fourth); got != "1 of 1 memory " {
		t.Errorf("when programs take 1800 MiB, the next is told %q", got)
	}
	const why = "waits for memory: 2000 MiB are free; the running syncs may still take 3600 MiB, it may take 1800 MiB"
	if got := q.Why(fourth); !strings.HasPrefix(got, why) {
		t.Errorf("when programs take 1800 MiB, the next is told %q", got)
	}
	for _, p := range []*supervisor.Place{first, second, third} {
		q.Leave(p)
	}
	if !fourth.Runs() {
		t.Error("with nothing going on the next waits")
	}
}

func TestAPersonIsNotStuckBehindACrowd(t *testing.T) {
	t.Parallel()
	q := supervisor.NewQueue(64, 0, nil)
	crowd := make([]*supervisor.Place, 100)
	running := 0
	for i := range crowd {
		if crowd[i] = q.Join(supervisor.Asker{Connector: "okta", Tenant: fmt.Sprint("t", i)}); crowd[i].Runs() {
			running++
		}
	}
	if running != 60 {
		t.Errorf("%d scheduled runs go on, want 60", running)
	}
	if got := q.Why(crowd[99]); got != "waits for a free slot: at most 60 syncs may run at once" {
		t.Errorf("one that waits is told %q", got)
	}
	for n := range 4 {
		if !q.Join(supervisor.Asker{Person: true, Connector: "okta", Tenant: "t99"}).Runs() {
			t.Errorf("person %d waits behind the crowd", n)
		}
	}
}

// TestAConnectorThatCannotBeToldKeepsItsPartOfTheRate holds back a run whose connector
// would take a part of the rate that is not there.
func TestAConnectorThatCannotBeToldKeepsItsPartOfTheRate(t *testing.T) {
	t.Parallel()
	q := supervisor.NewQueue(64, 0, nil)
	told, fixed := supervisor.Asker{Connector: "okta", Tenant: "acme"}, supervisor.Asker{Connector: "old", Tenant: "acme", Shared: 4}
	for range 4 {
		q.Join(told)
	}
	waits := q.Join(fixed)
	if waits.Runs() || !q.Join(told).Runs() {
		t.Error("beside four runs of its tenant it has its turn, or another one has not")
	}
	if got := q.Says(waits); got != "1 of 1 budget acme" {
		t.Errorf("it is told %q", got)
	}
}
