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

// query describes a search.
type query struct {
	base       string
	filter     string
	permission string
	names      []string // of the attributes
	verb       string   // for the log, e.g. "read"
}

// reading receives the results of a search.
type reading struct {
	visit func(*entry) error
	page  func() error                  // called after each page
	gap   func(scope string, err error) // called for a part that cannot be read
}

// people is the query for the people below base, and groupsBelow the query for the groups.
func (d *directory) people(base string) query {
	return query{base: base, filter: d.UserFilter, permission: readUsers, names: attributes(), verb: "read"}
}

func (d *directory) groupsBelow(base string) query {
	return query{base: base, filter: d.GroupFilter, permission: readGroups, names: attributes(), verb: "read"}
}

// readBase reads everything below a base of the settings. A base without entries is a gap, because a directory
// also reports success with no entries to an account that may not read.
func (d *directory) readBase(ctx context.Context, q query, r reading) error {
	shown, gaps := 0, 0
	counted := reading{page: r.page}
	counted.visit = func(e *entry) error {
		if !d.isOwn(e) {
			shown++
		}
		return r.visit(e)
	}
	counted.gap = func(scope string, err error) { gaps++; r.gap(scope, err) }
	if err := d.search(ctx, q, counted); err != nil || shown > 0 || gaps > 0 {
		return err
	}
	nothing, err := d.nothingBelow(ctx, q)
	if err != nil {
		return err
	}
	r.gap(q.base, nothing)
	return nil
}

// isOwn reports whether the entry is the connector's own account. Many directories show an account its own entry
// and nothing else.
func (d *directory) isOwn(e *entry) bool {
	return normal(e.dn) == normal(d.BindDN) || e.holds("userPrincipalName", d.BindDN)
}

// form returns the titles of the settings for the bases and the filter, and the type of their entries.
func form(permission string) (where, filter, what string) {
	if permission == readGroups {
		return "Where the groups are", "Filter for groups", "group"
	}
	return "Where the people are", "Filter for people", "person"
}

// nothingBelow returns the error of a base that shows no entry except perhaps the account itself.
func (d *directory) nothingBelow(ctx context.Context, q query) (*sdk.Error, error) {
	base, err := d.readOne(ctx, q.base, "(objectClass=*)", []string{"objectClass"})
	if err != nil {
		return nil, err
	}
	if base == nil {
		return notShown(q.base, q.permission).WithScope(q.base), nil
	}
	where, filter, what := form(q.permission)
	e := sdk.Errorf(sdk.CodeNotFoundEndpoint, "the directory shows no %s below %s: none matches the filter, or the account may not read them",
		what, q.base)
	return e.WithScope(q.base).WithRemedy(fmt.Sprintf(
		"Let the account %s read the entries below %s. If it holds no %s, remove it from the setting %q, or correct the setting %q.",
		d.BindDN, q.base, what, where, filter)), nil
}

// notShown is the error of a base whose own entry the directory does not show.
func notShown(base, permission string) *sdk.Error {
	where, _, _ := form(permission)
	return sdk.Errorf(sdk.CodeNotFoundEndpoint, "the directory does not show %s: it has no such entry, or the account may not read it", base).
		WithRemedy(fmt.Sprintf("Correct %s in the setting %q, or let the account read that entry and everything below it.", base, where))
}

// search reads everything below a base, page by page. It returns the errors after which the connection or the
// account cannot be used.
func (d *directory) search(ctx context.Context, q query, r reading) error {
	var guard sdk.Pages
	paging := ldap.NewControlPaging(d.PageSize)
	for {
		result, err := d.send(ctx, searchRequest(q.base, ldap.ScopeWholeSubtree, q.filter, q.names, paging))
		if ctx.Err() != nil {
			return err
		}
		if result != nil {
			d.log.Debug(fmt.Sprintf("%s %d entries below %s", q.verb, len(result.Entries), q.base))
			if err := d.visitAll(ctx, result, q, r); err != nil {
				return err
			}
		}
		if err != nil {
			err = resultError(err, q.base, q.permission)
			if !confined(err) {
				return err
			}
			r.gap(q.base, err)
			return r.page()
		}
		if err := r.page(); err != nil {
			return err
		}
		next, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok && len(paging.Cookie) > 0 {
			// RFC 2696 requires a server to say whether another page follows.
			r.gap(q.base, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory did not say whether the list of %s continues", q.base).
				WithRemedy(`Raise "Entries per page", or connect to the directory itself instead of a proxy.`))
		}
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		if err := guard.Saw(string(next.Cookie)+strconv.Itoa(len(result.Entries))+first(result), nil); err != nil {
			return err
		}
		paging.SetCookie(next.Cookie)
	}
}

// first returns the name of a page's first entry. It identifies the page, because some servers send the same
// cookie for every page of a search.
func first(result *ldap.SearchResult) string {
	if len(result.Entries) == 0 {
		return ""
	}
	return result.Entries[0].DN
}

func (d *directory) visitAll(ctx context.Context, result *ldap.SearchResult, q query, r reading) error {
	names := spellings()
	for _, from := range result.Entries {
		if err := d.completeRanges(ctx, from, q.permission); err != nil {
			return err
		}
		if err := r.visit(newEntry(from, names)); err != nil {
			return err
		}
	}
	if len(result.Referrals) == 0 {
		return nil
	}
	s, err := d.about(ctx)
	if err != nil {
		return err
	}
	where, _, _ := form(q.permission)
	for _, reference := range result.Referrals {
		if !s.ownReference(reference) {
			r.gap(reference, sdk.Errorf(sdk.CodeNotFoundEndpoint, "part of %s is stored in another directory", q.base).
				WithRemedy(fmt.Sprintf("Connect that directory too, and replace %s in the setting %q by the containers below it in this directory.",
					q.base, where)))
		}
	}
	return nil
}

// confined reports whether an error affects only one base.
func confined(err error) bool {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == sdk.CodePermissionMissing || e.Code == sdk.CodeNotFoundEndpoint
}

// completeRanges reads the rest of an attribute that Active Directory has split, for example the members of a
// large group: "member;range=0-1499".
func (d *directory) completeRanges(ctx context.Context, entry *ldap.Entry, permission string) error {
	for i := 0; i < len(entry.Attributes); i++ {
		a := entry.Attributes[i]
		name, span, ranged := cutRange(a.Name)
		if !ranged {
			continue
		}
		values := a.Values
		for !strings.HasSuffix(span, "*") {
			_, last, _ := strings.Cut(span, "-")
			end, err := strconv.Atoi(last)
			if err != nil {
				return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory split %s of %s in an unknown way", name, entry.DN)
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

// cutRange splits "member;range=0-1499".
func cutRange(attribute string) (name, span string, ranged bool) {
	const option = ";range="
	i := strings.Index(strings.ToLower(attribute), option)
	if i < 0 {
		return attribute, "", false
	}
	return attribute[:i], attribute[i+len(option):], true
}

func (d *directory) rangeOf(ctx context.Context, dn, name string, from int) (values []string, span string, err error) {
	rest := name + ";range=" + strconv.Itoa(from) + "-*"
	result, err := d.send(ctx, searchRequest(dn, ldap.ScopeBaseObject, "(objectClass=*)", []string{rest}))
	if err != nil {
		return nil, "", err
	}
	for _, entry := range result.Entries {
		for _, a := range entry.Attributes {
			if _, span, ok := cutRange(a.Name); ok && len(a.Values) > 0 {
				return a.Values, span, nil
			}
		}
	}
	return nil, "", sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory did not send the rest of %s of %s", name, dn)
}
