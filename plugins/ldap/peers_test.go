//go:build peers

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// These tests read from servers that build/peers.sh starts. The password of every
// account is the same.
const peerPassword = "Peers-Canary-81"

// peer is a real server, signed in to as its administrator.
type peer struct {
	*ldap.Conn
	t      *testing.T
	addr   string
	suffix string
	reader string // the account that the connector signs in with
}

func newPeer(t *testing.T, variable, admin, suffix, reader string) *peer {
	t.Helper()
	addr := os.Getenv(variable)
	if addr == "" {
		t.Fatalf("%s is not set: run these tests with `make peers`", variable)
	}
	conn, err := ldap.DialURL("ldap://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.Bind(admin, peerPassword); err != nil {
		t.Fatal(err)
	}
	return &peer{conn, t, addr, suffix, reader}
}

func (p *peer) add(dn string, attributes map[string][]string) {
	p.t.Helper()
	r := ldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		r.Attribute(name, values)
	}
	if err := p.Add(r); err != nil {
		p.t.Fatalf("add %s: %v", dn, err)
	}
}

// set replaces an attribute. Without values it deletes the attribute.
func (p *peer) set(dn, name string, values ...string) {
	p.t.Helper()
	r := ldap.NewModifyRequest(dn, nil)
	r.Replace(name, values)
	if err := p.Modify(r); err != nil {
		p.t.Fatalf("set %s of %s: %v", name, dn, err)
	}
}

// refusals signs in with a wrong password, a number of times.
func (p *peer) refusals(name string, times int) {
	p.t.Helper()
	for range times {
		if p.accepts(name, "wrong") {
			p.t.Fatalf("%s signs in with a wrong password", name)
		}
	}
}

