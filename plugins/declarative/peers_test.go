//go:build peers

package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// These servers take longer to install or to start than those of servers_test.go, so that
// only `make peers` runs them.

func TestPeerIcinga(t *testing.T) {
	p := startPeer(t, "icinga")
	t.Setenv("SSL_CERT_FILE", p.said["CA"]) // no other test of this package uses TLS before the end of this one
	_, port, _ := strings.Cut(p.addr, ":")
	as := func(user, password string) sdktest.Input {
		return sdktest.Input{
			Settings: map[string]any{"base_url": "https://localhost:" + port, "username": user},
			Secrets:  map[string]string{"password": password},
		}
	}
	want := map[string]known{
		"api_users": {
			"admin": {"admin": "yes", "roles": []string{"*"}, "type": "service", "status": "active", "username": "admin"},
			"reader": {"admin": "no", "roles": []string{"objects/query/ApiUser", "objects/query/Host", "objects/query/Service",
				"objects/query/User"}},
			"partial": {"admin": "no", "roles": []string{"status/query", "objects/query/Host"}},
			"nothing": {"admin": "no", "roles": []string{}},
			"maker":   {"admin": "yes", "roles": []string{"objects/create/*"}},
		},
		"hosts": {
			"web1": {"name": "Web 1", "status": "ok", "enabled": "yes", "type": "host"},
			"db1":  {"name": "db1", "status": "alerting", "enabled": "yes"},
			"off1": {"status": "no_data", "enabled": "no"},
		},
		"services": {
			"web1!http":   {"name": "web1: HTTP", "status": "ok", "enabled": "yes", "type": "service"},
			"web1!backup": {"name": "web1: backup", "status": "alerting"},
			"web1!disk":   {"status": "warning"},
			"web1!odd":    {"status": "unknown"},
			"db1!push":    {"status": "no_data", "enabled": "yes"},
		},
		"notified_users": {
			"alice": {"name": "Alice Example", "type": "user",
				"fields": map[string]any{"email": "alice@example.test", "groups": []string{"ops"}, "notifications": true}},
			"bob": {"name": "bob", "fields": map[string]any{"email": "bob@example.test", "groups": []string{}, "notifications": false}},
		},
	}
	reader := as("reader", peerPassword)
	p.becomes(reader, want)
	p.passes(reader, "reader")
	p.passes(as("admin", peerPassword), "admin")
	p.refused(as("reader", "wrong"))
	p.refused(as("stranger", peerPassword))

	p.lacks(as("nothing", peerPassword), "objects/query/Host", "hosts")
	out := p.lacks(as("partial", peerPassword), "objects/query/User", "notified_users")
	if hosts := out.Streams["hosts"]; hosts.Result != "complete" || len(hosts.Records) != 1 {
		t.Errorf("a filter shows %d hosts, %s", len(hosts.Records), hosts.Result)
	}
}

func TestPeerRequestTracker(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "request-tracker")
	with := func(token string) sdktest.Input {
		return sdktest.Input{Settings: map[string]any{"base_url": "http://" + p.addr}, Secrets: map[string]string{"token": token},
			Deadline: 10 * time.Minute} // it answers one request after the other
	}
	want := map[string]known{
		"users": {
			"Nobody": {"type": "service", "status": "active", "email": nil}, "RT_System": {"type": "service"},
			"root":  {"type": "human", "status": "active", "roles": []string{"Privileged"}},
			"alice": {"email": "alice@example.test", "name": "Alice Example", "status": "active", "roles": []string{"Privileged"}, "admin": nil},
			"bob":   {"username": "bob", "status": "suspended", "roles": []string{"Privileged"}},
			"carol": {"status": "active", "admin": nil, "mfa": nil},
			"plain": {"name": "plain", "email": nil},
			"guest": {"status": "active", "roles": []string{"Unprivileged"}},
			"short": {}, "weak": {}, "reader": {},
		},
		"tickets": {
			p.said["NEW_TICKET"]: {
				"title": "A new ticket", "project": "General", "type": "ticket", "status": "open", "reporter": "guest@example.test",
				"assignee": nil, "due_at": "2030-01-02T03:04:05Z", "resolved_at": nil,
				"url": "http://" + p.addr + "/Ticket/Display.html?id=" + p.said["NEW_TICKET"],
			},
			p.said["OPEN_TICKET"]:     {"status": "in_progress", "assignee": "alice@example.test", "reporter": nil, "due_at": nil},
			p.said["STALLED_TICKET"]:  {"status": "in_progress", "priority": "50"},
			p.said["RESOLVED_TICKET"]: {"status": "done", "reporter": "plain"},
			p.said["REJECTED_TICKET"]: {"status": "cancelled"},
		},
	}
	for n := range 100 {
		want["users"][fmt.Sprintf("more%d", n+1)] = map[string]any{"roles": []string{"Unprivileged"}}
	}
	reader := with(p.said["READER_TOKEN"])
	out := p.is(reader, want)
	p.passes(reader, "")
	later := again(reader, out)
	later.Streams = []string{"tickets"}
	p.is(later, map[string]known{"tickets": want["tickets"]}) // all of it is younger than the overlap
	p.lacks(with(p.said["SHORT_TOKEN"]), "AdminUsers", "users")
	p.lacks(with(p.said["WEAK_TOKEN"]), "AdminUsers", "users")
	p.refused(with("1-33-0123456789abcdef0123456789abcdef"))
}

