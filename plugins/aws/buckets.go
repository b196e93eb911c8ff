package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// bucketPage is the size of a page of buckets. With it S3 says the region of each.
const bucketPage = 1000

// blocks are the settings that keep a bucket from being public. Those of the account and of the bucket add up.
type blocks struct {
	IgnorePublicAcls      kind.Tri // ACLs make nothing public
	RestrictPublicBuckets kind.Tri // a public policy lets in only the account
	BlockPublicAcls       kind.Tri
	BlockPublicPolicy     kind.Tri
}

func noBlocks() blocks { return blocks{kind.No, kind.No, kind.No, kind.No} }

// with returns the blocks of both: one of them suffices.
func (b blocks) with(o blocks) blocks {
	return blocks{
		stronger(b.IgnorePublicAcls, o.IgnorePublicAcls), stronger(b.RestrictPublicBuckets, o.RestrictPublicBuckets),
		stronger(b.BlockPublicAcls, o.BlockPublicAcls), stronger(b.BlockPublicPolicy, o.BlockPublicPolicy),
	}
}

// bucketReader reads the buckets of an account.
type bucketReader struct {
	account *cloud.Account
	sink    *cloud.Sink
	blocked blocks // of the account
}

// bucket is what S3 says of a bucket.
type bucket struct {
	types.Bucket
	Region        string
	Blocks        blocks // of the bucket itself
	AccountBlocks blocks
	PolicyPublic  kind.Tri
	GrantsPublic  kind.Tri
	Encryption    *types.ServerSideEncryptionConfiguration
	encrypted     kind.Tri
	Versioning    string // Enabled, Suspended, Never
	MFADelete     string
	Logging       *types.LoggingEnabled
	logged        kind.Tri
	tags          map[string]string
}

// readBuckets reads the buckets of an account, each in its own region.
func readBuckets(ctx context.Context, a *cloud.Account, k *cloud.Sink) error {
	r := &bucketReader{account: a, sink: k}
	var err error
	if r.blocked, err = blocksOfAccount(ctx, a); err != nil {
		if err := k.Miss(ctx, "public access block of "+a.String(), err); err != nil {
			return err
		}
	}
	client, in := newS3(a.Config), &s3.ListBucketsInput{MaxBuckets: aws.Int32(bucketPage)}
	return cloud.Pages(ctx, "buckets", client.ListBuckets, in,
		func(in *s3.ListBucketsInput, token *string) { in.ContinuationToken = token },
		func(out *s3.ListBucketsOutput) ([]types.Bucket, *string) { return out.Buckets, out.ContinuationToken },
		func(list []types.Bucket) error { return cloud.AtOnce(ctx, list, r.putBucket) })
}

// newS3 returns a client that names the bucket in the path, so that all buckets of a region share connections.
func newS3(c aws.Config) *s3.Client {
	return s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
}

// fixedAddress sends the requests of S3 Control to the address of the settings. The library would put the number of the
// account before its name.
type fixedAddress struct{ base string }

// ResolveEndpoint implements the resolver.
func (f fixedAddress) ResolveEndpoint(
	ctx context.Context, p s3control.EndpointParameters,
) (smithyendpoints.Endpoint, error) {
	p.Endpoint = nil
	found, err := s3control.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, p)
	if err != nil {
		return found, err
	}
	u, err := found.URI.Parse(f.base)
	if err == nil {
		found.URI = *u
	}
	return found, err
}

