package main

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// rights reads what users and roles of an account may do.
type rights struct {
	account *cloud.Account
	sink    *cloud.Sink
	client  *iam.Client

	mu     sync.Mutex
	groups map[string]*groupRights
}

// attached are the policies of a user, group or role.
type attached struct {
	names []string // nil = not read
	admin kind.Tri
}

// judge returns whether policies make an admin. An inline policy and one that the customer made are not read, so only
// policies of AWS lead to no.
func judge(policies []types.AttachedPolicy, inline []string) attached {
	a := attached{names: []string{}, admin: kind.No}
	for _, p := range policies {
		arn := aws.ToString(p.PolicyArn)
		a.names = append(a.names, aws.ToString(p.PolicyName))
		switch {
		case isAdminPolicy(arn):
			a.admin = kind.Yes
		case !strings.Contains(arn, ":iam::aws:policy/") && a.admin == kind.No:
			a.admin = kind.Unknown
		}
	}
	if len(inline) > 0 && a.admin == kind.No {
		a.admin = kind.Unknown
	}
	return a
}

// isAdminPolicy reports whether a policy of AWS lets its holder change other people's access.
func isAdminPolicy(arn string) bool {
	for _, name := range []string{"AdministratorAccess", "IAMFullAccess"} {
		if strings.HasSuffix(arn, ":iam::aws:policy/"+name) {
			return true
		}
	}
	return false
}

// stronger returns the admin fact of two sources of rights.
func stronger(a, b kind.Tri) kind.Tri {
	switch {
	case a == kind.Yes || b == kind.Yes:
		return kind.Yes
	case a == kind.Unknown || b == kind.Unknown:
		return kind.Unknown
	}
	return kind.No
}

// ofUser returns the groups of a user, all policies of the user and the groups, and whether they make an admin. Nil
// stands for what could not be read.
func (r *rights) ofUser(ctx context.Context, name string) (groups, policies []string, admin kind.Tri, err error) {
	groups, err = r.groupsOf(ctx, name)
	if err := r.note(ctx, "groups of users", err); err != nil {
		return nil, nil, admin, err
	}
	own, err := r.attachedTo(ctx, userPolicies(r.client, name), "users")
	if err != nil {
		return nil, nil, admin, err
	}
	all := own
	if groups == nil {
		all.admin = stronger(all.admin, kind.Unknown)
	}
	for _, group := range groups {
		g, err := r.ofGroup(ctx, group)
		if err != nil {
			return nil, nil, admin, err
		}
		all.admin = stronger(all.admin, g.admin)
		if g.names == nil || all.names == nil {
			all.names = nil
			continue
		}
		all.names = append(all.names, g.names...)
	}
	if all.names != nil {
		all.names = sorted(all.names)
	}
	return groups, all.names, all.admin, nil
}

func (r *rights) groupsOf(ctx context.Context, name string) ([]string, error) {
	all := []string{}
	err := cloud.Pages(ctx, "groups", r.client.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: &name},
		func(in *iam.ListGroupsForUserInput, token *string) { in.Marker = token },
		func(out *iam.ListGroupsForUserOutput) ([]types.Group, *string) {
			return out.Groups, cloud.Marker(out.IsTruncated, out.Marker)
		},
		cloud.OneByOne(func(g types.Group) error { all = append(all, aws.ToString(g.GroupName)); return nil }))
	if err != nil {
		return nil, err
	}
	return sorted(all), nil
}

// ofGroup returns the policies of a group, read once in a run of the stream.
func (r *rights) ofGroup(ctx context.Context, name string) (attached, error) {
	r.mu.Lock()
	g := r.groups[name]
	if g == nil {
		g = &groupRights{}
		r.groups[name] = g
	}
	r.mu.Unlock()
	g.once.Do(func() {
		var found attached
		found, g.err = r.attachedTo(ctx, groupPolicies(r.client, name), "groups")
		g.policies, g.admin = found.names, found.admin
	})
	return attached{slices.Clone(g.policies), g.admin}, g.err
}

// policyLists read all policies of a user, group or role: the managed ones that are attached, and the inline ones.
type policyLists struct {
	managed func(ctx context.Context) ([]types.AttachedPolicy, error)
	inline  func(ctx context.Context) ([]string, error)
}

