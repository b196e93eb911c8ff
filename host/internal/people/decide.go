package people

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// DecisionEdit is what a request changes of several decisions. What is nil stays.
type DecisionEdit struct {
	Link      *string       `json:"link,omitempty" enum:"automatic,person,none"`
	Person    *string       `json:"person,omitempty" doc:"Id of a person, with the link person"`
	Kind      *account.Kind `json:"kind,omitempty" enum:"human,service,bot,external," doc:"Empty: as the record says"`
	InScope   *bool         `json:"in_scope,omitempty"`
	Rationale *string       `json:"rationale,omitempty"`
	Owner     *string       `json:"owner,omitempty" doc:"Id of a person; empty for none"`
	Note      *string       `json:"note,omitempty"`
	Undo      bool          `json:"undo,omitempty" doc:"Undo the latest decision about each; nothing else may be given"`
}

// Empty reports whether a change changes nothing.
func (c DecisionEdit) Empty() bool { return c == DecisionEdit{} }

// over returns a decision with the change.
func (c DecisionEdit) over(d account.Decision) account.Decision {
	if c.Link != nil {
		d.Link, d.Person = *c.Link, nil
	}
	if c.Person != nil {
		d.Link, d.Person = account.LinkPerson, c.Person
	}
	if c.Kind != nil {
		d.Kind = *c.Kind
	}
	if c.InScope != nil {
		if d.InScope = c.InScope; *c.InScope {
			d.Rationale = ""
		}
	}
	if c.Rationale != nil {
		d.Rationale = *c.Rationale
	}
	if c.Owner != nil {
		d.Owner = c.Owner
	}
	if c.Note != nil {
		d.Note = *c.Note
	}
	return d
}

// DecisionResult is what became of one account in a request about several.
type DecisionResult struct {
	Account     string                   `json:"account" doc:"The account's id"`
	AccountName string                   `json:"account_name,omitempty"`
	Alias       string                   `json:"alias,omitempty" doc:"Of the account's connection"`
	Suggestion  string                   `json:"suggestion,omitempty" doc:"The suggestion that was accepted"`
	Outcome     string                   `json:"outcome" enum:"changed,would_change,unchanged,refused" doc:"would_change: of a preview"`
	Problem     *host.Problem            `json:"problem,omitempty" doc:"Why it is refused"`
	Before      *directory.DecisionState `json:"before,omitempty"`
	After       *directory.DecisionState `json:"after,omitempty"`
	Revision    uint64                   `json:"revision" doc:"Of the decision, after the request"`
}

