package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readAccount reads the password policy and IAM's summary of an account.
func readAccount(ctx context.Context, a *cloud.Account, k *cloud.Sink) error {
	fields := map[string]any{"account": a.ID}
	summary, unsummed := summary(ctx, a)
	policy, unruled := passwordPolicy(ctx, a)
	if unsummed != nil && unruled != nil {
		return unsummed
	}
	if unsummed != nil {
		if err := k.Miss(ctx, "summary of "+a.String(), unsummed); err != nil {
			return err
		}
	}
	addSummary(fields, summary)
	if unruled == nil {
		addPolicy(fields, policy)
	} else if err := k.Miss(ctx, "password policy of "+a.String(), unruled); err != nil {
		return err
	}
	arn := a.ARN("iam", "", "root")
	return k.Put(arn, kind.Custom{
		ExternalID: arn, Type: "aws.account", Name: nameOf(nil, a.Name, a.ID), Fields: fields,
		Vendor: document(map[string]any{"PasswordPolicy": policy, "Account": a.ID, "AccountName": a.Name}),
	})
}

// summary returns the numbers of IAM's account summary.
func summary(ctx context.Context, a *cloud.Account) (map[string]int32, error) {
	got, err := cloud.Ask(ctx, iam.NewFromConfig(a.Config).GetAccountSummary, &iam.GetAccountSummaryInput{})
	if err != nil {
		return nil, err
	}
	if got.SummaryMap == nil {
		return nil, cloud.Absent("numbers of the account")
	}
	return got.SummaryMap, nil
}

// passwordPolicy returns the password policy, nil for an account that has none: then IAM's own rules hold.
func passwordPolicy(ctx context.Context, a *cloud.Account) (*types.PasswordPolicy, error) {
	got, err := cloud.Ask(ctx, iam.NewFromConfig(a.Config).GetAccountPasswordPolicy, &iam.GetAccountPasswordPolicyInput{})
	switch {
	case cloud.HasCode(err, "NoSuchEntity"):
		return nil, nil
	case err != nil:
		return nil, err
	case got.PasswordPolicy == nil:
		return nil, cloud.Absent("rules for passwords")
	}
	return got.PasswordPolicy, nil
}

func addSummary(fields map[string]any, summary map[string]int32) {
	for name, field := range map[string]string{
		"AccountMFAEnabled": "root_mfa", "AccountAccessKeysPresent": "root_access_keys",
		"AccountSigningCertificatesPresent": "root_certificates", "AccountPasswordPresent": "root_password",
	} {
		if value, told := summary[name]; told {
			fields[field] = value > 0
		}
	}
}

func addPolicy(fields map[string]any, p *types.PasswordPolicy) {
	fields["password_policy"] = p != nil
	if p == nil {
		return
	}
	fields["password_lowercase"], fields["password_uppercase"] = p.RequireLowercaseCharacters, p.RequireUppercaseCharacters
	fields["password_numbers"], fields["password_symbols"] = p.RequireNumbers, p.RequireSymbols
	for name, value := range map[string]*int32{
		"password_length": p.MinimumPasswordLength, "password_reuse_prevention": p.PasswordReusePrevention,
		"password_max_age_days": p.MaxPasswordAge,
	} {
		if value != nil {
			fields[name] = *value
		}
	}
}
