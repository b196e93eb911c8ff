package main

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
)

// TestEveryAnchorIsThere says which moment or mutant has lost its anchor, long
// before anything is built.
func TestEveryAnchorIsThere(t *testing.T) {
	t.Parallel()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	copies, err := overlay.Overlaid(root, overlay.Edits())
	if err != nil {
		t.Fatal(err)
	}
	for file, source := range copies {
		if _, err := parser.ParseFile(token.NewFileSet(), file, source, 0); err != nil {
			t.Errorf("the copy is no Go: %v", err)
		}
	}
}

func TestEveryMutantNamesItsCatcher(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	hosts, connectors := 0, 0
	for _, m := range overlay.Mutants() {
		if seen[m.Name] {
			t.Errorf("two mutants are called %s", m.Name)
		}
		seen[m.Name] = true
		if strings.HasPrefix(m.Pkg, "./sdk") || m.Author {
			connectors++
		} else {
			hosts++
		}
		known := m.Fault == overlay.PowerCut || slices.ContainsFunc(play.Faults(), func(f play.Fault) bool {
			return f.Name == m.Fault && slices.Contains(f.Moments, m.Moment)
		})
		if known == (m.Test != "") || m.Test == "" && m.Oracle == "" {
			t.Errorf("mutant %s: %s is no case with an oracle, and no test", m.Name, m.Catcher())
		}
	}
	if hosts < 15 || connectors < 15 {
		t.Errorf("%d mutant hosts and %d mutant connectors are too few", hosts, connectors)
	}
}
