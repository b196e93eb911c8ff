package budget_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host/internal/budget"
)

func setup(atMost int) (*budget.Ledger, *time.Time) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return budget.New(func() time.Time { return now }, atMost), &now
}

func claim(key string, rate float64, concurrent int) budget.Claim {
	return budget.Claim{Key: key, Limit: budget.Limit{Rate: rate, Concurrent: concurrent}}
}

func told(s *budget.Lease) bool {
	select {
	case <-s.Changed():
		return true
	default:
		return false
	}
}

func TestABudgetIsDividedAnewWhenRunsBeginAndEnd(t *testing.T) {
	t.Parallel()
	l, _ := setup(4)
	a := l.Join(claim("acme", 12, 5))
	if diff := cmp.Diff(budget.Limit{Rate: 12, Concurrent: 5}, a.Share().Limit); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
	other := l.Join(claim("umbrella", 12, 5))
	if told(a) {
		t.Error("another tenant's run changed the lease")
	}
	b, c := l.Join(claim("acme", 12, 5)), l.Join(claim("acme", 12, 5))
	for name, s := range map[string]*budget.Lease{"a": a, "b": b, "c": c} {
		if s.Share().Rate != 4 {
			t.Errorf("%s of three has %v requests a second, want 4", name, s.Share().Rate)
		}
	}
	if a.Share().Concurrent+b.Share().Concurrent+c.Share().Concurrent != 5 {
		t.Errorf("requests at one moment do not add up to 5")
	}
	if !told(a) || !told(b) || told(a) {
		t.Error("who was there was not told once")
	}
	b.Leave()
	b.Leave()
	if a.Share().Rate != 6 || c.Share().Rate != 6 || !told(a) || !told(c) {
		t.Errorf("of two, a has %v and c %v", a.Share().Rate, c.Share().Rate)
	}
	if other.Share().Rate != 12 {
		t.Error("the other tenant's budget was touched")
	}
}

func TestTheStrictestClaimHolds(t *testing.T) {
	t.Parallel()
	l, _ := setup(4)
	a, b := l.Join(claim("acme", 10, 0)), l.Join(claim("acme", 4, 3))
	want := []budget.Limit{{Rate: 2, Concurrent: 2}, {Rate: 2, Concurrent: 1}}
	if diff := cmp.Diff(want, []budget.Limit{a.Share().Limit, b.Share().Limit}); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	unknown := l.Join(claim("elsewhere", 0, 0))
	if unknown.Share() != (budget.Share{}) {
		t.Errorf("nothing is known and %+v is the limit", unknown.Share())
	}
	if none := l.Join(claim("", 0, 0)); none.Limited(time.Minute) != (time.Time{}) {
		t.Error("a run without a tenant held something")
	}
}

func TestAVendorsNoHoldsTheOthersOfItsTenant(t *testing.T) {
	t.Parallel()
	l, now := setup(4)
	a, b, other := l.Join(claim("acme", 10, 0)), l.Join(claim("acme", 10, 0)), l.Join(claim("umbrella", 10, 0))
	told(a)
	until := a.Limited(30 * time.Second)
	if want := now.Add(30 * time.Second); !until.Equal(want) || !l.Held("acme").Equal(want) || !l.Held("umbrella").IsZero() {
		t.Errorf("held until %v, %v and %v", until, l.Held("acme"), l.Held("umbrella"))
	}
	if told(a) || !told(b) || told(other) {
		t.Error("not just the other one of the tenant was told")
	}
	if hold := b.Share().Hold; hold != 30*time.Second {
		t.Errorf("the other holds for %v", hold)
	}
	if a.Limited(time.Second); told(b) || !l.Held("acme").Equal(until) {
		t.Error("a shorter wait replaced a longer one")
	}
	a.Leave()
	b.Leave()
	if l.Held("acme").IsZero() {
		t.Error("without leases the hold is forgotten")
	}
	if late := l.Join(claim("acme", 10, 0)); late.Share().Hold != 30*time.Second {
		t.Error("who comes later does not hold")
	}
	*now = now.Add(30 * time.Second)
	if !l.Held("acme").IsZero() {
		t.Error("held after its time")
	}
	if far := other.Limited(365 * 24 * time.Hour); far.Sub(*now) != 15*time.Minute {
		t.Errorf("a year was believed: %v", far.Sub(*now))
	}
}

func TestSomethingIsLeftBesideThoseWhoCannotBeTold(t *testing.T) {
	t.Parallel()
	const rate, atMost = 10, 5
	l, _ := setup(atMost)
	fixed := claim("acme", rate, 0)
	fixed.Fixed = true
	sum, leases := 0.0, []*budget.Lease{}
	for range atMost - 1 {
		leases = append(leases, l.Join(fixed))
	}
	for range 20 {
		leases = append(leases, l.Join(claim("acme", rate, 0)))
	}
	for i, s := range leases {
		if sum += s.Share().Rate; s.Share().Rate <= 0 {
			t.Errorf("run %d has no rate, which means no limit", i)
		}
	}
	if !cmp.Equal(sum, float64(rate), cmpopts.EquateApprox(0, 1e-9)) {
		t.Errorf("they share %v of %v", sum, rate)
	}
}

// TestSharesNeverExceedTheRate joins and leaves at random.
func TestSharesNeverExceedTheRate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		const rate, atMost = 10, 6
		l, _ := setup(atMost)
		var leases []*budget.Lease
		for range 200 {
			if len(leases) < atMost && r.IntN(2) == 0 {
				c := claim("acme", rate, 0)
				c.Fixed = r.IntN(3) == 0
				leases = append(leases, l.Join(c))
			} else if len(leases) > 0 {
				i := r.IntN(len(leases))
				leases[i].Leave()
				leases = append(leases[:i], leases[i+1:]...)
			}
			sum, flexible := 0.0, false
			for _, s := range leases {
				sum += s.Share().Rate
				flexible = flexible || s.Share().Rate > rate/float64(atMost)
				if s.Share().Rate <= 0 {
					t.Fatalf("seed %d: a run of %d has no rate", seed, len(leases))
				}
			}
			if sum > rate+1e-9 {
				t.Fatalf("seed %d: %d runs share %v of %v", seed, len(leases), sum, rate)
			}
			if flexible && !cmp.Equal(sum, float64(rate), cmpopts.EquateApprox(0, 1e-9)) {
				t.Fatalf("seed %d: %d runs leave %v of %v unused", seed, len(leases), rate-sum, rate)
			}
		}
	}
}
