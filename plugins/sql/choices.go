package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// choices runs the query for one row and offers its columns for the key and for the fields. It offers no values.
func choices(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	c, err := plainSettings(s)
	if err != nil {
		return err
	}
	p := sdk.Probe{ID: "query", Title: "Query"}
	if c.Query == "" {
		r.Skip(p, "There is no query.")
		return nil
	}
	return r.Do(ctx, p, func(ctx context.Context) (string, error) {
		if len(c.Key) == 0 {
			c.Key = []string{"-"} // it may be missing yet
		}
		if err := c.validate(); err != nil {
			return "", err
		}
		plan, err := mapping.New(mapping.Settings{Kind: c.Kind})
		if err != nil {
			return "", err
		}
		db, err := open(ctx, s, c)
		if err != nil {
			return "", err
		}
		var names []string
		head := func(headers []string) error { names = slices.Clone(headers); return nil }
		if err := db.rows(ctx, bounded(c.Query, 1), reader{head: head, row: anyRow}); err != nil {
			return "", err
		}
		for _, offer := range plan.Choices(names, nil) {
			r.Offer(p.ID, offer)
		}
		return fmt.Sprintf("The query has %d columns.", len(names)), nil
	})
}
