package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// DecisionEdit is what a request changes of several decisions. What is nil stays.
type DecisionEdit struct {
	Link      *string           `json:"link,omitempty" enum:"automatic,person,none"`
	Person    *string           `json:"person,omitempty" doc:"Id of a person, with the link person"`
	Kind      *host.AccountKind `json:"kind,omitempty" enum:"human,service,bot,external," doc:"Empty: as the record says"`
	InScope   *bool             `json:"in_scope,omitempty"`
	Rationale *string           `json:"rationale,omitempty"`
	Owner     *string           `json:"owner,omitempty" doc:"Id of a person; empty for none"`
	Note      *string           `json:"note,omitempty"`
	Undo      bool              `json:"undo,omitempty" doc:"Undo the latest decision about each; nothing else may be given"`
}

// Empty reports whether a change changes nothing.
func (c DecisionEdit) Empty() bool { return c == DecisionEdit{} }

// over returns a decision with the change.
func (c DecisionEdit) over(d host.AccountDecision) host.AccountDecision {
	if c.Link != nil {
		d.Link, d.Person = *c.Link, nil
	}
	if c.Person != nil {
		d.Link, d.Person = host.LinkPerson, c.Person
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

// DecisionState is what a decision decides about an account, before or after it.
type DecisionState struct {
	Link    host.LinkState     `json:"link" enum:"linked,unlinked,ambiguous"`
	Person  *host.PersonRef    `json:"person,omitempty"`
	Kind    host.AccountKind   `json:"kind" enum:"human,service,bot,external,group,unknown"`
	InScope bool               `json:"in_scope"`
	Owner   *host.PersonRef    `json:"owner,omitempty"`
	Flags   []host.AccountFlag `json:"flags"`
}

// DecisionResult is what became of one account in a request about several.
type DecisionResult struct {
	Account     string         `json:"account" doc:"The account's id"`
	AccountName string         `json:"account_name,omitempty"`
	Alias       string         `json:"alias,omitempty" doc:"Of the account's connection"`
	Suggestion  string         `json:"suggestion,omitempty" doc:"The suggestion that was accepted"`
	Outcome     string         `json:"outcome" enum:"changed,would_change,unchanged,refused" doc:"would_change: of a preview"`
	Problem     *host.Problem  `json:"problem,omitempty" doc:"Why it is refused"`
	Before      *DecisionState `json:"before,omitempty"`
	After       *DecisionState `json:"after,omitempty"`
	Revision    uint64         `json:"revision" doc:"Of the decision, after the request"`
}

// DecisionReport is what became of a request about several accounts.
type DecisionReport struct {
	Preview   bool             `json:"preview" doc:"Nothing was changed"`
	Changed   int              `json:"changed" doc:"Accounts that changed, or would"`
	Unchanged int              `json:"unchanged" doc:"Accounts that are so already"`
	Refused   int              `json:"refused"`
	Bulk      string           `json:"bulk,omitempty" doc:"In the history of every account that changed"`
	Items     []DecisionResult `json:"items"`
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

// state returns what is decided about a row.
func (m *moment) state(r *row) *DecisionState {
	l := m.ix.link(r)
	s := &DecisionState{
		Link: l.state, Person: m.named(l.person, l.gone), Kind: r.heldBy(), InScope: !r.decision.excepts(), Flags: flagsOf(m.flags(r, l)),
	}
	if r.decision != nil && r.decision.OwnerNamed != nil {
		s.Owner = m.named(m.ix.resolve(r.decision.OwnerNamed), r.decision.OwnerNamed)
	}
	return s
}

// with returns a row as it would be with a decision.
func (r *row) with(d host.StoredDecision, revision uint64) *row {
	other := *r
	other.decision = &decision{StoredDecision: d, revision: revision}
	return &other
}

// stored returns a decision about a row as it is stored, or what is wrong with it.
func (p *People) stored(r *row, d host.AccountDecision, by host.Actor) (host.StoredDecision, error) {
	d, err := d.Validate()
	if err != nil {
		return host.StoredDecision{}, err
	}
	s := host.StoredDecision{AccountDecision: d, Row: r.of(), Key: r.key, Subject: r.called(), By: by, At: p.config.Now().UTC()}
	if r.stream == nil {
		if d.Link != host.LinkAutomatic || d.Kind != "" || d.Owner != nil {
			return s, host.Invalid("link", d.Link, "is of accounts, as kind and owner are; about a person only the scope and a note are decided")
		}
		s.PersonNamed = r.person.named()
		return s, nil
	}
	s.Connection, s.Stream = r.stream.mark.Connection, r.stream.mark.Name
	var before host.StoredDecision
	if r.decision != nil {
		before = r.decision.StoredDecision
	}
	if s.PersonNamed, err = p.ix.remembered("person", d.Person, before.PersonNamed); err != nil {
		return s, err
	}
	if s.OwnerNamed, err = p.ix.remembered("owner", d.Owner, before.OwnerNamed); err != nil {
		return s, err
	}
	return s, nil
}

// remembered returns the person with an id as a decision remembers it. One that no source has any more is only kept from before.
func (ix *index) remembered(field string, id *string, before *host.NamedPerson) (*host.NamedPerson, error) {
	if id == nil {
		return nil, nil
	}
	if p := ix.persons[*id]; p != nil {
		return p.named(), nil
	}
	if before != nil && before.ID == *id {
		return before, nil
	}
	problem := host.Invalid(field, *id, "is no person that a source has")
	problem.Remedy = "`plumbline people` lists the persons and their ids."
	return nil, problem
}

// planned is a decision that a request is about to make.
type planned struct {
	row    *row
	change documents.DecisionChange
	result DecisionResult
}

// same reports whether two decisions decide the same.
func same(a, b host.AccountDecision) bool {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	scope := func(d host.AccountDecision) bool { return d.InScope == nil || *d.InScope }
	linked := func(d host.AccountDecision) string {
		if d.Link == "" {
			return host.LinkAutomatic
		}
		return d.Link
	}
	return linked(a) == linked(b) && text(a.Person) == text(b.Person) && a.Kind == b.Kind && scope(a) == scope(b) &&
		a.Rationale == b.Rationale && text(a.Owner) == text(b.Owner) && a.Note == b.Note
}

// current returns what is decided about a row, and the revision of that.
func (r *row) current() (host.AccountDecision, uint64) {
	if r.decision == nil {
		return host.AccountDecision{}, 0
	}
	return r.decision.AccountDecision, r.decision.revision
}

// plan works out what a decision about a row changes. The caller holds mu.
func (p *People) plan(m *moment, r *row, d host.AccountDecision, by host.Actor) planned {
	now, revision := r.current()
	one := planned{row: r, result: DecisionResult{Account: r.id, AccountName: r.called(), Before: m.state(r), Revision: revision}}
	if r.stream != nil {
		one.result.Alias = r.stream.of.alias
	}
	stored, err := p.stored(r, d, by)
	if err != nil {
		one.result.refuse(err)
		return one
	}
	one.change = documents.DecisionChange{ID: r.id, Value: stored, IfRevision: revision}
	if same(now, stored.AccountDecision) {
		one.result.Outcome, one.result.After = "unchanged", one.result.Before
	} else {
		one.result.Outcome, one.result.After = "would_change", m.state(r.with(stored, revision))
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
			p.ix.decide(c.ID, stored[c.ID], c.Value)
		}
		p.mu.Unlock()
	}
	return nil
}

// Decide replaces the decision about an account; ifRevision nil = whatever it is now.
func (p *People) Decide(ctx context.Context, by host.Actor, id string, d host.AccountDecision, ifRevision *uint64) error {
	return p.decideOne(ctx, id, ifRevision, func(m *moment, r *row) (planned, error) { return p.plan(m, r, d, by), nil })
}

// decideOne makes the decision that plan returns.
func (p *People) decideOne(ctx context.Context, id string, ifRevision *uint64, plan func(*moment, *row) (planned, error)) error {
	if err := p.fresh(ctx); err != nil {
		return err
	}
	p.mu.RLock()
	r, err := p.ix.row(id), p.building()
	if err == nil && r == nil {
		err = noAccount(id)
	}
	var one planned
	if err == nil {
		one, err = plan(p.ix.at(p.config.Now(), p.config.Limits), r)
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

// mostHistory is how many decisions about one account are looked through.
const mostHistory = 1000

// Undo puts the decision in force that was before the latest one. A second undo goes one further back.
func (p *People) Undo(ctx context.Context, by host.Actor, id string, ifRevision *uint64) error {
	return p.decideOne(ctx, id, ifRevision, func(m *moment, r *row) (planned, error) { return p.planUndo(m, r, by) })
}

// planUndo works out what undoing the latest decision about a row changes. The caller holds mu.
func (p *People) planUndo(m *moment, r *row, by host.Actor) (planned, error) {
	nothing := host.Refused(host.CodeConflict, "", "there is no decision about %s to undo", r.called())
	if r.decision == nil {
		return planned{}, nothing
	}
	undone := r.decision.revision
	if r.decision.Restores != nil {
		undone = *r.decision.Restores
	}
	if undone == 0 {
		return planned{}, nothing
	}
	entries, err := p.config.Journal.AccountDecisionHistory(r.id, mostHistory)
	if err != nil {
		return planned{}, err
	}
	at := slices.IndexFunc(entries, func(e host.Entry) bool { return e.Revision == undone })
	if at < 0 {
		return planned{}, nothing
	}
	var before host.StoredDecision
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
	one := planned{row: r, result: DecisionResult{Account: r.id, AccountName: r.called(), Before: m.state(r), Revision: r.decision.revision}}
	if r.stream != nil {
		one.result.Alias = r.stream.of.alias
	}
	d := r.decision.StoredDecision
	d.AccountDecision, d.PersonNamed, d.OwnerNamed = before.AccountDecision, before.PersonNamed, before.OwnerNamed
	if d.InScope == nil {
		d.Link, d.InScope = host.LinkAutomatic, new(true)
	}
	d.By, d.At, d.Restores, d.Bulk = by, p.config.Now().UTC(), &restores, ""
	one.result.Outcome, one.result.After = "would_change", m.state(r.with(d, r.decision.revision))
	one.change = documents.DecisionChange{ID: r.id, Value: d, IfRevision: r.decision.revision}
	return one, nil
}

// Bulk is a request about several accounts.
type Bulk struct {
	IDs       []string          // of accounts; empty = all that Query finds
	Query     *Query            // of accounts
	Revisions map[string]uint64 // what the caller saw of each account; one of another revision is refused
	Change    DecisionEdit
	Preview   bool
}

// mostBulk is how many accounts one request is about at most.
const mostBulk = 10_000

// DecideAll changes decisions about several accounts, each by itself: one that is refused does not keep the others.
func (p *People) DecideAll(ctx context.Context, by host.Actor, b Bulk) (DecisionReport, error) {
	if err := b.valid(); err != nil {
		return DecisionReport{}, err
	}
	if err := p.fresh(ctx); err != nil {
		return DecisionReport{}, err
	}
	p.mu.RLock()
	plans, err := p.plans(by, b)
	p.mu.RUnlock()
	if err != nil {
		return DecisionReport{}, err
	}
	return p.report(ctx, plans, b.Preview)
}

func (b Bulk) valid() error {
	only := b.Change
	only.Undo = false
	switch {
	case (len(b.IDs) > 0) == (b.Query != nil):
		return host.Invalid("ids", b.IDs, "or a query must be given, and not both")
	case len(b.IDs) > mostBulk:
		return host.Invalid("ids", len(b.IDs), fmt.Sprintf("names more than %d accounts", mostBulk))
	case b.Change.Empty():
		return host.Invalid("change", nil, "changes nothing")
	case b.Change.Undo && !only.Empty():
		return host.Invalid("change.undo", true, "must be given alone")
	}
	return nil
}

// plans works out what a request changes. The caller holds mu.
func (p *People) plans(by host.Actor, b Bulk) ([]planned, error) {
	if err := p.building(); err != nil {
		return nil, err
	}
	ids := b.IDs
	m := p.ix.at(p.config.Now(), p.config.Limits)
	if b.Query != nil {
		q := *b.Query
		q.Limit, q.Cursor = mostBulk, ""
		rows, matched, _, _, err := p.ix.list(q, m.now, m.limits)
		if err != nil {
			return nil, err
		}
		if matched > mostBulk {
			return nil, host.Invalid("query", matched, fmt.Sprintf("finds %d accounts; at most %d are changed at once", matched, mostBulk))
		}
		for _, r := range rows {
			ids = append(ids, r.id)
		}
	}
	plans := make([]planned, 0, len(ids))
	asked := map[string]bool{}
	for _, id := range ids {
		if asked[id] {
			continue
		}
		asked[id] = true
		one, err := p.planOf(m, id, by, b, len(ids) > 1)
		if err != nil {
			one.result.Account = id
			one.result.refuse(err)
		}
		plans = append(plans, one)
	}
	return plans, nil
}

// planOf works out what a request changes of one account.
func (p *People) planOf(m *moment, id string, by host.Actor, b Bulk, several bool) (one planned, err error) {
	r := p.ix.row(id)
	if r == nil {
		return planned{}, noAccount(id)
	}
	if b.Change.Undo {
		one, err = p.planUndo(m, r, by)
	} else {
		now, _ := r.current()
		one = p.plan(m, r, b.Change.over(now), by)
	}
	if err == nil && several && b.Change.Person != nil && r.admin == kind.Yes {
		err = privileged(r)
	}
	if seen, told := b.Revisions[id]; err == nil && told && seen != one.result.Revision && one.result.Outcome == "would_change" {
		one.change.IfRevision = seen // the journal refuses it, and knows who decided
	}
	return one, err
}

// privileged is the problem of linking a privileged account together with others.
func privileged(r *row) error {
	return host.Refused(host.CodeConflict, "Link it by itself.", "%s is privileged, and is not linked together with others", r.called())
}

// report stores what was planned, unless it is a preview, and says what became of it.
func (p *People) report(ctx context.Context, plans []planned, preview bool) (DecisionReport, error) {
	report := DecisionReport{Preview: preview, Items: []DecisionResult{}}
	if !preview {
		report.Bulk = ulid.Make().String()
		for i := range plans {
			plans[i].change.Value.Bulk = report.Bulk
		}
		if err := p.commit(ctx, plans); err != nil {
			return DecisionReport{}, err
		}
	}
	for _, one := range plans {
		report.add(one.result)
	}
	if report.Changed == 0 {
		report.Bulk = ""
	} else if !preview {
		p.config.Changed("", ChangeDecided)
	}
	return report, nil
}

// Accept links accounts to the persons that suggestions name, each by itself. A privileged account is refused unless it is the only
// one. A suggestion that does not hold any more is refused.
func (p *People) Accept(ctx context.Context, by host.Actor, ids []string, preview bool) (DecisionReport, error) {
	if len(ids) == 0 || len(ids) > mostBulk {
		return DecisionReport{}, host.Invalid("ids", len(ids), fmt.Sprintf("must name 1 to %d suggestions", mostBulk))
	}
	if err := p.fresh(ctx); err != nil {
		return DecisionReport{}, err
	}
	p.mu.RLock()
	err := p.building()
	var plans []planned
	m := p.ix.at(p.config.Now(), p.config.Limits)
	accepted := map[string]bool{}
	for _, id := range ids {
		if err != nil {
			break
		}
		one, why := p.planAccept(m, id, by, len(ids) > 1)
		if why == nil && accepted[one.result.Account] {
			why = host.Refused(host.CodeConflict, "Accept one of them.", "two suggestions about %s are accepted at once", one.result.AccountName)
		}
		if accepted[one.result.Account] = true; why != nil {
			one.result.refuse(why)
		}
		one.result.Suggestion = id
		plans = append(plans, one)
	}
	p.mu.RUnlock()
	if err != nil {
		return DecisionReport{}, err
	}
	return p.report(ctx, plans, preview)
}

func (p *People) planAccept(m *moment, id string, by host.Actor, several bool) (planned, error) {
	account, person, _ := strings.Cut(id, ".")
	r := p.ix.row(account)
	if r == nil {
		return planned{result: DecisionResult{Account: account}}, noAccount(account)
	}
	if !slices.ContainsFunc(m.suggest(r), func(s suggestion) bool { return s.person.id == person }) {
		return planned{result: DecisionResult{Account: account, AccountName: r.called()}},
			host.Refused(host.CodeConflict, "Read the suggestions again.", "the suggestion about %s does not hold any more", r.called())
	}
	now, _ := r.current()
	one := p.plan(m, r, DecisionEdit{Person: &person}.over(now), by)
	if several && r.admin == kind.Yes {
		return one, privileged(r)
	}
	return one, nil
}

// History returns the decisions about an account, newest first.
func (p *People) History(id string) ([]host.AccountHistory, error) {
	entries, err := p.config.Journal.AccountDecisionHistory(id, mostHistory)
	if err != nil {
		return nil, err
	}
	var history []host.AccountHistory
	for i, e := range entries {
		var now, before host.StoredDecision
		err := json.Unmarshal(e.Document, &now)
		if i+1 < len(entries) {
			err = errors.Join(err, json.Unmarshal(entries[i+1].Document, &before))
		}
		if err != nil {
			return nil, fmt.Errorf("decode decision: %w", err)
		}
		one := host.AccountHistory{
			Revision: e.Revision, At: e.At, Actor: e.Actor, Action: "decided",
			Changes: parts(before, now), Decision: now.AccountDecision, Bulk: now.Bulk,
		}
		if now.Restores != nil {
			one.Action = "undone"
		}
		history = append(history, one)
	}
	return history, nil
}

// parts returns what differs between two decisions, in words.
func parts(before, after host.StoredDecision) []host.DecisionPart {
	changes := []host.DecisionPart{}
	add := func(part string, of func(host.StoredDecision) string) {
		if was, is := of(before), of(after); was != is {
			changes = append(changes, host.DecisionPart{Part: part, Before: was, After: is})
		}
	}
	add("link", func(d host.StoredDecision) string {
		switch {
		case d.Link == host.LinkNone:
			return "no person"
		case d.Link == host.LinkPerson && d.PersonNamed != nil:
			return nameAndAddress(d.PersonNamed)
		}
		return ""
	})
	add("kind", func(d host.StoredDecision) string { return string(d.Kind) })
	add("scope", func(d host.StoredDecision) string {
		if d.InScope != nil && !*d.InScope {
			return "out"
		}
		return "in"
	})
	add("rationale", func(d host.StoredDecision) string { return d.Rationale })
	add("owner", func(d host.StoredDecision) string { return nameAndAddress(d.OwnerNamed) })
	add("note", func(d host.StoredDecision) string { return d.Note })
	return changes
}

func nameAndAddress(named *host.NamedPerson) string {
	switch {
	case named == nil:
		return ""
	case named.Name == "" || named.Email == "":
		return named.Name + named.Email
	}
	return named.Name + " <" + named.Email + ">"
}
