package main

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// policy is the allow policy of the organization, a folder, a project or a bucket.
type policy struct {
	Bindings     []binding     `json:"bindings"`
	AuditConfigs []auditConfig `json:"auditConfigs"`
}

type binding struct {
	Role      string          `json:"role"`
	Members   []string        `json:"members"`
	Condition json.RawMessage `json:"condition,omitempty"`
}

// readPolicy reads the policy of a node, once in a run.
func (c *cloud) readPolicy(ctx context.Context, n *node) (*policy, error) {
	return n.policy.get(func() (*policy, error) {
		var p policy
		version := map[string]any{"options": map[string]any{"requestedPolicyVersion": 3}}
		err := c.post(ctx, "/v3/"+n.Name+":getIamPolicy", version, &p)
		return &p, c.refused(readPolicies, n.title(), err)
	})
}

// readBindings sends everyone who has a role, for each node.
func readBindings(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.nodes(), func(ctx context.Context, n *node) error {
		p, err := c.readPolicy(ctx, n)
		if err != nil {
			return err
		}
		held := map[string][]binding{}
		for _, b := range p.Bindings {
			for _, member := range b.Members {
				held[member] = append(held[member], binding{Role: b.Role, Condition: b.Condition})
			}
		}
		for _, member := range slices.Sorted(maps.Keys(held)) {
			account := n.account(member, held[member])
			if err := out.PutOrGap(account.ExternalID, account); err != nil {
				return err
			}
		}
		return nil
	})
}

// account returns the record of a member of a node. Its roles name the node, because the same member may have others elsewhere.
func (n *node) account(member string, held []binding) kind.Account {
	m := readMember(member)
	a := kind.Account{
		ExternalID: n.Name + "|" + member, Username: m.id, Name: m.id, Type: m.kind, Status: "unknown", Roles: []string{},
	}
	if strings.Contains(m.id, "@") && !strings.Contains(m.id, "/") {
		a.Email = m.id
	}
	if m.deleted {
		a.Status = "deprovisioned"
	}
	names := []string{}
	for _, b := range held {
		names = append(names, b.Role)
		role := b.Role + " on " + n.title()
		if len(b.Condition) > 0 && string(b.Condition) != "null" {
			role += " (conditional)"
		}
		a.Roles = append(a.Roles, role)
	}
	slices.Sort(a.Roles)
	a.Roles, a.Admin = slices.Compact(a.Roles), adminOf(names)
	slices.SortFunc(held, func(x, y binding) int {
		return cmp.Or(cmp.Compare(x.Role, y.Role), cmp.Compare(string(x.Condition), string(y.Condition)))
	})
	bindings := make([]map[string]any, len(held))
	for i, b := range held {
		bindings[i] = map[string]any{"role": b.Role}
		if len(b.Condition) > 0 {
			bindings[i]["condition"] = b.Condition
		}
	}
	a.Vendor, _ = json.Marshal(map[string]any{"resource": n.Name, "member": member, "bindings": bindings}) // came from JSON
	return a
}

// member is a principal of a policy, such as user:alice@example.com or deleted:user:alice@example.com?uid=1.
type member struct {
	id      string
	kind    kind.Word
	deleted bool
}

func readMember(text string) member {
	var m member
	rest, deleted := strings.CutPrefix(text, "deleted:")
	m.deleted = deleted
	if deleted {
		rest, _, _ = strings.Cut(rest, "?uid=")
	}
	word, id, found := strings.Cut(rest, ":")
	m.id = id
	if !found {
		word, m.id = rest, rest // allUsers and allAuthenticatedUsers
	}
	switch word {
	case "user":
		m.kind = "human"
	case "serviceAccount":
		m.kind = "service"
	case "group", "domain", "allUsers", "allAuthenticatedUsers", "principalSet", "projectOwner", "projectEditor", "projectViewer":
		m.kind = "group"
	default:
		m.kind = "unknown"
	}
	return m
}

// The roles of which the documentation says whether they may change who has access: those that contain a permission to set an
// allow policy of an organization, folder, project or service account, or to change roles; and the basic roles, of which only
// Owner may.
var (
	adminRoles = []string{
		"roles/owner", "roles/resourcemanager.organizationAdmin", "roles/resourcemanager.folderAdmin",
		"roles/resourcemanager.folderIamAdmin", "roles/resourcemanager.projectIamAdmin", "roles/iam.securityAdmin",
		"roles/iam.serviceAccountAdmin", "roles/iam.roleAdmin", "roles/iam.organizationRoleAdmin", "roles/iam.admin",
	}
	otherRoles = []string{"roles/viewer", "roles/editor", "roles/browser", "roles/iam.securityReviewer"}
)

// adminOf is yes when a role may change who has access, no when no role may, and unknown when there are others.
func adminOf(roles []string) kind.Tri {
	all := kind.No
	for _, role := range roles {
		switch {
		case slices.Contains(adminRoles, role):
			return kind.Yes
		case !slices.Contains(otherRoles, role):
			all = kind.Unknown
		}
	}
	return all
}
