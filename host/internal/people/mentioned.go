package people

import "context"

// Mentioned returns the names, addresses, user names and ids of accounts and persons that
// occur in texts, in lower case. While the index is built it refuses: it does not know yet.
func (p *People) Mentioned(ctx context.Context, texts []string) ([]string, error) {
	if err := p.fresh(ctx); err != nil {
		return nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.building(); err != nil {
		return nil, err
	}
	return p.ix.Mentioned(texts), nil
}
