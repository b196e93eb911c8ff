package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// chunkRows is how many items are read at once before their records are sent.
const chunkRows = 50

// repository is one row of the list of repositories.
type repository struct {
	ID            int64  `json:"id"`
	FullName      string `json:"full_name"`
	URL           string `json:"html_url"`
	Private       bool   `json:"private"`
	Visibility    string `json:"visibility"`
	Archived      *bool  `json:"archived"`
	DefaultBranch string `json:"default_branch"`
	CreatedAt     string `json:"created_at"`
	Security      *struct {
		SecretScanning *feature `json:"secret_scanning"`
		Dependabot     *feature `json:"dependabot_security_updates"`
	} `json:"security_and_analysis"`

	vendor map[string]any
}

// feature is the state of a feature in security_and_analysis, which GitHub shows only to those who administer it.
type feature struct {
	Status string `json:"status"`
}

func (f *feature) tri() kind.Tri {
	switch {
	case f == nil:
		return kind.Unknown
	case f.Status == "enabled":
		return kind.Yes
	case f.Status == "disabled":
		return kind.No
	}
	return kind.Unknown
}

func (r repository) path(rest string) string { return "/repos/" + escaped(r.FullName) + rest }

// escaped escapes a full name, but not its slash.
func escaped(full string) string { return (&url.URL{Path: full}).EscapedPath() }

// repositoryOf reads a row, an empty repository for one of another kind.
func repositoryOf(raw json.RawMessage) repository {
	var r repository
	if json.Unmarshal(raw, &r) != nil {
		return repository{}
	}
	r.vendor = field.Pick(raw, "id", "node_id", "name", "full_name", "description", "private", "visibility", "fork", "archived", "disabled",
		"is_template", "default_branch", "language", "topics", "security_and_analysis", "web_commit_signoff_required",
		"allow_merge_commit", "allow_rebase_merge", "allow_squash_merge", "delete_branch_on_merge", "allow_forking", "created_at")
	return r
}

// listRepositories returns the repositories of the organization that the credential may see, by their ids.
func (g *github) listRepositories(ctx context.Context, out *sdk.Output) ([]repository, error) {
	var rows []repository
	at := map[int64]int{}
	l := list{name: "repositories", path: g.orgPath("/repos"), query: url.Values{"type": {"all"}, "sort": {"created"}, "direction": {"asc"}},
		permissions: []string{permMetadata}}
	err := g.numbered(ctx, out, l, func(raw json.RawMessage) error {
		r := repositoryOf(raw)
		if r.ID == 0 || r.FullName == "" {
			out.Gap("a row of repositories", sdk.Errorf(sdk.CodeSchemaKeyMissing, "GitHub lists a repository without an id or a name"))
			return nil
		}
		if i, known := at[r.ID]; known {
			rows[i] = r
			return nil
		}
		at[r.ID] = len(rows)
		rows = append(rows, r)
		return nil
	})
	slices.SortFunc(rows, func(a, b repository) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	return rows, err
}

// readRepositories sends the repositories with the protection of their default branches.
func readRepositories(ctx context.Context, g *github, out *sdk.Output) error {
	rows, err := g.listRepositories(ctx, out)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(rows, chunkRows) {
		records := make([]kind.Repository, len(chunk))
		tasks, ctx := errgroup.WithContext(ctx)
		tasks.SetLimit(workers)
		for i, r := range chunk {
			tasks.Go(func() error {
				var err error
				records[i], err = g.repository(ctx, r, out)
				return err
			})
		}
		if err := tasks.Wait(); err != nil {
			return err
		}
		for _, record := range records {
			if err := out.PutOrGap(record.ExternalID, record); err != nil {
				return err
			}
		}
	}
	return nil
}

// repository returns the record of a repository. Facts that GitHub does not tell are unknown. An archived repository
// refuses every change, so its rules are not read.
func (g *github) repository(ctx context.Context, r repository, out *sdk.Output) (kind.Repository, error) {
	record := kind.Repository{
		ExternalID: keyOf(r.ID), Name: r.FullName, URL: r.URL, Visibility: visibility(r), Archived: kind.TriFrom(r.Archived),
		DefaultBranch: r.DefaultBranch, CreatedAt: kind.TimeFrom(r.CreatedAt),
	}
	if r.Security != nil {
		record.SecretScanning = r.Security.SecretScanning.tri()
	}
	if r.Archived == nil || !*r.Archived {
		var err error
		record.DependencyAlerts, err = g.dependencyAlerts(ctx, r)
		if err := api.Partial(out, "dependency alerts of "+r.FullName, err); err != nil {
			return record, err
		}
		if r.DefaultBranch != "" {
			if err := g.protect(ctx, r, out, &record); err != nil {
				return record, err
			}
		}
	}
	record.Vendor = field.Encode(r.vendor)
	return record, nil
}

func visibility(r repository) kind.Word {
	switch {
	case r.Visibility == "public" || r.Visibility == "private" || r.Visibility == "internal":
		return kind.Word(r.Visibility)
	case r.Private:
		return "private"
	}
	return "unknown"
}

// isAbsent reports whether GitHub itself answered 404.
func isAbsent(err error) bool {
	e := sdk.AsError(err)
	return e.UpstreamStatus == http.StatusNotFound && e.Code != sdk.CodeUpstreamInvalidResponse && !api.Says(err, api.NoReason)
}

// dependencyAlerts says whether GitHub reports vulnerable dependencies. Automatic updates need the alerts, so they prove
// them; without updates GitHub answers 204 when the alerts are on. Its 404 means that they are off only to those who
// administer the repository, which security_and_analysis shows.
func (g *github) dependencyAlerts(ctx context.Context, r repository) (kind.Tri, error) {
	if r.Security == nil {
		return kind.Unknown, nil
	}
	if r.Security.Dependabot.tri() == kind.Yes {
		return kind.Yes, nil
	}
	answer, err := g.get(ctx, r.path("/vulnerability-alerts"), nil, nil, permAdministration)
	switch {
	case err == nil && answer.Status == http.StatusNoContent:
		return kind.Yes, nil
	case err == nil:
		return kind.Unknown, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "GitHub answers %d about the alerts of %s, want 204", answer.Status,
			r.FullName)
	case isAbsent(err):
		return kind.No, nil
	case g.lacks("The state of dependency alerts", err):
		return kind.Unknown, nil
	}
	return kind.Unknown, err
}