func (p *peer) accepts(name, password string) bool {
	p.t.Helper()
	conn, err := ldap.DialURL("ldap://" + p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Bind(name, password) == nil
}

// awaitAccepted waits until the server accepts an account again.
func (p *peer) awaitAccepted(name string) {
	p.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !p.accepts(name, peerPassword); <-tick.C {
		if time.Now().After(end) {
			p.t.Fatalf("%s is still locked after a minute", name)
		}
	}
}

func (p *peer) sync(more map[string]any) *sdktest.Outcome {
	p.t.Helper()
	settings := map[string]any{
		"url": "ldap://" + p.addr, "bind_dn": p.reader, "start_tls": false, "page_size": 4,
		"user_bases": []string{p.suffix}, "group_bases": []string{p.suffix},
	}
	for name, value := range more {
		settings[name] = value
	}
	return sdktest.NewBench(p.t, New()).Sync(p.t, sdktest.Input{Settings: settings, Secrets: map[string]string{"bind_password": peerPassword}})
}

// complete checks that both streams are complete, and returns the people.
func (p *peer) complete(more map[string]any) map[string]kind.Account {
	p.t.Helper()
	out := p.sync(more)
	for name, s := range out.Streams {
		if s.Result != "complete" {
			p.t.Errorf("%s are %s because of %v, %v; want complete", name, s.Result, s.Err, s.Gaps)
		}
	}
	return accounts(p.t, out.Streams["users"])
}

// gapAt checks that the people are incomplete because of one scope.
func (p *peer) gapAt(scope string, more map[string]any) {
	p.t.Helper()
	s := p.sync(more).Streams["users"]
	if s.Result != "complete_with_gaps" || len(s.Gaps) != 1 || s.Gaps[scope] == nil || s.Gaps[scope].Remedy == "" {
		p.t.Errorf("people are %s with gaps %v, want complete_with_gaps because of %s", s.Result, s.Gaps, scope)
	}
}

// judged compares the statuses with the expected ones, and with the server's answer to a sign-in of the account.
func (p *peer) judged(people map[string]kind.Account, signIn func(name string) string, want map[string]kind.Word) {
	p.t.Helper()
	got := map[string]kind.Word{}
	for name, status := range want {
		got[name] = people[name].Status
		if accepts := p.accepts(signIn(name), peerPassword); status != unknown && accepts != (status == active) {
			p.t.Errorf("%s is to be %s, but the server accepting its password is %v", name, status, accepts)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestPeer389(t *testing.T) {
	t.Parallel()
	const suffix = "dc=example,dc=test"
	place := "ou=people," + suffix
	dn := func(name string) string { return "uid=" + name + "," + place }
	p := newPeer(t, "PLUMBLINE_PEER_389", "cn=Directory Manager", suffix, dn("reader"))
	fill389(p, dn)
	allow := func(attributes string) {
		t.Helper()
		p.set(suffix, "aci", `(targetattr`+attributes+`)(version 3.0; acl "reader"; allow (read,search,compare) userdn="ldap:///`+dn("reader")+
			`";)`)
	}
	everything := map[string]kind.Word{
		"reader": active, "ann": active,
		"bo": suspended, // nsAccountLock
		"cy": suspended, // locked through a role
		"di": suspended, // too many wrong passwords
		"ed": active,    // that lock is over
		"fi": active,
	}

	allow(`="*"`)
	people := p.complete(nil)
	p.judged(people, dn, everything)
	if got := people["ann"].Groups; !slices.Equal(got, []string{"buyers"}) {
		t.Errorf("ann is in %v, want buyers", got)
	}
	if got := people["bo"].Groups; got == nil || len(got) != 0 {
		t.Errorf("bo is in %v, want no group, and known: the empty group may be read", got)
	}

	t.Log("nsAccountLock and the roles may not be read")
	allow(`!="nsAccountLock || nsRole || nsRoleDN"`)
	hidden := map[string]kind.Word{}
	for name, status := range everything {
		hidden[name] = unknown
		if name == "di" {
			hidden[name] = status // its lock is shown
		}
	}
	p.judged(p.complete(nil), dn, hidden)

	t.Log("accountUnlockTime may not be read")
	allow(`!="accountUnlockTime"`)
	hidden = map[string]kind.Word{"ann": unknown, "di": unknown, "ed": unknown, "fi": unknown, "bo": suspended, "cy": suspended}
	p.judged(p.complete(nil), dn, hidden)

	t.Log("locks have no end")
	allow(`="*"`)
	p.set("cn=config", "passwordUnlock", "off")
	p.refusals(dn("fi"), 3)
	p.judged(p.complete(nil), dn, map[string]kind.Word{"fi": suspended, "ann": active})

	t.Log("entryUUID may not be read")
	allow(`!="entryUUID"`)
	if id := p.complete(nil)["ann"].ExternalID; !strings.Contains(id, "-") || strings.Contains(id, "=") || len(id) != 35 {
		t.Errorf("ann's id is %s, want nsUniqueId", id)
	}

	t.Log("a base that is not there")
	allow(`="*"`)
	wrong := "ou=persons," + suffix
	p.gapAt(wrong, map[string]any{"user_bases": []string{wrong}})

	t.Log("members of groups may not be read")
	allow(`!="member || uniqueMember"`)
	out := p.sync(nil)
	if s := out.Streams["groups"]; s.Result != "complete_with_gaps" {
		t.Errorf("groups are %s, want complete_with_gaps", s.Result)
	}
	if got := accounts(t, out.Streams["users"])["bo"].Groups; got != nil {
		t.Errorf("bo is in %v, want unknown", got)
	}

	t.Log("the account sees itself alone")
	p.set(suffix, "aci", `(targetattr="*")(version 3.0; acl "self"; allow (read,search,compare) userdn="ldap:///self";)`)
	p.gapAt(place, map[string]any{"user_bases": []string{place}})

	t.Log("the account may read nothing")
	p.set(suffix, "aci")
	p.gapAt(place, map[string]any{"user_bases": []string{place}})
	p.gapAt(wrong, map[string]any{"user_bases": []string{wrong}})
}

// fill389 creates the people, their locks and two groups.
func fill389(p *peer, dn func(string) string) {
	p.t.Helper()
	p.add("ou=people,"+p.suffix, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"people"}})
	for _, name := range []string{"reader", "ann", "bo", "cy", "di", "ed", "fi"} {
		p.add(dn(name), map[string][]string{
			"objectClass": {"inetOrgPerson"}, "uid": {name}, "cn": {name}, "sn": {"Example"}, "userPassword": {peerPassword},
		})
	}
	p.add("cn=buyers,"+p.suffix, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"buyers"}, "member": {dn("ann")}})
	p.add("cn=sellers,"+p.suffix, map[string][]string{"objectClass": {"groupOfUniqueNames"}, "cn": {"sellers"}})
	roles389(p)
	for name, value := range map[string]string{"passwordLockout": "on", "passwordMaxFailure": "3", "passwordLockoutDuration": "3600",
		"passwordUnlock": "on"} {
		p.set("cn=config", name, value)
	}
	p.set(dn("bo"), "nsAccountLock", "true")
	p.set(dn("cy"), "nsRoleDN", "cn=nsManagedDisabledRole,"+p.suffix)
	for _, name := range []string{"di", "ed"} {
		p.refusals(dn(name), 3)
	}
	p.set(dn("ed"), "accountUnlockTime", "20200101000000Z")
}

