package main

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk"
)

// trial is the smallest request that needs a permission.
type trial struct {
	permission string
	try        func(ctx context.Context) error
}

// granted returns nil for an answer that only someone with the permission gets: that there is nothing of the kind, or
// that a service is off.
func granted(err error) error {
	switch {
	case sdk.CodeOf(err) == sdk.CodeNotFoundResource, isHubOff(err), cloud.HasCode(err, "UnsupportedOperationException"):
		return nil
	case sdk.CodeOf(err) == sdk.CodeNotFoundEndpoint:
		return sdk.Undetermined("%s", err.Error())
	}
	return err
}

// call makes a trial of an operation.
func call[In, Out, Options any](id string, of func(context.Context, *In, ...func(*Options)) (*Out, error), in *In) trial {
	return trial{id, func(ctx context.Context) error {
		_, err := cloud.Ask(ctx, of, in)
		return err
	}}
}

// nobody is the name of a user, group and role that does not exist. IAM judges the permission before it looks for it.
const nobody = "plumbline-check"

func trials(p cloud.Place) []trial {
	all := append(iamTrials(p), bucketTrials(p)...)
	return append(append(all, ec2Trials(p)...), otherTrials(p)...)
}

func iamTrials(p cloud.Place) []trial {
	c := iam.NewFromConfig(p.Account.Config)
	name, one := aws.String(nobody), aws.Int32(1)
	var keys []string // of the first user
	return []trial{
		call("iam:GetAccountSummary", c.GetAccountSummary, &iam.GetAccountSummaryInput{}),
		call("iam:GetAccountPasswordPolicy", c.GetAccountPasswordPolicy, &iam.GetAccountPasswordPolicyInput{}),
		{"iam:ListUsers", func(ctx context.Context) error {
			got, err := cloud.Ask(ctx, c.ListUsers, &iam.ListUsersInput{MaxItems: one})
			if err == nil && len(got.Users) > 0 && got.Users[0].UserName != nil {
				name = got.Users[0].UserName
			}
			return err
		}},
		{"iam:GenerateCredentialReport", func(ctx context.Context) error {
			_, err := cloud.Ask(ctx, c.GenerateCredentialReport, &iam.GenerateCredentialReportInput{})
			return err
		}},
		call("iam:GetCredentialReport", c.GetCredentialReport, &iam.GetCredentialReportInput{}),
		{"iam:ListMFADevices", func(ctx context.Context) error {
			_, err := cloud.Ask(ctx, c.ListMFADevices, &iam.ListMFADevicesInput{UserName: name})
			return err
		}},
		{"iam:GetLoginProfile", func(ctx context.Context) error {
			_, err := cloud.Ask(ctx, c.GetLoginProfile, &iam.GetLoginProfileInput{UserName: name})
			return err
		}},
		{"iam:ListAccessKeys", func(ctx context.Context) error {
			got, err := cloud.Ask(ctx, c.ListAccessKeys, &iam.ListAccessKeysInput{UserName: name})
			if err == nil {
				for _, k := range got.AccessKeyMetadata {
					keys = append(keys, aws.ToString(k.AccessKeyId))
				}
			}
			return err
		}},
		{"iam:GetAccessKeyLastUsed", func(ctx context.Context) error {
			if len(keys) == 0 {
				return sdk.Undetermined("The first user has no access key to try it with.")
			}
			_, err := cloud.Ask(ctx, c.GetAccessKeyLastUsed, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &keys[0]})
			return err
		}},
		call("iam:ListGroupsForUser", c.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: aws.String(nobody)}),
		call("iam:ListAttachedUserPolicies", c.ListAttachedUserPolicies, &iam.ListAttachedUserPoliciesInput{UserName: aws.String(nobody)}),
		call("iam:ListUserPolicies", c.ListUserPolicies, &iam.ListUserPoliciesInput{UserName: aws.String(nobody)}),
		call("iam:ListAttachedGroupPolicies", c.ListAttachedGroupPolicies, &iam.ListAttachedGroupPoliciesInput{GroupName: aws.String(nobody)}),
		call("iam:ListGroupPolicies", c.ListGroupPolicies, &iam.ListGroupPoliciesInput{GroupName: aws.String(nobody)}),
		call("iam:ListRoles", c.ListRoles, &iam.ListRolesInput{MaxItems: one}),
		call("iam:ListAttachedRolePolicies", c.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(nobody)}),
		call("iam:ListRolePolicies", c.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: aws.String(nobody)}),
	}
}

// bucketTrials try the permissions of buckets with the first one, because S3 does not judge those of one that is missing.
func bucketTrials(p cloud.Place) []trial {
	c := newS3(p.Account.Config)
	var name *string
	list := trial{"s3:ListAllMyBuckets", func(ctx context.Context) error {
		got, err := cloud.Ask(ctx, c.ListBuckets, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1)})
		if err != nil || len(got.Buckets) == 0 {
			return err
		}
		config := p.Account.Config.Copy()
		config.Region = cmp.Or(aws.ToString(got.Buckets[0].BucketRegion), config.Region)
		c, name = newS3(config), got.Buckets[0].Name
		return nil
	}}
	account := trial{"s3:GetAccountPublicAccessBlock", func(ctx context.Context) error {
		_, err := blocksOfAccount(ctx, p.Account)
		return err
	}}
	of := func(id string, read func(b *bucket, ctx context.Context, c *s3.Client, name string) error) trial {
		return trial{id, func(ctx context.Context) error {
			if name == nil {
				return sdk.Undetermined("There is no bucket to try it with.")
			}
			return read(&bucket{}, ctx, c, *name)
		}}
	}
	return []trial{
		list, account,
		of("s3:GetBucketPublicAccessBlock", (*bucket).readBlocks), of("s3:GetBucketPolicyStatus", (*bucket).readPolicy),
		of("s3:GetBucketAcl", (*bucket).readGrants), of("s3:GetEncryptionConfiguration", (*bucket).readEncryption),
		of("s3:GetBucketVersioning", (*bucket).readVersioning), of("s3:GetBucketLogging", (*bucket).readLogging),
		of("s3:GetBucketTagging", (*bucket).readTags),
		of("s3:GetBucketLocation", func(_ *bucket, ctx context.Context, c *s3.Client, name string) error {
			_, err := cloud.Ask(ctx, c.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: &name})
			return err
		}),
	}
}

