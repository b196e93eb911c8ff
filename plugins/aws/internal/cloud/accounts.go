package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Cloud is what a run reads: the accounts, and the parts that refuse to be read.
type Cloud struct {
	Settings Settings

	accounts []*Account
	refused  []unit // their run returns why
}

// Account is an account with a credential that reads it.
type Account struct {
	ID     string
	Name   string     // in the organization; "" = not known
	Caller string     // the ARN of the credential
	Config aws.Config // of the home region

	role   string   // that is assumed; "" = the credential of the settings reads the account
	wanted []string // regions of the settings
	peers  []string // the accounts that the run reads

	mu      sync.Mutex
	regions []string // read once
	failed  error    // of reading regions
}

func (a *Account) String() string { return "account " + a.ID }

// ARN returns the ARN of a thing of the account.
func (a *Account) ARN(service, region, name string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition(), service, region, a.ID, name)
}

// Partition returns the part of AWS to which the account belongs.
func (a *Account) Partition() string { return partitionOf(a.Config.Region) }

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// Connect signs in to every account and keeps the Cloud for the streams. An account that refuses costs itself; without
// any account it is an error.
func Connect(ctx context.Context, s *sdk.Session) error {
	own, set, err := SignIn(ctx, s)
	if err != nil {
		return err
	}
	c := &Cloud{Settings: set}
	wanted, refusal := List(ctx, set, own)
	if refusal != nil {
		c.refused = append(c.refused, unit{"accounts of the organization", func(context.Context) error { return refusal }})
	}
	errs := make([]error, len(wanted))
	err = AtOnce(ctx, numbers(len(wanted)), func(ctx context.Context, i int) error {
		errs[i] = wanted[i].Enter(ctx, s, own, set)
		return nil
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	for i, a := range wanted {
		if errs[i] == nil {
			c.accounts = append(c.accounts, a)
			continue
		}
		c.refused = append(c.refused, unit{a.String(), func(context.Context) error { return errs[i] }})
	}
	if len(c.accounts) == 0 {
		return c.refused[0].run(ctx)
	}
	var peers []string
	for _, a := range c.accounts {
		peers = append(peers, a.ID)
	}
	for _, a := range c.accounts {
		a.peers = peers
	}
	s.Set(c)
	return nil
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// SignIn returns the account of the credential of the settings.
func SignIn(ctx context.Context, s *sdk.Session) (*Account, Settings, error) {
	set, err := settingsOf(s)
	if err != nil {
		return nil, set, err
	}
	config, err := newConfig(ctx, s, set)
	if err != nil {
		return nil, set, err
	}
	own := &Account{Config: config, wanted: set.Regions}
	return own, set, own.identify(ctx)
}

// identify asks whose credential the account has.
func (a *Account) identify(ctx context.Context) error {
	who, err := Ask(ctx, sts.NewFromConfig(a.Config).GetCallerIdentity, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	if aws.ToString(who.Account) == "" || aws.ToString(who.Arn) == "" {
		return Absent("owner of the credential")
	}
	if a.ID != "" && a.ID != *who.Account {
		return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the credential for account %s is one of account %s", a.ID, *who.Account)
	}
	a.ID, a.Caller = *who.Account, *who.Arn
	return nil
}

// List returns the accounts to read, each once. When the organization refuses, it returns the others and why.
func List(ctx context.Context, set Settings, own *Account) (all []*Account, refusal error) {
	add := func(id, name, role string) {
		if !slices.ContainsFunc(all, func(a *Account) bool { return a.ID == id }) {
			all = append(all, &Account{ID: id, Name: name, role: role, wanted: set.Regions})
		}
	}
	role := func(id string) string {
		if id == own.ID {
			return ""
		}
		return "arn:" + own.Partition() + ":iam::" + id + ":role/" + set.RoleName
	}
	for _, text := range set.Accounts {
		if part := strings.Split(text, ":"); len(part) > 5 {
			add(part[4], "", text)
		} else {
			add(text, "", role(text))
		}
	}
	if set.Organization {
		refusal = Members(ctx, own, func(id, name string) { add(id, name, role(id)) })
	}
	if len(all) == 0 {
		add(own.ID, "", "")
	}
	return all, refusal
}

// Members lists the accounts of the organization that are not closed.
func Members(ctx context.Context, own *Account, each func(id, name string)) error {
	return Pages(ctx, "accounts", organizations.NewFromConfig(own.Config).ListAccounts, &organizations.ListAccountsInput{},
		func(in *organizations.ListAccountsInput, token *string) { in.NextToken = token },
		func(out *organizations.ListAccountsOutput) ([]types.Account, *string) {
			return out.Accounts, out.NextToken
		},
		OneByOne(func(a types.Account) error {
			closed := a.Status == types.AccountStatusSuspended || a.Status == types.AccountStatusPendingClosure
			if aws.ToString(a.Id) != "" && !closed {
				each(*a.Id, aws.ToString(a.Name))
			}
			return nil
		}))
}

// Enter gets a credential for the account.
func (a *Account) Enter(ctx context.Context, s *sdk.Session, own *Account, set Settings) error {
	if a.role == "" {
		a.Config, a.Caller = own.Config, own.Caller
		return nil
	}
	a.Config = assume(s, own.Config, a.role, set.ExternalID)
	return a.identify(ctx)
}

// Assumed reports whether a role is assumed to read the account.
func (a *Account) Assumed() bool { return a.role != "" }

// Regions returns the regions to read: those of the settings, or those that are enabled for the account.
func (a *Account) Regions(ctx context.Context) ([]string, error) {
	if len(a.wanted) > 0 {
		return a.wanted, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.regions != nil || a.failed != nil {
		return a.regions, a.failed
	}
	regions, err := a.enabled(ctx, a.Config.Region)
	if err != nil && a.Partition() == "aws" {
		// A policy of the organization may deny the home region, and allow another one.
		for _, other := range []string{"eu-central-1", "eu-west-1", "us-west-2", "ap-southeast-1"} {
			found, again := a.enabled(ctx, other)
			if again == nil {
				regions, err = found, nil
				break
			}
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	a.regions, a.failed = regions, err
	return regions, err
}

// enabled asks in one region for those that are enabled.
func (a *Account) enabled(ctx context.Context, in string) (regions []string, err error) {
	client := ec2.NewFromConfig(a.In(in).Config)
	got, err := Ask(ctx, client.DescribeRegions, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(false)})
	if err != nil {
		return nil, err
	}
	for _, r := range got.Regions {
		if name := aws.ToString(r.RegionName); name != "" && aws.ToString(r.OptInStatus) != "not-opted-in" {
			regions = append(regions, name)
		}
	}
	if len(regions) == 0 {
		return nil, Absent("region of " + a.String())
	}
	slices.Sort(regions)
	return regions, nil
}

// Reads reports whether the run reads an account, this one or another.
func (a *Account) Reads(id string) bool { return slices.Contains(a.peers, id) }
