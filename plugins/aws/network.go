package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// ec2Page is the size of a page of EC2's lists.
const ec2Page = 1000

func ec2Tags(list []types.Tag) map[string]string {
	return tagsOf(list, func(t types.Tag) (_, _ *string) { return t.Key, t.Value })
}

// readSecurityGroups reads the security groups of a region.
func readSecurityGroups(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	return securityGroups(ctx, p, func(g types.SecurityGroup) error {
		arn, tags, open := p.ARN("ec2", p.Region, "security-group/"+aws.ToString(g.GroupId)), ec2Tags(g.Tags), openPorts(g)
		doc := document(struct {
			types.SecurityGroup
			OpenToTheWorld []string
		}{g, open}, "Tags")
		return k.Put(arn, kind.Resource{
			ExternalID: arn, Type: "ec2.security_group", Name: nameOf(tags, aws.ToString(g.GroupName)), Account: p.ID, Region: p.Region,
			Public: kind.TriOf(len(open) > 0), Tags: tags, Vendor: doc,
		})
	})
}

func securityGroups(ctx context.Context, p cloud.Place, each func(types.SecurityGroup) error) error {
	client, in := ec2.NewFromConfig(p.Config), &ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(ec2Page)}
	return cloud.Pages(ctx, "security groups", client.DescribeSecurityGroups, in,
		func(in *ec2.DescribeSecurityGroupsInput, token *string) { in.NextToken = token },
		func(out *ec2.DescribeSecurityGroupsOutput) ([]types.SecurityGroup, *string) {
			return out.SecurityGroups, out.NextToken
		},
		cloud.OneByOne(each))
}

// openPorts returns what everyone on the internet may connect to: "tcp 22", "tcp 8000-8080", "icmp" or "all".
func openPorts(g types.SecurityGroup) []string {
	var open []string
	for _, rule := range g.IpPermissions {
		if isForTheWorld(rule) {
			open = append(open, portsOf(rule))
		}
	}
	return sorted(open)
}

func isForTheWorld(rule types.IpPermission) bool {
	for _, r := range rule.IpRanges {
		if aws.ToString(r.CidrIp) == "0.0.0.0/0" {
			return true
		}
	}
	for _, r := range rule.Ipv6Ranges {
		if aws.ToString(r.CidrIpv6) == "::/0" {
			return true
		}
	}
	return false
}

func portsOf(rule types.IpPermission) string {
	protocol := aws.ToString(rule.IpProtocol)
	switch {
	case protocol == "-1":
		return "all"
	case protocol != "tcp" && protocol != "udp" || rule.FromPort == nil || rule.ToPort == nil || *rule.FromPort < 0:
		return protocol
	case *rule.FromPort == *rule.ToPort:
		return fmt.Sprintf("%s %d", protocol, *rule.FromPort)
	}
	return fmt.Sprintf("%s %d-%d", protocol, *rule.FromPort, *rule.ToPort)
}

// readVPCs reads the networks of a region. A network is logged when a flow log of it is active.
func readVPCs(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	logged, err := flowLogs(ctx, p)
	if err := k.Miss(ctx, "flow logs of "+p.String(), err); err != nil {
		return err
	}
	client, in := ec2.NewFromConfig(p.Config), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(ec2Page)}
	return cloud.Pages(ctx, "networks", client.DescribeVpcs, in,
		func(in *ec2.DescribeVpcsInput, token *string) { in.NextToken = token },
		func(out *ec2.DescribeVpcsOutput) ([]types.Vpc, *string) { return out.Vpcs, out.NextToken },
		cloud.OneByOne(func(v types.Vpc) error { return putVPC(p, v, logged, k) }))
}

func putVPC(p cloud.Place, v types.Vpc, logged map[string][]types.FlowLog, k *cloud.Sink) error {
	id, tags, state := aws.ToString(v.VpcId), ec2Tags(v.Tags), kind.Unknown
	if logged != nil {
		state = kind.No
	}
	for _, l := range logged[id] {
		if aws.ToString(l.FlowLogStatus) == "ACTIVE" {
			state = kind.Yes
		}
	}
	doc := document(struct {
		types.Vpc
		FlowLogs []types.FlowLog
	}{v, logged[id]}, "Tags")
	arn := p.ARN("ec2", p.Region, "vpc/"+id)
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "ec2.vpc", Name: nameOf(tags, id), Account: p.ID, Region: p.Region, Logged: state, Tags: tags, Vendor: doc,
	})
}

// flowLogs returns the flow logs of a region by the id of what they log, nil with an error.
func flowLogs(ctx context.Context, p cloud.Place) (map[string][]types.FlowLog, error) {
	all := map[string][]types.FlowLog{}
	client, in := ec2.NewFromConfig(p.Config), &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(ec2Page)}
	err := cloud.Pages(ctx, "flow logs", client.DescribeFlowLogs, in,
		func(in *ec2.DescribeFlowLogsInput, token *string) { in.NextToken = token },
		func(out *ec2.DescribeFlowLogsOutput) ([]types.FlowLog, *string) { return out.FlowLogs, out.NextToken },
		cloud.OneByOne(func(l types.FlowLog) error {
			of := aws.ToString(l.ResourceId)
			all[of] = append(all[of], l)
			return nil
		}))
	if err != nil {
		return nil, err
	}
	return all, nil
}
