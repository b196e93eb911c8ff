package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// rdsPage is the size of a page of RDS's lists, the largest that RDS allows.
const rdsPage = 100

func rdsTags(list []types.Tag) map[string]string {
	return tagsOf(list, func(t types.Tag) (_, _ *string) { return t.Key, t.Value })
}

// changing are members of a database that change by themselves.
func changing() []string {
	return []string{
		"TagList", "LatestRestorableTime", "EarliestRestorableTime", "EarliestBacktrackTime", "BacktrackConsumedChangeRecords",
		"PercentProgress", "StorageOperationPercentProgress", "StatusInfos",
	}
}

// readDatabases reads the database instances and clusters of a region.
func readDatabases(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	client := rds.NewFromConfig(p.Config)
	in := &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(rdsPage)}
	err := cloud.Pages(ctx, "databases", client.DescribeDBInstances, in,
		func(in *rds.DescribeDBInstancesInput, token *string) { in.Marker = token },
		func(out *rds.DescribeDBInstancesOutput) ([]types.DBInstance, *string) {
			return out.DBInstances, out.Marker
		},
		cloud.OneByOne(func(d types.DBInstance) error { return putDatabase(p, d, k) }))
	if err != nil {
		return err
	}
	return k.Miss(ctx, "database clusters of "+p.String(), putClusters(ctx, p, client, k))
}

func putDatabase(p cloud.Place, d types.DBInstance, k *cloud.Sink) error {
	arn, name := aws.ToString(d.DBInstanceArn), aws.ToString(d.DBInstanceIdentifier)
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "rds.instance", Name: name, Account: p.ID, Region: p.Region,
		Encrypted: kind.TriFrom(d.StorageEncrypted), Public: kind.TriFrom(d.PubliclyAccessible), BackedUp: kept(d.BackupRetentionPeriod),
		Tags: rdsTags(d.TagList), CreatedAt: at(d.InstanceCreateTime), Vendor: document(d, changing()...),
	})
}

func putClusters(ctx context.Context, p cloud.Place, client *rds.Client, k *cloud.Sink) error {
	in := &rds.DescribeDBClustersInput{MaxRecords: aws.Int32(rdsPage)}
	return cloud.Pages(ctx, "database clusters", client.DescribeDBClusters, in,
		func(in *rds.DescribeDBClustersInput, token *string) { in.Marker = token },
		func(out *rds.DescribeDBClustersOutput) ([]types.DBCluster, *string) {
			return out.DBClusters, out.Marker
		},
		cloud.OneByOne(func(c types.DBCluster) error {
			arn, name := aws.ToString(c.DBClusterArn), aws.ToString(c.DBClusterIdentifier)
			return k.Put(arn, kind.Resource{
				ExternalID: arn, Type: "rds.cluster", Name: name, Account: p.ID, Region: p.Region,
				Encrypted: kind.TriFrom(c.StorageEncrypted), Public: kind.TriFrom(c.PubliclyAccessible), BackedUp: kept(c.BackupRetentionPeriod),
				Tags: rdsTags(c.TagList), CreatedAt: at(c.ClusterCreateTime), Vendor: document(c, changing()...),
			})
		}))
}

// kept says whether automatic backups are kept for a number of days. Zero days switch them off.
func kept(days *int32) kind.Tri {
	if days == nil {
		return kind.Unknown
	}
	return kind.TriOf(*days > 0)
}
