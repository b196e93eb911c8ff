package company

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company/names"
)

// CloudAccount is an account of a cloud, which has resources.
type CloudAccount struct {
	ID                       string
	N                        int
	Name, Environment, Email string
}

var (
	environments = []string{"production", "staging", "development", "sandbox"}
	regions      = []string{"eu-central-1", "us-east-1", "ap-southeast-1"}
)

func (c *Company) cloudAccount(n int) CloudAccount {
	r := c.dice("cloud account", n)
	one := CloudAccount{ID: fmt.Sprintf("%012d", 100_000_000_000+r.Int64N(800_000_000_000)), N: n,
		Environment: environments[(n-1)%len(environments)]}
	one.Name = one.Environment
	if n > len(environments) {
		one.Name += fmt.Sprint("-", (n-1)/len(environments)+1)
	}
	one.Email = "cloud-" + one.Name + "@" + domain
	return one
}

// place returns the account and the region of resource n.
func (c *Company) place(n int) (account CloudAccount, region string) {
	return c.cloudAccount((n-1)%c.size.CloudAccounts + 1), regions[(n-1)/c.size.CloudAccounts%len(regions)]
}

// CloudAccounts returns the accounts of the cloud.
func (d *Day) CloudAccounts() (all []CloudAccount) {
	for n := 1; n <= d.c.size.CloudAccounts; n++ {
		all = append(all, d.c.cloudAccount(n))
	}
	return all
}

// Bucket holds files.
type Bucket struct {
	Name                                                         string
	N                                                            int
	Account, Region                                              string
	Public, Encrypted, KMS, Versioned, Logged, BlockPublicAccess bool
	Created                                                      time.Time
	Tags                                                         map[string]string
}

// Instance is a virtual machine.
type Instance struct {
	ID                          string
	N                           int
	Name, Account, Region, Type string
	PublicIP                    string `null:"yes"`
	Encrypted                   bool
	Image                       string
	Launched                    time.Time
	SecurityGroup               string
	Tags                        map[string]string
}

// Database is a database.
type Database struct {
	ID                      string
	N                       int
	Account, Region, Engine string
	Encrypted, Public       bool
	BackupDays              int
	MultiZone               bool
	Created                 time.Time
}

// Key encrypts what is stored.
type Key struct {
	ID              string
	N               int
	Account, Region string
	Rotated         bool
	Created         time.Time
	Description     string
}

// SecurityGroup says which ports are open.
type SecurityGroup struct {
	ID                    string
	N                     int
	Name, Account, Region string
	OpenPorts             []int
	Description           string
}

// Trail logs what is done in an account.
type Trail struct {
	Name                             string
	N                                int
	Account, Region                  string
	Logging, MultiRegion, Validation bool
	Bucket                           string
}

// trails is the number of trails of an account.
const trails = 2

var bucketWords = []string{"invoices", "exports", "uploads", "backups", "assets", "logs", "models", "reports", "receipts", "archives"}

func (c *Company) bucketName(n int) string {
	account, _ := c.place(n)
	return fmt.Sprintf("northwind-%s-%s-%d", account.Name, bucketWords[n%len(bucketWords)], n)
}

func hexID(form, of string, c *Company, n int) string {
	return fmt.Sprintf(form, c.dice(of, n).Uint64())
}

func (c *Company) instanceID(n int) string      { return hexID("i-0%016x", "instance id", c, n) }
func (c *Company) securityGroupID(n int) string { return hexID("sg-0%016x", "security group id", c, n) }

func (c *Company) keyID(n int) string {
	r := c.dice("key id", n)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
}

var databaseWords = []string{"orders", "ledger", "identity", "catalog", "events", "warehouse"}

func (c *Company) databaseID(n int) string {
	return fmt.Sprintf("%s-%d", databaseWords[n%len(databaseWords)], n)
}

func (c *Company) trailName(n int) string {
	account := c.cloudAccount((n-1)/trails + 1)
	return account.Name + "-" + []string{"management", "data"}[(n-1)%trails]
}

// made reports whether thing n of a table is there on the day, and when it was made.
func (d *Day) made(table, key string, n int) (r *rand.Rand, created time.Time, there bool) {
	r = d.c.dice(table, n)
	var kinds []string
	for _, p := range thingPlans {
		kinds = append(kinds, p.kind)
	}
	born := d.c.born(r, d.c.ever(table, key, kinds...))
	return r, at(r, born), born <= d.n
}

func tags(account CloudAccount, r *rand.Rand) map[string]string {
	return map[string]string{"environment": account.Environment, "team": names.Slug(departments[0].teams[r.IntN(len(departments[0].teams))])}
}

