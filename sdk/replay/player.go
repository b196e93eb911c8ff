package replay

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// StatusNotRecorded is the status of the answer to a request that no exchange
// answers.
const StatusNotRecorded = 599

// Player answers from recorded exchanges.
type Player struct {
	// Otherwise answers a request that no exchange answers. It is not missing when known is true; an
	// answer without a status is replaced by StatusNotRecorded. nil = none is known.
	Otherwise func(q Request) (a Answer, known bool)

	exchanges []Exchange

	mu      sync.Mutex
	given   map[int]bool // by index
	missing []string
}

// NewPlayer returns a Player for layers of exchanges. An earlier layer hides later ones.
func NewPlayer(layers ...[]Exchange) *Player {
	return &Player{exchanges: slices.Concat(layers...), given: map[int]bool{}}
}

// Answer returns the next recorded answer to q, and the last one again after all were returned.
func (p *Player) Answer(_ context.Context, q Request) (Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := -1
	for i, e := range p.exchanges {
		if !e.matches(q) || last >= 0 && !sameRequest(p.exchanges[last], e) {
			continue
		}
		last = i
		if !p.given[i] {
			break
		}
	}
	if last < 0 {
		var a Answer
		if p.Otherwise != nil {
			var known bool
			if a, known = p.Otherwise(q); known {
				return a, nil
			}
		}
		p.missing = append(p.missing, q.Name())
		if a.Status != 0 {
			return a, nil
		}
		return Answer{
			Status: StatusNotRecorded, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
			Body: []byte("This request was not recorded: " + q.Name() + "\n"),
		}, nil
	}
	p.given[last] = true
	return p.exchanges[last].answer(), nil
}

// sameRequest reports whether two exchanges have the same text for their request. One with a "*" and
// one without differ.
func sameRequest(a, b Exchange) bool {
	return a.Method == b.Method && a.URL == b.URL && a.Asked == b.Asked && maps.Equal(a.Sent, b.Sent)
}

// Missing returns the requests that were not recorded, in the order of arrival.
func (p *Player) Missing() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Compact(slices.Clone(p.missing))
}
