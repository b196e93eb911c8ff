package aws

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// System is AWS with the company's accounts, the first of which manages the organization.
type System struct {
	Full bool // Facts are those of the whole population instead of the small one
}

// Settings returns the settings of a connection that reads every account.
func (System) Settings() map[string]any {
	return map[string]any{"organization": true, "external_id": ExternalID}
}

// Secrets returns the access key.
func (System) Secrets() map[string]string {
	return map[string]string{"access_key_id": OwnKey, "secret_access_key": OwnSecret}
}

// WrongSecrets returns an access key that does not exist.
func (System) WrongSecrets() map[string]string {
	return map[string]string{"access_key_id": "AKIAWRONG00000000001", "secret_access_key": OwnSecret}
}

// Owner returns the user of the access key.
func (System) Owner() string { return New(vendor.Mode{Small: true}).owner() }

// Permissions returns the actions that a mode may withhold.
func (System) Permissions() (all []string) {
	for _, o := range operations() {
		if o.action != "" && !slices.Contains(all, o.action) {
			all = append(all, o.action)
		}
	}
	return all
}

// tables are what the company has in AWS.
type tables struct {
	accounts  []company.CloudAccount
	users     map[string][]company.CloudUser // by account
	buckets   map[string][]company.Bucket
	instances []company.Instance
	databases []company.Database
	keys      []company.Key
	groups    []company.SecurityGroup
	trails    []company.Trail
}

// size is the whole company, with 1,000 buckets in 4 accounts and 3 regions.
func size(small bool) company.Size {
	s := company.Size{People: 10_000, Buckets: 1000, Instances: 1000, Databases: 200, Keys: 200, SecurityGroups: 200}
	if small {
		return s.AtMost(60) // there are many permissions, each with a run of its own
	}
	return s
}

// New returns the cloud of the mode's company on its day, or of a company of its own.
func New(m vendor.Mode) *Cloud {
	if m.Company != nil {
		return &Cloud{mode: m, lists: tablesOf(m.Company.At(m.Day))}
	}
	return &Cloud{mode: m, pending: 2, lists: tablesOf(company.New(size(m.Small)).At(m.Day))}
}

func tablesOf(day *company.Day) tables {
	t := tables{
		accounts: day.CloudAccounts(), users: map[string][]company.CloudUser{}, buckets: map[string][]company.Bucket{},
		instances: day.Instances(), databases: day.Databases(), keys: day.Keys(), groups: day.SecurityGroups(), trails: day.Trails(),
	}
	for _, u := range day.CloudUsers() {
		later(day, &u.Created, &u.PasswordLastUsed)
		u.AccessKeys = slices.Clone(u.AccessKeys)
		for i := range u.AccessKeys {
			later(day, &u.AccessKeys[i].Created, &u.AccessKeys[i].LastUsed)
		}
		t.users[u.Account] = append(t.users[u.Account], u)
	}
	for _, b := range day.Buckets() {
		later(day, &b.Created)
		t.buckets[b.Account] = append(t.buckets[b.Account], b)
	}
	for i := range t.instances {
		later(day, &t.instances[i].Launched)
	}
	for i := range t.databases {
		later(day, &t.databases[i].Created)
	}
	for i := range t.keys {
		later(day, &t.keys[i].Created)
	}
	return t
}

// later moves moments of a company to the days on which it is seen.
func later(day *company.Day, moments ...*time.Time) {
	for _, moment := range moments {
		*moment = day.Moment(*moment)
	}
}

// owner is the ARN of the user of the access key.
func (c *Cloud) owner() string { return "arn:aws:iam::" + c.lists.accounts[0].ID + ":user/" + ownName }

// Account returns the id of an account of the organization; number 0 is the one that manages it.
func (c *Cloud) Account(number int) string { return c.lists.accounts[number].ID }
