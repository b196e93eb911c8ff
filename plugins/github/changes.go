package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// pull is one merged pull request.
type pull struct {
	ID        int64     `json:"id"`
	NodeID    string    `json:"node_id"`
	Number    int       `json:"number"`
	Title     string    `json:"title"`
	URL       string    `json:"html_url"`
	CreatedAt string    `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	MergedAt  time.Time `json:"merged_at"`
	User      *actor    `json:"user"`
	Head      struct {
		SHA string `json:"sha"`
	} `json:"head"`
	Base struct {
		Ref string `json:"ref"`
	} `json:"base"`

	raw      json.RawMessage
	source   *source
	mergedBy string
	reviews  []review // nil = not read
	checks   checks
	failed   error // why facts are missing
}

// actor is a person or a bot. GitHub answers null for one that was deleted.
type actor struct {
	Login string `json:"login"`
}

func (a *actor) login() string {
	if a == nil {
		return ""
	}
	return a.Login
}

// source is a repository whose pull requests are read.
type source struct {
	repository
	denied sync.Map // permissions that this repository refused
	pulls  []*pull
	failed error
}

// errEnough ends a list whose other rows are older than wanted.
var errEnough = errors.New("the rest is older")

// readChanges sends the pull requests that were merged in the window. GitHub sorts them by their last update, so a run
// reads each repository from the newest to the beginning of the last run.
func readChanges(ctx context.Context, g *github, out *sdk.Output) error {
	w, err := g.window(out)
	if err != nil {
		return err
	}
	repositories, err := g.listRepositories(ctx, out)
	if err != nil {
		return err
	}
	sent := false
	for chunk := range slices.Chunk(repositories, chunkRows) {
		sources, err := g.pullsOf(ctx, w, chunk)
		if err != nil {
			return err
		}
		if err := refusedByAll(sources); err != nil && !sent {
			return err
		}
		sent = true
		if err := g.sendPulls(ctx, w, sources, out); err != nil {
			return err
		}
		if err := out.Checkpoint(w.reached(chunk[len(chunk)-1].ID)); err != nil {
			return err
		}
	}
	return out.Checkpoint(w.ended())
}

// pullsOf reads the pull requests of some repositories.
func (g *github) pullsOf(ctx context.Context, w *window, repositories []repository) ([]*source, error) {
	var sources []*source
	tasks, limited := errgroup.WithContext(ctx)
	tasks.SetLimit(workers)
	for _, r := range repositories {
		from, unread := w.from(r.ID)
		if !unread {
			continue
		}
		s := &source{repository: r}
		sources = append(sources, s)
		tasks.Go(func() error {
			if s.failed = g.listPulls(limited, s, from, w.begin); s.failed != nil && api.Fatal(s.failed) {
				return s.failed
			}
			return nil
		})
	}
	if err := tasks.Wait(); err != nil {
		return nil, err
	}
	return sources, g.completePulls(ctx, sources)
}

// listPulls reads the pull requests of one repository that were updated since from and merged since begin.
func (g *github) listPulls(ctx context.Context, s *source, from, begin time.Time) error {
	l := list{name: "pull requests of " + s.FullName, path: s.path("/pulls"), permissions: []string{permPulls},
		query: url.Values{"state": {"closed"}, "sort": {"updated"}, "direction": {"desc"}}}
	found := map[int64]bool{}
	err := g.pages(ctx, l, func(rows []json.RawMessage) error {
		var last time.Time
		for _, raw := range rows {
			p := pull{raw: raw, source: s}
			if err := json.Unmarshal(raw, &p); err != nil || p.ID == 0 {
				return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "a pull request of %s is not the documented one", s.FullName)
			}
			last = p.UpdatedAt
			if !found[p.ID] && !p.MergedAt.IsZero() && !p.MergedAt.Before(begin) && !p.UpdatedAt.Before(from) {
				s.pulls = append(s.pulls, &p)
			}
			found[p.ID] = true
		}
		if len(rows) > 0 && last.Before(from) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// refusedByAll returns the error when every repository refused for want of a permission.
func refusedByAll(sources []*source) error {
	for _, s := range sources {
		if s.failed == nil || sdk.AsError(s.failed).Code != sdk.CodePermissionMissing {
			return nil
		}
	}
	if len(sources) == 0 {
		return nil
	}
	return sources[0].failed
}

// sendPulls sends the records, and notes which repositories were read whole.
func (g *github) sendPulls(ctx context.Context, w *window, sources []*source, out *sdk.Output) error {
	for _, s := range sources {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.failed != nil {
			out.Gap("pull requests of "+s.FullName, s.failed)
		}
		for _, p := range s.pulls {
			if p.failed != nil {
				s.failed = p.failed
				out.Gap("pull request "+s.FullName+"#"+keyOf(int64(p.Number)), p.failed)
			}
			if err := out.PutOrGap(keyOf(p.ID), p.change()); err != nil {
				return err
			}
		}
		if s.failed == nil {
			w.known[s.ID] = true
		} else {
			delete(w.known, s.ID)
		}
	}
	return nil
}

// change returns the record of a pull request.
func (p *pull) change() kind.Change {
	vendor := field.Pick(p.raw, "id", "node_id", "number", "state", "draft", "merge_commit_sha", "closed_at", "author_association")
	vendor["head_sha"] = p.Head.SHA
	vendor["checks"] = p.checks.String()
	if p.reviews != nil {
		vendor["reviews"] = p.reviews
	}
	return kind.Change{
		ExternalID: keyOf(p.ID), Title: p.Title, Repository: p.source.FullName, URL: p.URL, Status: "merged",
		Author: p.User.login(), Approvers: approvers(p.reviews, p.User.login()), MergedBy: p.mergedBy, Target: p.Base.Ref,
		ChecksPassed: p.checks.passed(), CreatedAt: kind.TimeFrom(p.CreatedAt), MergedAt: kind.At(p.MergedAt), Vendor: field.Encode(vendor),
	}
}
