// Command aws is the connector for Amazon Web Services. It reads the users, roles, storage, networks, machines, databases,
// keys and watching services of one account, of several, or of an organization.
package main

import (
	_ "embed"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "aws",
		Name:         "Amazon Web Services",
		Version:      "1.0.0",
		Vendor:       "Amazon Web Services, Inc.",
		Summary:      "Reads who has access to AWS accounts, and whether storage, networks, machines, databases and keys are set up safely.",
		Homepage:     "https://aws.amazon.com",
		License:      "Apache-2.0",
		Categories:   []string{"infrastructure", "user_access_review", "cspm"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions:  permissions(),
		Network: []sdk.NetworkHost{
			{Host: "*.amazonaws.com", Purpose: "AWS's API, of every service and region"},
			{Host: "*.amazonaws.com.cn", Purpose: "AWS's API in China"},
			{Host: "{metadata_address}", Port: 80, Purpose: "The role of this machine, only when the advanced setting names its address"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		Files:     []sdk.FileAccess{{Path: "{credentials_file}", Purpose: "The credentials file, only when the advanced setting names one"}},
		MemoryMiB: 192,
		Limits:    sdk.Limits{ConcurrentRequests: cloud.Requests},
		Connect:   cloud.Connect,
		Check:     check,
		Streams:   streams(),
	}
}

func streams() []sdk.Stream {
	all := append(accountStreams(), regionStreams()...)
	for i := range all {
		all[i].Permissions = needed(all[i].Name)
	}
	return all
}

// accountStreams are the streams whose things belong to no region, or are listed without one.
func accountStreams() []sdk.Stream {
	return []sdk.Stream{
		{
			Name: "accounts", Title: "Accounts", Kind: kind.KindCustom, Read: cloud.EachAccount(readAccount),
			Description: "Every AWS account with its password policy and the state of its root user.",
		},
		{
			Name: "users", Title: "Users", Kind: kind.KindAccount, Read: cloud.EachAccount(readUsers),
			Description: "The users of IAM and the root user of every account, with second factors, access keys, groups and policies.",
		},
		{
			Name: "roles", Title: "Roles", Kind: kind.KindAccount, Read: cloud.EachAccount(readRoles),
			Description: "The roles of IAM, with their policies and who may assume them.",
		},
		{
			Name: "buckets", Title: "S3 buckets", Kind: kind.KindResource, Read: cloud.EachAccount(readBuckets),
			Description: "Every bucket: whether it is public, encrypted, versioned and logged.",
		},
	}
}

func regionStreams() []sdk.Stream {
	return []sdk.Stream{
		{
			Name: "trails", Title: "CloudTrail trails", Kind: kind.KindResource, Read: cloud.EachRegion(readTrails),
			Description: "Every trail: whether it logs, covers every region and validates its files.",
		},
		{
			Name: "security_groups", Title: "Security groups", Kind: kind.KindResource, Read: cloud.EachRegion(readSecurityGroups),
			Description: "Every security group, and the ports that it opens to everyone.",
		},
		{
			Name: "vpcs", Title: "Networks", Kind: kind.KindResource, Read: cloud.EachRegion(readVPCs),
			Description: "Every VPC, and whether its traffic is logged.",
		},
		{
			Name: "instances", Title: "EC2 instances", Kind: kind.KindResource, Read: cloud.EachRegion(readInstances),
			Description: "Every instance that is not terminated: whether it is reachable and its volumes are encrypted.",
		},
		{
			Name: "volumes", Title: "EBS volumes", Kind: kind.KindResource, Read: cloud.EachRegion(readVolumes),
			Description: "Every volume, and whether new volumes of a region are encrypted.",
		},
		{
			Name: "databases", Title: "RDS databases", Kind: kind.KindResource, Read: cloud.EachRegion(readDatabases),
			Description: "Every database instance and cluster: whether it is public, encrypted and backed up.",
		},
		{
			Name: "keys", Title: "KMS keys", Kind: kind.KindResource, Read: cloud.EachRegion(readKeys),
			Description: "The keys that the customer manages, and whether they are rotated.",
		},
		{
			Name: "watchers", Title: "GuardDuty, Config and Security Hub", Kind: kind.KindMonitor, Read: cloud.EachRegion(readWatchers),
			Description: "Whether GuardDuty, AWS Config and Security Hub are switched on in every region.",
		},
		{
			Name: "findings", Title: "Security Hub findings", Kind: kind.KindFinding, Read: cloud.EachRegion(readFindings), Applies: findingsWanted,
			Description: "The findings of Security Hub that are not archived.",
		},
	}
}
