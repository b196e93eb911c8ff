package main

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const authorizationVersion = "2022-04-01"

// role is a role definition.
type role struct {
	Name       text `json:"name"` // a GUID
	Properties struct {
		RoleName    text `json:"roleName"`
		Permissions []struct {
			Actions    []text `json:"actions"`
			NotActions []text `json:"notActions"`
		} `json:"permissions"`
	} `json:"properties"`
}

// allows reports whether the role includes an action.
func (r role) allows(action string) bool {
	for _, p := range r.Properties.Permissions {
		if slices.ContainsFunc(p.Actions, covers(action)) && !slices.ContainsFunc(p.NotActions, covers(action)) {
			return true
		}
	}
	return false
}

// covers returns a function that reports whether a pattern with * includes an action.
func covers(action string) func(pattern text) bool {
	return func(pattern text) bool {
		parts := strings.Split(string(pattern), "*")
		for i, part := range parts {
			parts[i] = regexp.QuoteMeta(part)
		}
		fits, err := regexp.MatchString("(?i)^"+strings.Join(parts, ".*")+"$", action)
		return err == nil && fits
	}
}

// assignment is a role assignment. Only these fields have a meaning for the record.
type assignment struct {
	ID         text `json:"id"`
	Properties struct {
		RoleID        text `json:"roleDefinitionId"`
		PrincipalID   text `json:"principalId"`
		PrincipalType text `json:"principalType"`
		Scope         text `json:"scope"`
	} `json:"properties"`

	raw  json.RawMessage
	role role // without a name when it is not in the list of roles
}

// aboveResources reports whether the assignment holds for a whole subscription or more.
func (a assignment) aboveResources() bool {
	scope := strings.Trim(strings.ToLower(string(a.Properties.Scope)), "/")
	below, inSubscription := strings.CutPrefix(scope, "subscriptions/")
	return !inSubscription || !strings.Contains(below, "/")
}

// accessReader collects the assignments of all subscriptions: a principal may have roles in several.
type accessReader struct {
	*azure
	mu          sync.Mutex
	assignments map[string]assignment // by id: an inherited one is in the list of each subscription
}

func readAccess(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := sdk.From[*azure](s)
	if err != nil {
		return err
	}
	r := accessReader{azure: a, assignments: map[string]assignment{}}
	if err := a.each(ctx, out, "role assignments", func(ctx context.Context, s subscription) error {
		return r.subscription(ctx, out, s)
	}); err != nil {
		return err
	}
	principals := map[string][]assignment{}
	for _, one := range r.assignments {
		id := lower(one.Properties.PrincipalID)
		principals[id] = append(principals[id], one)
	}
	known, err := a.directory(ctx, s, out, principals)
	if err != nil {
		return err
	}
	for id, all := range principals {
		if err := out.PutOrGap(id, toAccount(id, all, known[id])); err != nil {
			return err
		}
	}
	return nil
}

// subscription reads the assignments of one subscription and their roles. Without the roles, the assignments have none.
func (r *accessReader) subscription(ctx context.Context, out *sdk.Output, s subscription) error {
	rows, err := r.rows(ctx, s.path()+"/providers/Microsoft.Authorization/roleAssignments", authorizationVersion)
	if err != nil {
		return err
	}
	roles, err := r.roles(ctx, s)
	if _, err := settle(out, "role definitions of subscription "+s.label(), err); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, raw := range rows {
		one := assignment{raw: raw}
		if err := json.Unmarshal(raw, &one); err != nil || one.Properties.PrincipalID == "" || one.ID == "" {
			out.Gap("a role assignment of subscription "+s.label(),
				sdk.Errorf(sdk.CodeSchemaUnexpected, "a role assignment is not as documented"))
			continue
		}
		one.role = roles[lastPart(one.Properties.RoleID)]
		one.raw = withRole(raw, "/providers/Microsoft.Authorization/roleDefinitions/"+lastPart(one.Properties.RoleID))
		if known, found := r.assignments[lower(one.ID)]; !found || known.role.Name == "" {
			r.assignments[lower(one.ID)] = one
		}
	}
	return nil
}

// withRole returns an assignment whose role has an id without a subscription. Azure puts the subscription of the list into
// it, so that an inherited assignment differs from list to list.
func withRole(raw json.RawMessage, id string) json.RawMessage {
	var whole map[string]any
	if json.Unmarshal(raw, &whole) != nil {
		return raw
	}
	if properties, ok := whole["properties"].(map[string]any); ok {
		properties["roleDefinitionId"] = id
	}
	same, err := json.Marshal(whole)
	if err != nil {
		return raw
	}
	return same
}

// roles returns the role definitions that a subscription knows, by their GUIDs.
func (a *azure) roles(ctx context.Context, s subscription) (map[string]role, error) {
	all := map[string]role{}
	err := a.list(ctx, s.path()+"/providers/Microsoft.Authorization/roleDefinitions", authorizationVersion, func(raw json.RawMessage) error {
		var r role
		if err := json.Unmarshal(raw, &r); err != nil {
			return sdk.Errorf(sdk.CodeSchemaUnexpected, "a role definition is not as documented").Because(err)
		}
		all[lower(r.Name)] = r
		return nil
	})
	return all, err
}

// lastPart returns the part of an id after the last slash.
func lastPart(id text) string { return lower(id[strings.LastIndexByte(string(id), '/')+1:]) }

// grantsAccess is the action with which one may give roles to others.
const grantsAccess = "Microsoft.Authorization/roleAssignments/write"

// toAccount returns the account of a principal. It is an admin if a role at a subscription or above includes giving
// roles. Otherwise this is unknown: the principal may be a member of a group that has such a role.
func toAccount(id string, all []assignment, known principal) kind.Account {
	account := kind.Account{
		ExternalID: id, Name: string(known.DisplayName), Username: string(known.UserPrincipalName), Email: string(known.Mail),
		Type: typeOf(all[0].Properties.PrincipalType), Roles: []string{}, Vendor: vendorOf(all),
	}
	if known.Enabled != nil {
		account.Status = "suspended"
		if *known.Enabled {
			account.Status = "active"
		}
	}
	for _, one := range all {
		if one.role.Properties.RoleName == "" {
			account.Roles = nil // not all of them are known
			break
		}
		account.Roles = append(account.Roles, string(one.role.Properties.RoleName))
	}
	slices.Sort(account.Roles)
	account.Roles = slices.Compact(account.Roles)
	if slices.ContainsFunc(all, func(one assignment) bool { return one.aboveResources() && one.role.allows(grantsAccess) }) {
		account.Admin = kind.Yes
	}
	return account
}

func typeOf(principalType text) kind.Word {
	switch principalType {
	case "User":
		return "human"
	case "ServicePrincipal":
		return "service"
	case "Group", "ForeignGroup":
		return "group"
	}
	return ""
}

// mostAssignments is how many bytes of assignments a record holds. A record with more could not be sent.
const mostAssignments = 200 << 10

// vendorOf returns the assignments of a principal in a stable order, or their number if there are very many.
func vendorOf(all []assignment) json.RawMessage {
	slices.SortFunc(all, func(a, b assignment) int { return strings.Compare(lower(a.ID), lower(b.ID)) })
	list := make([]json.RawMessage, len(all))
	for i, one := range all {
		list[i] = one.raw
	}
	doc, err := json.Marshal(map[string]any{"roleAssignments": list})
	if err == nil && len(doc) > mostAssignments {
		doc, err = json.Marshal(map[string]int{"roleAssignments": len(all)})
	}
	if err != nil {
		return nil
	}
	return doc
}
