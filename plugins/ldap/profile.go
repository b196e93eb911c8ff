package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// profile is the directory's own description: its root entry, its schema and its lock policies. A part that
// the directory does not show is empty, and the connector does not rely on it.
type profile struct {
	activeDirectory bool
	contexts        []string // distinguished names of its trees
	partitions      []string // of Active Directory's forest, which hold no people; in the form of normal

	locks    []lock // its lock attributes
	schema   bool   // locks are from its schema or product, so all of them count
	policies map[string]policy
	lockout  *policy // of the domain; nil when it cannot be read
}

// policy says how long a lock lasts.
type policy struct {
	duration time.Duration
	forever  bool // until an administrator removes it
}

// lock is an attribute that can lock an account.
type lock struct {
	name  string
	class string // only entries of this object class can have it; empty = any
}

func locks() []lock {
	return []lock{
		{name: "pwdAccountLockedTime"}, {name: "pwdStartTime"}, {name: "pwdEndTime"}, // OpenLDAP and others with password policies
		{name: "nsAccountLock"}, {name: "accountUnlockTime"}, // 389 Directory Server and FreeIPA
		{name: "loginDisabled"}, {name: "lockedByIntruder"}, {name: "loginExpirationTime"}, // eDirectory
		{name: "ds-pwp-account-disabled"}, {name: "ibm-pwdAccountLocked"},
		{name: "krbPrincipalExpiration", class: "krbPrincipalAux"}, {name: "shadowExpire", class: "shadowAccount"},
	}
}

// about returns the server's profile, which it reads once per run.
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
	for _, capability := range []string{"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1851"} { // Active Directory and AD LDS
		s.activeDirectory = s.activeDirectory || root.holds("supportedCapabilities", capability)
	}
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

// aboutDomain reads Active Directory's forest and lockout policy.
func (d *directory) aboutDomain(ctx context.Context, s *profile, root *entry) error {
	domain := root.value("defaultNamingContext")
	if domain == "" {
		return nil // AD LDS has no domain
	}
	s.partitions = []string{normal("DC=DomainDnsZones," + domain)}
	if forest := root.value("rootDomainNamingContext"); forest != "" {
		s.partitions = append(s.partitions, normal("DC=ForestDnsZones,"+forest))
	}
	for _, configuration := range root.all("configurationNamingContext") {
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

// readSchema determines the lock attributes of the server, by its schema or else by its product. For an
// unknown product it assumes all of them.
func (d *directory) readSchema(ctx context.Context, s *profile, root *entry) error {
	s.schema = true
	if name := root.value("subschemaSubentry"); name != "" {
		schema, err := d.readOne(ctx, name, "(objectClass=subschema)", []string{"attributeTypes"})
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
			seconds, err := time.ParseDuration(cmp.Or(e.value("pwdLockoutDuration"), "0") + "s")
			if err == nil {
				s.policies[normal(e.dn)] = policy{duration: seconds, forever: seconds == 0}
			}
		}
	}
	return nil
}

// readOne reads the entry with that name, nil when the server does not show it. Only a broken connection is an
// error.
func (d *directory) readOne(ctx context.Context, dn, filter string, names []string) (*entry, error) {
	found, err := d.ask(ctx, searchRequest(dn, ldap.ScopeBaseObject, filter, names))
	for _, e := range found {
		if normal(e.dn) == normal(dn) {
			return e, err
		}
	}
	return nil, err
}

// readAll reads the entries below base that match the filter, none when the server does not show all of them.
// Only a broken connection is an error.
func (d *directory) readAll(ctx context.Context, base, filter string, names []string) ([]*entry, error) {
	return d.ask(ctx, searchRequest(base, ldap.ScopeWholeSubtree, filter, names))
}

func (d *directory) ask(ctx context.Context, request *ldap.SearchRequest) ([]*entry, error) {
	result, err := d.send(ctx, request)
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

// ownReference reports whether a reference leads to a partition of the same forest without people: the DNS
// zones of the domain and the forest, and the configuration. Active Directory sends these references in every
// search from the root of the domain. The name in the reference decides, because its host may be any domain
// controller. A child domain is not such a partition: it holds people.
func (s *profile) ownReference(reference string) bool {
	u, err := url.Parse(reference)
	if err != nil || len(s.partitions) == 0 {
		return false
	}
	return slices.Contains(s.partitions, normal(strings.TrimPrefix(u.Path, "/")))
}
