package library

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// row is a row of a table of the invented company.
type row map[string]any

func (r row) text(column string) string { text, _ := r[column].(string); return text }
func (r row) yes(column string) bool    { yes, _ := r[column].(bool); return yes }
func (r row) tri(column string) string  { return triOf(r.yes(column)) }

func triOf(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// record is a record that a connector makes of a row.
type record struct {
	connection monitor.Connection
	kind       kind.Kind
	key        string         // of the row: its id, or its name
	document   map[string]any // as the connector sends it
	decided    map[string]any // what people have decided about an account; nil = nothing
	facts      map[string]any // the document as expressions read it, with what a list of it has besides
	person     map[string]any // whom it belongs to; nil = nobody
	data       json.RawMessage
}

// world is the invented company on one day, as connections know it.
type world struct {
	now     time.Time
	records map[kind.Kind][]*record
	persons map[string]map[string]any       // by address
	of      map[string]map[string][]*record // by variable and address
	serials map[string][]*record            // of devices
}

// categories are those of the connections, by the name of their connector.
var categories = map[string]string{
	"okta": "identity", "google-workspace": "identity", "entra-id": "identity", "slack": "communication", "zoom": "user_access_review",
	"jira": "ticketing", "confluence": "external_policy", "github": "version_control", "gitlab": "version_control", "aws": "infrastructure",
	"datadog": "observability", "sentry": "observability", "pagerduty": "observability", "snyk": "vulnerability",
	"docusign": "digital_signature", "salesforce": "crm", "hubspot": "crm", "bamboohr": "hris", "kandji": "mdm", "crowdstrike": "edr",
	"knowbe4": "security_training", "checkr": "background_check", "folder": "external_policy",
}

// shape makes the document of a row; nil = the row is no record.
type shape func(w *world, r row, tables map[string][]row) map[string]any

// sources are the tables that are records of a connector.
var sources = []struct {
	table, alias, connector string
	kind                    kind.Kind
	shape                   shape
}{
	{"people", "bamboohr", "bamboohr", kind.KindPerson, person},
	{"devices", "kandji", "kandji", kind.KindDevice, device},
	{"devices", "crowdstrike", "crowdstrike", kind.KindDevice, device},
	{"repositories", "github", "github", kind.KindRepository, repository},
	{"changes", "github", "github", kind.KindChange, change},
	{"cloud_users", "aws-users", "aws", kind.KindAccount, cloudUser},
	{"buckets", "aws", "aws", kind.KindResource, bucket},
	{"instances", "aws", "aws", kind.KindResource, instance},
	{"databases", "aws", "aws", kind.KindResource, database},
	{"keys", "aws", "aws", kind.KindResource, encryptionKey},
	{"security_groups", "aws", "aws", kind.KindResource, securityGroup},
	{"trails", "aws", "aws", kind.KindResource, trail},
	{"monitors", "datadog", "datadog", kind.KindMonitor, watch},
	{"tickets", "jira", "jira", kind.KindTicket, ticket},
	{"findings", "snyk", "snyk", kind.KindFinding, finding},
	{"trainings", "knowbe4", "knowbe4", kind.KindTraining, training},
	{"background_checks", "checkr", "checkr", kind.KindBackgroundCheck, check},
	{"documents", "folder", "folder", kind.KindPolicy, policy},
	{"signatures", "docusign", "docusign", kind.KindSignature, signature},
}

// open makes the records of a company.
func open(t *testing.T, now time.Time, tables map[string][]row) *world {
	t.Helper()
	w := &world{
		now: now, records: map[kind.Kind][]*record{}, persons: map[string]map[string]any{}, of: map[string]map[string][]*record{},
		serials: map[string][]*record{},
	}
	for _, s := range sources {
		for _, r := range tables[s.table] {
			w.add(t, s.alias, s.connector, s.kind, r, s.shape(w, r, tables))
		}
	}
	for name, rows := range tables {
		system, found := strings.CutPrefix(name, "accounts(")
		system = strings.TrimSuffix(system, ")")
		for _, r := range rows {
			if found {
				w.add(t, system, system, kind.KindAccount, r, accountOf(system, r))
			}
		}
	}
	w.join()
	return w
}

func (w *world) add(t *testing.T, alias, connector string, k kind.Kind, r row, document map[string]any) {
	t.Helper()
	if document == nil {
		return
	}
	key := fmt.Sprint(r["id"])
	if r["id"] == nil || k == kind.KindRepository {
		key = r.text("name")
	}
	for name, value := range document {
		if value == nil {
			delete(document, name)
		}
	}
	document["external_id"] = key
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := monitor.Facts(k, data, false)
	if err != nil {
		t.Fatal(err)
	}
	category := categories[connector]
	facts["alias"], facts["category"] = alias, category
	w.records[k] = append(w.records[k], &record{
		connection: monitor.Connection{ID: alias, Alias: alias, Connector: connector, Category: category}, kind: k, key: key,
		document: document, facts: facts, data: data, decided: decided(k, r),
	})
}

// decided returns what people have decided about an account of a program: who owns it. The table of users of the cloud has no owners.
func decided(k kind.Kind, r row) map[string]any {
	_, column := r["owner_email"]
	switch {
	case k != kind.KindAccount:
	case r.text("owner_email") != "":
		return map[string]any{"in_scope": true, "owner": r.text("owner_email")}
	case !column && !r.yes("password"):
		return map[string]any{"in_scope": true, "owner": ownerOfCloudUsers}
	}
	return nil
}

// ownerOfCloudUsers is the head of IT, who answers for the programs that have a user in the cloud.
const ownerOfCloudUsers = "p0003"

func person(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"name": r["name"], "email": r["email"], "status": r["status"], "employment": r["employment"], "started_at": r["started"],
		"ended_at": r["ended"], "title": r["title"], "department": r["department"], "manager": r["manager_email"],
	}
}

