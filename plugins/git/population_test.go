package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Local(t, New, busy)
}

// busy is a repository with that many commits of fifty people, a minute apart, and a tag at every hundredth.
func busy(t *testing.T, items int) prove.Place {
	t.Helper()
	r := newRepo(t)
	var stream strings.Builder
	place := prove.Place{Set: map[string]any{"path": r.dir, "days": 3650}, Keys: map[string][]string{}}
	begun := r.now.Unix() - int64(items)*60
	for n := range items {
		who := fmt.Sprintf("Person %d <p%d@acme.example> %d +0000", n%50, n%50, begun+int64(n)*60)
		message := fmt.Sprintf("Change %d", n)
		fmt.Fprintf(&stream, "commit refs/heads/main\nauthor %s\ncommitter %s\ndata %d\n%s\n\n", who, who, len(message), message)
		if n%100 == 0 {
			fmt.Fprintf(&stream, "reset refs/tags/v%d\nfrom refs/heads/main\n\n", n)
			place.Keys["tags"] = append(place.Keys["tags"], fmt.Sprintf("refs/tags/v%d", n))
		}
	}
	r.feed(stream.String(), "fast-import", "--quiet")
	r.git("remote", "add", "origin", "https://git.acme.example/team/app.git")
	commits := strings.Fields(r.git("rev-list", "main"))
	for n := range 50 {
		place.Keys["authors"] = append(place.Keys["authors"], fmt.Sprintf("p%d@acme.example", n))
	}
	const key = "https://git.acme.example/team/app"
	place.Keys["commits"], place.Keys["repository"], place.Who = commits, []string{key}, "team/app"
	last := items - 1
	place.Known = map[string]map[string]map[string]any{
		"commits": {commits[0]: {"title": fmt.Sprintf("Change %d", last), "author": fmt.Sprintf("p%d@acme.example", last%50),
			"target": "main", "status": "merged", "approved_by": nil}},
		"tags":       {"refs/tags/v0": {"name": "v0", "type": "git.tag"}},
		"authors":    {"p0@acme.example": {"name": "Person 0", "type": "git.author"}},
		"repository": {key: {"name": "team/app", "default_branch": "main", "visibility": nil}},
	}
	return place
}
