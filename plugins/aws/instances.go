package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// volatile are members of an instance that change by themselves.
func volatile() []string {
	return []string{"Tags", "ClientToken", "StateTransitionReason", "UsageOperationUpdateTime"}
}

// readInstances reads the instances of a region that are not terminated.
func readInstances(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	encrypted, err := encryptedVolumes(ctx, p)
	if err := k.Miss(ctx, "volumes of "+p.String(), err); err != nil {
		return err
	}
	open, err := openGroups(ctx, p)
	if err := k.Miss(ctx, "security groups of "+p.String(), err); err != nil {
		return err
	}
	client, in := ec2.NewFromConfig(p.Config), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(ec2Page)}
	return cloud.Pages(ctx, "instances", client.DescribeInstances, in,
		func(in *ec2.DescribeInstancesInput, token *string) { in.NextToken = token },
		func(out *ec2.DescribeInstancesOutput) ([]types.Reservation, *string) {
			return out.Reservations, out.NextToken
		},
		cloud.OneByOne(func(r types.Reservation) error {
			return cloud.OneByOne(func(i types.Instance) error { return putInstance(p, i, encrypted, open, k) })(r.Instances)
		}))
}

func putInstance(p cloud.Place, i types.Instance, encrypted, open map[string]kind.Tri, k *cloud.Sink) error {
	if i.State != nil && i.State.Name == types.InstanceStateNameTerminated {
		return nil
	}
	id, tags := aws.ToString(i.InstanceId), ec2Tags(i.Tags)
	arn := p.ARN("ec2", p.Region, "instance/"+id)
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "ec2.instance", Name: nameOf(tags, id), Account: p.ID, Region: p.Region,
		Encrypted: disksEncrypted(i, encrypted), Public: reachable(i, open), Tags: tags, CreatedAt: at(i.LaunchTime),
		Vendor: document(i, volatile()...),
	})
}

// disksEncrypted returns whether every volume of an instance is encrypted.
func disksEncrypted(i types.Instance, encrypted map[string]kind.Tri) kind.Tri {
	all := kind.Unknown // an instance without volumes has only its machine's disks
	for n, d := range i.BlockDeviceMappings {
		one := kind.Unknown
		if d.Ebs != nil {
			one = encrypted[aws.ToString(d.Ebs.VolumeId)]
		}
		switch {
		case one == kind.No:
			return kind.No
		case n == 0:
			all = one
		case one == kind.Unknown:
			all = kind.Unknown
		}
	}
	return all
}

// reachable returns whether everyone on the internet can reach an instance: it has a public address, and a security group
// that lets everyone in.
func reachable(i types.Instance, open map[string]kind.Tri) kind.Tri {
	if aws.ToString(i.PublicIpAddress) == "" && aws.ToString(i.Ipv6Address) == "" && !hasPublicInterface(i) {
		return kind.No
	}
	found := kind.No
	if len(i.SecurityGroups) == 0 {
		found = kind.Unknown
	}
	for _, g := range i.SecurityGroups {
		found = stronger(found, open[aws.ToString(g.GroupId)])
	}
	return found
}

func hasPublicInterface(i types.Instance) bool {
	for _, n := range i.NetworkInterfaces {
		if n.Association != nil && aws.ToString(n.Association.PublicIp) != "" || len(n.Ipv6Addresses) > 0 {
			return true
		}
	}
	return false
}

// openGroups returns whether the security groups of a region let everyone in.
func openGroups(ctx context.Context, p cloud.Place) (map[string]kind.Tri, error) {
	open := map[string]kind.Tri{}
	err := securityGroups(ctx, p, func(g types.SecurityGroup) error {
		open[aws.ToString(g.GroupId)] = kind.TriOf(len(openPorts(g)) > 0)
		return nil
	})
	return open, err
}

// encryptedVolumes returns whether the volumes of a region are encrypted.
func encryptedVolumes(ctx context.Context, p cloud.Place) (map[string]kind.Tri, error) {
	encrypted := map[string]kind.Tri{}
	err := volumes(ctx, p, func(v types.Volume) error {
		encrypted[aws.ToString(v.VolumeId)] = kind.TriFrom(v.Encrypted)
		return nil
	})
	return encrypted, err
}

func volumes(ctx context.Context, p cloud.Place, each func(types.Volume) error) error {
	client, in := ec2.NewFromConfig(p.Config), &ec2.DescribeVolumesInput{MaxResults: aws.Int32(ec2Page)}
	return cloud.Pages(ctx, "volumes", client.DescribeVolumes, in,
		func(in *ec2.DescribeVolumesInput, token *string) { in.NextToken = token },
		func(out *ec2.DescribeVolumesOutput) ([]types.Volume, *string) { return out.Volumes, out.NextToken },
		cloud.OneByOne(each))
}

// readVolumes reads the volumes of a region, and whether new ones are encrypted.
func readVolumes(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	if err := putDefault(ctx, p, k); err != nil {
		return err
	}
	return volumes(ctx, p, func(v types.Volume) error {
		id, tags := aws.ToString(v.VolumeId), ec2Tags(v.Tags)
		arn := p.ARN("ec2", p.Region, "volume/"+id)
		return k.Put(arn, kind.Resource{
			ExternalID: arn, Type: "ec2.volume", Name: nameOf(tags, id), Account: p.ID, Region: p.Region,
			Encrypted: kind.TriFrom(v.Encrypted), Tags: tags, CreatedAt: at(v.CreateTime), Vendor: document(v, "Tags"),
		})
	})
}

// putDefault sends whether new volumes of a region are encrypted, as a resource of its own.
func putDefault(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	got, err := cloud.Ask(ctx, ec2.NewFromConfig(p.Config).GetEbsEncryptionByDefault, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		return k.Miss(ctx, "encryption of new volumes of "+p.String(), err)
	}
	arn := p.ARN("ec2", p.Region, "ebs-encryption-by-default")
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "ec2.ebs_encryption_by_default", Name: "New volumes in " + p.Region, Account: p.ID, Region: p.Region,
		Encrypted: kind.TriFrom(got.EbsEncryptionByDefault), Vendor: document(got),
	})
}
