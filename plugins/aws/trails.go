package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readTrails reads the trails of a region. A trail of several regions has a copy in each, and one of the organization in
// each account; it is read at home, or anywhere if its home is not read.
func readTrails(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	regions, err := p.Regions(ctx)
	if err != nil {
		return err
	}
	client := cloudtrail.NewFromConfig(p.Config)
	got, err := cloud.Ask(ctx, client.DescribeTrails, &cloudtrail.DescribeTrailsInput{})
	if err == nil && got.TrailList == nil {
		err = cloud.Absent("list of trails")
	}
	if err != nil {
		return err
	}
	for _, t := range got.TrailList {
		if home := cmp.Or(aws.ToString(t.HomeRegion), p.Region); home != p.Region && slices.Contains(regions, home) {
			continue
		}
		owner := ownerOf(aws.ToString(t.TrailARN), p)
		if owner != p.ID && p.Reads(owner) {
			continue
		}
		if err := putTrail(ctx, p, client, t, owner, k); err != nil {
			return err
		}
	}
	return nil
}

// ownerOf returns the account in the ARN of a trail.
func ownerOf(arn string, p cloud.Place) string {
	if part := strings.Split(arn, ":"); len(part) > 5 {
		return part[4]
	}
	return p.ID
}

func putTrail(ctx context.Context, p cloud.Place, client *cloudtrail.Client, t types.Trail, owner string, k *cloud.Sink) error {
	arn := aws.ToString(t.TrailARN)
	status, err := cloud.Ask(ctx, client.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: &arn})
	logging := kind.Unknown
	if err == nil {
		logging = kind.TriFrom(status.IsLogging)
	} else if err := k.Miss(ctx, "state of trails of "+p.String(), err); err != nil {
		return err
	}
	doc := document(struct {
		types.Trail
		IsLogging kind.Tri
	}{t, logging})
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "cloudtrail.trail", Name: aws.ToString(t.Name), Account: owner,
		Region: cmp.Or(aws.ToString(t.HomeRegion), p.Region), Logged: logging, Vendor: doc,
	})
}
