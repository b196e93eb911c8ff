package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// guard is what one source says of a branch. GitHub has two: branch protection and rulesets.
type guard struct {
	known     bool
	refuses   bool // direct changes
	approvals int
	checks    bool // some must pass before a merge
	vendor    any
}

// protect asks both sources how the default branch is protected. What one of them demands holds, whatever the other
// says; a demand is missing only when both were read.
func (g *github) protect(ctx context.Context, r repository, out *sdk.Output, record *kind.Repository) error {
	classic, err := g.branchProtection(ctx, r)
	if err != nil && !g.lacks("The branch protection of some repositories", err) {
		if err := api.Partial(out, "branch protection of "+r.FullName, err); err != nil {
			return err
		}
	}
	rules, err := g.branchRules(ctx, r)
	if err := api.Partial(out, "rules of "+r.FullName, err); err != nil {
		return err
	}
	both := classic.known && rules.known
	record.BranchProtected = demanded(classic.refuses || rules.refuses, both)
	record.ReviewRequired = demanded(max(classic.approvals, rules.approvals) > 0, both)
	record.ChecksRequired = demanded(classic.checks || rules.checks, both)
	if both {
		approvals := max(classic.approvals, rules.approvals)
		record.RequiredApprovals = &approvals
	}
	if classic.known {
		r.vendor["branch_protection"] = classic.vendor
	}
	if rules.known {
		r.vendor["rules"] = rules.vendor
	}
	return nil
}

func demanded(yes, known bool) kind.Tri {
	if yes || known {
		return kind.TriOf(yes)
	}
	return kind.Unknown
}

// enabled is a part of branch protection that is on or off.
type enabled struct {
	Enabled bool `json:"enabled"`
}

// protection is the documented answer of branch protection.
type protection struct {
	Reviews *struct {
		Approvals        *int  `json:"required_approving_review_count,omitempty"`
		DismissStale     *bool `json:"dismiss_stale_reviews,omitempty"`
		CodeOwners       *bool `json:"require_code_owner_reviews,omitempty"`
		LastPushApproval *bool `json:"require_last_push_approval,omitempty"`
	} `json:"required_pull_request_reviews,omitempty"`
	Checks *struct {
		Strict   *bool    `json:"strict,omitempty"`
		Contexts []string `json:"contexts,omitempty"`
		Checks   []struct {
			Context string `json:"context"`
		} `json:"checks,omitempty"`
	} `json:"required_status_checks,omitempty"`
	Restrictions *struct {
		Users []struct {
			Login string `json:"login"`
		} `json:"users,omitempty"`
	} `json:"restrictions,omitempty"`
	Admins     *enabled `json:"enforce_admins,omitempty"`
	ForcePush  *enabled `json:"allow_force_pushes,omitempty"`
	Deletions  *enabled `json:"allow_deletions,omitempty"`
	Signatures *enabled `json:"required_signatures,omitempty"`
	Linear     *enabled `json:"required_linear_history,omitempty"`
	Lock       *enabled `json:"lock_branch,omitempty"`
}

// branchProtection reads the classic protection. "Branch not protected" is an answer, and so is the plan that has no
// protection; a bare "Not Found" only says that the credential may not see it.
func (g *github) branchProtection(ctx context.Context, r repository) (guard, error) {
	var p protection
	path := r.path("/branches/" + url.PathEscape(r.DefaultBranch) + "/protection")
	_, err := g.get(ctx, path, nil, &p, permAdministration)
	switch {
	case err == nil:
		return p.guard(), nil
	case api.Says(err, "branch not protected"), api.Says(err, "upgrade to"):
		return guard{known: true}, nil
	case api.Says(err, "branch not found"): // the repository is empty
		return guard{}, nil
	case isAbsent(err):
		return guard{}, sdk.PermissionMissing([]string{permAdministration}, "GitHub does not show branch protection to this credential")
	}
	return guard{}, err
}

// guard reads what the protection demands. Only reviews, a list of those who may push, and a lock refuse direct changes.
func (p protection) guard() guard {
	g := guard{known: true, vendor: p}
	g.refuses = p.Reviews != nil || p.Restrictions != nil || p.Lock != nil && p.Lock.Enabled
	if p.Reviews != nil && p.Reviews.Approvals != nil {
		g.approvals = *p.Reviews.Approvals
	}
	g.checks = p.Checks != nil && len(p.Checks.Contexts)+len(p.Checks.Checks) > 0
	return g
}

// rule is one rule of a ruleset that is in force for the branch.
type rule struct {
	Type       string `json:"type"`
	Parameters struct {
		Approvals int               `json:"required_approving_review_count"`
		Checks    []json.RawMessage `json:"required_status_checks"`
		Workflows []json.RawMessage `json:"workflows"`
	} `json:"parameters"`
}

// branchRules reads the rules that rulesets of the repository, the organization and the enterprise set for the branch.
func (g *github) branchRules(ctx context.Context, r repository) (guard, error) {
	l := list{name: "rules of " + r.FullName, path: r.path("/rules/branches/" + url.PathEscape(r.DefaultBranch)),
		permissions: []string{permMetadata}}
	rows, err := g.unkeyed(ctx, l)
	switch {
	case err != nil && api.Says(err, "upgrade to"):
		return guard{known: true, vendor: []any{}}, nil
	case err != nil && g.enterprise && isAbsent(err):
		return guard{}, nil // rulesets came with Enterprise Server 3.11
	case err != nil:
		return guard{}, err
	}
	found := guard{known: true}
	kept := make([]map[string]any, 0, len(rows))
	for _, row := range rows {
		var one rule
		if err := json.Unmarshal(row, &one); err != nil {
			return guard{}, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "a rule of %s is not the documented one", r.FullName).Because(err)
		}
		found.add(one)
		kept = append(kept, field.Pick(row, "type", "parameters", "ruleset_source_type", "ruleset_source", "ruleset_id"))
	}
	slices.SortFunc(kept, func(a, b map[string]any) int { return bytes.Compare(field.Encode(a), field.Encode(b)) })
	found.vendor = kept
	return found, nil
}

// add adds what a rule demands.
func (g *guard) add(r rule) {
	switch r.Type {
	case "pull_request":
		g.refuses = true
		g.approvals = max(g.approvals, r.Parameters.Approvals)
	case "update", "merge_queue":
		g.refuses = true
	case "required_status_checks":
		g.checks = g.checks || len(r.Parameters.Checks) > 0
	case "workflows":
		g.checks = g.checks || len(r.Parameters.Workflows) > 0
	}
}
