package main

import (
	"slices"

	"github.com/plumbline-dev/plumbline/sdk"
)

// regional are the streams that are read region by region.
func regional() []string {
	return []string{"trails", "security_groups", "vpcs", "instances", "volumes", "databases", "keys", "watchers", "findings"}
}

func everything() []string {
	return append([]string{"accounts", "users", "roles", "buckets"}, regional()...)
}

// whole are the permissions without which a stream has no record. The others are for facts.
func whole() map[string][]string {
	return map[string][]string{
		"users": {"iam:ListUsers"}, "roles": {"iam:ListRoles"}, "buckets": {"s3:ListAllMyBuckets"},
		"trails":          {"ec2:DescribeRegions", "cloudtrail:DescribeTrails"},
		"security_groups": {"ec2:DescribeRegions", "ec2:DescribeSecurityGroups"},
		"vpcs":            {"ec2:DescribeRegions", "ec2:DescribeVpcs"},
		"instances":       {"ec2:DescribeRegions", "ec2:DescribeInstances"},
		"volumes":         {"ec2:DescribeRegions", "ec2:DescribeVolumes"},
		"databases":       {"ec2:DescribeRegions", "rds:DescribeDBInstances"},
		"keys":            {"ec2:DescribeRegions", "kms:ListKeys", "kms:DescribeKey"},
		"watchers":        {"ec2:DescribeRegions"},
		"findings":        {"ec2:DescribeRegions", "securityhub:GetFindings"},
	}
}

func needed(stream string) []string { return whole()[stream] }

// permission makes a permission for streams.
func permission(id, reason string, streams ...string) sdk.Permission {
	return sdk.Permission{ID: id, Reason: reason, Streams: streams}
}

func optional(p sdk.Permission) sdk.Permission {
	p.Optional = true
	return p
}

// permissions returns the actions of IAM that the connector asks for. AWS's managed policy SecurityAudit has all except
// sts:AssumeRole and organizations:ListAccounts.
func permissions() []sdk.Permission {
	return slices.Concat(entryPermissions(), iamPermissions(), bucketPermissions(), regionPermissions())
}

func entryPermissions() []sdk.Permission {
	return []sdk.Permission{
		optional(permission("sts:AssumeRole", "Reads other accounts, through a role of each.", everything()...)),
		optional(permission("organizations:ListAccounts", "Finds the accounts of the organization.", everything()...)),
		permission("ec2:DescribeRegions", "Finds the regions that are enabled; not needed when the settings name them.", regional()...),
	}
}

func iamPermissions() []sdk.Permission {
	return []sdk.Permission{
		permission("iam:GetAccountSummary", "Tells whether the root user has a second factor and access keys.", "accounts"),
		permission("iam:GetAccountPasswordPolicy", "Reads the rules for passwords.", "accounts"),
		permission("iam:ListUsers", "Lists the users.", "users"),
		permission("iam:GenerateCredentialReport", "Has AWS make the credential report, which changes nothing else.", "users"),
		permission("iam:GetCredentialReport", "Reads second factors, passwords and access keys of all users at once.", "users"),
		permission("iam:ListMFADevices", "Reads the second factor of a user who is newer than the report.", "users"),
		permission("iam:GetLoginProfile", "Tells whether a user who is newer than the report has a password.", "users"),
		permission("iam:ListAccessKeys", "Lists the access keys of a user who is newer than the report.", "users"),
		permission("iam:GetAccessKeyLastUsed", "Tells when such an access key was last used.", "users"),
		permission("iam:ListGroupsForUser", "Lists the groups of a user.", "users"),
		permission("iam:ListAttachedUserPolicies", "Lists the managed policies of a user, which tell who is an administrator.", "users"),
		permission("iam:ListUserPolicies", "Tells whether a user has policies of its own.", "users"),
		permission("iam:ListAttachedGroupPolicies", "Lists the managed policies of a group.", "users"),
		permission("iam:ListGroupPolicies", "Tells whether a group has policies of its own.", "users"),
		permission("iam:ListRoles", "Lists the roles and who may assume them.", "roles"),
		permission("iam:ListAttachedRolePolicies", "Lists the managed policies of a role.", "roles"),
		permission("iam:ListRolePolicies", "Tells whether a role has policies of its own.", "roles"),
	}
}

func bucketPermissions() []sdk.Permission {
	return []sdk.Permission{
		permission("s3:ListAllMyBuckets", "Lists the buckets.", "buckets"),
		permission("s3:GetAccountPublicAccessBlock", "Tells whether the account keeps all its buckets from being public.", "buckets"),
		permission("s3:GetBucketPublicAccessBlock", "Tells whether a bucket is kept from being public.", "buckets"),
		permission("s3:GetBucketPolicyStatus", "Tells whether the policy of a bucket makes it public.", "buckets"),
		permission("s3:GetBucketAcl", "Tells whether an access control list makes a bucket public.", "buckets"),
		permission("s3:GetEncryptionConfiguration", "Tells how a bucket is encrypted.", "buckets"),
		permission("s3:GetBucketVersioning", "Tells whether old versions are kept.", "buckets"),
		permission("s3:GetBucketLogging", "Tells whether access to a bucket is logged.", "buckets"),
		permission("s3:GetBucketTagging", "Reads the tags of a bucket.", "buckets"),
		permission("s3:GetBucketLocation", "Tells the region of a bucket, where the list of buckets does not.", "buckets"),
	}
}

func regionPermissions() []sdk.Permission {
	return []sdk.Permission{
		permission("cloudtrail:DescribeTrails", "Lists the trails.", "trails"),
		permission("cloudtrail:GetTrailStatus", "Tells whether a trail logs.", "trails"),
		permission("ec2:DescribeSecurityGroups", "Lists the security groups with the ports that they open.", "security_groups", "instances"),
		permission("ec2:DescribeVpcs", "Lists the networks.", "vpcs"),
		permission("ec2:DescribeFlowLogs", "Tells whether the traffic of a network is logged.", "vpcs"),
		permission("ec2:DescribeInstances", "Lists the instances.", "instances"),
		permission("ec2:DescribeVolumes", "Tells whether volumes are encrypted.", "volumes", "instances"),
		permission("ec2:GetEbsEncryptionByDefault", "Tells whether new volumes are encrypted.", "volumes"),
		permission("rds:DescribeDBInstances", "Lists the databases.", "databases"),
		permission("rds:DescribeDBClusters", "Lists the clusters of databases.", "databases"),
		permission("kms:ListKeys", "Lists the keys.", "keys"),
		permission("kms:DescribeKey", "Tells the keys of the customer from those of AWS.", "keys"),
		permission("kms:GetKeyRotationStatus", "Tells whether a key is rotated.", "keys"),
		permission("guardduty:ListDetectors", "Tells whether GuardDuty was switched on.", "watchers"),
		permission("guardduty:GetDetector", "Tells whether GuardDuty is suspended.", "watchers"),
		permission("config:DescribeConfigurationRecorders", "Tells what AWS Config records.", "watchers"),
		permission("config:DescribeConfigurationRecorderStatus", "Tells whether AWS Config is recording.", "watchers"),
		permission("securityhub:DescribeHub", "Tells whether Security Hub is switched on.", "watchers"),
		optional(permission("securityhub:GetFindings", "Reads the findings of Security Hub.", "findings")),
	}
}
