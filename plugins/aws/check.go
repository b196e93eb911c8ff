package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk"
)

// check signs in, says whose the credential is, and tries every permission with its own request, in the first account
// and the first region that is read.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	if err := cloud.Reach(ctx, s, r); err != nil {
		return err
	}
	var own *cloud.Account
	var set cloud.Settings
	err := r.Do(ctx, sdk.Probe{ID: "authenticate", Title: "Sign in"}, func(ctx context.Context) (_ string, err error) {
		if own, set, err = cloud.SignIn(ctx, s); err != nil {
			return "", err
		}
		r.Identity(own.Caller)
		return "AWS accepts the credential of " + own.Caller + ".", nil
	})
	if err != nil {
		return err
	}
	first, err := checkAccounts(ctx, s, r, own, set)
	if err != nil {
		return err
	}
	return checkPermissions(ctx, first, r)
}

// checkAccounts tries to find and enter the accounts. It returns the own one if it is read, else the first.
func checkAccounts(ctx context.Context, s *sdk.Session, r *sdk.Report, own *cloud.Account, set cloud.Settings) (*cloud.Account, error) {
	all, refusal := cloud.List(ctx, set, own)
	if set.Organization {
		_ = r.Do(ctx, probe("organizations:ListAccounts"), func(context.Context) (string, error) { // accounts that are named are tried
			return fmt.Sprintf("Accounts to read: %d.", len(all)), refusal
		})
	}
	var first *cloud.Account
	for _, a := range all {
		if !a.Assumed() {
			first = own
			continue
		}
		enter := sdk.Probe{ID: "account " + a.ID, Title: "Role in account " + a.ID, Permission: "sts:AssumeRole", Optional: true}
		_ = r.Do(ctx, enter, func(ctx context.Context) (string, error) { // another account may let it in
			err := a.Enter(ctx, s, own, set)
			if err == nil && first == nil {
				first = a
			}
			return "Signed in as " + a.Caller + ".", err
		})
	}
	if first == nil {
		return nil, sdk.PermissionMissing([]string{"sts:AssumeRole"}, "no account lets the credential in")
	}
	return first, nil
}

// probe returns the probe of a permission.
func probe(id string) sdk.Probe {
	p := sdk.Probe{ID: id, Title: "Permission " + id, Permission: id}
	all := permissions()
	if at := slices.IndexFunc(all, func(p sdk.Permission) bool { return p.ID == id }); at >= 0 {
		p.Optional = all[at].Optional
	}
	return p
}

// checkPermissions tries each permission. A failure does not end the check: the others are still told.
func checkPermissions(ctx context.Context, a *cloud.Account, r *sdk.Report) error {
	region := a.Config.Region
	err := r.Do(ctx, probe("ec2:DescribeRegions"), func(ctx context.Context) (string, error) {
		regions, err := a.Regions(ctx)
		if err == nil && !slices.Contains(regions, region) {
			region = regions[0]
		}
		return fmt.Sprintf("Regions to read: %d.", len(regions)), err
	})
	failed := err
	for _, t := range trials(a.In(region)) {
		err := r.Do(ctx, probe(t.permission), func(ctx context.Context) (string, error) {
			return "Granted.", granted(t.try(ctx))
		})
		if failed == nil && !probe(t.permission).Optional {
			failed = err
		}
	}
	breadth := sdk.Probe{ID: "read-only", Title: "No more rights than needed", Optional: true}
	_ = r.Do(ctx, breadth, func(ctx context.Context) (string, error) { return checkBreadth(ctx, a) }) // a note
	return failed
}

// checkBreadth warns when the credential is one of an administrator.
func checkBreadth(ctx context.Context, a *cloud.Account) (string, error) {
	_, name, _ := strings.Cut(a.Caller, ":user/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	client := iam.NewFromConfig(a.Config)
	var lists policyLists
	switch _, role, assumed := strings.Cut(a.Caller, ":assumed-role/"); {
	case strings.HasSuffix(a.Caller, ":root"):
		return "", sdk.TooBroad("This is the root user, who may change everything. Use a user or role of Plumbline's own.")
	case assumed:
		role, _, _ = strings.Cut(role, "/")
		lists = rolePolicies(client, role)
	case name != "":
		lists = userPolicies(client, name)
	default:
		return "", sdk.Undetermined("AWS does not say what this credential may change.")
	}
	managed, err := lists.managed(ctx)
	if err != nil {
		return "", sdk.Undetermined("AWS does not say what this credential may change: %s", err.Error())
	}
	for _, p := range managed {
		if arn := aws.ToString(p.PolicyArn); isAdminPolicy(arn) || strings.HasSuffix(arn, ":iam::aws:policy/PowerUserAccess") {
			return "", sdk.TooBroad("The policy %s lets this credential change things. SecurityAudit is enough.", aws.ToString(p.PolicyName))
		}
	}
	return "No policy of an administrator is attached.", nil
}