var systemNames = map[string]string{"macos": "macOS", "windows": "Windows", "linux": "Ubuntu", "ios": "iOS"}

// device leaves out devices that are retired: systems do not list them.
func device(_ *world, r row, _ map[string][]row) map[string]any {
	if r["status"] == "retired" {
		return nil
	}
	return map[string]any{
		"serial": r["serial"], "hostname": r["hostname"], "os_name": systemNames[r.text("platform")], "os_version": r["os_version"],
		"owner_email": r["owner_email"], "disk_encryption": r.tri("encrypted"), "firewall": r.tri("firewall"),
		"screen_lock": r.tri("screen_lock"), "antivirus": r.tri("antivirus"), "automatic_updates": r.tri("automatic_updates"),
		"last_seen_at": r["last_seen"],
	}
}

func repository(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"name": "acme/" + r.text("name"), "visibility": r["visibility"], "archived": r.tri("archived"), "default_branch": r["default_branch"],
		"branch_protected": r.tri("protected"), "review_required": r.tri("reviews_required"), "required_approvals": r["approvals"],
		"checks_required": r.tri("checks_required"), "secret_scanning": r.tri("secret_scanning"),
		"dependency_alerts": r.tri("dependency_alerts"), "created_at": r["created"],
	}
}

// change has the ticket in its title, where people write it.
func change(_ *world, r row, _ map[string][]row) map[string]any {
	title := r.text("title")
	if r.text("ticket") != "" {
		title = r.text("ticket") + ": " + title
	}
	return map[string]any{
		"title": title, "repository": "acme/" + r.text("repository"), "status": r["status"], "author": r["author"],
		"approvers": r["approvers"], "merged_by": r["merged_by"], "target": r["target"], "checks_passed": r.tri("checks_passed"),
		"created_at": r["created"], "merged_at": r["merged"],
	}
}

func cloudUser(_ *world, r row, _ map[string][]row) map[string]any {
	var keys []any
	list, _ := r["access_keys"].([]any)
	for _, one := range list {
		key, _ := one.(map[string]any)
		keys = append(keys, map[string]any{"Active": key["active"], "CreateDate": key["created"]})
	}
	access := map[string]any{"MFA": r.tri("mfa"), "Password": r.tri("password")}
	if len(keys) > 0 {
		access["Keys"] = keys
	}
	of := "service"
	if r.yes("password") {
		of = "human"
	}
	return map[string]any{
		"username": r["name"], "email": r["email"], "status": "active", "type": of, "groups": r["groups"], "mfa": r.tri("mfa"),
		"admin": r.tri("admin"), "last_login_at": r["password_last_used"], "created_at": r["created"],
		"vendor": map[string]any{"Access": access},
	}
}

func resource(of string, r row, more map[string]any) map[string]any {
	document := map[string]any{
		"type": of, "name": r["name"], "account": r["account"], "region": r["region"], "tags": r["tags"], "created_at": r["created"],
	}
	for name, value := range more {
		document[name] = value
	}
	return document
}

func bucket(_ *world, r row, _ map[string][]row) map[string]any {
	return resource("s3.bucket", r, map[string]any{
		"encrypted": r.tri("encrypted"), "public": r.tri("public"), "logged": r.tri("logged"),
	})
}

