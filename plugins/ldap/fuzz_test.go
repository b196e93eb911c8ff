package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// FuzzAccount creates accounts from any entries: a name, and lines of attributes, each with a name, a colon, a
// space and a value.
func FuzzAccount(f *testing.F) {
	for _, seed := range [][]string{
		{"uid=ann,ou=people,dc=example,dc=com", "objectClass: inetOrgPerson", "entryUUID: 4746baf8-c49e-4e2a-84f1-e85e7bc5e118", "uid: ann",
			"cn: Ann", "mail: ann@example.com",
			"pwdAccountLockedTime: 000001010000Z", "pwdPolicySubentry: cn=default,dc=example,dc=com", "createTimestamp: 20260301120000Z",
			"shadowExpire: 20000"},
		{"CN=Ann,CN=Users,DC=corp,DC=example", "objectClass: user", "sAMAccountName: ann", "userAccountControl: 512",
			"accountExpires: 9223372036854775807",
			"lockoutTime: 134167967400000000", "primaryGroupID: 512", "objectSid: " + sidOf(1104), "objectGUID: 0123456789abcdef",
			"pwdLastSet: 9223372036854775806",
			"lastLogonTimestamp: 134404260046174000", "whenCreated: 20260301120000.0Z", "memberOf: CN=Domain Admins,CN=Users,DC=corp,DC=example"},
		{"uid=bo,ou=people,dc=example,dc=test", "nsAccountLock: true", "nsUniqueId: 1c992596-ebe611f1-af49817a-f3abd755",
			"nsRoleDN: cn=nsManagedDisabledRole,dc=example,dc=test",
			"accountUnlockTime: 19700101000000Z", "cn;lang-de: Bo", "CN;LANG-EN: Bo"},
		{`cn=Miller\, Bo+uid=bo,ou=people,o=acme`, "loginDisabled: FALSE", "lockedByIntruder: TRUE",
			"loginIntruderResetTime: 20260301120000+0100", "loginExpirationTime: x", "GUID: 0123456789abcdef"},
		{"uid=cy,cn=users,cn=accounts,dc=ipa", "ipaUniqueID: autogenerate", "krbPrincipalExpiration: 20260301120000Z",
			"memberOf: cn=admins,cn=groups,cn=accounts,dc=ipa"},
		{"not a name", "member;range=0-1499: x", ": ", "objectSid: \x01\xff", "userAccountControl: 99999999999999999999", "accountExpires: -1"},
	} {
		f.Add(seed[0], strings.Join(seed[1:], "\n"))
	}
	f.Fuzz(func(t *testing.T, dn, lines string) {
		if dn == "" {
			return // only the server's own entry has no name
		}
		a, status := accountOf(t, dn, lines, func(name string) string { return name })
		doc, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		if err := kind.Validate(kind.KindAccount, doc); err != nil {
			t.Fatalf("not an account: %v\n%s", err, doc)
		}
		if a.ExternalID == "" || a.Admin == kind.No || a.MFA != kind.Unknown {
			t.Errorf("id %q, admin %s, mfa %s; a directory proves neither no", a.ExternalID, a.Admin, a.MFA)
		}
		for _, line := range strings.Split(lines, "\n") {
			switch strings.ToLower(line) {
			case "nsaccountlock: true", "logindisabled: true", "ds-pwp-account-disabled: true", "ibm-pwdaccountlocked: true":
				if status == active {
					t.Errorf("active with %s", line)
				}
			}
		}
		lower, lowerStatus := accountOf(t, dn, lines, strings.ToLower)
		if diff := cmp.Diff(a, lower); diff != "" || status != lowerStatus {
			t.Errorf("%s and %s; names in lower case make a difference:\n%s", status, lowerStatus, diff)
		}
	})
}

// accountOf returns the account of an entry. Spell changes the names of the attributes.
func accountOf(t *testing.T, dn, lines string, spell func(string) string) (kind.Account, kind.Word) {
	t.Helper()
	from := &ldap.Entry{DN: dn}
	for _, line := range strings.Split(lines, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		from.Attributes = append(from.Attributes, ldap.NewEntryAttribute(spell(name), []string{value}))
	}
	e := newEntry(from, spellings())
	a := toAccount(e)
	in, err := (&directory{}).membershipOf(t.Context(), e, newGroupIndex())
	if err != nil {
		t.Fatal(err)
	}
	a.Groups, a.Admin = in.groups, in.admin
	p := &profile{lockout: &policy{duration: time.Hour}, policies: map[string]policy{"cn=default,dc=example,dc=com": {duration: time.Hour}}}
	a.Status = p.shownStatus(e, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	return a, a.Status
}