func TestPeerZabbix(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "zabbix")
	with := func(token string) sdktest.Input {
		return sdktest.Input{Settings: map[string]any{"base_url": "http://" + p.addr}, Secrets: map[string]string{"token": token}}
	}
	want := map[string]known{
		"users": {
			"1": {"username": "Admin", "name": "Zabbix Administrator", "admin": "yes", "status": "active", "roles": []string{"Super admin role"}},
			"2": {"username": "guest", "name": nil, "roles": []string{"Guest role"}},
			p.said["ALICE_ID"]: {"username": "alice", "name": "Alice Example", "email": "alice@example.test", "admin": "no", "status": "active",
				"groups": []string{"Zabbix administrators"}, "roles": []string{"User role"}, "mfa": nil, "last_login_at": nil},
			p.said["BOB_ID"]:    {"status": "suspended", "groups": []string{"Disabled"}, "email": nil, "name": nil},
			p.said["CAROL_ID"]:  {"admin": "yes", "status": "active"},
			p.said["READER_ID"]: {"admin": "yes"},
			p.said["WEAK_ID"]:   {"admin": "no", "roles": []string{"Admin role"}},
			p.said["FEW_ID"]:    {"admin": "yes", "roles": []string{"Few methods"}},
		},
		"hosts": {
			p.said["WEB_HOST"]: {"name": "web1", "status": "ok", "enabled": "yes", "type": "host"},
			p.said["DB_HOST"]:  {"name": "db1", "status": "alerting"},
			p.said["NEW_HOST"]: {"status": "no_data", "enabled": "yes"},
			p.said["OFF_HOST"]: {"status": "unknown", "enabled": "no"},
		},
		"triggers": {
			p.said["GOOD_TRIGGER"]: {"name": "web1: Good on web1", "status": "ok", "enabled": "yes", "type": "trigger"},
			p.said["BAD_TRIGGER"]:  {"status": "alerting"},
			p.said["OFF_TRIGGER"]:  {"status": "unknown", "enabled": "no"},
			p.said["ODD_TRIGGER"]:  {"status": "unknown", "enabled": "yes"},
		},
	}
	reader := with(p.said["READER_TOKEN"])
	p.is(reader, want)
	p.passes(reader, "reader")
	p.refused(with(strings.Repeat("0", 64)))

	out := p.lacks(with(p.said["WEAK_TOKEN"]), "Super admin", "users", "hosts", "triggers")
	for name, s := range out.Streams {
		if len(s.Records) > 0 {
			t.Errorf("stream %s has %d records of a part", name, len(s.Records))
		}
	}
	few := p.lacks(with(p.said["FEW_TOKEN"]), "trigger.get", "triggers")
	delete(want, "triggers")
	for _, complaint := range p.differs(few, maps.Clone(want)) {
		t.Error(complaint)
	}
}

func TestPeerMediaWiki(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "mediawiki")
	with := func(user, password string) sdktest.Input {
		return sdktest.Input{
			Settings: map[string]any{"base_url": "http://" + p.addr, "user": user}, Secrets: map[string]string{"password": password},
		}
	}
	const bot = "0123456789abcdef0123456789abcdef"
	auditor := with("Auditor@peers", bot)
	here := "http://" + p.addr
	p.is(auditor, map[string]known{
		"users": {
			"1": {"username": "Boss", "admin": "yes", "status": "active", "roles": []string{"bureaucrat", "interface-admin", "sysop"}},
			"2": {"username": "MediaWiki default", "admin": "no"},
			"3": {"username": "Alice", "type": "human", "status": "active", "admin": "no", "roles": []string{}, "email": nil, "mfa": nil},
			"4": {"username": "Bob", "status": "suspended"},
			"5": {"username": "Weak"},
			"6": {"username": "Carol", "admin": "yes", "roles": []string{"bureaucrat", "sysop"}},
			"7": {"username": "Auditor", "roles": []string{"readers"}},
		},
		"pages": {
			"1": {"title": "Main Page", "media_type": "text/x-wiki"},
			"2": {"title": "First page", "bytes": 5, "url": here + "/index.php/First_page", "owner": nil},
		},
		"sign_in": {"Auditor@peers": {"owner": "Auditor", "type": "bot password"}},
		"wiki":    {here: {"type": "wiki"}},
	})
	p.passes(auditor, "")
	p.lacks(with("Weak@peers", bot), "Basic rights", "users", "pages")
	p.refused(with("Auditor@peers", strings.Repeat("0", 32)), "wiki")
}