// instance can be reached if it has a public address and its security group is open.
func instance(_ *world, r row, tables map[string][]row) map[string]any {
	open := false
	for _, group := range tables["security_groups"] {
		ports, _ := group["open_ports"].([]any)
		open = open || group["id"] == r["security_group"] && len(ports) > 0
	}
	vendor := map[string]any{"InstanceId": r["id"]}
	if r["public_ip"] != nil {
		vendor["PublicIpAddress"] = r["public_ip"]
	}
	return resource("ec2.instance", r, map[string]any{
		"encrypted": r.tri("encrypted"), "public": triOf(open && r["public_ip"] != nil), "created_at": r["launched"], "vendor": vendor,
	})
}

func database(_ *world, r row, _ map[string][]row) map[string]any {
	days, _ := r["backup_days"].(float64)
	return resource("rds.instance", r, map[string]any{
		"name": r["id"], "encrypted": r.tri("encrypted"), "public": r.tri("public"), "backed_up": triOf(days > 0),
	})
}

func encryptionKey(_ *world, r row, _ map[string][]row) map[string]any {
	return resource("kms.key", r, map[string]any{
		"vendor": map[string]any{"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyRotationEnabled": r.tri("rotated")},
	})
}

func securityGroup(_ *world, r row, _ map[string][]row) map[string]any {
	var open []string
	ports, _ := r["open_ports"].([]any)
	for _, port := range ports {
		open = append(open, fmt.Sprint("tcp ", port))
	}
	return resource("ec2.security_group", r, map[string]any{
		"public": triOf(len(open) > 0), "vendor": map[string]any{"OpenToTheWorld": open},
	})
}

func trail(_ *world, r row, _ map[string][]row) map[string]any {
	return resource("cloudtrail.trail", r, map[string]any{
		"logged": r.tri("logging"),
		"vendor": map[string]any{"IsMultiRegionTrail": r["multi_region"], "LogFileValidationEnabled": r["validation"]},
	})
}

func watch(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"name": r["name"], "type": r["type"], "enabled": r.tri("enabled"), "status": r["status"], "notifies": r["notifies"],
	}
}

func ticket(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"title": r["title"], "type": r["type"], "status": r["status"], "priority": r["priority"], "assignee": r["assignee_email"],
		"labels": r["labels"], "created_at": r["created"], "resolved_at": r["resolved"], "due_at": r["due"],
	}
}

func finding(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"title": r["title"], "severity": r["severity"], "status": r["status"], "found_at": r["found"], "fixed_at": r["fixed"],
		"due_at": r["due"],
	}
}

func training(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"course": r["course"], "person_email": r["person_email"], "status": r["status"], "assigned_at": r["assigned"], "due_at": r["due"],
		"completed_at": r["completed"],
	}
}

func check(_ *world, r row, _ map[string][]row) map[string]any {
	clean := map[string]string{"clear": "yes", "consider": "no", "": "unknown"}
	return map[string]any{
		"person_email": r["person_email"], "status": r["status"], "clear": clean[r.text("result")], "ordered_at": r["ordered"],
		"completed_at": r["completed"],
	}
}

// policy leaves out contracts and insurances.
func policy(_ *world, r row, _ map[string][]row) map[string]any {
	if r["kind"] != "policy" && r["kind"] != "plan" {
		return nil
	}
	return map[string]any{
		"title": r["title"], "version": r["version"], "status": r["status"], "owner": r["owner_email"], "approved_at": r["approved"],
		"review_due_at": r["review_due"],
	}
}

func signature(_ *world, r row, _ map[string][]row) map[string]any {
	return map[string]any{
		"document": r["document"], "signer_email": r["person_email"], "status": r["status"], "sent_at": r["sent"], "signed_at": r["signed"],
	}
}

// accountOf returns the record of an account. Okta alone tells which second factors are enrolled.
func accountOf(system string, r row) map[string]any {
	document := map[string]any{
		"username": r["username"], "email": r["email"], "name": r["name"], "status": r["status"], "type": r["type"], "roles": r["roles"],
		"groups": r["groups"], "mfa": r.tri("mfa"), "admin": r.tri("admin"), "last_login_at": r["last_login"], "created_at": r["created"],
		"password_changed_at": r["password_changed"],
	}
	if system == "okta" {
		factors := []any{map[string]any{"type": "email"}}
		if of := r.text("mfa_kind"); of != "" {
			factors = append(factors, map[string]any{"type": map[string]string{"totp": "token:software:totp"}[of] + of})
		}
		document["vendor"] = map[string]any{"factors": factors}
	}
	return document
}
