package main

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// attributes are the attributes that the connector requests and keeps: no passwords, photos, or counters
// that change by themselves.
func attributes() []string {
	return []string{
		"objectClass", "entryUUID", "objectGUID", "ipaUniqueID", "nsUniqueId", "GUID", "objectSid", "uid", "sAMAccountName",
		"userPrincipalName", "cn", "displayName", "givenName", "sn", "mail", "title", "department", "departmentNumber", "manager",
		"employeeType", "employeeNumber", "memberOf", "primaryGroupID", "gidNumber",
		"userAccountControl", "msDS-User-Account-Control-Computed", "lockoutTime", "msDS-ResultantPSO", "accountExpires",
		"msDS-UserAccountDisabled", "pwdAccountLockedTime", "pwdPolicySubentry", "pwdStartTime", "pwdEndTime",
		"nsAccountLock", "nsRole", "nsRoleDN", "accountUnlockTime", "loginDisabled", "lockedByIntruder", "loginIntruderResetTime",
		"loginExpirationTime", "ds-pwp-account-disabled", "ibm-pwdAccountLocked", "krbPrincipalExpiration", "shadowExpire",
		"createTimestamp", "whenCreated", "lastLogonTimestamp", "authTimestamp", "pwdChangedTime", "pwdLastSet",
		"member", "uniqueMember", "memberUid", "description",
	}
}

// spellings maps a name in lower case to its spelling in attributes.
func spellings() map[string]string {
	names := map[string]string{}
	for _, name := range attributes() {
		names[strings.ToLower(name)] = name
	}
	return names
}

// entry is one entry of the directory. The names of its attributes have the spelling of attributes,
// because servers use any case (RFC 4512, 2.5).
type entry struct {
	dn     string
	values map[string][]string
	raw    map[string][]byte // the first value of each attribute
}

// newEntry converts an entry of the library. It uses an attribute with an option, such as cn;lang-en, if the
// server does not send the attribute itself.
func newEntry(from *ldap.Entry, names map[string]string) *entry {
	e := &entry{dn: from.DN, values: map[string][]string{}, raw: map[string][]byte{}}
	tagged := map[string]*ldap.EntryAttribute{}
	for _, a := range from.Attributes {
		name, options, _ := strings.Cut(a.Name, ";")
		name = strings.ToLower(name)
		if spelled, ok := names[name]; ok {
			name = spelled
		}
		if options == "" || strings.EqualFold(options, "binary") {
			e.add(name, a)
			continue
		}
		if other := tagged[name]; other == nil || strings.ToLower(a.Name) < strings.ToLower(other.Name) {
			tagged[name] = a
		}
	}
	for name, a := range tagged {
		if !e.has(name) {
			e.add(name, a)
		}
	}
	return e
}

func (e *entry) add(name string, a *ldap.EntryAttribute) {
	if len(a.Values) == 0 {
		return
	}
	if !e.has(name) && len(a.ByteValues) > 0 {
		e.raw[name] = a.ByteValues[0]
	}
	e.values[name] = append(e.values[name], a.Values...)
}

func (e *entry) has(name string) bool { return len(e.values[name]) > 0 }

func (e *entry) all(name string) []string { return e.values[name] }

func (e *entry) value(name string) string {
	if !e.has(name) {
		return ""
	}
	return e.values[name][0]
}

// holds reports whether the attribute has the value, in any case.
func (e *entry) holds(name, value string) bool {
	return slices.ContainsFunc(e.values[name], func(v string) bool { return strings.EqualFold(v, value) })
}

// keyOf returns the permanent id of the entry: the first one present of entryUUID (RFC 4530), objectGUID
// (Active Directory), ipaUniqueID (FreeIPA), nsUniqueId (389 Directory Server) and GUID (eDirectory). The
// key of an entry without one is its name, so a renamed entry becomes another account.
func keyOf(e *entry) string {
	if id := e.value("entryUUID"); id != "" {
		return strings.ToLower(id)
	}
	if b := e.raw["objectGUID"]; len(b) == 16 { // as in Windows: the first three parts are little-endian
		return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:])
	}
	for _, name := range []string{"ipaUniqueID", "nsUniqueId"} {
		if id := e.value(name); id != "" && !strings.EqualFold(id, "autogenerate") {
			return strings.ToLower(id)
		}
	}
	if raw := e.raw["GUID"]; len(raw) == 16 {
		return hex.EncodeToString(raw)
	}
	return normal(e.dn)
}

