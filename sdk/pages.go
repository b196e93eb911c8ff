package sdk

import (
	"cmp"
	"crypto/sha256"
)

// maxPages is the number of pages above which a list counts as endless.
const maxPages = 10_000

// Pages guards a paging loop. It returns an error for a list that repeats a page or never ends,
// so that the stream is not complete. The zero value is ready for use.
type Pages struct {
	Max int // 0 = 10,000

	count  int
	tokens map[[sha256.Size]byte]bool
	bodies map[[sha256.Size]byte]bool
}

// Saw counts a page. Token is what requested it (page number, cursor, address), and body its
// content. A repeated token or body is an error. Pass nil for body when pages may be equal.
func (p *Pages) Saw(token string, body []byte) error {
	if p.tokens == nil {
		p.tokens, p.bodies = map[[sha256.Size]byte]bool{}, map[[sha256.Size]byte]bool{}
	}
	p.count++
	if limit := cmp.Or(p.Max, maxPages); p.count > limit {
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