func ec2Trials(p cloud.Place) []trial {
	c, few := ec2.NewFromConfig(p.Config), aws.Int32(5) // the fewest that EC2 allows
	return []trial{
		call("ec2:DescribeSecurityGroups", c.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{MaxResults: few}),
		call("ec2:DescribeVpcs", c.DescribeVpcs, &ec2.DescribeVpcsInput{MaxResults: few}),
		call("ec2:DescribeFlowLogs", c.DescribeFlowLogs, &ec2.DescribeFlowLogsInput{MaxResults: few}),
		call("ec2:DescribeInstances", c.DescribeInstances, &ec2.DescribeInstancesInput{MaxResults: few}),
		call("ec2:DescribeVolumes", c.DescribeVolumes, &ec2.DescribeVolumesInput{MaxResults: few}),
		call("ec2:GetEbsEncryptionByDefault", c.GetEbsEncryptionByDefault, &ec2.GetEbsEncryptionByDefaultInput{}),
	}
}

func otherTrials(p cloud.Place) []trial {
	databases, config, hub := rds.NewFromConfig(p.Config), configservice.NewFromConfig(p.Config), securityhub.NewFromConfig(p.Config)
	fewest := aws.Int32(20) // that RDS allows
	all := append(trailTrials(p), keyTrials(p)...)
	all = append(all, detectorTrials(p)...)
	return append(all,
		call("rds:DescribeDBInstances", databases.DescribeDBInstances, &rds.DescribeDBInstancesInput{MaxRecords: fewest}),
		call("rds:DescribeDBClusters", databases.DescribeDBClusters, &rds.DescribeDBClustersInput{MaxRecords: fewest}),
		call("config:DescribeConfigurationRecorders", config.DescribeConfigurationRecorders,
			&configservice.DescribeConfigurationRecordersInput{}),
		call("config:DescribeConfigurationRecorderStatus", config.DescribeConfigurationRecorderStatus,
			&configservice.DescribeConfigurationRecorderStatusInput{}),
		call("securityhub:DescribeHub", hub.DescribeHub, &securityhub.DescribeHubInput{}),
		call("securityhub:GetFindings", hub.GetFindings, &securityhub.GetFindingsInput{MaxResults: aws.Int32(1)}),
	)
}

func trailTrials(p cloud.Place) []trial {
	c := cloudtrail.NewFromConfig(p.Config)
	var arn *string
	return []trial{
		{"cloudtrail:DescribeTrails", func(ctx context.Context) error {
			got, err := cloud.Ask(ctx, c.DescribeTrails, &cloudtrail.DescribeTrailsInput{})
			if err == nil && len(got.TrailList) > 0 {
				arn = got.TrailList[0].TrailARN
			}
			return err
		}},
		{"cloudtrail:GetTrailStatus", func(ctx context.Context) error {
			if arn == nil {
				return sdk.Undetermined("There is no trail to try it with.")
			}
			_, err := cloud.Ask(ctx, c.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: arn})
			return err
		}},
	}
}

func keyTrials(p cloud.Place) []trial {
	c := kms.NewFromConfig(p.Config)
	var id *string
	with := func(try func(ctx context.Context) error) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			if id == nil {
				return sdk.Undetermined("There is no key in %s to try it with.", p.Region)
			}
			return try(ctx)
		}
	}
	return []trial{
		{"kms:ListKeys", func(ctx context.Context) error {
			got, err := cloud.Ask(ctx, c.ListKeys, &kms.ListKeysInput{Limit: aws.Int32(1)})
			if err == nil && len(got.Keys) > 0 {
				id = got.Keys[0].KeyId
			}
			return err
		}},
		{"kms:DescribeKey", with(func(ctx context.Context) error {
			_, err := cloud.Ask(ctx, c.DescribeKey, &kms.DescribeKeyInput{KeyId: id})
			return err
		})},
		{"kms:GetKeyRotationStatus", with(func(ctx context.Context) error {
			_, err := cloud.Ask(ctx, c.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: id})
			return err
		})},
	}
}

func detectorTrials(p cloud.Place) []trial {
	c := guardduty.NewFromConfig(p.Config)
	var id *string
	return []trial{
		{"guardduty:ListDetectors", func(ctx context.Context) error {
			got, err := cloud.Ask(ctx, c.ListDetectors, &guardduty.ListDetectorsInput{})
			if err == nil && len(got.DetectorIds) > 0 {
				id = &got.DetectorIds[0]
			}
			return err
		}},
		{"guardduty:GetDetector", func(ctx context.Context) error {
			if id == nil {
				return sdk.Undetermined("GuardDuty is off in %s, so there is no detector to try it with.", p.Region)
			}
			_, err := cloud.Ask(ctx, c.GetDetector, &guardduty.GetDetectorInput{DetectorId: id})
			return err
		}},
	}
}
