package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// shows are the connections that tell the flaws of a table. Those of accounts are in accountsOf.
var shows = map[string][]string{
	"people": {"bamboohr"}, "groups": {"okta", "google-workspace"}, "background_checks": {"checkr"}, "signatures": {"docusign"},
	"devices": {"kandji"}, "cloud_users": {"aws"}, "buckets": {"aws"}, "instances": {"aws"}, "databases": {"aws"}, "keys": {"aws"},
	"security_groups": {"aws"}, "trails": {"aws"}, "repositories": {"github"}, "changes": {"github"}, "tickets": {"jira"},
	"documents": {"policies"}, "monitors": {"datadog"}, "findings": {"github"},
}

// untoldReasons say why a flaw does not show, by its kind, or by kind and table.
var untoldReasons = map[string]string{
	"trainings":    "no system of trainings is connected",
	"firewall-off": "Kandji does not list it", "screen-lock-off": "Kandji does not list it", "antivirus-missing": "Kandji does not list it",
	"updates-off": "Kandji does not list it", "change-without-ticket": "GitHub has no field for it",
	"service-account-without-owner":       "no vendor has a field for it",
	"weak-mfa accounts(google-workspace)": "Google tells only whether there is a second factor",
	"weak-mfa accounts(github)":           "GitHub tells only whether there is a second factor",
	"weak-mfa accounts(datadog)":          "Datadog tells only whether there is a second factor",
}

// told are the kinds of flaws of accounts that the vendor of each connection tells.
var told = map[string][]string{
	"okta": {"mfa", "weak", "login", "leaver", "extra"}, "google-workspace": {"mfa", "login", "leaver", "extra"},
	"github": {"mfa", "leaver", "extra"}, "datadog": {"mfa", "login", "leaver", "extra"}, "slack": {"leaver", "extra"},
	"jira": {"leaver", "extra"}, "docusign": {"login", "leaver", "extra"},
}

var kindsOfAccounts = map[string]string{
	"account-without-mfa": "mfa", "admin-without-mfa": "mfa", "mfa-off-for-a-day": "mfa", "weak-mfa": "weak", "dormant-account": "login",
	"leaver-account-active": "leaver", "duplicate-account": "extra", "unlinked-account": "extra", "shared-account": "extra",
}

// showing returns the connections whose records must show a flaw of a company.
func showing(c *company.Company, f company.Flaw) []string {
	if untold(c, f) != "" {
		return nil
	}
	if system := systemOf(f); system != "" {
		return []string{system}
	}
	return shows[f.Table]
}

// systemOf returns the system of a flaw of accounts.
func systemOf(f company.Flaw) string {
	system, found := strings.CutPrefix(f.Table, "accounts(")
	if !found {
		return ""
	}
	return strings.TrimSuffix(system, ")")
}

// untold says why no connection shows a flaw, "" when one must.
func untold(c *company.Company, f company.Flaw) string {
	for _, key := range []string{f.Kind + " " + f.Table, f.Kind, f.Table} {
		if why := untoldReasons[key]; why != "" {
			return why
		}
	}
	if f.Table == "devices" {
		if row := rowOf(c.At(company.Date(f.From)), f); row["platform"] != "macos" && row["platform"] != "ios" {
			return "Kandji manages no such device"
		}
	}
	if system := systemOf(f); system != "" {
		switch tells, connected := told[system]; {
		case !connected:
			return "the system is not connected"
		case !slices.Contains(tells, kindsOfAccounts[f.Kind]):
			return "the vendor does not tell it"
		}
	}
	return ""
}

func keys(of map[string]bool) iter.Seq[string] { return maps.Keys(of) }

// rowOf returns the row of the company that a flaw is in, nil for one that is not there.
func rowOf(at *company.Day, f company.Flaw) map[string]any {
	for _, row := range at.Table(f.Table) {
		if key := f.Key; row["id"] == key || fmt.Sprint(row["id"]) == key || row["name"] == key {
			return row
		}
	}
	return nil
}

// personOf returns the person whom a flaw is about, nil when it is about a thing.
func personOf(at *company.Day, f company.Flaw) map[string]any {
	id := f.Person
	if f.Table == "background_checks" {
		id = "p" + f.Key[1:]
	}
	for _, person := range at.Table("people") {
		if person["id"] == id {
			return person
		}
	}
	return nil
}

// look is a search for a flaw among records.
type look struct {
	flaw        company.Flaw
	row, person map[string]any
	day         time.Time // of the records
}

// in reports whether records show the flaw.
func (l look) in(all []document) bool {
	if l.flaw.Kind == "background-check-missing" { // nothing is there of the person
		return l.person != nil && !slices.ContainsFunc(all, func(d document) bool { return d["person_email"] == l.person["email"] })
	}
	return slices.ContainsFunc(all, func(d document) bool { return l.is(d) && l.wrong(d) })
}

