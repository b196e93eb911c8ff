package upstream_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// TestModel checks that the model distinguishes its own states, as every oracle needs.
func TestModel(t *testing.T) {
	t.Parallel()
	m := upstream.NewModel(1, true)
	before := m.Moment()
	was := m.State(upstream.Users, before)
	m.RemoveSome()
	now := m.State(upstream.Users, m.Moment())
	if len(was)-len(now) != 4 || upstream.Differ(was, m.State(upstream.Users, before)) != "" {
		t.Errorf("%d users became %d; the past differs by %q", len(was), len(now), upstream.Differ(was, m.State(upstream.Users, before)))
	}
	if upstream.Differ(was, now) == "" || upstream.Differ(now, was) == "" {
		t.Error("two different states are called the same")
	}
	l := upstream.Listing{Collection: upstream.Users, Version: before, Seed: 7}
	pages, seen := 0, map[string]bool{}
	for _, section := range []string{"a", "b"} {
		for last := false; !last; pages++ {
			var items []*upstream.Item
			items, last = m.Page(l, section, pages)
			for _, i := range items {
				seen[i.Key] = true
			}
		}
		pages = 0
	}
	if len(seen) != len(was) {
		t.Errorf("the pages hold %d of %d", len(seen), len(was))
	}
}
