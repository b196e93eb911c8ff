package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// Streams returns the streams of which the cloud expects records.
func (System) Streams() []string { return streams() }

func streams() []string {
	return []string{
		"accounts", "users", "roles", "buckets", "trails", "security_groups", "vpcs", "instances", "volumes", "databases", "keys",
		"watchers", "findings",
	}
}

// Facts returns what the records of a stream must say, by their keys; nil stands for a field that is
// absent or unknown.
func (s System) Facts(stream string) map[string]map[string]any {
	return New(vendor.Mode{Small: !s.Full}).facts()[stream]
}

// Expected returns the keys of the records of a stream.
func (c *Cloud) Expected(stream string) (map[string]bool, error) {
	keys := map[string]bool{}
	for key := range c.facts()[stream] {
		keys[key] = true
	}
	return keys, nil
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

// facts are what the records of each stream say, by their keys.
func (c *Cloud) facts() map[string]map[string]map[string]any {
	all := map[string]map[string]map[string]any{}
	for _, stream := range streams() {
		all[stream] = map[string]map[string]any{}
	}
	for _, a := range c.lists.accounts {
		c.accountFacts(all, a)
		for _, region := range regionNames() {
			c.regionFacts(all, a.ID, region)
		}
		for _, u := range c.lists.users[a.ID] {
			all["users"][userARN(u)] = map[string]any{
				"username": u.Name, "mfa": yes(u.MFA), "admin": yes(u.Admin), "groups": u.Groups, "status": "active",
				"type": map[bool]string{true: "human", false: "service"}[u.Password], "created_at": moment(u.Created),
			}
		}
		for _, b := range c.lists.buckets[a.ID] {
			all["buckets"]["arn:aws:s3:::"+b.Name] = map[string]any{
				"name": b.Name, "account": b.Account, "region": b.Region, "public": yes(b.Public), "encrypted": yes(b.Encrypted),
				"logged": yes(b.Logged), "tags": b.Tags, "created_at": moment(b.Created), "backed_up": nil,
			}
		}
	}
	c.thingFacts(all)
	return all
}

func (c *Cloud) accountFacts(all map[string]map[string]map[string]any, a company.CloudAccount) {
	root := "arn:aws:iam::" + a.ID + ":root"
	strong := rootMFA(c, a.ID)
	all["users"][root] = map[string]any{"username": "root", "mfa": yes(strong), "admin": "yes", "last_login_at": nil}
	fields := map[string]any{"account": a.ID, "root_mfa": strong, "root_access_keys": false, "password_policy": strong}
	if strong {
		fields["password_length"], fields["password_reuse_prevention"] = 14, 24
		for _, rule := range []string{"lowercase", "uppercase", "numbers", "symbols"} {
			fields["password_"+rule] = true
		}
	}
	all["accounts"][root] = map[string]any{"name": a.Name, "fields": fields}
	for _, name := range roleNames() {
		admin := map[string]any{"PlumblineReadOnly": "no", "BreakGlass": "yes", "Deploy": nil}[name]
		all["roles"]["arn:aws:iam::"+a.ID+":role/"+name] = map[string]any{"name": name, "type": "service", "admin": admin, "mfa": nil}
	}
}

func (c *Cloud) regionFacts(all map[string]map[string]map[string]any, account, region string) {
	on := region != "ap-southeast-1"
	ec2 := "arn:aws:ec2:" + region + ":" + account + ":"
	all["vpcs"][ec2+"vpc/vpc-"+account[:6]+region] = map[string]any{"name": "main", "logged": yes(on), "region": region}
	all["volumes"][ec2+"ebs-encryption-by-default"] = map[string]any{"encrypted": yes(on), "account": account}
	all["databases"][clusterARN(account, region)] = map[string]any{"encrypted": "yes", "backed_up": "yes", "public": nil}
	for service, what := range map[string]string{"guardduty": "detector", "config": "recorder", "securityhub": "hub"} {
		key := fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, what)
		all["watchers"][key] = map[string]any{"enabled": yes(on), "type": service + "." + what}
	}
	for n := range 3 {
		if on {
			all["findings"][findingID(account, region, n)] = map[string]any{
				"severity": []string{"critical", "low", "info"}[n], "status": []string{"open", "accepted", "fixed"}[n],
			}
		}
	}
}

func (c *Cloud) thingFacts(all map[string]map[string]map[string]any) {
	open := map[string]bool{}
	for _, g := range c.lists.groups {
		open[g.ID] = len(g.OpenPorts) > 0
		all["security_groups"]["arn:aws:ec2:"+g.Region+":"+g.Account+":security-group/"+g.ID] = map[string]any{
			"public": yes(len(g.OpenPorts) > 0), "account": g.Account, "name": g.Name,
		}
	}
	for _, i := range c.lists.instances {
		ec2 := "arn:aws:ec2:" + i.Region + ":" + i.Account + ":"
		all["instances"][ec2+"instance/"+i.ID] = map[string]any{"encrypted": yes(i.Encrypted), "name": i.Name, "public": c.reach(i, open)}
		all["volumes"][ec2+"volume/"+volumeOf(i)] = map[string]any{"encrypted": yes(i.Encrypted), "created_at": moment(i.Launched)}
	}
	for _, d := range c.lists.databases {
		all["databases"][databaseARN(d)] = map[string]any{
			"encrypted": yes(d.Encrypted), "public": yes(d.Public), "backed_up": yes(d.BackupDays > 0), "name": d.ID,
		}
	}
	for _, k := range c.lists.keys {
		all["keys"][keyARN(k)] = map[string]any{"account": k.Account, "region": k.Region, "name": k.Description}
	}
	for _, t := range c.lists.trails {
		all["trails"][trailARN(t)] = map[string]any{"logged": yes(t.Logging), "region": t.Region, "name": t.Name}
	}
}

// reach says whether everyone reaches an instance. Its group may be of another region in the company; then that is unknown.
func (c *Cloud) reach(i company.Instance, open map[string]bool) any {
	at := slices.IndexFunc(c.lists.groups, func(g company.SecurityGroup) bool { return g.ID == i.SecurityGroup })
	switch {
	case i.PublicIP == "":
		return "no"
	case at < 0 || c.lists.groups[at].Region != i.Region || !strings.EqualFold(c.lists.groups[at].Account, i.Account):
		return nil
	}
	return yes(open[i.SecurityGroup])
}
