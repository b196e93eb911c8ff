package sdk

import "crypto/sha256"

// maxPages is where a paging loop is taken to be endless.
const maxPages = 10_000

// Pages guards a paging loop: it ends one that goes in circles or never ends,
// with an error, so that a read cut short is never taken for a whole one. The
// zero value is ready.
type Pages struct {
	Max int // 0 = 10,000

	count  int
	tokens map[[sha256.Size]byte]bool
	bodies map[[sha256.Size]byte]bool
}

// Saw counts a page. Token is what led to it (page number, cursor, address), and
// body what came: either coming twice means that the vendor goes in circles.
// Pass nil for body when pages may rightly be equal.
func (p *Pages) Saw(token string, body []byte) error {
	if p.tokens == nil {
		p.tokens, p.bodies = map[[sha256.Size]byte]bool{}, map[[sha256.Size]byte]bool{}
	}
	p.count++
	if limit := orElse(p.Max, maxPages); p.count > limit {
		return Errorf(CodeUpstreamInvalidResponse, "the list does not end after %d pages", limit)
	}
	id := sha256.Sum256([]byte(token))
	if p.tokens[id] {
		return Errorf(CodeUpstreamInvalidResponse, "page %d of the list is one that was read before", p.count)
	}
	p.tokens[id] = true
	if body == nil {
		return nil
	}
	content := sha256.Sum256(body)
	if p.bodies[content] {
		return Errorf(CodeUpstreamInvalidResponse, "page %d of the list repeats an earlier page", p.count)
	}
	p.bodies[content] = true
	return nil
}
