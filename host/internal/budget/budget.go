package budget

import (
	"slices"
	"sync"
	"time"
)

// maxHold bounds how long a vendor's answer, which may be wrong, holds a budget.
const maxHold = 15 * time.Minute

// Limit is what a vendor allows one tenant; 0 = not known.
type Limit struct {
	Rate       float64 // requests per second
	Concurrent int     // requests at one moment
}

// Claim is what a run says when it joins.
type Claim struct {
	Key   string // names upstream and tenant; empty = no budget
	Limit Limit
	Fixed bool // its connector cannot be told of a change
}

// Share is a lease's part of its budget.
type Share struct {
	Limit
	Hold time.Duration // no request before this has passed
}

// Ledger has the budgets in use. Its methods may be called from any goroutine.
type Ledger struct {
	now    func() time.Time
	atMost int // parts of a rate, one for each fixed lease

	mu      sync.Mutex
	budgets map[string]*shared
}

// shared is one budget in use, or held.
type shared struct {
	leases []*Lease
	held   time.Time
}

// Lease is a run's part of a budget, from Join to Leave.
type Lease struct {
	ledger  *Ledger
	claim   Claim
	changed chan struct{} // of one: changes coalesce
	share   Limit         // guarded by the ledger's mu
}

// New returns a ledger without budgets. A fixed lease gets one of atMost parts of a rate;
// the caller lets it join only beside fewer than atMost-1 others, or runs at most atMost.
func New(now func() time.Time, atMost int) *Ledger {
	return &Ledger{now: now, atMost: max(atMost, 1), budgets: map[string]*shared{}}
}

// Join gives a run its part and divides again.
func (l *Ledger) Join(claim Claim) *Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	lease := &Lease{ledger: l, claim: claim, changed: make(chan struct{}, 1), share: claim.Limit}
	if claim.Key == "" {
		return lease
	}
	b, ok := l.budgets[claim.Key]
	if !ok {
		b = &shared{}
		l.budgets[claim.Key] = b
	}
	b.leases = append(b.leases, lease)
	b.divide(l.atMost)
	return lease
}

// Leave divides the part among the others. It may be called twice.
func (s *Lease) Leave() {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.budgets[s.claim.Key]
	if !ok {
		return
	}
	b.leases = slices.DeleteFunc(b.leases, func(other *Lease) bool { return other == s })
	if len(b.leases) == 0 && !b.held.After(l.now()) {
		delete(l.budgets, s.claim.Key)
		return
	}
	b.divide(l.atMost)
}

// Share returns the lease's part as it is now.
func (s *Lease) Share() Share {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	share := Share{Limit: s.share}
	if b, ok := s.ledger.budgets[s.claim.Key]; ok {
		share.Hold = max(b.held.Sub(s.ledger.now()), 0)
	}
	return share
}

// Changed has a value after Share has changed.
func (s *Lease) Changed() <-chan struct{} { return s.changed }

// Limited notes that the vendor allows the tenant nothing for a while, and returns until when the budget is held.
func (s *Lease) Limited(wait time.Duration) time.Time {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.budgets[s.claim.Key]
	if !ok || wait <= 0 {
		return time.Time{}
	}
	until := l.now().Add(min(wait, maxHold))
	if !until.After(b.held) {
		return b.held
	}
	b.held = until
	for _, other := range b.leases {
		if other != s { // it waits by itself
			other.tell()
		}
	}
	return until
}

// Held returns until when the budget of key is held; the zero time when it is not.
func (l *Ledger) Held(key string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.budgets[key]
	if !ok || !b.held.After(l.now()) {
		return time.Time{}
	}
	return b.held
}

func (s *Lease) tell() {
	select {
	case s.changed <- struct{}{}:
	default: // a change waits already
	}
}

// divide gives every lease its part and tells those whose part changed.
func (b *shared) divide(atMost int) {
	limit := b.limit()
	rate, flexible := limit.Rate, 0
	for _, s := range b.leases {
		if s.claim.Fixed {
			rate -= limit.Rate / float64(atMost)
		} else {
			flexible++
		}
	}
	for i, s := range b.leases {
		part := Limit{Rate: limit.Rate / float64(atMost), Concurrent: portion(limit.Concurrent, len(b.leases), i)}
		if !s.claim.Fixed {
			part.Rate = rate / float64(flexible)
		}
		if part != s.share {
			s.share = part
			s.tell()
		}
	}
}

// limit is the strictest of what the leases claim.
func (b *shared) limit() (limit Limit) {
	for _, s := range b.leases {
		limit.Rate = stricter(limit.Rate, s.claim.Limit.Rate)
		limit.Concurrent = stricter(limit.Concurrent, s.claim.Limit.Concurrent)
	}
	return limit
}

// stricter returns the smaller limit; 0 is none.
func stricter[N int | float64](a, b N) N {
	if a > 0 && b > 0 {
		return min(a, b)
	}
	return max(a, b)
}

// portion is the i-th of n nearly equal parts of a whole, at least 1; 0 when there is no limit.
func portion(whole, n, i int) int {
	if whole == 0 {
		return 0
	}
	part := whole / n
	if i < whole%n {
		part++
	}
	return max(part, 1)
}