// is reports whether a record is of the row of the flaw.
func (l look) is(d document) bool {
	same := func(field, column string) bool { return l.row != nil && d[field] != nil && d[field] == l.row[column] }
	switch {
	case systemOf(l.flaw) != "":
		return d["username"] != nil && d["username"] == l.row["username"] || same("username", "email") || same("email", "email") ||
			l.flaw.Kind == "duplicate-account" && d["username"] == fmt.Sprint(l.row["username"], "@northwind.example")
	case l.person != nil && l.flaw.Table == "background_checks":
		return d["person_email"] == l.person["email"]
	case l.person != nil:
		return d["username"] == l.person["username"] || d["email"] == l.person["email"]
	}
	switch l.flaw.Table {
	case "people":
		return same("email", "email")
	case "signatures":
		return same("signer_email", "person_email") && same("document", "document")
	case "devices":
		return same("serial", "serial")
	case "cloud_users":
		return same("username", "name")
	case "repositories":
		return d["name"] == fmt.Sprint("acme/", l.row["name"])
	case "changes":
		return d["external_id"] == fmt.Sprint(70_000_000+l.row["id"].(int64))
	case "tickets":
		return same("external_id", "key")
	case "findings":
		return strings.HasSuffix(fmt.Sprint(d["external_id"]), fmt.Sprint("/", l.row["n"])) || same("identifier", "cve")
	case "databases":
		return same("name", "id")
	case "buckets", "trails", "monitors":
		return same("name", "name")
	}
	return strings.HasSuffix(fmt.Sprint(d["external_id"]), l.flaw.Key)
}

// wrong reports whether a record of the row shows what is wrong.
func (l look) wrong(d document) bool {
	if fact, simple := facts[l.flaw.Kind]; simple {
		return d[fact[0]] == fact[1]
	}
	vendor, _ := d["vendor"].(map[string]any)
	switch l.flaw.Kind {
	case "admin-without-mfa":
		return d["mfa"] == "no" && d["admin"] == "yes"
	case "weak-mfa":
		return strings.Contains(fmt.Sprint(vendor["factors"]), "sms")
	case "dormant-account":
		return l.before(d["last_login_at"], 89)
	case "mover-kept-admin":
		return strings.Contains(fmt.Sprint(d["groups"]), "Production admins")
	case "contractor-past-end":
		return d["status"] == "active" && (l.before(d["ended_at"], 0) || l.before(vendor["terminationDate"], 0))
	case "background-check-pending":
		return d["status"] != "complete"
	case "policy-unsigned":
		return d["status"] != "signed" && l.before(d["sent_at"], 29)
	case "device-unseen":
		return l.before(d["last_seen_at"], 89)
	case "device-without-owner":
		return d["owner_email"] == nil || d["owner_email"] == ""
	case "leaver-device-active":
		return d["serial"] != nil
	case "leaver-cloud-user":
		return strings.Contains(fmt.Sprint(vendor["Access"]), "Password:yes")
	case "stale-access-key":
		return l.oldKey(vendor)
	case "public-instance":
		return vendor["PublicIpAddress"] != nil
	case "key-not-rotated":
		return vendor["KeyRotationEnabled"] == "no"
	case "self-merged-change":
		return d["author"] != nil && d["author"] == d["merged_by"]
	case "change-without-review":
		approvers, _ := d["approvers"].([]any)
		return d["merged_at"] != nil && len(approvers) == 0
	case "ticket-overdue":
		return d["status"] != "done" && l.before(d["due_at"], -1)
	case "overdue-critical-finding", "overdue-high-finding":
		return d["status"] == "open" && d["severity"] == l.row["severity"]
	case "policy-past-review":
		return l.before(vendor["review_due"], 0)
	case "monitor-silent":
		notifies, _ := d["notifies"].([]any)
		return len(notifies) == 0
	}
	return false
}

// facts are the fields that show a flaw by themselves, with their values.
var facts = map[string][2]string{
	"account-without-mfa": {"mfa", "no"}, "mfa-off-for-a-day": {"mfa", "no"}, "cloud-user-without-mfa": {"mfa", "no"},
	"leaver-account-active": {"status", "active"}, "duplicate-account": {"status", "active"}, "unlinked-account": {"status", "active"},
	"shared-account": {"status", "active"}, "background-check-consider": {"clear", "no"}, "unencrypted-device": {"disk_encryption", "no"},
	"unprotected-branch": {"branch_protected", "no"}, "review-not-required": {"review_required", "no"},
	"public-repository": {"visibility", "public"}, "secret-scanning-off": {"secret_scanning", "no"},
	"dependency-alerts-off": {"dependency_alerts", "no"}, "checks-not-required": {"checks_required", "no"},
	"change-checks-failed": {"checks_passed", "no"}, "public-bucket": {"public", "yes"}, "unencrypted-bucket": {"encrypted", "no"},
	"unlogged-bucket": {"logged", "no"}, "unencrypted-instance": {"encrypted", "no"}, "unencrypted-database": {"encrypted", "no"},
	"public-database": {"public", "yes"}, "database-without-backup": {"backed_up", "no"}, "ssh-open-to-world": {"public", "yes"},
	"trail-off": {"logged", "no"}, "monitor-disabled": {"enabled", "no"},
}

// before reports whether a moment in a record is more than so many days before the records were read.
func (l look) before(moment any, days int) bool {
	text, _ := moment.(string)
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Before(l.day.AddDate(0, 0, -days))
		}
	}
	return false
}

// oldKey reports whether an active access key is older than 90 days.
func (l look) oldKey(vendor map[string]any) bool {
	access, _ := vendor["Access"].(map[string]any)
	all, _ := access["Keys"].([]any)
	return slices.ContainsFunc(all, func(k any) bool {
		key, _ := k.(map[string]any)
		return key["Active"] == true && l.before(key["CreateDate"], 89)
	})
}
