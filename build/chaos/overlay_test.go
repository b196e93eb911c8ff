package main

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestEveryAnchorIsThere says which moment or mutant has lost its place, long
// before anything is built.
func TestEveryAnchorIsThere(t *testing.T) {
	t.Parallel()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	copies, err := overlaid(root, edits())
	if err != nil {
		t.Fatal(err)
	}
	for file, source := range copies {
		if _, err := parser.ParseFile(token.NewFileSet(), file, source, 0); err != nil {
			t.Errorf("the copy is no Go: %v", err)
		}
	}
}

func TestAnAnchorMustBeThereOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source string
		want   string
		fails  bool
	}{
		"once":    {"a b c", "a X c", false},
		"twice":   {"a b b", "", true},
		"not":     {"a c", "", true},
		"changed": {"a B c", "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := apply(test.source, []edit{{"edit", "file", "b", "X"}})
			if (err != nil) != test.fails || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), `"edit" of file`) {
				t.Errorf("the edit is not named: %v", err)
			}
		})
	}
}

func TestEveryMutantNamesItsCatcher(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	hosts, connectors := 0, 0
	for _, m := range mutants() {
		if seen[m.name] {
			t.Errorf("two mutants are called %s", m.name)
		}
		seen[m.name] = true
		if strings.HasPrefix(m.pkg, "./sdk") || m.author {
			connectors++
		} else {
			hosts++
		}
		known := slices.ContainsFunc(faults(), func(f fault) bool { return f.name == m.fault && slices.Contains(f.moments, m.moment) }) || m.fault == powerCut
		if known == (m.test != "") || m.test == "" && m.oracle == "" {
			t.Errorf("mutant %s: %s is no case with an oracle, and no test", m.name, m.catcher())
		}
	}
	if hosts < 15 || connectors < 15 {
		t.Errorf("%d mutant hosts and %d mutant connectors are too few", hosts, connectors)
	}
}

// TestModel sees the model tell its own states apart, or no oracle could.
func TestModel(t *testing.T) {
	t.Parallel()
	m := newModel(1, true)
	before := m.moment()
	was := m.state(users, before)
	m.removeSome()
	now := m.state(users, m.moment())
	if len(was)-len(now) != 4 || differ(was, m.state(users, before)) != "" {
		t.Errorf("%d users became %d; the past differs by %q", len(was), len(now), differ(was, m.state(users, before)))
	}
	if differ(was, now) == "" || differ(now, was) == "" {
		t.Error("two different states are told to be one")
	}
	l := listing{collection: users, version: before, seed: 7}
	pages, seen := 0, map[string]bool{}
	for _, section := range []string{"a", "b"} {
		for last := false; !last; pages++ {
			var items []*item
			items, last = m.page(l, section, pages)
			for _, i := range items {
				seen[i.key] = true
			}
		}
		pages = 0
	}
	if len(seen) != len(was) {
		t.Errorf("the pages hold %d of %d", len(seen), len(was))
	}
}
