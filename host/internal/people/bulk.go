package people

import (
	"context"
	"fmt"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Bulk is a request about several accounts.
type Bulk struct {
	IDs       []string          // of accounts; empty = all that Query finds
	Query     *directory.Query  // of accounts
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
	m := p.at()
	if b.Query != nil {
		q := *b.Query
		q.Limit, q.Cursor = mostBulk, ""
		rows, matched, _, _, err := m.List(q)
		if err != nil {
			return nil, err
		}
		if matched > mostBulk {
			return nil, host.Invalid("query", matched, fmt.Sprintf("finds %d accounts; at most %d are changed at once", matched, mostBulk))
		}
		for _, r := range rows {
			ids = append(ids, r.ID())
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
func (p *People) planOf(m *directory.Moment, id string, by host.Actor, b Bulk, several bool) (one planned, err error) {
	r := p.ix.Row(id)
	if r == nil {
		return planned{}, noAccount(id)
	}
	if b.Change.Undo {
		one, err = p.planUndo(m, r, by)
	} else {
		now, _ := r.Decision()
		one = plan(m, r, b.Change.over(now.Decision), by)
	}
	if err == nil && several && b.Change.Person != nil && r.Privileged() {
		err = privileged(r)
	}
	if seen, told := b.Revisions[id]; err == nil && told && seen != one.result.Revision && one.result.Outcome == "would_change" {
		one.change.IfRevision = seen // the journal refuses it, and knows who decided
	}
	return one, err
}

// privileged is the problem of linking a privileged account together with others.
func privileged(r *directory.Row) error {
	return host.Refused(host.CodeConflict, "Link it by itself.", "%s is privileged, and is not linked together with others", r.Called())
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
	m := p.at()
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

func (p *People) planAccept(m *directory.Moment, id string, by host.Actor, several bool) (planned, error) {
	account, person, _ := strings.Cut(id, ".")
	r := p.ix.Row(account)
	if r == nil {
		return planned{result: DecisionResult{Account: account}}, noAccount(account)
	}
	if !m.Suggests(r, person) {
		return planned{result: DecisionResult{Account: account, AccountName: r.Called()}},
			host.Refused(host.CodeConflict, "Read the suggestions again.", "the suggestion about %s does not hold any more", r.Called())
	}
	now, _ := r.Decision()
	one := plan(m, r, DecisionEdit{Person: &person}.over(now.Decision), by)
	if several && r.Privileged() {
		return one, privileged(r)
	}
	return one, nil
}
