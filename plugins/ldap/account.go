package main

import (
	"crypto/sha256"
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

// keyOf returns what names an entry for good: its id, or its name in a directory
// that gives none.
func keyOf(entry *ldap.Entry) string {
	if id := entry.GetAttributeValue("entryUUID"); id != "" {
		return strings.ToLower(id)
	}
	if raw := entry.GetRawAttributeValue("objectGUID"); len(raw) == 16 {
		return guid(raw)
	}
	return normal(entry.DN)
}

// guid writes an objectGUID as Windows does: its first three parts are stored
// back to front.
func guid(b []byte) string {
	return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:16])
}

func nameOf(entry *ldap.Entry) string {
	for _, attribute := range []string{"cn", "sAMAccountName", "uid"} {
		if name := entry.GetAttributeValue(attribute); name != "" {
			return name
		}
	}
	return commonName(entry.DN)
}

// toAccount normalises a person's entry. Groups are added by the caller.
func toAccount(entry *ldap.Entry) kind.Account {
	value := entry.GetAttributeValue
	a := kind.Account{
		ExternalID: keyOf(entry),
		Username:   firstOf(value("sAMAccountName"), value("uid"), value("userPrincipalName"), value("cn")),
		Email:      value("mail"),
		Name:       firstOf(value("displayName"), value("cn"), strings.TrimSpace(value("givenName")+" "+value("sn"))),
		Title:      value("title"),
		Department: firstOf(value("department"), value("departmentNumber")),
		Status:     status(entry, time.Now()),
		Type:       accountType(entry),
		CreatedAt:  firstTime(generalized(value("createTimestamp")), generalized(value("whenCreated"))),
		// Directories write the last sign-in only every few days, so the day is
		// all it says; the time of day would only change the record.
		LastLoginAt:       day(firstTime(filetime(value("lastLogonTimestamp")), generalized(value("authTimestamp")))),
		PasswordChangedAt: firstTime(generalized(value("pwdChangedTime")), filetime(value("pwdLastSet"))),
		Vendor:            vendor(entry),
	}
	if manager := value("manager"); manager != "" {
		a.Manager = commonName(manager)
	}
	for _, dn := range entry.GetAttributeValues("memberOf") {
		if isAdminGroup(dn) {
			a.Admin = kind.Yes // not being in one of them proves nothing
		}
	}
	return a
}

// toGroup makes a group an account of type group. Members are counted and hashed
// rather than listed: a large group would exceed a record, and the people's own
// records name their groups.
func toGroup(g group) kind.Account {
	members := make([]string, len(g.members))
	for i, m := range g.members {
		members[i] = normal(m)
	}
	slices.Sort(members)
	digest := sha256.Sum256([]byte(strings.Join(members, "\n")))
	document := map[string]any{
		"dn": g.entry.DN, "cn": g.name, "objectClass": g.entry.GetAttributeValues("objectClass"),
		"description": g.entry.GetAttributeValue("description"), "member_count": len(members), "members_sha256": hex.EncodeToString(digest[:]),
	}
	raw, _ := json.Marshal(document) // strings and numbers always encode
	value := g.entry.GetAttributeValue
	return kind.Account{
		ExternalID: keyOf(g.entry), Username: firstOf(value("sAMAccountName"), g.name), Name: g.name, Email: value("mail"),
		Status: "active", Type: "group", CreatedAt: firstTime(generalized(value("createTimestamp")), generalized(value("whenCreated"))), Vendor: raw,
	}
}

// status says whether an account can be used. In a directory that keeps no lock
// an entry is an account that works; but the lock is an operational attribute,
// so its absence only counts when the account may read such attributes at all.
func status(entry *ldap.Entry, now time.Time) kind.Word {
	value := entry.GetAttributeValue
	control, err := strconv.ParseInt(value("userAccountControl"), 10, 64)
	hasControl := err == nil
	const disabled = 0x2
	switch {
	case hasControl && control&disabled != 0,
		value("pwdAccountLockedTime") != "",
		strings.EqualFold(value("nsAccountLock"), "true"),
		past(filetime(value("accountExpires")), now),
		past(shadowDay(value("shadowExpire")), now):
		return "suspended"
	case hasControl, value("entryUUID") != "", value("createTimestamp") != "":
		return "active"
	}
	return "unknown"
}

func past(t kind.Time, now time.Time) bool { return !t.IsZero() && t.Before(now) }

func accountType(entry *ldap.Entry) kind.Word {
	classes := strings.ToLower(strings.Join(entry.GetAttributeValues("objectClass"), " ")) + " "
	kindOf := strings.ToLower(entry.GetAttributeValue("employeeType"))
	switch {
	case strings.Contains(classes, "serviceaccount"), strings.Contains(kindOf, "service"):
		return "service"
	case strings.Contains(kindOf, "contractor"), strings.Contains(kindOf, "external"):
		return "external"
	case strings.Contains(classes, "person ") && (entry.GetAttributeValue("givenName") != "" || entry.GetAttributeValue("mail") != ""):
		return "human"
	}
	return "unknown"
}

// isAdminGroup reports whether a group is one of those that rule an Active
// Directory domain.
func isAdminGroup(dn string) bool {
	switch strings.ToLower(commonName(dn)) {
	case "domain admins", "enterprise admins", "schema admins", "administrators":
		return strings.Contains(strings.ToLower(dn), "dc=")
	}
	return false
}

// vendor returns what was read of an entry, without its binary id and without
// the times that move by themselves.
func vendor(entry *ldap.Entry) json.RawMessage {
	document := map[string]any{"dn": entry.DN}
	for _, a := range entry.Attributes {
		switch a.Name {
		case "objectGUID", "lastLogonTimestamp", "authTimestamp", "member", "uniqueMember", "memberUid":
			continue
		}
		values := slices.Clone(a.Values)
		slices.Sort(values) // a directory keeps sets and may answer in any order
		document[a.Name] = values
		if len(values) == 1 {
			document[a.Name] = values[0]
		}
	}
	raw, _ := json.Marshal(document) // strings always encode
	return raw
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func firstTime(times ...kind.Time) kind.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return kind.Time{}
}

// generalized reads an LDAP time such as 20260301120000Z or 20260301120000.0Z.
func generalized(text string) kind.Time {
	for _, layout := range []string{"20060102150405Z", "20060102150405.999999999Z", "20060102150405-0700"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1 {
			return kind.At(t)
		}
	}
	return kind.Time{}
}

// filetime reads Windows' count of 100 ns since 1601. 0 and the largest number
// mean never.
func filetime(text string) kind.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	const never, epoch = math.MaxInt64, 116444736000000000
	if err != nil || n <= 0 || n == never {
		return kind.Time{}
	}
	return kind.At(time.Unix((n-epoch)/1e7, (n-epoch)%1e7*100))
}

// shadowDay reads a count of days since 1970.
func shadowDay(text string) kind.Time {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		return kind.Time{}
	}
	return kind.At(time.Unix(n*24*60*60, 0))
}

func day(t kind.Time) kind.Time {
	if t.IsZero() {
		return t
	}
	return kind.At(t.Truncate(24 * time.Hour))
}
