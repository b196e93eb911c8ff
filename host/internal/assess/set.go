package assess

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
)

// judgement is a test with all that decides what it finds, but the records.
type judgement struct {
	rulebook.Rule
	signature string
	readsNow  bool
}

func (j *judgement) id() string { return j.Program.Test.ID }

// wants reports whether the test judges the records of a list.
func (j *judgement) wants(l list) bool {
	return l.Kind == j.Program.Test.Kind && (&running{program: j.Program}).wants(l)
}

func (j *judgement) begin(at time.Time) *monitor.Round {
	return j.Program.Begin(at, j.Parameters, j.Exclusions)
}

// judgementOf returns a rule as it is judged. Severity and days decide nothing about a record.
func judgementOf(rule rulebook.Rule) (*judgement, error) {
	test := rule.Program.Test
	test.Severity, test.Days = "", 0
	raw, err := json.Marshal([]any{test, rule.Parameters, slices.Sorted(maps.Keys(rule.Exclusions)), rule.Program.Broken() != nil})
	if err != nil {
		return nil, fmt.Errorf("encode test %s: %w", test.ID, err)
	}
	return &judgement{Rule: rule, signature: short(raw), readsNow: rule.Program.ReadsNow()}, nil
}

// short returns a text that stands for bytes.
func short(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// rules are the tests as they are judged at one position of the journal, from one moment until an exclusion ends.
type rules struct {
	position    string
	from, until time.Time    // until is zero when no exclusion ends by itself
	all         []*judgement // by id, those that are disabled too
	enabled     []*judgement // that are judged
	signature   string       // of these
}

// current returns the rules of now. They are read again after each commit, and when an exclusion ends.
func (a *Assessor) current(ctx context.Context) (*rules, error) {
	a.reading.Lock()
	defer a.reading.Unlock()
	position, err := a.parts.Store.FeedEnd() // before the rules, which are then of it or newer
	if err != nil {
		return nil, fmt.Errorf("read the position: %w", err)
	}
	now := a.parts.Now()
	if r := a.rules; r != nil && r.position == position && !now.Before(r.from) && (r.until.IsZero() || now.Before(r.until)) {
		return r, nil
	}
	stored, err := a.parts.Rules.Rules(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	r := &rules{position: position, from: now}
	var judged []byte
	for _, rule := range stored {
		j, err := judgementOf(rule)
		if err != nil {
			return nil, err
		}
		r.all = append(r.all, j)
		if !rule.Setting.Disabled {
			r.enabled = append(r.enabled, j)
			judged = fmt.Appendf(judged, "%s %s\n", j.id(), j.signature)
		}
		for _, e := range rule.Exclusions {
			if e.Until != nil && (r.until.IsZero() || e.Until.Before(r.until)) {
				r.until = *e.Until
			}
		}
	}
	r.signature = short(judged)
	a.rules = r
	return r, nil
}

// ending returns how long it is until an exclusion ends, at most so long.
func (a *Assessor) ending(most time.Duration) time.Duration {
	a.reading.Lock()
	defer a.reading.Unlock()
	if a.rules == nil || a.rules.until.IsZero() {
		return most
	}
	return max(0, min(most, a.rules.until.Sub(a.parts.Now())))
}

// of returns a test by id.
func (r *rules) of(id string) (*judgement, error) {
	at, found := slices.BinarySearchFunc(r.all, id, func(j *judgement, id string) int { return strings.Compare(j.id(), id) })
	if !found {
		return nil, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	return r.all[at], nil
}

// named returns a test by id.
func (a *Assessor) named(ctx context.Context, id string) (*judgement, error) {
	r, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	return r.of(id)
}
