package mapping

import (
	"strings"
	"unicode"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// ShownRows is how many rows Table has as samples.
const ShownRows = 5

// synonyms are the usual headers of columns for fields, in lower case and without signs.
func synonyms() map[string][]string {
	return map[string][]string{
		"email":           {"workemail", "mail", "emailaddress", "workmail", "companyemail", "primaryemail", "userprincipalname", "upn"},
		"person_email":    {"email", "workemail", "mail", "emailaddress", "candidateemail", "learneremail", "employeeemail"},
		"signer_email":    {"email", "mail", "emailaddress"},
		"owner_email":     {"owner", "email", "useremail", "assignedto", "primaryuser"},
		"name":            {"fullname", "displayname", "employeename", "username", "employee"},
		"person_name":     {"name", "fullname", "displayname", "employee", "candidate", "candidatename", "learner", "user"},
		"signer_name":     {"name", "fullname", "signer"},
		"username":        {"login", "user", "userid", "loginname", "samaccountname", "account"},
		"status":          {"state", "accountstatus", "enabled", "accountenabled", "active", "isactive", "disabled", "blocked"},
		"type":            {"usertype", "accounttype", "category"},
		"employment":      {"employmenttype", "contracttype", "workertype"},
		"title":           {"jobtitle", "position", "subject", "summary"},
		"department":      {"team", "division", "orgunit", "costcenter"},
		"manager":         {"managername", "manageremail", "supervisor", "reportsto"},
		"location":        {"office", "site", "city"},
		"roles":           {"role", "permissions", "accesslevel"},
		"groups":          {"group", "memberof", "teams"},
		"mfa":             {"2fa", "twofactor", "mfaenabled", "mfastatus", "twofactorenabled", "mfaregistered"},
		"admin":           {"isadmin", "administrator", "privileged"},
		"last_login_at":   {"lastlogin", "lastsignin", "lastsignedin", "lastactive", "lastactivity", "lastseen"},
		"created_at":      {"created", "createdon", "creationdate", "datecreated", "createddate"},
		"started_at":      {"startdate", "hiredate", "joined", "joindate", "dateofhire"},
		"ended_at":        {"enddate", "terminationdate", "leftdate", "leavedate", "lastday"},
		"completed_at":    {"completed", "completiondate", "completedon", "datecompleted"},
		"assigned_at":     {"assigned", "assigneddate"},
		"due_at":          {"due", "duedate", "deadline"},
		"expires_at":      {"expires", "expirydate", "expirationdate"},
		"course":          {"training", "coursename", "module"},
		"hostname":        {"devicename", "computername", "host", "device", "computer"},
		"serial":          {"serialnumber", "serialno"},
		"os_name":         {"os", "operatingsystem", "platform"},
		"os_version":      {"osversion", "version"},
		"last_seen_at":    {"lastseen", "lastcheckin", "lastcontact"},
		"assignee":        {"assignedto", "owner"},
		"owner":           {"ownername", "responsible"},
		"severity":        {"risk", "criticality", "priority"},
		"identifier":      {"cve", "cveid"},
		"found_at":        {"found", "discovered", "firstseen", "detected"},
		"repository":      {"repo"},
		"package":         {"product", "checktype"},
		"ordered_at":      {"ordered", "orderdate"},
		"disk_encryption": {"encrypted", "filevault", "bitlocker", "encryption"},
	}
}

// plain is a header or the name of a field in lower case and without signs.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// Suggest returns the field that a column with this header usually holds, "" for none.
func (p *Plan) Suggest(header string) string {
	name := plain(header)
	if name == "" {
		return ""
	}
	for field := range p.Shape {
		if plain(field) == name || plain(strings.TrimSuffix(field, "_at")) == name {
			return field
		}
	}
	for field, headers := range synonyms() {
		if _, known := p.Shape[field]; !known {
			continue
		}
		for _, one := range headers {
			if one == name && p.first(field, name) {
				return field
			}
		}
	}
	return ""
}

// first reports whether no other field of the kind that comes earlier in the alphabet has the header as well.
func (p *Plan) first(field, header string) bool {
	for other, headers := range synonyms() {
		if _, known := p.Shape[other]; !known || other >= field {
			continue
		}
		for _, one := range headers {
			if one == header {
				return false
			}
		}
	}
	return true
}

// Choices returns what the settings "key" and "columns" can be filled with: the columns of a table with their first
// rows, and the fields of the kind. A field is suggested for one column only, the first.
func (p *Plan) Choices(headers []string, rows [][]string) []sdk.Choices {
	taken := map[string]bool{}
	var keys, columns []sdk.Choice
	for at, header := range headers {
		item := sdk.Choice{Value: header}
		for _, row := range rows[:min(len(rows), ShownRows)] {
			cell := ""
			if at < len(row) {
				cell = strings.TrimSpace(row[at])
			}
			item.Samples = append(item.Samples, cell)
		}
		keys = append(keys, item)
		if field := p.Suggest(header); field != "" && field != "external_id" && !taken[field] {
			item.Suggested, taken[field] = field, true
		}
		columns = append(columns, item)
	}
	var targets []sdk.Target
	for _, f := range kind.Describe(p.Kind) {
		if _, known := p.Shape[f.Name]; known && f.Name != "external_id" {
			targets = append(targets, sdk.Target{Value: f.Name, Title: f.Title, Description: f.Doc})
		}
	}
	return []sdk.Choices{{Setting: "key", Items: keys}, {Setting: "columns", Items: columns, Targets: targets}}
}
