package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// play lets the named askers join a full queue, in order, then ends one run after
// the other, oldest first, and returns who had a turn when.
func play(q *supervisor.Queue, first supervisor.Asker, askers map[string]supervisor.Asker, order ...string) string {
	running := []*supervisor.Place{q.Join(first)}
	waiting, names := []*supervisor.Place{}, map[*supervisor.Place]string{}
	for _, name := range order {
		kind, _, _ := strings.Cut(name, "-")
		p := q.Join(askers[kind])
		waiting, names[p] = append(waiting, p), name
	}
	var turns []string
	for len(running) > 0 {
		q.Leave(running[0])
		running = running[1:]
		waiting = slices.DeleteFunc(waiting, func(p *supervisor.Place) bool {
			if p.Runs() {
				running, turns = append(running, p), append(turns, names[p])
			}
			return p.Runs()
		})
	}
	return strings.Join(turns, " ")
}

func TestWhoHasTheNextTurn(t *testing.T) {
	t.Parallel()
	askers := map[string]supervisor.Asker{
		"okta": {Connector: "okta", Tenant: "acme"}, "okta2": {Connector: "okta", Tenant: "umbrella"},
		"jira": {Connector: "jira", Tenant: "acme.jira"}, "ldap": {Connector: "ldap"},
		"person": {Person: true, Connector: "okta", Tenant: "acme"},
	}
	tests := map[string]struct{ asked, want string }{
		"in the order of asking":              {"okta-1 okta-2 okta-3 okta-4", "okta-1 okta-2 okta-3 okta-4"},
		"a connector does not block others":   {"okta-1 okta-2 okta-3 jira-1 ldap-1 jira-2", "jira-1 ldap-1 okta-1 jira-2 okta-2 okta-3"},
		"a tenant does not block others":      {"okta-1 okta-2 okta-3 okta2-1 okta2-2", "okta2-1 okta-1 okta2-2 okta-2 okta-3"},
		"many tenants count as one connector": {"okta-1 okta2-1 okta-2 okta2-2 jira-1 jira-2", "jira-1 okta2-1 jira-2 okta-1 okta2-2 okta-2"},
		"people go first":                     {"okta-1 jira-1 person-1 person-2", "person-1 person-2 jira-1 okta-1"},
		"people do not starve what is scheduled": {"okta-1 okta-2 person-1 person-2 person-3 person-4 person-5",
			"person-1 person-2 person-3 okta-1 person-4 person-5 okta-2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := supervisor.NewQueue(1, 0, nil)
			got := play(q, askers["okta"], askers, strings.Fields(test.asked)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("turns (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAQueuedRunKnowsItsPlaceAndWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	full := map[string]bool{"acme": true}
	q := supervisor.NewQueue(2, 1, func(tenant string) bool { return !full[tenant] })
	okta := q.Join(supervisor.Asker{Connector: "okta", Tenant: "umbrella"})
	again := q.Join(supervisor.Asker{Connector: "okta", Tenant: "umbrella"})
	budget := q.Join(supervisor.Asker{Connector: "jira", Tenant: "acme"})
	ldap := q.Join(supervisor.Asker{Connector: "ldap"})
	slot := q.Join(supervisor.Asker{Connector: "csv"})
	for p, want := range map[*supervisor.Place]string{
		okta: "", ldap: "", slot: "1 of 3 slot ", budget: "2 of 3 budget acme", again: "3 of 3 connector okta",
	} {
		if got := q.Says(p); got != want {
			t.Errorf("a run is told %q, want %q", got, want)
		}
	}
	q.Leave(slot) // a person cancelled it
	if got, want := q.Says(budget), "1 of 2 budget acme"; got != want {
		t.Errorf("with nobody before it, a run is told %q, want %q", got, want)
	}
	q.Leave(okta)
	if again.Runs() == budget.Runs() || !again.Runs() {
		t.Errorf("with a slot for okta: okta runs %v, the one without a budget %v", again.Runs(), budget.Runs())
	}
	delete(full, "acme")
	q.Leave(ldap)
	if !budget.Runs() {
		t.Error("with room in its budget the run still waits")
	}
}

func TestABudgetWithRoomAgainGivesTheTurn(t *testing.T) {
	t.Parallel()
	held := true
	q := supervisor.NewQueue(1, 0, func(string) bool { return !held })
	p := q.Join(supervisor.Asker{Connector: "okta", Tenant: "acme"})
	if p.Runs() {
		t.Fatal("it runs without a budget")
	}
	held = false
	if q.Grant(); !p.Runs() {
		t.Error("nobody looked again")
	}
}

// TestNobodyStarves lets others come without end and counts who overtakes a run.
func TestNobodyStarves(t *testing.T) {
	t.Parallel()
	late := supervisor.Asker{Connector: "okta", Tenant: "acme"}
	others := map[string]supervisor.Asker{
		"people":            {Person: true, Connector: "jira", Tenant: "acme.jira"},
		"people, the same":  {Person: true, Connector: "okta", Tenant: "acme"},
		"another connector": {Connector: "jira", Tenant: "acme.jira"},
		"another tenant":    {Connector: "okta", Tenant: "umbrella"},
		"the same, earlier": {Connector: "okta", Tenant: "acme"},
	}
	for name, other := range others {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := supervisor.NewQueue(1, 0, nil)
			crowd := []*supervisor.Place{q.Join(other)}
			for range 20 {
				crowd = append(crowd, q.Join(other))
			}
			place, overtaken := q.Join(late), 0
			for ; !place.Runs() && overtaken < 100; overtaken++ {
				i := slices.IndexFunc(crowd, (*supervisor.Place).Runs)
				q.Leave(crowd[i])
				crowd = append(slices.Delete(crowd, i, i+1), q.Join(other))
			}
			if overtaken > 21 {
				t.Errorf("%d others had their turn before", overtaken)
			}
		})
	}
}

// TestQueueKeepsItsPromises plays random crowds: limits are never exceeded, every
// run has its turn exactly once or leaves before, runs of one kind go in the order
// of asking, and nobody waits whom nothing keeps.
func TestQueueKeepsItsPromises(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			playRandom(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

// crowd is a random game and what must hold in it.
type crowd struct {
	queue         *supervisor.Queue
	most, mostPer int
	connectors    int
	asked         []*guest
	running       []*guest
}

type guest struct {
	asker supervisor.Asker
	place *supervisor.Place
	seen  bool // its turn was seen
	gone  bool // it left before its turn
}

func playRandom(t *testing.T, r *rand.Rand) {
	t.Helper()
	c := &crowd{most: 1 + r.IntN(6), mostPer: r.IntN(4), connectors: 1 + r.IntN(5)}
	c.queue = supervisor.NewQueue(c.most, c.mostPer, nil)
	arrivals := 50 + r.IntN(150)
	for len(c.asked) < arrivals || len(c.running) > 0 {
		switch {
		case len(c.asked) < arrivals && r.IntN(2) == 0:
			c.join(r)
		case r.IntN(10) == 0:
			c.giveUp(r)
		case len(c.running) > 0:
			i := r.IntN(len(c.running))
			c.queue.Leave(c.running[i].place)
			c.running = slices.Delete(c.running, i, i+1)
		}
		c.observe(t)
	}
	for i, g := range c.asked {
		if g.seen == g.gone {
			t.Errorf("run %d had its turn: %v, left before: %v", i, g.seen, g.gone)
		}
	}
}

func (c *crowd) join(r *rand.Rand) {
	g := &guest{asker: supervisor.Asker{
		Person: r.IntN(3) == 0, Connector: fmt.Sprint("c", r.IntN(c.connectors)), Tenant: fmt.Sprint("t", r.IntN(4)),
	}}
	g.place = c.queue.Join(g.asker)
	c.asked = append(c.asked, g)
}

// giveUp lets one that waits leave.
func (c *crowd) giveUp(r *rand.Rand) {
	var waiting []*guest
	for _, g := range c.asked {
		if !g.seen && !g.gone {
			waiting = append(waiting, g)
		}
	}
	if len(waiting) > 0 {
		g := waiting[r.IntN(len(waiting))]
		g.gone = true
		c.queue.Leave(g.place)
	}
}

// observe takes note of turns given and checks what must hold at every moment.
func (c *crowd) observe(t *testing.T) {
	t.Helper()
	per := map[string]int{}
	for _, g := range c.asked {
		if !g.seen && !g.gone && g.place.Runs() {
			g.seen = true
			c.running = append(c.running, g)
		}
	}
	for _, g := range c.running {
		per[g.asker.Connector]++
	}
	if len(c.running) > c.most {
		t.Fatalf("%d runs at one moment, at most %d may be", len(c.running), c.most)
	}
	for connector, n := range per {
		if c.mostPer > 0 && n > c.mostPer {
			t.Fatalf("%d runs of %s at one moment, at most %d may be", n, connector, c.mostPer)
		}
	}
	next := map[supervisor.Asker]bool{}
	for i, g := range c.asked {
		if g.seen || g.gone {
			continue
		}
		if per[g.asker.Connector] < c.mostPer || c.mostPer == 0 {
			if len(c.running) < c.most {
				t.Fatalf("run %d (%+v) waits though nothing keeps it", i, g.asker)
			}
		}
		next[g.asker] = true
	}
	// Of one kind, nobody who asked later has had a turn.
	for _, g := range slices.Backward(c.asked) {
		if g.seen && next[g.asker] && waitsBefore(c.asked, g) {
			t.Fatalf("a run of %+v had its turn before one that asked earlier", g.asker)
		}
	}
}

// waitsBefore reports whether one of g's kind asked before it and still waits.
func waitsBefore(asked []*guest, g *guest) bool {
	for _, other := range asked {
		if other == g {
			return false
		}
		if other.asker == g.asker && !other.seen && !other.gone {
			return true
		}
	}
	return false
}