// sid formats an objectSid as S-1-5-21-…. It returns "" for an invalid one.
func sid(b []byte) string {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	text := fmt.Sprintf("S-%d-%d", b[0], authority)
	for i := 8; i < len(b); i += 4 {
		text += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(b[i:]))
	}
	return text
}

// primarySID returns the security identifier of an account's primary group in Active Directory, which
// memberOf does not contain.
func primarySID(e *entry) string {
	own, rid := sid(e.raw["objectSid"]), e.value("primaryGroupID")
	last := strings.LastIndexByte(own, '-')
	if _, err := strconv.ParseUint(rid, 10, 32); err != nil || last < 0 {
		return ""
	}
	return own[:last+1] + rid
}

func nameOf(e *entry) string {
	return cmp.Or(e.value("cn"), e.value("sAMAccountName"), e.value("uid"), commonName(e.dn))
}

// vendor returns the attributes of an entry, without binary ids and without times that change by
// themselves.
func vendor(e *entry) json.RawMessage {
	document := map[string]any{"dn": e.dn}
	for name, all := range e.values {
		switch name {
		case "objectGUID", "GUID", "lastLogonTimestamp", "authTimestamp", "member", "uniqueMember", "memberUid":
			continue
		case "objectSid":
			document[name] = sid(e.raw[name])
			continue
		}
		values := slices.Clone(all)
		slices.Sort(values) // the directory may send the values of a set in any order
		document[name] = values
		if len(values) == 1 {
			document[name] = values[0]
		}
	}
	raw, _ := json.Marshal(document) // strings always encode
	return raw
}

// generalized parses an LDAP time such as 20260301120000Z or 20260301120000.0Z (RFC 4517, 3.3.13).
func generalized(text string) kind.Time {
	text = strings.Replace(text, ",", ".", 1)
	for _, layout := range []string{
		"20060102150405Z0700", "20060102150405.999999999Z0700", "20060102150405Z07", "200601021504Z0700", "2006010215Z0700",
	} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1 {
			return kind.At(t)
		}
	}
	return kind.Time{}
}

// filetime parses a Windows time: units of 100 ns since 1601. 0, the largest number, and times after the
// year 9999 mean never.
func filetime(text string) kind.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	const epoch = 116444736000000000
	if err != nil || n <= 0 {
		return kind.Time{}
	}
	t := time.Unix((n-epoch)/1e7, (n-epoch)%1e7*100)
	if t.UTC().Year() > 9999 {
		return kind.Time{}
	}
	return kind.At(t)
}

// interval parses a Windows duration: negative units of 100 ns. Forever is true for 0 and for the smallest
// number.
func interval(text string) (length time.Duration, forever, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n > 0:
		return 0, false, false
	case n == 0 || n < math.MinInt64/100:
		return 0, true, true
	}
	return time.Duration(-n) * 100, false, true
}

// shadowDay parses a number of days since 1970.
func shadowDay(text string) kind.Time {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		return kind.Time{}
	}
	return kind.At(time.Unix(n*24*60*60, 0))
}

// normal returns one form for all spellings of a distinguished name. It converts a user name to lower case.
func normal(name string) string {
	dn, err := ldap.ParseDN(name)
	if err != nil || !strings.Contains(name, "=") {
		return strings.ToLower(name)
	}
	return strings.ToLower(dn.String())
}

// commonName returns the first value of a distinguished name.
func commonName(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 || len(parsed.RDNs[0].Attributes) == 0 {
		return dn
	}
	return parsed.RDNs[0].Attributes[0].Value
}

// containerOf returns the distinguished name of the container of dn.
func containerOf(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) < 2 {
		return ""
	}
	parsed.RDNs = parsed.RDNs[1:]
	return parsed.String()
}
