package people

import (
	"context"
	"time"
)

// Reached counts, for each bit, the persons who have an account in a connection whose mask has the bit, and says as of when. It is nil
// while the index is built.
func (p *People) Reached(ctx context.Context, masks map[string]uint16) (persons []int, asOf time.Time, err error) {
	if err := p.fresh(ctx); err != nil {
		return nil, time.Time{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.position.State == stateBuilding {
		return nil, time.Time{}, nil
	}
	if p.position.AsOf != nil {
		asOf = *p.position.AsOf
	}
	return p.ix.Reached(masks), asOf, nil
}