// attachedTo reads both lists. What could not be read is a gap and makes the admin fact unknown, unless it is yes.
func (r *rights) attachedTo(ctx context.Context, lists policyLists, holders string) (attached, error) {
	managed, unmanaged := lists.managed(ctx)
	if err := r.note(ctx, "attached policies of "+holders, unmanaged); err != nil {
		return attached{}, err
	}
	inline, uninlined := lists.inline(ctx)
	if err := r.note(ctx, "inline policies of "+holders, uninlined); err != nil {
		return attached{}, err
	}
	found := judge(managed, inline)
	if unmanaged != nil || uninlined != nil {
		found.admin = stronger(found.admin, kind.Unknown)
	}
	if unmanaged != nil {
		found.names = nil
	}
	return found, nil
}

// policies makes a list of policies of an operation. Page takes the policies and the marker from an answer.
func policies[In, Out, T any](
	call func(context.Context, *In, ...func(*iam.Options)) (*Out, error), in In, marker func(*In) **string,
	page func(*Out) ([]T, *string),
) func(context.Context) ([]T, error) {
	return func(ctx context.Context) (all []T, err error) {
		err = cloud.Pages(ctx, "policies", call, &in, func(in *In, token *string) { *marker(in) = token }, page,
			func(list []T) error { all = append(all, list...); return nil })
		return all, err
	}
}

func userPolicies(c *iam.Client, name string) policyLists {
	return policyLists{
		managed: policies(c.ListAttachedUserPolicies, iam.ListAttachedUserPoliciesInput{UserName: &name},
			func(in *iam.ListAttachedUserPoliciesInput) **string { return &in.Marker },
			func(out *iam.ListAttachedUserPoliciesOutput) ([]types.AttachedPolicy, *string) {
				return out.AttachedPolicies, cloud.Marker(out.IsTruncated, out.Marker)
			}),
		inline: policies(c.ListUserPolicies, iam.ListUserPoliciesInput{UserName: &name},
			func(in *iam.ListUserPoliciesInput) **string { return &in.Marker },
			func(out *iam.ListUserPoliciesOutput) ([]string, *string) {
				return out.PolicyNames, cloud.Marker(out.IsTruncated, out.Marker)
			}),
	}
}

func groupPolicies(c *iam.Client, name string) policyLists {
	return policyLists{
		managed: policies(c.ListAttachedGroupPolicies, iam.ListAttachedGroupPoliciesInput{GroupName: &name},
			func(in *iam.ListAttachedGroupPoliciesInput) **string { return &in.Marker },
			func(out *iam.ListAttachedGroupPoliciesOutput) ([]types.AttachedPolicy, *string) {
				return out.AttachedPolicies, cloud.Marker(out.IsTruncated, out.Marker)
			}),
		inline: policies(c.ListGroupPolicies, iam.ListGroupPoliciesInput{GroupName: &name},
			func(in *iam.ListGroupPoliciesInput) **string { return &in.Marker },
			func(out *iam.ListGroupPoliciesOutput) ([]string, *string) {
				return out.PolicyNames, cloud.Marker(out.IsTruncated, out.Marker)
			}),
	}
}

func rolePolicies(c *iam.Client, name string) policyLists {
	return policyLists{
		managed: policies(c.ListAttachedRolePolicies, iam.ListAttachedRolePoliciesInput{RoleName: &name},
			func(in *iam.ListAttachedRolePoliciesInput) **string { return &in.Marker },
			func(out *iam.ListAttachedRolePoliciesOutput) ([]types.AttachedPolicy, *string) {
				return out.AttachedPolicies, cloud.Marker(out.IsTruncated, out.Marker)
			}),
		inline: policies(c.ListRolePolicies, iam.ListRolePoliciesInput{RoleName: &name},
			func(in *iam.ListRolePoliciesInput) **string { return &in.Marker },
			func(out *iam.ListRolePoliciesOutput) ([]string, *string) {
				return out.PolicyNames, cloud.Marker(out.IsTruncated, out.Marker)
			}),
	}
}
