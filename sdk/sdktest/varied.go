package sdktest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	givenNames  = "Ada Bilal Chloé Dmitri Esra Femi Grace Hiro Inés Jonas Kwame Leïla Mina Noor Olga Pavel"
	familyNames = "Abbott Brandt Castro Dubois Eriksen Fischer Ganguly Haddad Ito Jansen Kovač Lindqvist Moreau Novak Okafor Petrov Quinn"
	departments = "Engineering Sales Finance People Support Legal Marketing"
	roleNames   = "Reader Member Billing Auditor Owner"
)

// varied returns account n of a company. It depends only on n, and accounts differ in the fields by which
// lists are filtered and sorted.
func varied(n int, id, version string, vendor json.RawMessage) kind.Account {
	mix := uint64(n)*0x9E3779B97F4A7C15 + 0x7F4A7C15
	mix ^= mix >> 29
	pick := func(choices int) int {
		mix = mix*6364136223846793005 + 1442695040888963407
		return int(mix>>33) % choices
	}
	from := func(names string) string {
		all := strings.Fields(names)
		return all[pick(len(all))]
	}
	given, family := from(givenNames), from(familyNames)
	a := kind.Account{
		ExternalID: id, Username: strings.ToLower(given) + "." + fmt.Sprint(n), Name: given + " " + family,
		Email:  strings.ToLower(given+"."+family) + fmt.Sprint(n) + "@example.com",
		Status: "active", Type: "human", Title: strings.TrimSpace("Specialist " + version), Department: from(departments),
		Roles: []string{from(roleNames)}, Groups: []string{}, MFA: kind.Yes, Admin: kind.No, Vendor: vendor,
	}
	switch at := pick(100); {
	case at < 8:
		a.Status = "suspended"
	case at < 10:
		a.Status = "deprovisioned"
	}
	switch at := pick(100); {
	case at < 12:
		a.MFA = kind.No
	case at < 20:
		a.MFA = kind.Unknown
	}
	if pick(100) < 3 {
		a.Admin = kind.Yes
	}
	if pick(100) < 5 {
		a.Type = "service"
	}
	day := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	a.CreatedAt = kind.At(day.Add(-time.Duration(pick(2000*86400)) * time.Second))
	if pick(10) > 0 {
		a.LastLoginAt = kind.At(day.AddDate(0, 0, -pick(400)))
	}
	return a
}
