package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

// TestJourney runs the whole program, which the host contains: it may read the entered directory and nothing else.
func TestJourney(t *testing.T) {
	t.Parallel()
	programs := journey.Build(t, ".")
	for name, layout := range map[string]func(r *repo, to string) string{
		"clone": func(r *repo, _ string) string { return r.dir },
		"mirror": func(r *repo, to string) string {
			r.git("clone", "-q", "--mirror", ".", to)
			return to
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			first := r.commit("One")
			r.git("tag", "-a", "-m", "x", "v1")
			r.git("gc", "-q")
			dir := layout(r, filepath.Join(t.TempDir(), "other.git"))
			h := programs.Home(t)
			h.Run("connection", "add", "git", "--alias", "app", "--set", "path="+dir, "--set", "days=30").Want(0)
			h.Run("connection", "check", "app").Want(0)
			if run := h.Sync("app", 0); run.Status != "succeeded" {
				t.Fatalf("the run is %s: %+v", run.Status, run)
			}
			if commits := h.Records("app", "commits"); len(commits) != 1 || commits[0].Key != first {
				t.Errorf("commits %+v, want %s", commits, first)
			}
			if tags := h.Records("app", "tags"); len(tags) != 1 {
				t.Errorf("tags %+v, want one", tags)
			}
			again := h.Sync("app", 0)
			for _, step := range again.Steps {
				if step.Added+step.Changed+step.Removed != 0 {
					t.Errorf("the second sync changed something: %+v", step)
				}
			}
		})
	}
	for name, outside := range map[string]struct{ says, command string }{
		"objects outside the directory":        {"borrows objects from", "clone -q --shared ."},
		"the repository of a worktree outside": {"belongs to the repository at", "worktree add -q -b other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.commit("One")
			dir := filepath.Join(t.TempDir(), "other")
			r.git(append(strings.Fields(outside.command), dir)...)
			h := programs.Home(t)
			result := h.Run("connection", "add", "git", "--alias", "app", "--set", "path="+dir)
			if result.Code == 0 || !strings.Contains(result.Stdout+result.Stderr, outside.says) {
				t.Errorf("the connection was added with code %d: %s%s", result.Code, result.Stdout, result.Stderr)
			}
		})
	}
}