// DecisionReport is what became of a request about several accounts.
type DecisionReport struct {
	Preview   bool             `json:"preview" doc:"Nothing was changed"`
	Changed   int              `json:"changed" doc:"Accounts that changed, or would"`
	Unchanged int              `json:"unchanged" doc:"Accounts that are so already"`
	Refused   int              `json:"refused"`
	Bulk      string           `json:"bulk,omitempty" doc:"In the history of every account that changed"`
	Items     []DecisionResult `json:"items"`
	Demo      bool             `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

func (r *DecisionReport) add(one DecisionResult) {
	switch one.Outcome {
	case "changed", "would_change":
		r.Changed++
	case "unchanged":
		r.Unchanged++
	default:
		r.Refused++
	}
	r.Items = append(r.Items, one)
}

// planned is a decision that a request is about to make.
type planned struct {
	change documents.DecisionChange
	result DecisionResult
}

// same reports whether two decisions decide the same.
func same(a, b account.Decision) bool {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	scope := func(d account.Decision) bool { return d.InScope == nil || *d.InScope }
	linked := func(d account.Decision) string {
		if d.Link == "" {
			return account.LinkAutomatic
		}
		return d.Link
	}
	return linked(a) == linked(b) && text(a.Person) == text(b.Person) && a.Kind == b.Kind && scope(a) == scope(b) &&
		a.Rationale == b.Rationale && text(a.Owner) == text(b.Owner) && a.Note == b.Note
}

// resultOf returns a result that says how it is now.
func resultOf(m *directory.Moment, r *directory.Row) DecisionResult {
	_, revision := r.Decision()
	return DecisionResult{Account: r.ID(), AccountName: r.Called(), Alias: r.Alias(), Before: m.State(r), Revision: revision}
}

// plan works out what a decision about a row changes.
func plan(m *directory.Moment, r *directory.Row, d account.Decision, by host.Actor) planned {
	now, revision := r.Decision()
	one := planned{result: resultOf(m, r)}
	stored, err := m.Stored(r, d, by)
	if err != nil {
		one.result.refuse(err)
		return one
	}
	one.change = documents.DecisionChange{ID: r.ID(), Value: stored, IfRevision: revision}
	if same(now.Decision, stored.Decision) {
		one.result.Outcome, one.result.After = "unchanged", one.result.Before
	} else {
		one.result.Outcome, one.result.After = "would_change", m.State(r.With(stored, revision))
	}
	return one
}

func (r *DecisionResult) refuse(err error) { r.Outcome, r.Problem = "refused", host.AsProblem(err) }

// atOnce is how many decisions one edit of the journal stores at most.
const atOnce = 500

// commit stores decisions and takes them up. It fills in the results.
func (p *People) commit(ctx context.Context, plans []planned) error {
	var changes []documents.DecisionChange
	at := map[string]*planned{}
	for i := range plans {
		if plans[i].result.Outcome == "would_change" {
			at[plans[i].result.Account] = &plans[i]
			changes = append(changes, plans[i].change)
		}
	}
	for part := range slices.Chunk(changes, atOnce) {
		stored, refused, err := p.config.Journal.PutAccountDecisions(ctx, part)
		if err != nil {
			return err
		}
		p.mu.Lock()
		for _, c := range part {
			result := &at[c.ID].result
			if why := refused[c.ID]; why != nil {
				result.refuse(why)
				continue
			}
			result.Outcome, result.Revision = "changed", stored[c.ID]
			p.ix.Decide(c.ID, stored[c.ID], c.Value)
		}
		p.mu.Unlock()
	}
	return nil
}

// Decide replaces the decision about an account; ifRevision nil = whatever it is now.
func (p *People) Decide(ctx context.Context, by host.Actor, id string, d account.Decision, ifRevision *uint64) error {
	return p.decideOne(ctx, id, ifRevision, func(m *directory.Moment, r *directory.Row) (planned, error) { return plan(m, r, d, by), nil })
}

// decideOne makes the decision that plan returns.
func (p *People) decideOne(
	ctx context.Context, id string, ifRevision *uint64, plan func(*directory.Moment, *directory.Row) (planned, error),
) error {
	if err := p.fresh(ctx); err != nil {
		return err
	}
	p.mu.RLock()
	r, err := p.ix.Row(id), p.building()
	if err == nil && r == nil {
		err = noAccount(id)
	}
	var one planned
	if err == nil {
		one, err = plan(p.at(), r)
	}
	p.mu.RUnlock()
	if err != nil {
		return err
	}
	if one.result.Outcome == "refused" {
		return one.result.Problem
	}
	if ifRevision != nil && *ifRevision != one.result.Revision {
		// The journal refuses it, and knows who decided.
		one.result.Outcome, one.change.IfRevision = "would_change", *ifRevision
	}
	plans := []planned{one}
	if err := p.commit(ctx, plans); err != nil {
		return err
	}
	if plans[0].result.Outcome == "refused" {
		return plans[0].result.Problem
	}
	if plans[0].result.Outcome == "changed" {
		p.config.Changed(id, ChangeDecided)
	}
	return nil
}

// Undo puts the decision in force that was before the latest one. A second undo goes one further back.
func (p *People) Undo(ctx context.Context, by host.Actor, id string, ifRevision *uint64) error {
	return p.decideOne(ctx, id, ifRevision, func(m *directory.Moment, r *directory.Row) (planned, error) { return p.planUndo(m, r, by) })
}

// planUndo works out what undoing the latest decision about a row changes. The caller holds mu.
func (p *People) planUndo(m *directory.Moment, r *directory.Row, by host.Actor) (planned, error) {
	nothing := host.Refused(host.CodeConflict, "", "there is no decision about %s to undo", r.Called())
	d, revision := r.Decision()
	undone := revision
	if d.Restores != nil {
		undone = *d.Restores
	}
	if undone == 0 {
		return planned{}, nothing
	}
	entries, err := p.config.Journal.AccountDecisionHistory(r.ID(), mostHistory)
	if err != nil {
		return planned{}, err
	}
	at := slices.IndexFunc(entries, func(e host.Entry) bool { return e.Revision == undone })
	if at < 0 {
		return planned{}, nothing
	}
	var before account.StoredDecision
	restores := uint64(0)
	if at+1 < len(entries) {
		restores = entries[at+1].Revision
		if err := json.Unmarshal(entries[at+1].Document, &before); err != nil {
			return planned{}, fmt.Errorf("decode decision: %w", err)
		}
		if before.Restores != nil {
			restores = *before.Restores
		}
	}
	one := planned{result: resultOf(m, r)}
	d.Decision, d.PersonNamed, d.OwnerNamed = before.Decision, before.PersonNamed, before.OwnerNamed
	if d.InScope == nil {
		d.Link, d.InScope = account.LinkAutomatic, new(true)
	}
	d.By, d.At, d.Restores, d.Bulk = by, p.config.Now().UTC(), &restores, ""
	one.result.Outcome, one.result.After = "would_change", m.State(r.With(d, revision))
	one.change = documents.DecisionChange{ID: r.ID(), Value: d, IfRevision: revision}
	return one, nil
}
