package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// pullBatch is how many pull requests one query asks for.
const pullBatch = 25

// review is one review of a pull request.
type review struct {
	User        string `json:"user"`
	State       string `json:"state"` // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
	SubmittedAt string `json:"submitted_at,omitempty"`
}

// approvers returns those whose last judgement is an approval. A comment is no judgement, a dismissed approval is none
// any more, and nobody approves a change of their own. Nil means that the reviews were not read.
func approvers(reviews []review, author string) []string {
	if reviews == nil {
		return nil
	}
	last := map[string]string{}
	for _, r := range reviews {
		switch r.State {
		case "APPROVED", "CHANGES_REQUESTED", "DISMISSED":
			last[r.User] = r.State
		}
	}
	names := []string{}
	for name, state := range last {
		if state == "APPROVED" && name != "" && name != author {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// checks is the result of all checks of a commit.
type checks int

// The results.
const (
	checksUnknown checks = iota
	checksNone
	checksPassed
	checksPending
	checksFailed
)

func (c checks) String() string {
	return [...]string{"unknown", "none", "success", "pending", "failure"}[c]
}

// passed is yes or no only when there were checks and they ended.
func (c checks) passed() kind.Tri {
	switch c {
	case checksPassed:
		return kind.Yes
	case checksFailed:
		return kind.No
	}
	return kind.Unknown
}

// and joins the results of two sources. A failure in one of them holds whatever the other says.
func (c checks) and(d checks) checks {
	switch {
	case c == checksFailed || d == checksFailed:
		return checksFailed
	case c == checksUnknown || d == checksUnknown:
		return checksUnknown
	}
	return max(c, d)
}

// checksOf reads the words that GraphQL and commit statuses use.
func checksOf(state string) checks {
	switch state {
	case "SUCCESS", "success":
		return checksPassed
	case "FAILURE", "ERROR", "failure", "error":
		return checksFailed
	case "PENDING", "EXPECTED", "pending":
		return checksPending
	}
	return checksUnknown
}

// pullQuery asks for what the list of pull requests does not have.
const pullQuery = `query($ids: [ID!]!) {
  nodes(ids: $ids) { ... on PullRequest {
    id
    mergedBy { __typename login }
    reviews(first: 100) { pageInfo { hasNextPage } nodes { author { __typename login } state submittedAt } }
    commits(last: 1) { nodes { commit { oid statusCheckRollup { state } } } }
  } }
}`

// graphActor is a person or bot. The REST API adds [bot] to the login of a bot.
type graphActor struct {
	Type  string `json:"__typename"`
	Login string `json:"login"`
}

func (a *graphActor) login() string {
	switch {
	case a == nil:
		return ""
	case a.Type == "Bot":
		return a.Login + "[bot]"
	}
	return a.Login
}

// graphPull is the answer to pullQuery.
type graphPull struct {
	MergedBy *graphActor `json:"mergedBy"`
	Reviews  *struct {
		PageInfo struct {
			HasNextPage bool `json:"hasNextPage"`
		} `json:"pageInfo"`
		Nodes []struct {
			Author      *graphActor `json:"author"`
			State       string      `json:"state"`
			SubmittedAt string      `json:"submittedAt"`
		} `json:"nodes"`
	} `json:"reviews"`
	Commits *struct {
		Nodes []struct {
			Commit *struct {
				OID    string `json:"oid"`
				Rollup *struct {
					State string `json:"state"`
				} `json:"statusCheckRollup"`
			} `json:"commit"`
		} `json:"nodes"`
	} `json:"commits"`
}

// completePulls adds reviews, checks and who merged to all pull requests.
func (g *github) completePulls(ctx context.Context, sources []*source) error {
	var all []*pull
	for _, s := range sources {
		all = append(all, s.pulls...)
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(workers)
	for batch := range slices.Chunk(all, pullBatch) {
		tasks.Go(func() error { return g.completeBatch(ctx, batch) })
	}
	return tasks.Wait()
}

// completeBatch asks GraphQL once for the whole batch, and the REST API for what GraphQL does not show.
func (g *github) completeBatch(ctx context.Context, batch []*pull) error {
	ids := make([]string, len(batch))
	for i, p := range batch {
		ids[i] = p.NodeID
	}
	found := make([]node, len(batch))
	if !slices.Contains(ids, "") {
		answered, err := g.nodes(ctx, pullQuery, ids, nil)
		switch {
		case err == nil:
			found = answered
		case !usable(err):
			return err
		}
	}
	for i, p := range batch {
		if err := g.completePull(ctx, p, found[i]); err != nil {
			if api.Fatal(err) {
				return err
			}
			p.failed = err
		}
	}
	return nil
}

// completePull fills one pull request.
func (g *github) completePull(ctx context.Context, p *pull, n node) error {
	var answer graphPull
	shown := n.raw != nil && string(n.raw) != "null" && json.Unmarshal(n.raw, &answer) == nil
	var failures []error
	if shown && !n.failed["mergedBy"] {
		p.mergedBy = answer.MergedBy.login()
	} else {
		failures = append(failures, g.restMerger(ctx, p))
	}
	if shown && !n.failed["reviews"] && answer.Reviews != nil && !answer.Reviews.PageInfo.HasNextPage {
		p.reviews = []review{}
		for _, r := range answer.Reviews.Nodes {
			p.reviews = append(p.reviews, review{User: r.Author.login(), State: r.State, SubmittedAt: r.SubmittedAt})
		}
	} else {
		failures = append(failures, g.restReviews(ctx, p))
	}
	if state, known := answer.checks(p.Head.SHA); shown && !n.failed["commits"] && known {
		p.checks = state
	} else {
		failures = append(failures, g.restChecks(ctx, p))
	}
	return errors.Join(failures...)
}

// checks returns the result of the checks of the last commit, and false when the answer does not have it.
func (a graphPull) checks(head string) (checks, bool) {
	if a.Commits == nil || len(a.Commits.Nodes) != 1 || a.Commits.Nodes[0].Commit == nil {
		return checksUnknown, false
	}
	commit := a.Commits.Nodes[0].Commit
	switch {
	case head != "" && commit.OID != head:
		return checksUnknown, false
	case commit.Rollup == nil:
		return checksNone, true
	}
	return checksOf(commit.Rollup.State), true
}

func (g *github) restMerger(ctx context.Context, p *pull) error {
	var body struct {
		MergedBy *actor `json:"merged_by"`
	}
	_, err := g.get(ctx, p.source.path("/pulls/"+strconv.Itoa(p.Number)), nil, &body, permPulls)
	p.mergedBy = body.MergedBy.login()
	return err
}

func (g *github) restReviews(ctx context.Context, p *pull) error {
	reviews := []review{}
	l := list{name: "reviews", path: p.source.path("/pulls/" + strconv.Itoa(p.Number) + "/reviews"), permissions: []string{permPulls}}
	rows, err := g.unkeyed(ctx, l)
	if err != nil {
		return err
	}
	for _, row := range rows {
		var r struct {
			User        *actor `json:"user"`
			State       string `json:"state"`
			SubmittedAt string `json:"submitted_at"`
		}
		if err := json.Unmarshal(row, &r); err != nil {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "a review of %s is not the documented one", p.source.FullName).Because(err)
		}
		reviews = append(reviews, review{User: r.User.login(), State: r.State, SubmittedAt: r.SubmittedAt})
	}
	p.reviews = reviews
	return nil
}

// restChecks reads both sources of checks: commit statuses and check runs.
func (g *github) restChecks(ctx context.Context, p *pull) error {
	if p.Head.SHA == "" {
		return nil
	}
	commit := p.source.path("/commits/" + url.PathEscape(p.Head.SHA))
	statuses, err := g.optional(p, permStatuses, func() (checks, error) { return g.commitStatus(ctx, commit) })
	if err != nil {
		return err
	}
	runs, err := g.optional(p, permChecks, func() (checks, error) { return g.checkRuns(ctx, commit) })
	p.checks = statuses.and(runs)
	return err
}

// optional asks for a fact behind an optional permission, and not again in a repository that refused it.
func (g *github) optional(p *pull, permission string, ask func() (checks, error)) (checks, error) {
	if _, denied := p.source.denied.Load(permission); denied {
		return checksUnknown, nil
	}
	found, err := ask()
	if err == nil {
		return found, nil
	}
	e := sdk.AsError(err)
	if e.Code == sdk.CodePermissionMissing {
		p.source.denied.Store(permission, true)
	}
	gone := e.UpstreamStatus == http.StatusUnprocessableEntity // the commit is no longer there
	if gone || g.lacks("The result of some checks", err) {
		return checksUnknown, nil
	}
	return checksUnknown, err
}

// commitStatus reads the combined status. Its state is "pending" also when there is no status at all.
func (g *github) commitStatus(ctx context.Context, commit string) (checks, error) {
	var body struct {
		State string `json:"state"`
		Total *int   `json:"total_count"`
	}
	if _, err := g.get(ctx, commit+"/status", url.Values{"per_page": {"1"}}, &body, permStatuses); err != nil {
		return checksUnknown, err
	}
	if body.Total != nil && *body.Total == 0 {
		return checksNone, nil
	}
	return checksOf(body.State), nil
}

// checkRuns reads the last run of every check.
func (g *github) checkRuns(ctx context.Context, commit string) (checks, error) {
	result, read := checksNone, 0
	for page := 1; ; page++ {
		var body struct {
			Total int `json:"total_count"`
			Runs  []struct {
				Status     string `json:"status"`
				Conclusion string `json:"conclusion"`
			} `json:"check_runs"`
		}
		query := url.Values{"filter": {"latest"}, "per_page": {strconv.Itoa(pageRows)}, "page": {strconv.Itoa(page)}}
		if _, err := g.get(ctx, commit+"/check-runs", query, &body, permChecks); err != nil {
			return checksUnknown, err
		}
		for _, run := range body.Runs {
			result = result.and(runResult(run.Status, run.Conclusion))
		}
		read += len(body.Runs)
		if len(body.Runs) == 0 || read >= body.Total {
			return result, nil
		}
	}
}

// runResult is the result of one check run.
func runResult(status, conclusion string) checks {
	if status != "completed" {
		return checksPending
	}
	switch conclusion {
	case "success", "neutral", "skipped":
		return checksPassed
	case "failure", "timed_out", "cancelled", "action_required", "startup_failure":
		return checksFailed
	case "stale":
		return checksPending
	}
	return checksUnknown
}
