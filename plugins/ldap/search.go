package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk"
)

// attributes are what is asked for, and all that is kept. Passwords, photos and
// counters that change by themselves are not among them.
func attributes() []string {
	return []string{
		"objectClass", "entryUUID", "objectGUID", "uid", "sAMAccountName", "userPrincipalName", "cn", "displayName",
		"givenName", "sn", "mail", "title", "department", "departmentNumber", "manager", "employeeType", "employeeNumber",
		"memberOf", "userAccountControl", "accountExpires", "pwdAccountLockedTime", "nsAccountLock", "shadowExpire",
		"createTimestamp", "whenCreated", "lastLogonTimestamp", "authTimestamp", "pwdChangedTime", "pwdLastSet",
		"member", "uniqueMember", "memberUid", "description",
	}
}

// search reads everything below base page by page and calls visit for each
// entry. Gap is called for what could not be read; an error ends the read, since
// then the connection or the account is of no more use.
func (d *directory) search(ctx context.Context, base, filter, permission string, visit func(*ldap.Entry) error, page func() error, gap func(scope string, err error)) error {
	var guard sdk.Pages
	paging := ldap.NewControlPaging(d.PageSize)
	for {
		request := ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, attributes(), []ldap.Control{paging})
		var result *ldap.SearchResult
		err := d.do(ctx, func() (err error) { result, err = d.conn.Search(request); return err })
		if ctx.Err() != nil {
			return err
		}
		if result != nil {
			d.log.Debug(fmt.Sprintf("read %d entries below %s", len(result.Entries), base))
			if err := d.visitAll(ctx, result, base, permission, visit, gap); err != nil {
				return err
			}
		}
		if err != nil {
			err = resultError(err, base, permission)
			if !confined(err) {
				return err
			}
			gap(base, err)
			return page()
		}
		if err := page(); err != nil {
			return err
		}
		next, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		if err := guard.Saw(string(next.Cookie)+strconv.Itoa(len(result.Entries))+first(result), nil); err != nil {
			return err
		}
		paging.SetCookie(next.Cookie)
	}
}

// first names a page by its first entry: some servers hand out the same cookie
// for every page of a search.
func first(result *ldap.SearchResult) string {
	if len(result.Entries) == 0 {
		return ""
	}
	return result.Entries[0].DN
}

func (d *directory) visitAll(ctx context.Context, result *ldap.SearchResult, base, permission string, visit func(*ldap.Entry) error, gap func(string, error)) error {
	for _, entry := range result.Entries {
		if err := d.completeRanges(ctx, entry, permission); err != nil {
			return err
		}
		if err := visit(entry); err != nil {
			return err
		}
	}
	for _, reference := range result.Referrals {
		if !ownReference(reference) {
			gap(reference, sdk.Errorf(sdk.CodeNotFoundEndpoint, "part of %s is kept by another directory", base).
				WithRemedy("Connect that directory too, or choose a base that leaves it out."))
		}
	}
	return nil
}

// confined reports whether an error concerns one base and leaves the others
// readable.
func confined(err error) bool {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == sdk.CodePermissionMissing || e.Code == sdk.CodeNotFoundEndpoint
}

// ownReference reports whether a reference leads to the partitions that Active
// Directory mentions in every search from the domain's root. They hold no people.
func ownReference(reference string) bool {
	lower := strings.ToLower(reference)
	return strings.HasPrefix(lower, "ldap://forestdnszones.") || strings.HasPrefix(lower, "ldap://domaindnszones.") ||
		strings.Contains(lower, "/cn=configuration,") || strings.HasPrefix(lower, "ldaps://forestdnszones.") ||
		strings.HasPrefix(lower, "ldaps://domaindnszones.")
}

// completeRanges fetches the rest of an attribute that Active Directory cut, as
// it does with the members of large groups: "member;range=0-1499".
func (d *directory) completeRanges(ctx context.Context, entry *ldap.Entry, permission string) error {
	for i := 0; i < len(entry.Attributes); i++ {
		a := entry.Attributes[i]
		name, span, ranged := strings.Cut(a.Name, ";range=")
		if !ranged {
			continue
		}
		values := a.Values
		for !strings.HasSuffix(span, "*") {
			_, last, _ := strings.Cut(span, "-")
			end, err := strconv.Atoi(last)
			if err != nil {
				return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory cut %s of %s in a way that cannot be read", name, entry.DN)
			}
			more, next, err := d.rangeOf(ctx, entry.DN, name, end+1)
			if err != nil {
				return resultError(err, entry.DN, permission)
			}
			values, span = append(values, more...), next
		}
		entry.Attributes[i] = ldap.NewEntryAttribute(name, values)
	}
	return nil
}

func (d *directory) rangeOf(ctx context.Context, dn, name string, from int) (values []string, span string, err error) {
	request := ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)",
		[]string{name + ";range=" + strconv.Itoa(from) + "-*"}, nil)
	var result *ldap.SearchResult
	if err := d.do(ctx, func() (err error) { result, err = d.conn.Search(request); return err }); err != nil {
		return nil, "", err
	}
	for _, entry := range result.Entries {
		for _, a := range entry.Attributes {
			if _, span, ok := strings.Cut(a.Name, ";range="); ok && len(a.Values) > 0 {
				return a.Values, span, nil
			}
		}
	}
	return nil, "", sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory did not give the rest of %s of %s", name, dn)
}