// blocksOfAccount returns the public access block of an account.
func blocksOfAccount(ctx context.Context, a *cloud.Account) (blocks, error) {
	client := s3control.NewFromConfig(a.Config, func(o *s3control.Options) {
		if base := aws.ToString(a.Config.BaseEndpoint); base != "" {
			o.EndpointResolverV2 = fixedAddress{base}
		}
	})
	got, err := cloud.Ask(ctx, client.GetPublicAccessBlock, &s3control.GetPublicAccessBlockInput{AccountId: &a.ID})
	switch {
	case cloud.HasCode(err, "NoSuchPublicAccessBlockConfiguration"):
		return noBlocks(), nil
	case err != nil:
		return blocks{}, err
	case got.PublicAccessBlockConfiguration == nil:
		return blocks{}, cloud.Absent("public access block of the account")
	}
	b := got.PublicAccessBlockConfiguration
	return blocksOf(b.IgnorePublicAcls, b.RestrictPublicBuckets, b.BlockPublicAcls, b.BlockPublicPolicy), nil
}

func blocksOf(acls, buckets, newACLs, newPolicies *bool) blocks {
	return blocks{kind.TriFrom(acls), kind.TriFrom(buckets), kind.TriFrom(newACLs), kind.TriFrom(newPolicies)}
}

// putBucket sends a bucket with the facts that could be read.
func (r *bucketReader) putBucket(ctx context.Context, listed types.Bucket) error {
	b := &bucket{Bucket: listed, Region: aws.ToString(listed.BucketRegion), AccountBlocks: r.blocked}
	name := aws.ToString(listed.Name)
	if b.Region == "" {
		var err error
		if b.Region, err = r.regionOf(ctx, name); err != nil {
			if err := r.sink.Miss(ctx, "regions of buckets of "+r.account.String(), err); err != nil {
				return err
			}
		}
	}
	config := r.account.Config.Copy()
	config.Region = cmp.Or(b.Region, config.Region)
	client := newS3(config)
	for _, f := range b.facts(client, name) {
		if err := f.read(ctx); err != nil {
			if err := r.sink.Miss(ctx, f.name+" of buckets of "+r.account.String(), err); err != nil {
				return err
			}
		}
	}
	arn := "arn:" + r.account.Partition() + ":s3:::" + name
	return r.sink.Put(arn, kind.Resource{
		ExternalID: arn, Type: "s3.bucket", Name: name, Account: r.account.ID, Region: b.Region, Encrypted: b.encrypted, Public: b.public(),
		Logged: b.logged, Tags: b.tags, CreatedAt: at(listed.CreationDate),
		Vendor: document(b, "BucketRegion", "BucketArn"),
	})
}

// regionOf asks for the region of a bucket. S3 says nothing for us-east-1, and EU for eu-west-1.
func (r *bucketReader) regionOf(ctx context.Context, name string) (string, error) {
	got, err := cloud.Ask(ctx, newS3(r.account.Config).GetBucketLocation, &s3.GetBucketLocationInput{Bucket: &name})
	if err != nil {
		return "", err
	}
	region := string(got.LocationConstraint)
	if region == "EU" {
		region = "eu-west-1"
	}
	return cmp.Or(region, "us-east-1"), nil
}

// public returns whether a policy or an ACL makes the bucket public.
func (b *bucket) public() kind.Tri {
	all := b.Blocks.with(b.AccountBlocks)
	return stronger(unless(all.RestrictPublicBuckets, b.PolicyPublic), unless(all.IgnorePublicAcls, b.GrantsPublic))
}

// unless returns no if it is blocked, and otherwise the fact.
func unless(blocked, public kind.Tri) kind.Tri {
	switch {
	case blocked == kind.Yes || public == kind.No:
		return kind.No
	case blocked == kind.No:
		return public
	}
	return kind.Unknown
}

// fact is a question about a bucket.
type fact struct {
	name string
	read func(ctx context.Context) error
}

// facts are the questions about a bucket in the order in which they are asked.
func (b *bucket) facts(c *s3.Client, name string) []fact {
	return []fact{
		{"public access block", func(ctx context.Context) error { return b.readBlocks(ctx, c, name) }},
		{"policy status", func(ctx context.Context) error { return b.readPolicy(ctx, c, name) }},
		{"ACL", func(ctx context.Context) error { return b.readGrants(ctx, c, name) }},
		{"encryption", func(ctx context.Context) error { return b.readEncryption(ctx, c, name) }},
		{"versioning", func(ctx context.Context) error { return b.readVersioning(ctx, c, name) }},
		{"logging", func(ctx context.Context) error { return b.readLogging(ctx, c, name) }},
		{"tags", func(ctx context.Context) error { return b.readTags(ctx, c, name) }},
	}
}

