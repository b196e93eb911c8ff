package main

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// profile is what the directory says of itself in its root entry, its schema and
// its lock policies. What it does not say is empty, and then not relied on.
type profile struct {
	activeDirectory bool
	contexts        []string // distinguished names of the trees it keeps
	partitions      []string // of Active Directory's forest, which hold no people; as normal writes them

	locks    []lock // the lock attributes it has
	schema   bool   // locks come from its schema or its family, so all of them count
	policies map[string]policy
	lockout  *policy // of the domain; nil when it may not be read
}

// policy says how long a lock lasts.
type policy struct {
	duration time.Duration
	forever  bool // until an administrator takes it away
}

// lock is an attribute that can keep an account from being used.
type lock struct {
	name  string
	class string // only entries of this object class can have it; empty = any
}

func locks() []lock {
	return []lock{
		{name: "pwdAccountLockedTime"}, {name: "pwdStartTime"}, {name: "pwdEndTime"}, // OpenLDAP and others with password policies
		{name: "nsAccountLock"}, {name: "accountUnlockTime"}, // 389 Directory Server and its kin
		{name: "loginDisabled"}, {name: "lockedByIntruder"}, {name: "loginExpirationTime"}, // eDirectory
		{name: "ds-pwp-account-disabled"}, {name: "ibm-pwdAccountLocked"},
		{name: "krbPrincipalExpiration", class: "krbPrincipalAux"}, {name: "shadowExpire", class: "shadowAccount"},
	}
}

// about returns what is known of the server. It is read once a run.
func (d *directory) about(ctx context.Context) (*profile, error) {
	if d.profile != nil {
		return d.profile, nil
	}
	s := &profile{policies: map[string]policy{}}
	root, err := d.readOne(ctx, "", "(objectClass=*)", []string{
		"objectClass", "namingContexts", "defaultNamingContext", "configurationNamingContext", "rootDomainNamingContext",
		"subschemaSubentry", "supportedCapabilities", "vendorName", "vendorVersion",
	})
	if err != nil {
		return nil, err
	}
	if root == nil || root.dn != "" {
		root = newEntry(&ldap.Entry{}, nil)
	}
	s.contexts = root.all("namingContexts")
	s.activeDirectory = root.holds("supportedCapabilities", "1.2.840.113556.1.4.800") || root.holds("supportedCapabilities", "1.2.840.113556.1.4.1851")
	if s.activeDirectory {
		err = d.aboutDomain(ctx, s, root)
	} else {
		err = errors.Join(d.readSchema(ctx, s, root), d.readPolicies(ctx, s))
	}
	if err != nil {
		return nil, err
	}
	d.profile = s
	return s, nil
}

// aboutDomain reads what Active Directory says of its forest and of lockouts.
func (d *directory) aboutDomain(ctx context.Context, s *profile, root *entry) error {
	domain := root.value("defaultNamingContext")
	if domain == "" {
		return nil // AD LDS has no domain
	}
	s.partitions = []string{normal("DC=DomainDnsZones," + domain)}
	if forest := root.value("rootDomainNamingContext"); forest != "" {
		s.partitions = append(s.partitions, normal("DC=ForestDnsZones,"+forest))
	}
	if configuration := root.value("configurationNamingContext"); configuration != "" {
		s.partitions = append(s.partitions, normal(configuration))
	}
	head, err := d.readOne(ctx, domain, "(objectClass=*)", []string{"lockoutDuration"})
	if err != nil || head == nil {
		return err
	}
	if length, forever, ok := interval(head.value("lockoutDuration")); ok {
		s.lockout = &policy{length, forever}
	}
	return nil
}

// readSchema finds out which lock attributes the server has. A server that shows
// no schema is judged by its family, and one of no known family by any of them.
func (d *directory) readSchema(ctx context.Context, s *profile, root *entry) error {
	s.schema = true
	if place := root.value("subschemaSubentry"); place != "" {
		schema, err := d.readOne(ctx, place, "(objectClass=subschema)", []string{"attributeTypes"})
		if err != nil {
			return err
		}
		if schema != nil && schema.has("attributeTypes") {
			types := strings.ToLower(strings.Join(schema.all("attributeTypes"), "\n"))
			for _, l := range locks() {
				if strings.Contains(types, "'"+strings.ToLower(l.name)+"'") {
					s.locks = append(s.locks, l)
				}
			}
			return nil
		}
	}
	vendor := strings.ToLower(root.value("vendorName") + " " + root.value("vendorVersion"))
	switch {
	case root.holds("objectClass", "OpenLDAProotDSE"):
		s.locks = locks()[:1]
	case strings.Contains(vendor, "389"), strings.Contains(vendor, "directory server"):
		s.locks = locks()[3:5]
	case strings.Contains(vendor, "edirectory"):
		s.locks = locks()[5:8]
	default:
		s.locks, s.schema = locks()[:10], false
	}
	return nil
}

// readPolicies reads the password policies that the server shows.
func (d *directory) readPolicies(ctx context.Context, s *profile) error {
	if !slices.ContainsFunc(s.locks, func(l lock) bool { return l.name == "pwdAccountLockedTime" }) {
		return nil
	}
	for _, base := range s.contexts {
		found, err := d.readAll(ctx, base, "(objectClass=pwdPolicy)", []string{"pwdLockoutDuration"})
		if err != nil {
			return err
		}
		for _, e := range found {
			seconds, err := time.ParseDuration(firstOf(e.value("pwdLockoutDuration"), "0") + "s")
			if err == nil {
				s.policies[normal(e.dn)] = policy{duration: seconds, forever: seconds == 0}
			}
		}
	}
	return nil
}

// readOne reads the entry of one name, nil when the server does not show it. Only
// a broken connection is an error.
func (d *directory) readOne(ctx context.Context, dn, filter string, names []string) (*entry, error) {
	found, err := d.ask(ctx, ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, filter, names, nil))
	for _, e := range found {
		if normal(e.dn) == normal(dn) {
			return e, err
		}
	}
	return nil, err
}

// readAll reads the few entries below base that match, none when the server does
// not show all of them. Only a broken connection is an error.
func (d *directory) readAll(ctx context.Context, base, filter string, names []string) ([]*entry, error) {
	return d.ask(ctx, ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, names, nil))
}

func (d *directory) ask(ctx context.Context, request *ldap.SearchRequest) ([]*entry, error) {
	var result *ldap.SearchResult
	err := d.do(ctx, func() (err error) { result, err = d.conn.Search(request); return err })
	var refused *ldap.Error
	switch {
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &refused) && refused.ResultCode < ldap.ErrorNetwork:
		return nil, nil
	case err != nil:
		return nil, transportError(err, "the directory")
	}
	names := spellings()
	for _, name := range request.Attributes {
		names[strings.ToLower(name)] = name
	}
	found := make([]*entry, len(result.Entries))
	for i, e := range result.Entries {
		found[i] = newEntry(e, names)
	}
	return found, nil
}

// ownReference reports whether a reference leads to a partition of the same
// forest that holds no people: the domain's and the forest's DNS zones, and the
// configuration. Active Directory mentions them in every search from the domain's
// root. The name in the reference decides, since its host may be any domain
// controller. A child domain is another matter: it holds people.
func (s *profile) ownReference(reference string) bool {
	u, err := url.Parse(reference)
	if err != nil || len(s.partitions) == 0 {
		return false
	}
	return slices.Contains(s.partitions, normal(strings.TrimPrefix(u.Path, "/")))
}
