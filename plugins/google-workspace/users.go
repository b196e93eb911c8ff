package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// user are the fields of a user that the record has.
type user struct {
	ID    string `json:"id"`
	Email string `json:"primaryEmail"`
	Name  struct {
		Full string `json:"fullName"`
	} `json:"name"`
	Suspended      *bool  `json:"suspended"`
	Archived       *bool  `json:"archived"`
	IsAdmin        *bool  `json:"isAdmin"`
	DelegatedAdmin *bool  `json:"isDelegatedAdmin"`
	Enrolled       *bool  `json:"isEnrolledIn2Sv"`
	LastLogin      string `json:"lastLoginTime"`
	Created        string `json:"creationTime"`
	Organizations  []struct {
		Title      string `json:"title"`
		Department string `json:"department"`
		Primary    bool   `json:"primary"`
	} `json:"organizations"`
	Relations []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"relations"`
}

// kept out of the records: what changes by itself, and what is private and says nothing about access.
var userOmits = []string{
	"etag", "thumbnailPhotoEtag", "thumbnailPhotoUrl", "lastLoginTime", "recoveryEmail", "recoveryPhone", "addresses", "phones", "ims",
	"gender", "notes", "websites", "keywords",
}

// circle is what the groups and roles say about users. A nil list was not read.
type circle struct {
	groups    map[string][]string // names of groups, by user
	inherited map[string][]string // ids of groups that give roles, by user
	roles     *rolebook           // nil when the roles of the users are not known
}

// readUserList sends every user. Without the groups or the roles, users have none of them, which is a gap.
func readUserList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	if err := d.granted(ctx, readUsers); err != nil {
		return err
	}
	around, err := d.readCircle(ctx, out)
	if err != nil {
		return err
	}
	query := url.Values{"customer": {"my_customer"}, "maxResults": {"500"}, "orderBy": {"email"}}
	nameless := 0
	return d.list(readUsers, "/users", query, "users", "users").Each(ctx, func(item json.RawMessage) error {
		account, err := around.account(item)
		if err != nil {
			nameless++
			out.Gap("user "+strconv.Itoa(nameless)+" without an id", err)
			return nil
		}
		return out.PutOrGap(account.ExternalID, account)
	})
}

// readCircle reads the groups and roles, as far as they can be read.
func (d *directory) readCircle(ctx context.Context, out *sdk.Output) (*circle, error) {
	c := &circle{}
	members, roles := d.readMembership(ctx), d.readRolebook(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	unread := members.whole()
	if unread == nil {
		c.groups, c.inherited = members.byMember(), roles.inherited(members)
	} else {
		out.Gap("groups of the users", unread)
	}
	switch {
	case roles.err != nil:
		out.Gap("administrator roles of the users", roles.err)
	case unread == nil || !roles.mixed:
		c.roles = roles
	}
	return c, nil
}

func (c *circle) account(item json.RawMessage) (kind.Account, error) {
	var u user
	if err := google.Decode(item, &u); err != nil {
		return kind.Account{}, err
	}
	if u.ID == "" {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaKeyMissing, "a user has no id")
	}
	a := kind.Account{
		ExternalID: u.ID, Username: u.Email, Email: u.Email, Name: u.Name.Full, Type: "human", Status: u.status(),
		MFA: kind.TriFrom(u.Enrolled), Admin: c.admin(&u), Manager: u.manager(), LastLoginAt: moment(u.LastLogin),
		CreatedAt: moment(u.Created), Vendor: google.Document(item, userOmits, nil),
	}
	a.Title, a.Department = u.position()
	if c.groups != nil {
		a.Groups = slices.Concat([]string{}, c.groups[u.ID], c.groups[everyone])
		slices.Sort(a.Groups)
		a.Groups = slices.Compact(a.Groups)
	}
	if c.roles != nil {
		a.Roles = c.roles.names(c.holders(u.ID)...)
	}
	return a, nil
}

// holders returns the ids whose roles a user has: the user's own, and those of groups.
func (c *circle) holders(id string) []string {
	return slices.Concat([]string{id}, c.inherited[id], c.inherited[everyone])
}

// status is suspended for an archived user, too: neither can sign in, and both can be given back.
func (u *user) status() kind.Word {
	switch {
	case isTrue(u.Suspended), isTrue(u.Archived):
		return "suspended"
	case u.Suspended == nil:
		return "unknown"
	}
	return "active"
}

// admin is yes for a super admin, and for a role that may change users or groups. A delegated administrator with other roles is
// unknown.
func (c *circle) admin(u *user) kind.Tri {
	if isTrue(u.IsAdmin) {
		return kind.Yes
	}
	if c.roles != nil {
		if c.roles.admin(c.holders(u.ID)...) == kind.Yes {
			return kind.Yes
		}
		if len(c.roles.names(c.holders(u.ID)...)) > 0 {
			return kind.Unknown
		}
	}
	if u.IsAdmin == nil || u.DelegatedAdmin == nil || *u.DelegatedAdmin {
		return kind.Unknown
	}
	return kind.No
}

// position returns the job title and the department in the user's primary organization, or else in the first one.
func (u *user) position() (title, department string) {
	for i, o := range u.Organizations {
		if i == 0 || o.Primary {
			title, department = o.Title, o.Department
		}
		if o.Primary {
			break
		}
	}
	return title, department
}

func (u *user) manager() string {
	for _, r := range u.Relations {
		if strings.EqualFold(r.Type, "manager") {
			return r.Value
		}
	}
	return ""
}

func isTrue(b *bool) bool { return b != nil && *b }

// moment reads a time. Google writes the beginning of 1970 for a user who never signed in.
func moment(text string) kind.Time {
	if at := kind.TimeFrom(text); at.Unix() > 0 {
		return at
	}
	return kind.Time{}
}
