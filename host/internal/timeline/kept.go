package timeline

import (
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Bounds of what is kept of answers about periods.
const (
	mostPeriods = 4 // that are kept
	mostKeptFor = time.Minute
)

// heldKey is what an answer about a period depends on, beside the test. Zero times are as they were asked for.
type heldKey struct {
	from, to time.Time
	position string // of the journal
}

func (k heldKey) equal(other heldKey) bool {
	return k.position == other.position && k.from.Equal(other.from) && k.to.Equal(other.to)
}

// keptHeld keeps the latest answers, so that the pages of one are not each worked out anew. It is derived: nothing is lost with it.
type keptHeld struct {
	mu      sync.Mutex
	periods []keptPeriod // the latest last
}

type keptPeriod struct {
	key   heldKey
	tests map[string]keptTest
}

type keptTest struct {
	held verdict.Held
	at   time.Time
}

// get returns an answer that still holds good. One of a period that ends now does for a minute.
func (k *keptHeld) get(key heldKey, test string, now time.Time) (verdict.Held, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.periods {
		found, ok := p.tests[test]
		if !ok || !p.key.equal(key) {
			continue
		}
		ended := !key.to.IsZero() && !key.to.After(found.at)
		if ended || now.Sub(found.at).Abs() < mostKeptFor {
			return found.held, true
		}
	}
	return verdict.Held{}, false
}

// put keeps answers, and forgets those of other states of the journal.
func (k *keptHeld) put(key heldKey, made []verdict.Held, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	left := k.periods[:0]
	tests := map[string]keptTest{}
	for _, p := range k.periods {
		switch {
		case p.key.equal(key):
			tests = p.tests
		case p.key.position == key.position:
			left = append(left, p)
		}
	}
	for _, held := range made {
		tests[held.Test] = keptTest{held, now}
	}
	left = append(left, keptPeriod{key, tests})
	if len(left) > mostPeriods {
		left = append(left[:0:0], left[len(left)-mostPeriods:]...)
	}
	k.periods = left
}
