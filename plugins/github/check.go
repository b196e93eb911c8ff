package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// check proves each permission with its own smallest request.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	g, err := open(s)
	if err != nil {
		return err
	}
	authenticate := sdk.Probe{ID: "authenticate", Title: "Credential"}
	organization := sdk.Probe{ID: "organization", Title: "Organization"}
	if err := r.ReachURL(ctx, g.rest); err != nil {
		r.SkipAll("Not tried: GitHub was not reached.", append([]sdk.Probe{authenticate, organization}, probes()...)...)
		return err
	}
	if err := r.Do(ctx, authenticate, func(ctx context.Context) (string, error) { return g.identify(ctx, r) }); err != nil {
		r.SkipAll("Not tried: the credential was not accepted.", append([]sdk.Probe{organization}, probes()...)...)
		return err
	}
	err = r.Do(ctx, organization, func(ctx context.Context) (string, error) {
		_, err := g.organization(ctx)
		return "GitHub shows the organization " + g.settings.Organization + ".", err
	})
	if err != nil {
		r.SkipAll("Not tried: GitHub does not show the organization.", probes()...)
		return err
	}
	return g.checkPermissions(ctx, r)
}

// probes are the permissions, as the check reports them.
func probes() []sdk.Probe {
	var all []sdk.Probe
	for _, p := range permissions() {
		all = append(all, sdk.Probe{ID: p.ID, Title: "Permission " + p.ID, Permission: p.ID, Optional: p.Optional})
	}
	return all
}

// identify names the owner of the credential and warns when the credential could write.
func (g *github) identify(ctx context.Context, r *sdk.Report) (string, error) {
	if g.app != nil {
		if _, _, err := g.app.Obtain(ctx); err != nil {
			return "", err
		}
		installed := g.app.Granted()
		r.Identity("GitHub App " + installed.AppSlug)
		if writes := installed.Writes(); len(writes) > 0 {
			return "", sdk.TooBroad("The App may also write: %s. It needs only read access.", strings.Join(writes, ", "))
		}
		if installed.RepositorySelection == "selected" {
			return "GitHub accepts the App. It is installed on selected repositories only; the others are not read.", nil
		}
		return "GitHub accepts the App, for all repositories.", nil
	}
	var user struct {
		Login string `json:"login"`
	}
	answer, err := g.get(ctx, "/user", nil, &user)
	if err != nil {
		return "", err
	}
	r.Identity(user.Login)
	if writes := writingScopes(answer.Header); len(writes) > 0 {
		return "", sdk.TooBroad("The token may also write, by its scopes %s. A GitHub App or a fine-grained token can be limited to reading.",
			strings.Join(writes, ", "))
	}
	return "GitHub accepts the token.", nil
}

// writingScopes returns the scopes of a classic token that allow more than reading. GitHub does not list the permissions
// of a fine-grained token.
func writingScopes(header http.Header) []string {
	var all []string
	for _, scope := range strings.Split(header.Get("X-OAuth-Scopes"), ",") {
		scope = strings.TrimSpace(scope)
		if scope != "" && !strings.HasPrefix(scope, "read:") && scope != "user:email" {
			all = append(all, scope)
		}
	}
	return all
}

