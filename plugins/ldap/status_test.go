package main

import (
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func entryOf(attributes map[string][]string) *entry {
	return newEntry(ldap.NewEntry("CN=Ann,OU=Staff,DC=corp,DC=example", attributes), spellings())
}

// windows returns an active account of Active Directory with changes. A change to "" deletes the attribute.
func windows(changes map[string]string) map[string][]string {
	a := map[string][]string{"userAccountControl": {"512"}, "accountExpires": {"0"}, "msDS-User-Account-Control-Computed": {"0"}}
	for name, value := range changes {
		a[name] = []string{value}
		if value == "" {
			delete(a, name)
		}
	}
	return a
}

func TestShownStatus(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	half := &policy{duration: 30 * time.Minute}
	const (
		justNow = "134167967400000000" // 2026-02-28T23:59:00Z
		hourAgo = "134167932000000000"
		none    = ""
	)
	tests := map[string]struct {
		attributes map[string][]string
		lockout    *policy
		want       kind.Word
	}{
		"AD normal":              {windows(nil), nil, "active"},
		"AD disabled":            {windows(map[string]string{"userAccountControl": "514"}), nil, "suspended"},
		"AD never expires":       {windows(map[string]string{"accountExpires": "9223372036854775807"}), nil, "active"},
		"AD expired":             {windows(map[string]string{"accountExpires": "132223104000000000"}), nil, "suspended"},
		"AD locked, computed":    {windows(map[string]string{"msDS-User-Account-Control-Computed": "16"}), nil, "suspended"},
		"AD lock over, computed": {windows(map[string]string{"lockoutTime": justNow}), half, "active"},
		"AD password ran out":    {windows(map[string]string{"msDS-User-Account-Control-Computed": "8388608"}), nil, "active"},
		"AD locked": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": justNow}),
			half, "suspended"},
		"AD lock over": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": hourAgo}),
			half, "active"},
		"AD lock without end": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": hourAgo}),
			&policy{forever: true}, "suspended"},
		"AD lock of unknown length": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": hourAgo}),
			nil, "unknown"},
		"AD lock of its own policy": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": hourAgo,
			"msDS-ResultantPSO": "CN=x"}), half, "unknown"},
		"AD unlocked": {windows(map[string]string{"msDS-User-Account-Control-Computed": none, "lockoutTime": "0"}),
			nil, "active"},
		"AD lockout may not be read":    {windows(map[string]string{"msDS-User-Account-Control-Computed": none}), half, "unknown"},
		"AD expiry may not be read":     {windows(map[string]string{"accountExpires": none}), nil, "unknown"},
		"AD disabled, the rest may not": {map[string][]string{"userAccountControl": {"514"}}, nil, "suspended"},
		"AD LDS disabled":               {map[string][]string{"msDS-UserAccountDisabled": {"TRUE"}}, nil, "suspended"},
		"AD LDS": {map[string][]string{"msDS-UserAccountDisabled": {"FALSE"}, "lockoutTime": {"0"}}, nil,
			"active"},
		"no lock":                                {map[string][]string{"cn": {"x"}}, nil, "active"},
		"OpenLDAP locked without end":            {map[string][]string{"pwdAccountLockedTime": {"000001010000Z"}}, nil, "suspended"},
		"OpenLDAP locked since, policy not seen": {map[string][]string{"pwdAccountLockedTime": {"20260101000000Z"}}, nil, "unknown"},
		"389 locked":                             {map[string][]string{"nsAccountLock": {"true"}}, nil, "suspended"},
		"389 role":                               {map[string][]string{"nsRoleDN": {"cn=nsManagedDisabledRole,dc=x"}}, nil, "suspended"},
		"389 nested role":                        {map[string][]string{"nsRole": {"cn=a,dc=x", "cn=nsDisabledRole,dc=x"}}, nil, "suspended"},
		"389 another role":                       {map[string][]string{"nsRoleDN": {"cn=buyers,dc=x"}}, nil, "active"},
		"389 locked until":                       {map[string][]string{"accountUnlockTime": {"20260301000001Z"}}, nil, "suspended"},
		"389 lock over":                          {map[string][]string{"accountUnlockTime": {"20260228000000Z"}}, nil, "active"},
		"389 lock without end":                   {map[string][]string{"accountUnlockTime": {"19700101000000Z"}}, nil, "suspended"},
		"389 lock that cannot be read":           {map[string][]string{"accountUnlockTime": {"soon"}}, nil, "unknown"},
		"eDirectory disabled":                    {map[string][]string{"loginDisabled": {"TRUE"}}, nil, "suspended"},
		"eDirectory locked": {map[string][]string{"lockedByIntruder": {"TRUE"},
			"loginIntruderResetTime": {"20260301001000Z"}}, nil, "suspended"},
		"eDirectory lock over": {map[string][]string{"lockedByIntruder": {"TRUE"},
			"loginIntruderResetTime": {"20260228000000Z"}}, nil, "active"},
		"eDirectory lock of unknown length": {map[string][]string{"lockedByIntruder": {"TRUE"}}, nil, "suspended"},
		"eDirectory expired":                {map[string][]string{"loginExpirationTime": {"20260228000000Z"}}, nil, "suspended"},
		"Kerberos expired":                  {map[string][]string{"krbPrincipalExpiration": {"20260228000000Z"}}, nil, "suspended"},
		"Kerberos to expire":                {map[string][]string{"krbPrincipalExpiration": {"20260401000000Z"}}, nil, "active"},
		"PingDirectory disabled":            {map[string][]string{"ds-pwp-account-disabled": {"true"}}, nil, "suspended"},
		"IBM locked":                        {map[string][]string{"ibm-pwdAccountLocked": {"TRUE"}}, nil, "suspended"},
		"shadow expired":                    {map[string][]string{"shadowExpire": {"10000"}}, nil, "suspended"},
		"shadow never":                      {map[string][]string{"shadowExpire": {"-1"}}, nil, "active"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &profile{lockout: tt.lockout, schema: true}
			if got := p.shownStatus(entryOf(tt.attributes), now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"20260301120000Z": noon, "20260301120000.0Z": noon, "20260301120000,5Z": noon.Add(time.Second / 2), "20260301130000+0100": noon,
		"20260301130000+01": noon, "202603011200Z": noon, "2026030112Z": noon, "000001010000Z": {}, "": {}, "never": {},
	} {
		if got := generalized(text); !got.Equal(want) {
			t.Errorf("generalized(%q) = %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]time.Time{
		"132223104000000000": time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), "0": {}, "9223372036854775807": {}, "9223372036854775806": {},
		"-1": {}, "x": {},
	} {
		if got := filetime(text); !got.Equal(want) {
			t.Errorf("filetime(%q) = %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]struct {
		length      time.Duration
		forever, ok bool
	}{
		"-18000000000": {30 * time.Minute, false, true}, "0": {0, true, true}, "-9223372036854775808": {0, true, true}, "": {}, "5": {},
	} {
		if length, forever, ok := interval(text); length != want.length || forever != want.forever || ok != want.ok {
			t.Errorf("interval(%q) = %v, %v, %v; want %+v", text, length, forever, ok, want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	windows := "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	all := map[string][]string{
		"entryUUID": {"0000000A-0000-0000-0000-000000000001"}, "objectGUID": {windows}, "ipaUniqueID": {"0000000B-0000"},
		"nsUniqueId": {"1C992596-ebe611f1-af49817a-f3abd755"}, "GUID": {windows},
	}
	for _, step := range []struct{ without, want string }{
		{"entryUUID", "0000000a-0000-0000-0000-000000000001"},
		{"objectGUID", "00112233-4455-6677-8899-aabbccddeeff"},
		{"ipaUniqueID", "0000000b-0000"},
		{"nsUniqueId", "1c992596-ebe611f1-af49817a-f3abd755"},
		{"GUID", "33221100554477668899aabbccddeeff"},
		{"", "cn=ann,ou=staff,dc=corp,dc=example"},
	} {
		if got := keyOf(entryOf(all)); got != step.want {
			t.Errorf("key is %s, want %s", got, step.want)
		}
		delete(all, step.without)
	}
}

func TestNamesOfAttributesInAnyCase(t *testing.T) {
	t.Parallel()
	plain := map[string][]string{
		"objectClass": {"inetOrgPerson"}, "entryUUID": {"u"}, "cn": {"Ann"}, "givenName": {"Ann"}, "nsAccountLock": {"TRUE"},
		"memberOf": {"cn=staff,dc=x"}, "createTimestamp": {"20260101000000Z"},
	}
	lower := map[string][]string{}
	for name, values := range plain {
		lower[strings.ToLower(name)] = values
	}
	a, b := entryOf(plain), entryOf(lower)
	if diff := cmp.Diff(toAccount(a), toAccount(b)); diff != "" {
		t.Errorf("the case of attribute names makes a difference:\n%s", diff)
	}
	if got := (&profile{}).shownStatus(b, time.Now()); got != suspended {
		t.Errorf("status is %s, want suspended", got)
	}
	bare := entryOf(map[string][]string{"pwdAccountLockedTime": {"20260101000000Z"}})
	if got := (&profile{}).shownStatus(bare, time.Now()); got != suspended {
		t.Errorf("status is %s, want suspended: this server shows no schema and no policy by which the lock could have ended", got)
	}
	if got := entryOf(map[string][]string{"cn;lang-en": {"Ann"}, "CN;lang-de": {"Anna"}, "sn": {"X"},
		"sn;lang-en": {"Y"}}); got.value("cn") != "Anna" || got.value("sn") != "X" {
		t.Errorf("cn is %q, sn %q; want the first language, and the attribute itself before one", got.value("cn"), got.value("sn"))
	}
}

const groupPlace = ",CN=Users,DC=corp,DC=example"

// sidOf returns the security identifier S-1-5-21-1-RID.
func sidOf(rid uint16) string {
	return "\x01\x03\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00" + string([]byte{byte(rid), byte(rid >> 8), 0, 0})
}

func TestMembership(t *testing.T) {
	t.Parallel()
	index := newGroupIndex()
	admins := &group{name: "Domänen-Admins", members: []string{"CN=Inner" + groupPlace},
		entry: newEntry(ldap.NewEntry("CN=Domänen-Admins"+groupPlace,
			map[string][]string{"objectSid": {sidOf(512)}}), spellings())}
	inner := &group{name: "Inner", members: []string{"CN=Nested,OU=Staff,DC=corp,DC=example"},
		entry: newEntry(ldap.NewEntry("CN=Inner"+groupPlace, nil), spellings())}
	index.add(admins)
	index.add(inner)
	tests := map[string]struct {
		dn         string
		attributes map[string][]string
		groups     []string
		admin      kind.Tri
	}{
		"memberOf": {"CN=a", map[string][]string{"memberOf": {"CN=Domain Admins" + groupPlace,
			"CN=Staff,OU=Groups,DC=corp,DC=example"}}, []string{"Domain Admins", "Staff"}, kind.Yes},
		"primary": {"CN=b", map[string][]string{"primaryGroupID": {"512"}, "objectSid": {sidOf(1104)},
			"memberOf": {"CN=Staff" + groupPlace}}, []string{"Domänen-Admins", "Staff"}, kind.Yes},
		"primary, not read": {"CN=c", map[string][]string{"primaryGroupID": {"513"}, "objectSid": {sidOf(1104)},
			"memberOf": {"CN=Staff" + groupPlace}}, []string{"S-1-5-21-1-513", "Staff"}, kind.Unknown},
		"admin by identifier": {"CN=d", map[string][]string{"primaryGroupID": {"518"}, "objectSid": {sidOf(1104)}}, nil, kind.Yes},
		"through a group":     {"CN=Nested,OU=Staff,DC=corp,DC=example", nil, []string{"Inner"}, kind.Yes},
		"two of one name": {"CN=e", map[string][]string{"memberOf": {"CN=Staff,OU=A,DC=corp", "CN=Staff,OU=B,DC=corp"}},
			[]string{"Staff (ou=A,dc=corp)", "Staff (ou=B,dc=corp)"}, kind.Unknown},
		"none shown": {"CN=f", nil, nil, kind.Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attributes := map[string][]string{"userAccountControl": {"512"}}
			for name, values := range tt.attributes {
				attributes[name] = values
			}
			x := newGroupIndex()
			x.add(admins)
			x.add(inner)
			got, err := (&directory{}).membershipOf(t.Context(), newEntry(ldap.NewEntry(tt.dn, attributes), spellings()), x)
			if err != nil || !cmp.Equal(got.groups, tt.groups) || got.admin != tt.admin {
				t.Errorf("groups %v, admin %s (%v); want %v, %s", got.groups, got.admin, err, tt.groups, tt.admin)
			}
		})
	}
	other := newEntry(ldap.NewEntry("uid=x,dc=corp", map[string][]string{"memberOf": {"cn=administrators,ou=wiki,dc=corp"}}), spellings())
	if got, _ := (&directory{}).membershipOf(t.Context(), other, index); got.admin != kind.Unknown {
		t.Errorf("admin is %s in a directory that is not Active Directory, want unknown", got.admin)
	}
}

func TestActiveDirectoryEntry(t *testing.T) {
	t.Parallel()
	a := toAccount(entryOf(map[string][]string{
		"objectClass": {"top", "person", "organizationalPerson", "user"}, "sAMAccountName": {"ann"}, "mail": {"ann@corp.example"},
		"userAccountControl": {"512"}, "lastLogonTimestamp": {"132223500000000000"}, "givenName": {"Ann"}, "objectSid": {sidOf(1104)},
		"objectGUID": {"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"},
	}))
	if a.ExternalID != "00112233-4455-6677-8899-aabbccddeeff" {
		t.Errorf("id %s", a.ExternalID)
	}
	if a.MFA != kind.Unknown || a.Type != "human" {
		t.Errorf("mfa %s, type %s; want unknown, human", a.MFA, a.Type)
	}
	if got := a.LastLoginAt.Format(time.RFC3339); got != "2020-01-01T00:00:00Z" {
		t.Errorf("last login %s, want the day alone", got)
	}
	if doc := string(a.Vendor); strings.Contains(doc, "lastLogonTimestamp") || !strings.Contains(doc, `"objectSid":"S-1-5-21-1-1104"`) {
		t.Errorf("the vendor's document holds a value that moves by itself, or no identifier: %s", doc)
	}
}

func TestOwnReferencesOfActiveDirectory(t *testing.T) {
	t.Parallel()
	p := &profile{partitions: []string{
		normal("DC=DomainDnsZones,DC=ad,DC=corp,DC=example"), normal("DC=ForestDnsZones,DC=corp,DC=example"),
		normal("CN=Configuration,DC=corp,DC=example"),
	}}
	for reference, own := range map[string]bool{
		"ldap://DomainDnsZones.ad.corp.example/DC=DomainDnsZones,DC=ad,DC=corp,DC=example": true, // Windows
		"ldap://ad.corp.example/DC=DomainDnsZones,DC=ad,DC=corp,DC=example":                true, // Samba
		"ldaps://ad.corp.example/dc=forestdnszones, dc=corp,dc=example":                    true,
		"ldap://corp.example/CN=Configuration,DC=corp,DC=example??sub":                     true,
		"ldap://child.ad.corp.example/DC=child,DC=ad,DC=corp,DC=example":                   false,
		"ldap://corp.example/DC=DomainDnsZones,DC=other,DC=example":                        false, // another forest
		"ldap://DomainDnsZones.corp.example/OU=people,DC=corp,DC=example":                  false,
		"not a reference": false,
	} {
		if p.ownReference(reference) != own {
			t.Errorf("ownReference(%s) = %v, want %v", reference, !own, own)
		}
		if (&profile{}).ownReference(reference) {
			t.Errorf("ownReference(%s) of a server that names no forest, want a gap", reference)
		}
	}
}
