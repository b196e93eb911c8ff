package main

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// check opens the repository and reads its youngest commit.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	repository := sdk.Probe{ID: "repository", Title: "Repository"}
	history := sdk.Probe{ID: "history", Title: "Commits of the default branch"}
	var c *clone
	err := r.Do(ctx, repository, func(context.Context) (string, error) {
		var err error
		if c, err = open(s); err != nil {
			return "", err
		}
		s.OnClose(c.close)
		r.Identity(c.name)
		return fmt.Sprintf("The repository %s has %d branches and tags.", c.name, len(c.refs)), nil
	})
	if err != nil {
		r.Skip(history, "Not tried: the repository could not be opened.")
		return err
	}
	return r.Do(ctx, history, func(context.Context) (string, error) {
		if err := c.requireBranch(); err != nil {
			return "", err
		}
		if c.head.IsZero() {
			return "The default branch " + c.branch + " has no commit yet.", nil
		}
		last, err := c.commit(c.head)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("The last commit on %s is of %s. The connector does not fetch: keep the clone up to date.",
			c.branch, last.Committer.When.UTC().Format(time.DateOnly)), nil
	})
}