func (b *bucket) readBlocks(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &name})
	switch {
	case cloud.HasCode(err, "NoSuchPublicAccessBlockConfiguration"):
		b.Blocks = noBlocks()
		return nil
	case err != nil:
		return err
	case got.PublicAccessBlockConfiguration == nil:
		return cloud.Absent("public access block of the bucket")
	}
	p := got.PublicAccessBlockConfiguration
	b.Blocks = blocksOf(p.IgnorePublicAcls, p.RestrictPublicBuckets, p.BlockPublicAcls, p.BlockPublicPolicy)
	return nil
}

func (b *bucket) readPolicy(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: &name})
	switch {
	case cloud.HasCode(err, "NoSuchBucketPolicy"):
		b.PolicyPublic = kind.No
		return nil
	case err != nil:
		return err
	case got.PolicyStatus == nil || got.PolicyStatus.IsPublic == nil:
		return cloud.Absent("policy status of the bucket")
	}
	b.PolicyPublic = kind.TriOf(*got.PolicyStatus.IsPublic)
	return nil
}

// readGrants asks for the ACL, unless a block makes it without effect.
func (b *bucket) readGrants(ctx context.Context, c *s3.Client, name string) error {
	if b.Blocks.with(b.AccountBlocks).IgnorePublicAcls == kind.Yes {
		return nil
	}
	got, err := cloud.Ask(ctx, c.GetBucketAcl, &s3.GetBucketAclInput{Bucket: &name})
	if err == nil && got.Grants == nil {
		err = cloud.Absent("list of grants")
	}
	if err != nil {
		return err
	}
	b.GrantsPublic = kind.No
	for _, g := range got.Grants {
		if g.Grantee == nil {
			continue
		}
		group := aws.ToString(g.Grantee.URI)
		if strings.HasSuffix(group, "/global/AllUsers") || strings.HasSuffix(group, "/global/AuthenticatedUsers") {
			b.GrantsPublic = kind.Yes
		}
	}
	return nil
}

func (b *bucket) readEncryption(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name})
	switch {
	case cloud.HasCode(err, "ServerSideEncryptionConfigurationNotFoundError"):
		b.encrypted = kind.No
		return nil
	case err != nil:
		return err
	case got.ServerSideEncryptionConfiguration == nil:
		return cloud.Absent("encryption of the bucket")
	}
	b.Encryption = got.ServerSideEncryptionConfiguration
	b.encrypted = kind.TriOf(len(b.Encryption.Rules) > 0)
	return nil
}

// readVersioning reads whether old versions are kept. S3 says nothing for a bucket that never kept any.
func (b *bucket) readVersioning(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil {
		return err
	}
	b.Versioning, b.MFADelete = cmp.Or(string(got.Status), "Never"), string(got.MFADelete)
	return nil
}

func (b *bucket) readLogging(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: &name})
	if err != nil {
		return err
	}
	b.Logging, b.logged = got.LoggingEnabled, kind.TriOf(got.LoggingEnabled != nil)
	return nil
}

func (b *bucket) readTags(ctx context.Context, c *s3.Client, name string) error {
	got, err := cloud.Ask(ctx, c.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: &name})
	if cloud.HasCode(err, "NoSuchTagSet") {
		b.tags = map[string]string{}
		return nil
	}
	if err == nil && got.TagSet == nil {
		err = cloud.Absent("list of tags")
	}
	if err != nil {
		return err
	}
	b.tags = tagsOf(got.TagSet, func(t types.Tag) (_, _ *string) { return t.Key, t.Value })
	return nil
}
