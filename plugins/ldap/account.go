package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// toAccount converts a person's entry. The caller adds status, groups and admin.
func toAccount(e *entry) kind.Account {
	value := e.value
	a := kind.Account{
		ExternalID: keyOf(e),
		Username:   cmp.Or(value("sAMAccountName"), value("uid"), value("userPrincipalName"), value("cn")),
		Email:      value("mail"),
		Name:       cmp.Or(value("displayName"), value("cn"), strings.TrimSpace(value("givenName")+" "+value("sn"))),
		Title:      value("title"),
		Department: cmp.Or(value("department"), value("departmentNumber")),
		Status:     unknown,
		Type:       accountType(e),
		CreatedAt:  cmp.Or(generalized(value("createTimestamp")), generalized(value("whenCreated"))),
		// Directories update the last sign-in only every few days, so the time of day has no
		// meaning and would only change the record.
		LastLoginAt:       cmp.Or(filetime(value("lastLogonTimestamp")), generalized(value("authTimestamp"))).CutTo(24 * time.Hour),
		PasswordChangedAt: cmp.Or(generalized(value("pwdChangedTime")), filetime(value("pwdLastSet"))),
		Vendor:            vendor(e),
	}
	if manager := value("manager"); manager != "" {
		a.Manager = commonName(manager)
	}
	return a
}

// toGroup converts a group to an account of type group. It counts and hashes the members: the list of a
// large group would exceed a record, and the people's records name their groups.
func toGroup(g *group, label string) kind.Account {
	value := g.entry.value
	document := map[string]any{
		"dn": g.entry.dn, "cn": g.name, "objectClass": g.entry.all("objectClass"), "description": value("description"),
	}
	if !g.hidden {
		members := make([]string, len(g.members))
		for i, m := range g.members {
			members[i] = normal(m)
		}
		slices.Sort(members)
		digest := sha256.Sum256([]byte(strings.Join(members, "\n")))
		document["member_count"], document["members_sha256"] = len(members), hex.EncodeToString(digest[:])
	}
	raw, _ := json.Marshal(document) // strings and numbers always encode
	return kind.Account{
		ExternalID: keyOf(g.entry), Username: cmp.Or(value("sAMAccountName"), label), Name: label, Email: value("mail"), Status: active,
		Type: "group", CreatedAt: cmp.Or(generalized(value("createTimestamp")), generalized(value("whenCreated"))), Vendor: raw,
	}
}

func accountType(e *entry) kind.Word {
	classes := strings.ToLower(strings.Join(e.all("objectClass"), " ")) + " "
	kindOf := strings.ToLower(e.value("employeeType"))
	switch {
	case strings.Contains(classes, "serviceaccount"), strings.Contains(kindOf, "service"):
		return "service"
	case strings.Contains(kindOf, "contractor"), strings.Contains(kindOf, "external"):
		return "external"
	case strings.Contains(classes, "person ") && (e.value("givenName") != "" || e.value("mail") != ""):
		return "human"
	}
	return unknown
}
