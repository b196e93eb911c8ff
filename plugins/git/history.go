package main

import (
	"container/heap"
	"context"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/plumbline-dev/plumbline/sdk"
)

// slack is how far before the window the walk goes on: the clocks of committers differ, so that a commit may be younger
// than the one that follows it.
const slack = 30 * 24 * time.Hour

// begin returns the beginning of the window.
func (c *clone) begin() time.Time { return time.Now().AddDate(0, 0, -c.settings.Days) }

// requireBranch returns an error when the default branch is not known.
func (c *clone) requireBranch() error {
	switch {
	case c.branch == "":
		return sdk.ConfigInvalid("/branch", "the repository does not tell its default branch: HEAD is a single commit").
			WithRemedy("Enter the name of the default branch.")
	case c.head.IsZero() && c.settings.Branch != "":
		return sdk.ConfigInvalid("/branch", "the repository has no branch %s", c.settings.Branch)
	case c.head.IsZero() && len(c.refs) > 1:
		return sdk.ConfigInvalid("/branch", "the default branch %s has no commit in this repository", c.branch).
			WithRemedy("Fetch the branch, or enter the name of the default branch.")
	}
	return nil // an empty repository has a branch without a commit
}

// walk visits the commits of the default branch in the window, the youngest first. What is missing is a gap.
func (c *clone) walk(ctx context.Context, out *sdk.Output, visit func(*object.Commit) error) error {
	if err := c.requireBranch(); err != nil {
		return err
	}
	if c.head.IsZero() {
		return nil
	}
	begin := c.begin()
	next, seen := &youngest{}, map[plumbing.Hash]bool{c.head: true}
	first, err := c.commit(c.head)
	if err != nil {
		return err
	}
	heap.Push(next, first)
	for next.Len() > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		commit, _ := heap.Pop(next).(*object.Commit)
		when := commit.Committer.When
		if !when.Before(begin) {
			if err := visit(commit); err != nil {
				return err
			}
		}
		if c.shallow[commit.Hash] {
			if !when.Before(begin) {
				out.Gap("commits before "+commit.Hash.String()[:12], sdk.Errorf(sdk.CodeUpstreamInvalidResponse,
					"the clone is shallow: it has no commits before %s", when.UTC().Format(time.DateOnly)).
					WithRemedy("Run git fetch --unshallow in the clone, or read fewer days."))
			}
			continue
		}
		if when.Before(begin.Add(-slack)) {
			continue
		}
		for _, parent := range commit.ParentHashes {
			if seen[parent] {
				continue
			}
			seen[parent] = true
			older, err := c.commit(parent)
			if err != nil {
				out.Gap("commit "+parent.String()[:12]+" and those before it", err)
				continue
			}
			heap.Push(next, older)
		}
	}
	return nil
}

// youngest is a heap of commits.
type youngest []*object.Commit

func (y youngest) Len() int           { return len(y) }
func (y youngest) Less(i, j int) bool { return y[i].Committer.When.After(y[j].Committer.When) }
func (y youngest) Swap(i, j int)      { y[i], y[j] = y[j], y[i] }

// Push implements heap.Interface.
func (y *youngest) Push(commit any) {
	if one, ok := commit.(*object.Commit); ok {
		*y = append(*y, one)
	}
}

// Pop implements heap.Interface.
func (y *youngest) Pop() any {
	last := (*y)[len(*y)-1]
	*y = (*y)[:len(*y)-1]
	return last
}
