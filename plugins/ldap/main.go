// Command ldap is the connector for LDAP directories of version 3. It reads people and groups as
// accounts.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The permissions. LDAP has no names for them.
const (
	readUsers  = "read users"
	readGroups = "read groups"
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "ldap",
		Name:         "LDAP directory",
		Version:      "1.0.0",
		Vendor:       "Any LDAPv3 server",
		Summary:      "Reads people and groups from OpenLDAP, Active Directory or any other LDAP directory.",
		License:      "Apache-2.0",
		Categories:   []string{"identity"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readUsers, Reason: "Lists the people below the user bases.", Streams: []string{"users"}},
			{
				ID: readGroups, Reason: "Lists the groups below the group bases, and their members.",
				Streams: []string{"users", "groups"}, Optional: true,
			},
		},
		Network:   []sdk.NetworkHost{{Host: "{url}", Port: 636, Purpose: "The directory; port 389 with StartTLS"}},
		MemoryMiB: 256,
		Connect:   sdk.ConnectWith(open),
		Check:     check,
		Streams: []sdk.Stream{
			{
				Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{readUsers}, Read: sdk.ReadWith(readUserStream),
				Description: "Every person below the user bases.",
			},
			{
				Name: "groups", Title: "Groups", Kind: kind.KindAccount, Permissions: []string{readGroups}, Read: sdk.ReadWith(readGroupStream),
				Description: "Every group below the group bases, as an account of type group.",
				Applies: func(s *sdk.Session) bool {
					var c settings
					return s.Settings(&c) != nil || len(c.GroupBases) > 0
				},
			},
		},
	}
}

// settings are the connection's settings.
type settings struct {
	URL         string   `json:"url"`
	BindDN      string   `json:"bind_dn"`
	UserBases   []string `json:"user_bases"`
	GroupBases  []string `json:"group_bases"`
	StartTLS    bool     `json:"start_tls"`
	CA          string   `json:"ca_certificate"`
	UserFilter  string   `json:"user_filter"`
	GroupFilter string   `json:"group_filter"`
	PageSize    uint32   `json:"page_size"`
}

// readSettings returns the settings and checks what a schema cannot express.
func readSettings(s *sdk.Session) (settings, error) {
	var c settings
	if err := s.Settings(&c); err != nil {
		return c, err
	}
	return c, cmp.Or(
		checkNames("/user_bases", c.UserBases), checkFilter("/user_filter", "people", c.UserFilter),
		checkNames("/group_bases", c.GroupBases), checkFilter("/group_filter", "groups", c.GroupFilter),
	)
}

func checkNames(pointer string, bases []string) error {
	for i, base := range bases {
		if _, err := ldap.ParseDN(base); err != nil {
			return sdk.ConfigInvalid(fmt.Sprintf("%s/%d", pointer, i), "%q is not a distinguished name", base)
		}
	}
	return nil
}

func checkFilter(pointer, what, filter string) error {
	if _, err := ldap.CompileFilter(filter); err != nil {
		return sdk.ConfigInvalid(pointer, "the filter for %s is not an LDAP filter", what)
	}
	return nil
}

// check connects, signs in and reads from every base.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	c, err := readSettings(s)
	if err != nil {
		return err
	}
	reach := sdk.Probe{ID: "reach", Title: "Reach the directory, encrypted"}
	signIn := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	d := &directory{settings: c, log: s.Log()}
	err = r.Do(ctx, reach, func(ctx context.Context) (string, error) {
		return "Reached " + c.URL + ".", d.dial(ctx, s)
	})
	if err != nil {
		r.Skip(signIn, "Not tried: the directory was not reached.")
		return err
	}
	err = r.Do(ctx, signIn, func(ctx context.Context) (string, error) {
		if err := d.bind(ctx, s.Secret("bind_password")); err != nil {
			return "", err
		}
		if who, err := d.conn.WhoAmI(nil); err == nil { // some directories do not support it
			r.Identity(strings.TrimPrefix(who.AuthzID, "dn:"))
		}
		return "The directory accepts the account.", nil
	})
	if err != nil {
		return err
	}
	return errors.Join(
		checkBases(ctx, r, d, c.UserBases, d.people, false),
		checkBases(ctx, r, d, c.GroupBases, d.groupsBelow, true),
	)
}

func checkBases(ctx context.Context, r *sdk.Report, d *directory, bases []string, search func(base string) query, optional bool) error {
	var failed error
	for _, base := range bases {
		q := search(base)
		p := sdk.Probe{ID: q.permission + ":" + base, Title: "Read " + base, Permission: q.permission, Optional: optional}
		failed = errors.Join(failed, r.Do(ctx, p, func(ctx context.Context) (string, error) {
			return "Entries below it can be read.", d.sample(ctx, q)
		}))
	}
	return failed
}