// Buckets returns the buckets.
func (d *Day) Buckets() (all []Bucket) {
	for n := 1; n <= d.c.size.Buckets; n++ {
		name := d.c.bucketName(n)
		r, created, there := d.made("buckets", name, n)
		if !there {
			continue
		}
		account, region := d.c.place(n)
		public := d.flawed("public-bucket", "buckets", name)
		one := Bucket{Name: name, N: n, Account: account.ID, Region: region, Public: public, Encrypted: !d.flawed("unencrypted-bucket",
			"buckets", name),
			Versioned: true, Logged: !d.flawed("unlogged-bucket", "buckets", name), BlockPublicAccess: !public, Created: created,
			Tags: tags(account, r)}
		one.KMS = one.Encrypted && n%3 == 0
		all = append(all, one)
	}
	return all
}

// Instances returns the virtual machines.
func (d *Day) Instances() (all []Instance) {
	for n := 1; n <= d.c.size.Instances; n++ {
		id := d.c.instanceID(n)
		r, created, there := d.made("instances", id, n)
		if !there {
			continue
		}
		account, region := d.c.place(n)
		group := (n-1)%d.c.size.CloudAccounts + 1 // the first group of the account
		one := Instance{ID: id, N: n, Name: fmt.Sprint(repositoryWords[n%len(repositoryWords)], "-", n), Account: account.ID, Region: region,
			Type: []string{"t3.medium", "m6i.large", "c6g.xlarge"}[r.IntN(3)], Encrypted: !d.flawed("unencrypted-instance", "instances", id),
			Image: fmt.Sprintf("ami-0%08x", r.Uint32()), Launched: created, SecurityGroup: d.c.securityGroupID(group), Tags: tags(account, r)}
		if d.flawed("public-instance", "instances", id) {
			one.PublicIP = fmt.Sprintf("203.0.113.%d", 1+n%254)
		}
		all = append(all, one)
	}
	return all
}

// Databases returns the databases.
func (d *Day) Databases() (all []Database) {
	for n := 1; n <= d.c.size.Databases; n++ {
		id := d.c.databaseID(n)
		r, created, there := d.made("databases", id, n)
		if !there {
			continue
		}
		account, region := d.c.place(n)
		one := Database{ID: id, N: n, Account: account.ID, Region: region, Engine: []string{"postgres", "mysql", "aurora-postgresql"}[r.IntN(3)],
			Encrypted: !d.flawed("unencrypted-database", "databases", id), Public: d.flawed("public-database", "databases", id),
			BackupDays: 7 + 7*r.IntN(4), MultiZone: true, Created: created}
		if d.flawed("database-without-backup", "databases", id) {
			one.BackupDays = 0
		}
		all = append(all, one)
	}
	return all
}

// Keys returns the encryption keys.
func (d *Day) Keys() (all []Key) {
	for n := 1; n <= d.c.size.Keys; n++ {
		id := d.c.keyID(n)
		_, created, there := d.made("keys", id, n)
		if !there {
			continue
		}
		account, region := d.c.place(n)
		all = append(all, Key{ID: id, N: n, Account: account.ID, Region: region, Rotated: !d.flawed("key-not-rotated", "keys", id),
			Created:     created,
			Description: "Encrypts " + bucketWords[n%len(bucketWords)]})
	}
	return all
}

// SecurityGroups returns the security groups.
func (d *Day) SecurityGroups() (all []SecurityGroup) {
	for n := 1; n <= d.c.size.SecurityGroups; n++ {
		id := d.c.securityGroupID(n)
		account, region := d.c.place(n)
		one := SecurityGroup{ID: id, N: n, Name: fmt.Sprint([]string{"web", "internal", "database"}[n%3], "-", n), Account: account.ID,
			Region:    region,
			OpenPorts: []int{}, Description: "What may be reached"}
		if n%3 == 0 {
			one.OpenPorts = []int{443}
		}
		if d.flawed("ssh-open-to-world", "security_groups", id) {
			one.OpenPorts = append([]int{22}, one.OpenPorts...)
		}
		all = append(all, one)
	}
	return all
}

// Trails returns the trails.
func (d *Day) Trails() (all []Trail) {
	for n := 1; n <= trails*d.c.size.CloudAccounts; n++ {
		name, account := d.c.trailName(n), d.c.cloudAccount((n-1)/trails+1)
		all = append(all, Trail{Name: name, N: n, Account: account.ID, Region: regions[0], Logging: !d.flawed("trail-off", "trails", name),
			MultiRegion: true,
			Validation:  true, Bucket: "northwind-trail-" + account.Name})
	}
	return all
}
