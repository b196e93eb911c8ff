package company

import (
	"fmt"
	"strings"
	"time"
)

// CloudUser is a user of a cloud account, of a person or of a program.
type CloudUser struct {
	Name                      string
	N                         int
	Account                   string
	PersonID, Email           string `null:"yes"`
	MFA, Password             bool
	AccessKeys                []AccessKey
	Admin                     bool
	Created, PasswordLastUsed time.Time
	Groups                    []string
}

// AccessKey is a key of a cloud user.
type AccessKey struct {
	ID                string
	Active            bool
	Created, LastUsed time.Time
}

// rotation is the number of days after which an access key is replaced.
const rotation = 75

// cloudUser returns from when until when a person has a user in the cloud: some engineers have one.
func (c *Company) cloudUser(l *life) (from, until int, needed bool) {
	if from, until, needed = l.needs(engineers); c.dice("cloud user", l.n).IntN(3) > 0 {
		needed = false
	}
	return from, until, needed
}

// CloudUsers returns the users of the cloud accounts.
func (d *Day) CloudUsers() (all []CloudUser) {
	for n := 1; n <= d.c.size.CloudAccounts; n++ {
		for i, name := range []string{"svc-deploy", "svc-backup", "svc-metrics"} {
			one := CloudUser{Name: name, N: 900_000 + 10*n + i, Account: d.c.cloudAccount(n).ID, Created: date(-500-n, 36_000),
				Groups: []string{"services"}}
			one.AccessKeys = []AccessKey{d.accessKey("service", 10*n+i, -500)}
			all = append(all, one)
		}
	}
	for _, l := range d.c.lives {
		if one, there := d.cloudUser(l); there {
			all = append(all, one)
		}
	}
	return all
}

func (d *Day) cloudUser(l *life) (one CloudUser, there bool) {
	from, until, needed := d.c.cloudUser(l)
	left := d.flawed(cloudOfLeft.kind, "cloud_users", l.username)
	if !needed || d.n < from || d.n >= until && !left {
		return one, false
	}
	r := d.c.dice("cloud user facts", l.n)
	now := l.post(d.n)
	one = CloudUser{
		Name: l.username, N: l.n, PersonID: l.id(), Email: l.email(), MFA: !d.flawed(cloudNoMFA.kind, "cloud_users", l.username), Password: true,
		Account: d.c.cloudAccount(1 + r.IntN(d.c.size.CloudAccounts)).ID, Created: at(r, from), Groups: []string{"engineers"},
		AccessKeys: []AccessKey{},
	}
	if administers("aws", now) && r.IntN(4) == 0 {
		one.Admin, one.Groups = true, []string{"administrators"}
	}
	last := max(min(d.n, until-1)-r.IntN(5), from)
	one.PasswordLastUsed = later(one.Created.Add(time.Hour), date(last, 45_000))
	if f, found := d.c.planted[spot{staleKey.kind, "cloud_users", l.username}]; found && d.n < f.Until {
		one.AccessKeys = []AccessKey{{ID: keyName("user", l.n, 0), Active: true, Created: date(f.From-90, 36_000), LastUsed: date(f.From-30,
			36_000)}}
	} else if r.IntN(2) == 0 {
		key := d.accessKey("user", l.n, from)
		if left { // the key that was there on the last day, switched off
			key.Active = false
		}
		one.AccessKeys = append(one.AccessKeys, key)
	}
	return one, true
}

func keyName(of string, n, generation int) string {
	return fmt.Sprintf("AKIA%s%08dN%04d", strings.ToUpper(of[:3]), n, generation)
}

// accessKey returns the access key of the day. It is replaced before it is old.
func (d *Day) accessKey(of string, n, from int) AccessKey {
	age := (d.n + d.c.dice("access key "+of, n).IntN(rotation)) % rotation
	born := max(d.n-age, from)
	return AccessKey{ID: keyName(of, n, 1000+born), Active: true, Created: date(born, 37_000), LastUsed: date(max(d.n-1, born), 40_000)}
}
