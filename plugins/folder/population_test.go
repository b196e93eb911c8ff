package main

import (
	"fmt"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Local(t, New, archive)
}

// archive is a folder with that many documents. Every third one is a policy, and every fifth one has no description.
func archive(t *testing.T, items int) prove.Place {
	t.Helper()
	p := newPapers(t)
	place := prove.Place{Set: map[string]any{"path": p.dir}, Keys: map[string][]string{}}
	for n := range items {
		name, stream := fmt.Sprintf("%02d/paper-%d.pdf", n%50, n), "documents"
		p.write(name, "x")
		switch {
		case n%3 == 0:
			stream = "policies"
			p.write(name+".meta.yaml", fmt.Sprintf("kind: policy\ntitle: Policy %d\nowner: ciso@acme.example\nversion: %d\napproved: "+
				"2026-01-01\nreview_due: 2027-01-01\n", n, n%9+1))
		case n%5 > 0:
			p.write(name+".meta.yaml", fmt.Sprintf("kind: contract\ntitle: Contract %d\nid: contract-%d\n", n, n))
			name = fmt.Sprintf("contract-%d", n)
		}
		place.Keys[stream] = append(place.Keys[stream], name)
	}
	place.Known = map[string]map[string]map[string]any{
		"policies": {"00/paper-0.pdf": {"title": "Policy 0", "owner": "ciso@acme.example", "version": "1", "status": "approved",
			"approved_at": "2026-01-01T00:00:00Z", "review_due_at": "2027-01-01T00:00:00Z"}},
		"documents": {
			"contract-1":     {"title": "Contract 1", "media_type": "application/pdf", "sha256": hashOfX, "bytes": 1},
			"05/paper-5.pdf": {"sha256": hashOfX, "owner": nil},
		},
	}
	return place
}