// roles389 creates the roles with which the server's own tools lock accounts.
func roles389(p *peer) {
	p.t.Helper()
	managed, disabled, templates := "cn=nsManagedDisabledRole,"+p.suffix, "cn=nsDisabledRole,"+p.suffix,
		"cn=nsAccountInactivationTmp,"+p.suffix
	p.add(managed, map[string][]string{"objectClass": {"ldapSubEntry", "nsRoleDefinition", "nsSimpleRoleDefinition",
		"nsManagedRoleDefinition"}, "cn": {"nsManagedDisabledRole"}})
	p.add(disabled, map[string][]string{"objectClass": {"ldapSubEntry", "nsRoleDefinition", "nsComplexRoleDefinition",
		"nsNestedRoleDefinition"},
		"cn": {"nsDisabledRole"}, "nsRoleDN": {managed}})
	p.add(templates, map[string][]string{"objectClass": {"nsContainer"}, "cn": {"nsAccountInactivationTmp"}})
	p.add(`cn="`+disabled+`",`+templates, map[string][]string{"objectClass": {"extensibleObject", "cosTemplate", "ldapSubEntry"},
		"cn": {disabled}, "nsAccountLock": {"true"}})
	p.add("cn=nsAccountInactivation_cos,"+p.suffix, map[string][]string{"objectClass": {"ldapSubEntry", "cosSuperDefinition",
		"cosClassicDefinition"},
		"cn": {"nsAccountInactivation_cos"}, "cosTemplateDn": {templates}, "cosSpecifier": {"nsRole"},
		"cosAttribute": {"nsAccountLock operational"}})
}

func TestPeerSamba(t *testing.T) {
	t.Parallel()
	const suffix = "DC=example,DC=test"
	upn := func(name string) string { return name + "@example.test" }
	p := newPeer(t, "PLUMBLINE_PEER_SAMBA", upn("Administrator"), suffix, upn("reader"))
	p.set("CN=primary Example,CN=Users,"+suffix, "primaryGroupID", "512")
	for _, place := range []string{"Emea", "Apac"} {
		p.add("OU="+place+","+suffix, map[string][]string{"objectClass": {"organizationalUnit"}})
		p.add("CN=Finance,OU="+place+","+suffix, map[string][]string{"objectClass": {"group"}, "sAMAccountName": {"Finance " + place},
			"member": {"CN=plain Example,CN=Users," + suffix}})
	}
	p.refusals(upn("locked"), 3)

	// The search begins at the domain's root, where the server mentions its DNS
	// zones and its configuration: no gaps.
	people := p.complete(nil)
	want := map[string]kind.Word{
		"reader": active, "plain": active, "off": suspended, "gone": suspended, "primary": active, "nested": active, "Administrator": active,
		"locked": suspended,
		"dim":    unknown, // its userAccountControl may not be read
	}
	p.judged(people, upn, want)
	for name, groups := range map[string][]string{
		"plain":   {"Domain Users", "Finance (ou=Apac,dc=example,dc=test)", "Finance (ou=Emea,dc=example,dc=test)"},
		"primary": {"Domain Admins", "Domain Users"}, "nested": {"Domain Users", "Inner"},
	} {
		if got := people[name].Groups; !slices.Equal(got, groups) {
			t.Errorf("%s is in %q, want %q", name, got, groups)
		}
	}
	for name, admin := range map[string]kind.Tri{"primary": kind.Yes, "nested": kind.Yes, "Administrator": kind.Yes, "plain": kind.Unknown} {
		if got := people[name].Admin; got != admin {
			t.Errorf("admin of %s is %s, want %s", name, got, admin)
		}
	}

	t.Log("without bases for groups, names of groups are asked for")
	alone := p.complete(map[string]any{"group_bases": []string{}})
	for _, name := range []string{"plain", "primary"} {
		if got := alone[name]; !slices.Equal(got.Groups, people[name].Groups) || got.Admin != people[name].Admin {
			t.Errorf("%s is in %q, admin %s; want as before", name, got.Groups, got.Admin)
		}
	}

	t.Log("the domain's lockouts end")
	p.set(suffix, "lockOutObservationWindow", "-1")
	p.set(suffix, "lockoutDuration", "-1")
	p.awaitAccepted(upn("locked")) // the server counts in whole seconds
	want["locked"] = active
	p.judged(p.complete(nil), upn, want)

	p.gapAt("OU=Empty,"+suffix, map[string]any{"user_bases": []string{"OU=Empty," + suffix}})
	p.gapAt("OU=Emea,"+suffix, map[string]any{"user_bases": []string{"OU=Emea," + suffix}})
}
