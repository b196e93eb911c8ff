package people

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Live answers who belongs to whom now, from the index as it is, a question at a time. The index may change between two questions; then
// Moved says so. Its methods may be called from any goroutine.
type Live struct {
	people  *People
	kin     *directory.Kin
	changes uint64
}

// Live takes up what was committed and returns who belongs to whom, with statuses judged for a moment.
func (p *People) Live(ctx context.Context, at time.Time) (*Live, error) {
	if err := p.refresh(ctx, nil); err != nil {
		return nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.building(); err != nil {
		return nil, err
	}
	return &Live{people: p, kin: p.ix.At(at, p.config.Limits).Kin(), changes: p.ix.Changes()}, nil
}

// Changes counts what had changed the index when it was asked for.
func (l *Live) Changes() uint64 { return l.changes }

// Moved reports whether the index has changed since.
func (l *Live) Moved() bool {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.people.ix.Changes() != l.changes
}

// Peopled is directory.Kin.Peopled.
func (l *Live) Peopled() bool {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.kin.Peopled()
}

// Account is directory.Kin.Account.
func (l *Live) Account(connection, stream, key string) (account.Account, bool) {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.kin.Account(connection, stream, key)
}

// Owner is directory.Kin.Owner.
func (l *Live) Owner(connection, stream, key string) (p *account.Person, known bool) {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.kin.Owner(connection, stream, key)
}

// AtAddress is directory.Kin.AtAddress.
func (l *Live) AtAddress(text string) (p *account.Person, known bool) {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.kin.AtAddress(text)
}

// AccountsOf is directory.Kin.AccountsOf.
func (l *Live) AccountsOf(id string) []account.Account {
	l.people.mu.RLock()
	defer l.people.mu.RUnlock()
	return l.kin.AccountsOf(id)
}
