package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// toAccount normalises a person's entry. The caller adds status, groups and admin.
func toAccount(e *entry) kind.Account {
	value := e.value
	a := kind.Account{
		ExternalID: keyOf(e),
		Username:   firstOf(value("sAMAccountName"), value("uid"), value("userPrincipalName"), value("cn")),
		Email:      value("mail"),
		Name:       firstOf(value("displayName"), value("cn"), strings.TrimSpace(value("givenName")+" "+value("sn"))),
		Title:      value("title"),
		Department: firstOf(value("department"), value("departmentNumber")),
		Status:     unknown,
		Type:       accountType(e),
		CreatedAt:  firstTime(generalized(value("createTimestamp")), generalized(value("whenCreated"))),
		// Directories write the last sign-in only every few days, so the day is
		// all it says; the time of day would only change the record.
		LastLoginAt:       day(firstTime(filetime(value("lastLogonTimestamp")), generalized(value("authTimestamp")))),
		PasswordChangedAt: firstTime(generalized(value("pwdChangedTime")), filetime(value("pwdLastSet"))),
		Vendor:            vendor(e),
	}
	if manager := value("manager"); manager != "" {
		a.Manager = commonName(manager)
	}
	return a
}

// toGroup makes a group an account of type group. Members are counted and hashed
// rather than listed: a large group would exceed a record, and the people's own
// records name their groups.
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
		ExternalID: keyOf(g.entry), Username: firstOf(value("sAMAccountName"), label), Name: label, Email: value("mail"),
		Status: active, Type: "group", CreatedAt: firstTime(generalized(value("createTimestamp")), generalized(value("whenCreated"))), Vendor: raw,
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
