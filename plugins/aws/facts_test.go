package main

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestWhoIsAnAdministrator: only policies of AWS lead to no, because the others are not read.
func TestWhoIsAnAdministrator(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arns   []string
		inline []string
		want   kind.Tri
	}{
		"nothing":                         {nil, nil, kind.No},
		"a policy of AWS":                 {[]string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, nil, kind.No},
		"AdministratorAccess":             {[]string{"arn:aws:iam::aws:policy/AdministratorAccess"}, nil, kind.Yes},
		"AdministratorAccess in China":    {[]string{"arn:aws-cn:iam::aws:policy/AdministratorAccess"}, nil, kind.Yes},
		"IAMFullAccess and another":       {[]string{"arn:aws:iam::1:policy/x", "arn:aws:iam::aws:policy/IAMFullAccess"}, nil, kind.Yes},
		"a policy of the customer":        {[]string{"arn:aws:iam::111122223333:policy/AdministratorAccess"}, nil, kind.Unknown},
		"an inline policy":                {nil, []string{"x"}, kind.Unknown},
		"AdministratorAccess and another": {[]string{"arn:aws:iam::aws:policy/AdministratorAccess"}, []string{"x"}, kind.Yes},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var policies []iamtypes.AttachedPolicy
			for _, arn := range tt.arns {
				policies = append(policies, iamtypes.AttachedPolicy{PolicyArn: aws.String(arn), PolicyName: aws.String("p")})
			}
			if got := judge(policies, tt.inline).admin; got != tt.want {
				t.Errorf("admin is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhoMayAssumeARole(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policy string
		want   trust
	}{
		"a service": {`{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
			trust{Principals: []string{"Service:ec2.amazonaws.com"}, Conditions: []string{}}},
		"an account with an external ID": {`%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C` +
			`%22Principal%22%3A%7B%22AWS%22%3A%5B%22arn%3Aa%22%5D%7D%2C` +
			`%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22sts%3AExternalId%22%3A%22x%22%7D%7D%7D%7D`,
			trust{Principals: []string{"AWS:arn:a"}, ExternalID: kind.Yes, Conditions: []string{"sts:ExternalId"}}},
		"everyone": {`{"Statement":[{"Effect":"Allow","Principal":"*"},{"Effect":"Deny","Principal":{"AWS":"b"}}]}`,
			trust{Principals: []string{"*"}, ExternalID: kind.No, Conditions: []string{}}},
		"another shape": {`{"Statement":7}`, trust{}},
		"no JSON":       {`%`, trust{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, trustOf(tt.policy)); diff != "" {
				t.Errorf("trust (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsOpenToTheWorld(t *testing.T) {
	t.Parallel()
	port := func(n int32) *int32 { return &n }
	private := []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}
	four, six := []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}, []ec2types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	group := ec2types.SecurityGroup{IpPermissions: []ec2types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: port(22), ToPort: port(22), IpRanges: four},
		{IpProtocol: aws.String("tcp"), FromPort: port(8000), ToPort: port(8080), Ipv6Ranges: six},
		{IpProtocol: aws.String("icmp"), FromPort: port(-1), ToPort: port(-1), IpRanges: four},
		{IpProtocol: aws.String("-1"), IpRanges: four},
		{IpProtocol: aws.String("tcp"), FromPort: port(5432), ToPort: port(5432), IpRanges: private},
	}}
	want := []string{"all", "icmp", "tcp 22", "tcp 8000-8080"}
	if diff := cmp.Diff(want, openPorts(group)); diff != "" {
		t.Errorf("open ports (-want +got):\n%s", diff)
	}
}

// TestWhetherABucketIsPublic: a block that is not known makes a public policy unknown, not no.
func TestWhetherABucketIsPublic(t *testing.T) {
	t.Parallel()
	all, none := blocks{kind.Yes, kind.Yes, kind.Yes, kind.Yes}, noBlocks()
	tests := map[string]struct {
		bucket bucket
		want   kind.Tri
	}{
		"nothing is known":                 {bucket{}, kind.Unknown},
		"blocked by the account":           {bucket{AccountBlocks: all, PolicyPublic: kind.Yes, GrantsPublic: kind.Yes}, kind.No},
		"blocked by itself":                {bucket{Blocks: all}, kind.No},
		"a public policy":                  {bucket{Blocks: none, AccountBlocks: none, PolicyPublic: kind.Yes, GrantsPublic: kind.No}, kind.Yes},
		"a public ACL":                     {bucket{Blocks: none, AccountBlocks: none, PolicyPublic: kind.No, GrantsPublic: kind.Yes}, kind.Yes},
		"neither":                          {bucket{PolicyPublic: kind.No, GrantsPublic: kind.No}, kind.No},
		"the account's block is not known": {bucket{Blocks: none, PolicyPublic: kind.Yes, GrantsPublic: kind.No}, kind.Unknown},
		"the ACL is not known":             {bucket{Blocks: none, AccountBlocks: none, PolicyPublic: kind.No}, kind.Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.bucket.public(); got != tt.want {
				t.Errorf("public is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTheSameThingHasTheSameDocument: AWS promises no order, and volatile members are left out.
func TestTheSameThingHasTheSameDocument(t *testing.T) {
	t.Parallel()
	a := document(map[string]any{"List": []any{2, 1}, "Empty": "", "None": nil, "Gone": 7, "Inner": map[string]any{"Gone": 1}}, "Gone")
	b := document(map[string]any{"List": []any{1, 2}, "Gone": 8}, "Gone")
	if string(a) != string(b) || !json.Valid(a) {
		t.Errorf("%s and %s differ", a, b)
	}
}