// checkPermissions tries every permission, the optional ones too.
func (g *github) checkPermissions(ctx context.Context, r *sdk.Report) error {
	one := url.Values{"per_page": {"1"}}
	at := &repository{}
	tries := map[string]func(ctx context.Context) (string, error){
		permMembers: func(ctx context.Context) (string, error) {
			if err := g.seesMembers(ctx); err != nil {
				return "", err
			}
			return g.try(ctx, g.orgPath("/members"), one, permMembers)
		},
		permOwner: func(ctx context.Context) (string, error) {
			found, err := g.try(ctx, g.orgPath("/members"), url.Values{"per_page": {"1"}, "filter": {"2fa_disabled"}}, permOwner)
			if err != nil {
				err = ownersOnly(err)
			}
			return found, err
		},
		permMetadata:       func(ctx context.Context) (string, error) { return g.findSample(ctx, at) },
		permAdministration: func(ctx context.Context) (string, error) { return g.tryProtection(ctx, at) },
		permPulls: func(ctx context.Context) (string, error) {
			return g.tryIn(ctx, at, "/pulls", url.Values{"per_page": {"1"}, "state": {"closed"}}, permPulls)
		},
		permChecks: func(ctx context.Context) (string, error) {
			return g.tryIn(ctx, at, "/commits/"+url.PathEscape(at.DefaultBranch)+"/check-runs", one, permChecks)
		},
		permStatuses: func(ctx context.Context) (string, error) {
			return g.tryIn(ctx, at, "/commits/"+url.PathEscape(at.DefaultBranch)+"/status", one, permStatuses)
		},
		permDependabot: func(ctx context.Context) (string, error) {
			return g.try(ctx, g.orgPath("/dependabot/alerts"), one, permDependabot)
		},
		permSecrets: func(ctx context.Context) (string, error) {
			query := url.Values{"per_page": {"1"}, "hide_secret": {"true"}}
			return g.try(ctx, g.orgPath("/secret-scanning/alerts"), query, permSecrets)
		},
	}
	var first error
	for _, p := range probes() {
		if err := r.Do(ctx, p, tries[p.ID]); err != nil && !p.Optional && first == nil {
			first = err
		}
	}
	return first
}

// try sends one request. GitHub hides lists that the credential may not see with a 404.
func (g *github) try(ctx context.Context, path string, query url.Values, permission string) (string, error) {
	_, err := g.get(ctx, path, query, new(json.RawMessage), permission)
	if err != nil && sdk.AsError(err).Code == sdk.CodeNotFoundEndpoint {
		err = sdk.PermissionMissing([]string{permission}, "%s", sdk.AsError(err).Message)
	}
	return "GitHub shows it.", err
}

// findSample lists the repositories, and chooses a private one: GitHub shows much of public ones to everyone.
func (g *github) findSample(ctx context.Context, at *repository) (string, error) {
	for _, which := range []string{"private", "all"} {
		var rows []repository
		query := url.Values{"per_page": {"10"}, "type": {which}}
		if _, err := g.get(ctx, g.orgPath("/repos"), query, &rows, permMetadata); err != nil {
			return "", err
		}
		i := slices.IndexFunc(rows, func(r repository) bool { return r.Archived != nil && !*r.Archived && r.DefaultBranch != "" })
		if i >= 0 {
			*at = rows[i]
			return "The credential sees repositories of the organization.", nil
		}
	}
	return "", sdk.Undetermined("The credential sees no repository that is in use.")
}

// tryIn sends one request about the sample.
func (g *github) tryIn(ctx context.Context, at *repository, rest string, query url.Values, permission string) (string, error) {
	if at.ID == 0 {
		return "", sdk.Undetermined("There is no repository with which it could be tried.")
	}
	_, err := g.get(ctx, at.path(rest), query, new(json.RawMessage), permission)
	if err != nil {
		switch e := sdk.AsError(err); e.UpstreamStatus {
		case http.StatusConflict, http.StatusUnprocessableEntity: // the repository is empty
			return "", sdk.Undetermined("The repository %s has no commit with which it could be tried.", at.FullName)
		case http.StatusNotFound:
			err = sdk.PermissionMissing([]string{permission}, "%s", e.Message)
		}
	}
	return "GitHub shows it in " + at.FullName + ".", err
}

// tryProtection reads the protection of one branch. "Branch not protected" is an answer.
func (g *github) tryProtection(ctx context.Context, at *repository) (string, error) {
	if at.ID == 0 {
		return "", sdk.Undetermined("There is no repository with which it could be tried.")
	}
	_, err := g.branchProtection(ctx, *at)
	return "GitHub shows the branch protection of " + at.FullName + ".", err
}
