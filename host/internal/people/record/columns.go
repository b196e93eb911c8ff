package record

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The columns that all pages have, in order.
var common = []string{
	"link", "name", "kind", "person", "system", "role", "privileged", "mfa", "last_active_at", "scope", "status", "removed_at",
	"first_seen_at", "note", "owner",
}

// Columns returns the columns of a page in their order: those that all pages have, and those whose values are in Account.Values.
func Columns(page account.Page) []string { return slices.Concat(common, OwnColumns(page)) }

// OwnColumns are the columns of one page alone.
func OwnColumns(page account.Page) []string {
	switch page {
	case account.PageInfrastructure:
		return []string{"account", "console_access", "api_access", "key_age_days"}
	case account.PageVersionControl:
		return []string{"write", "merge", "admin", "repositories", "commits"}
	case account.PageObservability:
		return []string{"alert_admin"}
	case account.PageBackgroundCheck:
		return []string{"provider", "package", "outcome", "ordered_on", "completed_on", "exception"}
	case account.PageAccessReview:
		return []string{"application", "entitlement", "last_decision"}
	}
	return nil
}

// Complete adds to an account what its document says: the fields that are not in the index, and the columns of the page. A column that
// the document does not tell stays absent. Now is what the age of a key counts to.
func Complete(a *account.Account, page account.Page, doc []byte, now time.Time) error {
	f, err := Decode(doc)
	if err != nil {
		return err
	}
	var lists struct {
		Roles   []string `json:"roles"`
		Groups  []string `json:"groups"`
		Package string   `json:"package"`
	}
	if err := json.Unmarshal(doc, &lists); err != nil {
		return err
	}
	a.ExternalID, a.Title, a.Department, a.Roles, a.Groups = f.ExternalID, f.Title, f.Department, lists.Roles, lists.Groups
	var v vendor
	_ = json.Unmarshal(f.Vendor, &v) // what has another form stays unknown
	set := func(column, value string) {
		if value != "" {
			a.Values[column] = value
		}
	}
	switch page {
	case account.PageInfrastructure:
		set("account", v.account(f.ExternalID))
		v.access(set, now)
	case account.PageVersionControl:
		set("admin", known(f.Admin))
		v.rights(set)
	case account.PageObservability:
		set("alert_admin", v.alertAdmin(f.Admin))
	case account.PageBackgroundCheck:
		set("provider", a.ConnectorName)
		set("package", lists.Package)
		set("outcome", Outcome(Status(f.Status), f.Clear))
		set("ordered_on", Day(Seconds(f.Ordered)))
		set("completed_on", Day(Seconds(f.Completed)))
	case account.PageAccessReview:
		set("application", cmp.Or(v.App.Label, v.App.Name, a.ConnectorName))
		set("entitlement", strings.Join(lists.Roles, ", "))
	}
	return nil
}

func known(t kind.Tri) string {
	if _, is := t.Bool(); is {
		return t.String()
	}
	return ""
}

// vendor is what the columns take from the documents of vendors.
type vendor struct {
	Arn      string `json:"Arn"`      // Amazon
	Resource string `json:"resource"` // Google: projects/x
	Project  string `json:"projectId"`
	Access   *struct {
		Password kind.Tri `json:"Password"`
		Keys     []struct {
			Active  bool      `json:"Active"`
			Created time.Time `json:"CreateDate"`
		} `json:"Keys"`
	} `json:"Access"`
	RoleAssignments json.RawMessage `json:"roleAssignments"` // Microsoft: a list, or their number

	App struct {
		Label string `json:"label"`
		Name  string `json:"name"`
	} `json:"app"` // Okta

	Permissions  map[string]bool `json:"permissions"`
	Repositories json.RawMessage `json:"repositories"`
	AccessLevel  int             `json:"access_level"` // GitLab
	Commits      *int            `json:"commits"`
	AlertAdmin   *bool           `json:"alert_admin"`
}

// account returns the account, project or subscription of a cloud.
func (v *vendor) account(external string) string {
	if parts := strings.Split(cmp.Or(v.Arn, external), ":"); len(parts) > 4 && parts[0] == "arn" {
		return parts[4]
	}
	if at := strings.Index(string(v.RoleAssignments), "/subscriptions/"); at >= 0 {
		id, _, _ := strings.Cut(string(v.RoleAssignments)[at+len("/subscriptions/"):], "/")
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	_, project, _ := strings.Cut(v.Resource, "/")
	return cmp.Or(v.Project, project)
}

// access sets how an account of a cloud signs in, and the age of its oldest active key.
func (v *vendor) access(set func(column, value string), now time.Time) {
	if v.Access == nil {
		return
	}
	set("console_access", known(v.Access.Password))
	active, oldest := false, -1
	for _, key := range v.Access.Keys {
		if !key.Active {
			continue
		}
		active = true
		if !key.Created.IsZero() {
			oldest = max(oldest, int(now.Sub(key.Created).Hours()/24))
		}
	}
	set("api_access", kind.TriOf(active).String())
	if oldest >= 0 {
		set("key_age_days", strconv.Itoa(oldest))
	}
}

// The levels of access of GitLab.
const (
	levelDeveloper  = 30
	levelMaintainer = 40
)

// rights sets what an account may do with code.
func (v *vendor) rights(set func(column, value string)) {
	if push, told := v.Permissions["push"]; told {
		set("write", kind.TriOf(push).String())
	}
	if v.AccessLevel > 0 {
		set("write", kind.TriOf(v.AccessLevel >= levelDeveloper).String())
		set("merge", kind.TriOf(v.AccessLevel >= levelMaintainer).String())
	}
	var list []any
	var number int
	switch {
	case json.Unmarshal(v.Repositories, &list) == nil && list != nil:
		set("repositories", strconv.Itoa(len(list)))
	case json.Unmarshal(v.Repositories, &number) == nil:
		set("repositories", strconv.Itoa(number))
	}
	if v.Commits != nil {
		set("commits", strconv.Itoa(*v.Commits))
	}
}

// alertAdmin says whether an account may change alerts: an administrator may.
func (v *vendor) alertAdmin(admin kind.Tri) string {
	switch {
	case v.AlertAdmin != nil:
		return kind.TriOf(*v.AlertAdmin).String()
	case admin == kind.Yes:
		return "yes"
	}
	return ""
}
