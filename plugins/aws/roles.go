package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readRoles reads the roles of IAM.
func readRoles(ctx context.Context, a *cloud.Account, k *cloud.Sink) error {
	r := &rights{account: a, sink: k, client: iam.NewFromConfig(a.Config), groups: map[string]*groupRights{}}
	return cloud.Pages(ctx, "roles", r.client.ListRoles, &iam.ListRolesInput{},
		func(in *iam.ListRolesInput, token *string) { in.Marker = token },
		func(out *iam.ListRolesOutput) ([]types.Role, *string) {
			return out.Roles, cloud.Marker(out.IsTruncated, out.Marker)
		},
		func(list []types.Role) error { return cloud.AtOnce(ctx, list, r.putRole) })
}

func (r *rights) putRole(ctx context.Context, role types.Role) error {
	name, arn := aws.ToString(role.RoleName), aws.ToString(role.Arn)
	found, err := r.attachedTo(ctx, rolePolicies(r.client, name), "roles")
	if err != nil {
		return err
	}
	if found.names != nil {
		found.names = sorted(found.names)
	}
	doc := document(struct {
		types.Role
		Trust trust
	}{role, trustOf(aws.ToString(role.AssumeRolePolicyDocument))}, "AssumeRolePolicyDocument", "RoleLastUsed")
	return r.sink.Put(arn, kind.Account{
		ExternalID: arn, Username: name, Name: name, Status: "active", Type: "service", Roles: found.names, Admin: found.admin,
		CreatedAt: at(role.CreateDate), Vendor: doc,
	})
}

// trust is who may assume a role.
type trust struct {
	Principals []string // such as "AWS:arn:aws:iam::111122223333:root" or "Service:ec2.amazonaws.com"; "*" is everyone
	ExternalID kind.Tri // whether every statement for other accounts demands one
	Conditions []string // names of the keys that the statements compare
}

type statement struct {
	Effect    string
	Principal json.RawMessage
	Condition map[string]map[string]json.RawMessage
}

// trustOf reads a trust policy, which IAM gives with the encoding of URLs. An unreadable one tells nothing.
func trustOf(policy string) trust {
	var t trust
	if decoded, err := url.PathUnescape(policy); err == nil {
		policy = decoded
	}
	var doc struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return t
	}
	var statements []statement
	if json.Unmarshal(doc.Statement, &statements) != nil {
		var one statement
		if json.Unmarshal(doc.Statement, &one) != nil {
			return t
		}
		statements = []statement{one}
	}
	for _, s := range statements {
		if s.Effect == "Allow" {
			t.add(s)
		}
	}
	t.Principals, t.Conditions = sorted(t.Principals), sorted(t.Conditions)
	return t
}

func (t *trust) add(s statement) {
	names, demands := principalsOf(s.Principal), false
	for _, compared := range s.Condition {
		for key := range compared {
			t.Conditions = append(t.Conditions, key)
			demands = demands || strings.EqualFold(key, "sts:ExternalId")
		}
	}
	for _, name := range names {
		if name == "*" || strings.HasPrefix(name, "AWS:") {
			t.ExternalID = kind.TriOf(demands && t.ExternalID != kind.No)
		}
	}
	t.Principals = append(t.Principals, names...)
}

// principalsOf reads "*", or texts and lists of texts by the type of principal. Another shape names none.
func principalsOf(raw json.RawMessage) (names []string) {
	var everyone string
	if json.Unmarshal(raw, &everyone) == nil {
		return []string{everyone}
	}
	var byType map[string]any
	if json.Unmarshal(raw, &byType) != nil {
		return nil
	}
	for of, value := range byType {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, one := range list {
			if name, isText := one.(string); isText {
				names = append(names, of+":"+name)
			}
		}
	}
	return names
}
