package documents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
)

// Names of the collections about people.
const (
	CollectionAccountDecision  = "account_decision"  // by the id of the account
	CollectionPersonPrecedence = "person_precedence" // one document
)

// precedenceKey is the key of the only document of its collection.
const precedenceKey = "precedence"

func newAccountDecisions(d *Documents) *Collection[account.StoredDecision] {
	return NewCollection(d, CollectionAccountDecision, func(s account.StoredDecision) string { return s.Subject })
}

func newPersonPrecedence(d *Documents) *Collection[account.PersonPrecedence] {
	return NewCollection[account.PersonPrecedence](d, CollectionPersonPrecedence, nil)
}

// AccountDecisions returns the latest decision about every account.
func (d *Documents) AccountDecisions() ([]Document[account.StoredDecision], error) {
	return d.accountDecisions.List()
}

// AccountDecision returns the latest decision about an account; the zero document when there is none.
func (d *Documents) AccountDecision(id string) (Document[account.StoredDecision], error) {
	found, err := d.accountDecisions.Get(id)
	if err != nil && host.AsProblem(err).Code == host.CodeNotFound {
		return Document[account.StoredDecision]{Key: id}, nil
	}
	return found, err
}

// DecisionChange is a decision to store, and the revision that it replaces; 0 = there must be none.
type DecisionChange struct {
	ID         string
	Value      account.StoredDecision
	IfRevision uint64
}

// PutAccountDecisions stores decisions about accounts in one edit. A decision whose account has another revision by now is left out:
// refused holds why, by id. It returns the new revisions by id.
func (d *Documents) PutAccountDecisions(ctx context.Context, changes []DecisionChange) (stored map[string]uint64, refused map[string]error,
	err error) {
	err = d.Edit(ctx, func(e *Edit) error {
		stored, refused = map[string]uint64{}, map[string]error{}
		for _, c := range changes {
			if err := d.decisionExpected(e, c); err != nil {
				var problem *host.Problem
				if !errors.As(err, &problem) || problem.Code != host.CodeConflict {
					return err
				}
				refused[c.ID] = err
				continue
			}
			saved, err := d.accountDecisions.put(e, c.ID, c.Value)
			if err != nil {
				return err
			}
			stored[c.ID] = saved.Revision
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("write %s: %w", CollectionAccountDecision, err)
	}
	return stored, refused, nil
}

// decisionExpected refuses a decision whose account has another revision by now, and names who made it.
func (d *Documents) decisionExpected(e *Edit, c DecisionChange) error {
	err := d.accountDecisions.expect(e.Txn, c.ID, c.IfRevision)
	var problem *host.Problem
	if err == nil || !errors.As(err, &problem) {
		return err
	}
	now, loadErr := d.accountDecisions.load(e.Txn, c.ID)
	if loadErr != nil {
		return errors.Join(err, loadErr)
	}
	named := *problem
	named.Message = fmt.Sprintf("the decision about %s was changed by %s on %s (revision %d, not %d)",
		now.Value.Subject, now.Value.By, now.Value.At.UTC().Format(time.RFC3339), now.Revision, c.IfRevision)
	named.Remedy = "Look at that decision, then decide again."
	return &named
}

// AccountDecisionHistory returns the decisions about an account, newest first, at most limit.
func (d *Documents) AccountDecisionHistory(id string, limit int) ([]host.Entry, error) {
	return d.accountDecisions.History(id, limit)
}

// PersonPrecedence returns the order of the sources of persons that is set; the zero document when none is.
func (d *Documents) PersonPrecedence() (Document[account.PersonPrecedence], error) {
	found, err := d.precedence.Get(precedenceKey)
	if err != nil && host.AsProblem(err).Code == host.CodeNotFound {
		return Document[account.PersonPrecedence]{}, nil
	}
	return found, err
}

// SetPersonPrecedence stores the order of the sources of persons.
func (d *Documents) SetPersonPrecedence(ctx context.Context, p account.PersonPrecedence, ifRevision uint64) (
	Document[account.PersonPrecedence], error,
) {
	return d.precedence.Put(ctx, precedenceKey, p, ifRevision)
}
