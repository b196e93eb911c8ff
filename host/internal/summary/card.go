package summary

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Subject is what a summary would be about now.
type Subject struct {
	Connection string
	Alias      string
	Shown      bool              // the connection is unhealthy, and a run can be explained
	Run        string            // that would be explained
	Recorded   time.Time         // when the latest run that recorded sync data ended
	BuiltIn    diagnosis.CauseID // what the built-in explanation says
}

// Card returns what is known of the summary of a connection.
func (k *Keeper) Card(s Subject) (aisummary.Card, error) {
	settings, err := k.stored()
	if err != nil {
		return aisummary.Card{}, err
	}
	card := aisummary.Card{
		Connection: s.Connection, Alias: s.Alias, Shown: s.Shown, Configured: settings.Revision > 0, State: aisummary.StateNone,
		Provider: settings.Value.Provider, Model: settings.Value.Model, Run: s.Run,
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	card.Version = k.versions[s.Connection]
	if !s.Shown {
		card.Run = ""
		return card, nil
	}
	latest, err := k.latestLocked(s.Connection)
	if err != nil {
		return aisummary.Card{}, err
	}
	if latest.Revision > 0 {
		if err := k.fill(&card, latest.Value, s); err != nil {
			return aisummary.Card{}, err
		}
	}
	if w := k.works[s.Connection]; w != nil {
		progress, attempt := w.progress, w.attempt
		card.State, card.Progress, card.Latest, card.Problem = aisummary.StateGenerating, &progress, &attempt, nil
	}
	return card, nil
}

// fill enters the stored attempt and summary. What is of earlier data is stale, and only an
// answer is worth showing then.
func (k *Keeper) fill(card *aisummary.Card, r record, s Subject) error {
	attempt := r.Latest
	if attempt.Outcome == aisummary.OutcomeAsked && k.works[s.Connection] == nil {
		attempt.Outcome, attempt.Problem = aisummary.OutcomeFailed, interrupted()
	}
	if r.Summary != nil {
		shown := *r.Summary
		said, err := k.feedback.Get(s.Connection + "/" + shown.Attempt.ID)
		switch {
		case err == nil:
			shown.Feedback = &said.Value
		case !host.IsNotFound(err):
			return err
		}
		card.Summary = &shown
	}
	if attempt.Run != s.Run || s.Recorded.After(attempt.At) {
		if card.Summary != nil {
			card.State = aisummary.StateStale
		}
		return nil
	}
	card.Latest = &attempt
	switch attempt.Outcome {
	case aisummary.OutcomeReady:
		card.State = aisummary.StateReady
	case aisummary.OutcomeCancelled:
		card.State = aisummary.StateCancelled
	default:
		card.State, card.Problem = aisummary.StateFailed, attempt.Problem
	}
	return nil
}

// longestReason is the most characters that a reason may have.
const longestReason = 500

// Rate keeps what a person thinks of the summary of a connection, in place of what the latest
// verdict on it was; an empty verdict takes it back. The context names the person.
func (k *Keeper) Rate(ctx context.Context, s Subject, verdict aisummary.Verdict, reason string) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case !slices.Contains([]aisummary.Verdict{"", aisummary.VerdictUp, aisummary.VerdictDown}, verdict):
		return host.Invalid("verdict", string(verdict), "must be up or down, or empty to take it back")
	case utf8.RuneCountInString(reason) > longestReason:
		return host.Invalid("reason", nil, "is longer than 500 characters")
	case display.VisibleText(reason) != reason:
		return host.Invalid("reason", nil, "holds hidden characters")
	}
	card, err := k.Card(s)
	if err != nil {
		return err
	}
	if card.Summary == nil {
		return host.Refused(host.CodeConflict, "Generate one first.", "%s has no summary to judge", s.Alias)
	}
	a := card.Summary.Attempt
	key := s.Connection + "/" + a.ID
	stored, err := k.feedback.Get(key)
	if err != nil && !host.IsNotFound(err) {
		return err
	}
	switch {
	case verdict != "":
		_, err = k.feedback.Put(ctx, key, aisummary.Feedback{
			Verdict: verdict, Reason: reason, At: k.config.Now().UTC(), By: by, Connection: s.Connection, Alias: s.Alias, Run: a.Run,
			Attempt: a.ID, Provider: a.Provider, Model: a.Model, PromptVersion: a.PromptVersion, BuiltIn: s.BuiltIn, Answer: card.Summary.Answer,
		}, stored.Revision)
	case stored.Revision > 0:
		err = k.feedback.Delete(ctx, key, stored.Revision)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tellLocked(s.Connection, "rated")
	return nil
}

// Feedback returns every verdict, the oldest first.
func (k *Keeper) Feedback() ([]aisummary.Feedback, error) {
	stored, err := k.feedback.List()
	if err != nil {
		return nil, err
	}
	all := make([]aisummary.Feedback, 0, len(stored))
	for _, one := range stored {
		all = append(all, one.Value)
	}
	slices.SortFunc(all, func(a, b aisummary.Feedback) int { return a.At.Compare(b.At) })
	return all, nil
}
