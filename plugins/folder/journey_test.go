package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

// TestJourney runs the whole program, from `connection add` to the output of later commands. A document that is gone is
// removed, but not while a description cannot be read.
func TestJourney(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	for _, name := range []string{"a.pdf", "b.pdf", "sub/c.pdf"} {
		p.write(name, "x")
	}
	p.write("b.pdf.meta.yaml", "kind: policy\napproved: 2026-01-01\n")
	h := journey.Build(t, ".").Home(t)
	h.Run("connection", "add", "folder", "--alias", "papers", "--set", "path="+p.dir).Want(0)
	h.Run("connection", "check", "papers").Want(0)
	first := h.Sync("papers", 0)
	if d, q := h.Step(first, "documents"), h.Step(first, "policies"); d.Added != 2 || q.Added != 1 {
		t.Fatalf("the first sync is %+v and %+v, want 2 and 1 added", d, q)
	}
	p.write("a.pdf.meta.yaml", "titel: Oops\n")
	if err := os.Remove(filepath.Join(p.dir, "sub/c.pdf")); err != nil {
		t.Fatal(err)
	}
	if s := h.Step(h.Sync("papers", 3), "documents"); s.Removed > 0 || len(s.Gaps) != 1 {
		t.Errorf("with a wrong description: %+v", s)
	}
	p.write("a.pdf.meta.yaml", "title: Fine\n")
	if s := h.Step(h.Sync("papers", 0), "documents"); s.Removed != 1 || s.Changed != 1 {
		t.Errorf("with a right description: %+v, want 1 removed and 1 changed", s)
	}
}
