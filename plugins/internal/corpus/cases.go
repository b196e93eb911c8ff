package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// plight is what goes wrong.
type plight struct {
	id    string
	label string // the cause
	how   string
	cure  string // edit, sync, or empty when nothing on this side cures it

	atFirst   bool                      // it is there from the first sync on
	mode      func(subject) vendor.Mode // nil = a vendor without a fault
	faults    []replay.Fault
	untrusted bool                                                                 // another authority signs the vendor's certificate
	environ   func(s *stage) []string                                              // changes the environment of the sync
	from      func(of subject, settings map[string]any, secrets map[string]string) // changes what the connection is added with
	edit      []string                                                             // flags of connection edit before the sync
	spoil     bool                                                                 // the secrets are edited to wrong ones
	interrupt time.Duration                                                        // the sync gets Ctrl-C after this time
	period    period                                                               // of the vendor's certificates; zero = they hold
	also      string                                                               // a connector whose connection meets the plight too

	with   map[string]any // more settings
	before deed           // done before the connection is added
	harm   deed           // brings it about
	mend   deed           // a part of the cure
}

// period is from when until when a certificate holds, seen from now.
type period struct{ from, until time.Duration }

// scene is a plight of a connector.
type scene struct {
	connector string
	plight
}

func (c scene) name() string { return c.connector + "-" + c.id }

// answer is the plight of a vendor that answers every request with a status and a body.
func answer(id, label, how string, status int, body string, header ...string) plight {
	f := replay.Fault{Status: status, Body: body, Header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		f.Header[header[i]] = header[i+1]
	}
	return plight{id: id, label: label, how: how, cure: "sync", faults: []replay.Fault{f}}
}

// common returns the plights that every subject can meet.
func common() map[string]plight {
	all := []plight{
		{id: "expired", label: "credential.expired", how: "the vendor refuses the credential that it took before", cure: "sync", mode: refuse},
		{id: "wrong-key", label: "credential.wrong", how: "a person enters another credential", cure: "edit", spoil: true},
		{id: "never-right", label: "credential.wrong", how: "the first credential is wrong", cure: "edit", atFirst: true,
			from: func(of subject, _ map[string]any, secrets map[string]string) {
				for name, value := range of.wrong {
					secrets[name] = value
				}
			}},
		{id: "no-permission", label: "permission.missing", how: "a permission was taken away", cure: "sync", mode: without("")},
		{id: "no-permission-at-first", label: "permission.missing", how: "a permission was never granted", cure: "sync", atFirst: true,
			mode: without("")},
		answer("outage-500", "vendor.outage", "every request is answered with 500", 500, `{"message": "Internal Server Error"}`),
		answer("outage-502", "vendor.outage", "a gateway of the vendor answers 502 with a page", 502,
			"<html><head><title>502 Bad Gateway</title></head></html>"),
		answer("outage-503", "vendor.outage", "every request is answered with 503", 503,
			"upstream connect error or disconnect/reset before headers"),
		answer("maintenance", "vendor.maintenance", "the vendor announces maintenance", 503, "Down for scheduled maintenance.", "Retry-After",
			"7200"),
		answer("rate-429", "rate.limit", "too many requests, for an hour", 429, `{"message": "API rate limit exceeded"}`, "Retry-After", "3600"),
		answer("quota", "quota.used", "the requests of the day are used up", 429, `{"message": "Daily request quota exhausted"}`, "Retry-After",
			"40000"),
		answer("plan-402", "plan.limit", "the plan does not include the API", 402, `{"message": "Upgrade your plan to use the API"}`),
		answer("plan-403", "plan.limit", "the plan does not include the API, with 403", 403,
			`{"message": "This feature is not available on your current plan. Please upgrade."}`),
		answer("ip-allow-list", "address.blocked", "an allow-list of the vendor", 403,
			`{"message": "Your IP address is not on the organization's allow list"}`),
		answer("waf", "address.blocked", "a firewall of the vendor answers with its page", 403,
			`<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been `+
				`blocked</body></html>`, "Cf-Mitigated", "block"),
		answer("gone-410", "answer.changed", "the vendor retired the address", 410, `{"message": "This endpoint was removed"}`),
		answer("wrong-tenant", "tenant.wrong", "the tenant does not exist", 404, `{"message": "No such organization"}`).firstTime("edit"),
		answer("clock", "clock.skew", "the vendor refuses a signature for its time", 401,
			`{"message": "Request timestamp is outside the allowed clock skew"}`),
		answer("revoked", "consent.withdrawn", "an administrator revoked the token", 401,
			`{"message": "The token was revoked by an administrator"}`),
		answer("token-expired", "credential.expired", "the vendor says that the token expired", 401, `{"message": "The access token expired"}`),
		answer("login-page", "network.proxy", "a portal answers with its sign-in page", 200,
			"<html><head><title>Guest Wi-Fi sign-in</title></head></html>", "Content-Type", "text/html"),
		{id: "cut-short", label: "vendor.outage", how: "every answer is cut in half", cure: "sync", faults: []replay.Fault{{Truncate: true}}},
		{id: "breaks", label: "vendor.outage", how: "connections break in the middle of the answer", cure: "sync",
			faults: []replay.Fault{{Break: true}}},
		{id: "shape", label: "answer.changed", how: "the vendor renamed its fields", cure: "sync", faults: []replay.Fault{{Edit: renamed}}},
		{id: "untrusted", label: "tls.intercepted", how: "a proxy replaces the certificate", cure: "sync", untrusted: true},
		{id: "no-dns", label: "network.dns", how: "no name resolves", cure: "sync", environ: withoutProxy},
		{id: "proxy-407", label: "network.proxy", how: "the company's proxy demands a sign-in", cure: "sync", environ: proxyWithoutPassword},
		{id: "proxy-down", label: "network.proxy", how: "the company's proxy does not run", cure: "sync", environ: proxyDown},
		{id: "proxy-denies", label: "network.proxy", how: "the company's proxy does not let the host through", cure: "sync",
			faults: []replay.Fault{{Refuse: "denied"}}},
		{id: "cancelled", label: "run.cancelled", how: "a person cancels", cure: "sync", faults: []replay.Fault{{Drip: time.Minute}},
			interrupt: 2 * time.Second},
		{id: "memory", label: "resource.limit", how: "the connector takes more memory than it may", cure: "sync", environ: littleMemory},
		{id: "gone", label: "connector.gone", how: "the connector's program was deleted", cure: "sync", environ: withoutConnectors},
		{id: "fewer", label: "removal.held", how: "most records vanish at the vendor", mode: fewer},
	}
	byID := map[string]plight{}
	for _, p := range all {
		byID[p.id] = p
	}
	return byID
}

// firstTime returns the plight of a connection that never worked.
func (p plight) firstTime(cure string) plight {
	p.atFirst, p.cure = true, cure
	return p
}

func fewer(subject) vendor.Mode {
	return vendor.Mode{Small: true, Few: vendor.Few{Items: 1, Whole: true}}
}

// renamed replaces the names of all members of a JSON answer.
func renamed(_ replay.Request, body []byte) []byte {
	return bytes.ReplaceAll(body, []byte(`":`), []byte(`V2":`))
}

func withoutProxy(*stage) []string {
	return []string{"HTTPS_PROXY=", "HTTP_PROXY=", "https_proxy=", "http_proxy="}
}

// proxyAt names another proxy.
func proxyAt(address string) []string {
	return []string{"HTTPS_PROXY=" + address, "HTTP_PROXY=" + address, "https_proxy=" + address, "http_proxy=" + address}
}

// proxyDown names a port on which nothing listens.
func proxyDown(*stage) []string { return proxyAt("http://127.0.0.1:9") }

// proxyWithoutPassword names the proxy of the sync without its password.
func proxyWithoutPassword(s *stage) []string {
	_, host, _ := strings.Cut(s.proxy, "@")
	return proxyAt("http://" + host)
}

func littleMemory(*stage) []string { return []string{"PLUMBLINE_CONNECTORS_MEMORY_LIMIT_MIB=8"} }

func withoutConnectors(s *stage) []string {
	empty := filepath.Join(s.dir, "empty")
	_ = os.MkdirAll(empty, 0o755) // without it the directory is missing, which is the same plight
	return []string{"PLUMBLINE_CONNECTORS_DIRS=" + empty}
}

// cases returns the whole corpus.
func cases() (all []scene) {
	plights := common()
	for _, row := range table() {
		for _, id := range strings.Fields(row.plights) {
			p, known := plights[id]
			if !known {
				panic("there is no plight " + id)
			}
			all = append(all, scene{row.connector, p})
		}
	}
	plights = around()
	for _, row := range aroundTable() {
		for _, id := range strings.Fields(row.plights) {
			p, known := plights[id]
			if !known {
				panic("there is no plight " + id)
			}
			all = append(all, scene{row.connector, p})
		}
	}
	return slices.Concat(servers(), special(), all)
}

// table says which plights each connector meets. Every plight is met by several connectors
// of different vendors.
func table() []struct{ connector, plights string } {
	return []struct{ connector, plights string }{
		{"okta", "expired wrong-key no-permission outage-500 rate-429 no-dns shape"},
		{"slack", "expired no-permission outage-503 plan-402 ip-allow-list cancelled"},
		{"pagerduty", "wrong-key no-permission-at-first maintenance proxy-407 gone fewer"},
		{"datadog", "expired never-right no-permission outage-502 untrusted quota"},
		{"checkr", "expired wrong-key rate-429 waf breaks"},
		{"gitlab", "no-permission wrong-tenant plan-403 outage-500 proxy-down token-expired"},
		{"zoom", "wrong-key no-permission rate-429 maintenance untrusted"},
		{"jira", "expired wrong-tenant ip-allow-list outage-503 no-dns"},
		{"notion", "expired no-permission revoked gone-410 cut-short"},
		{"sentry", "no-permission wrong-tenant outage-502 proxy-denies clock memory"},
		{"kandji", "never-right no-permission waf quota shape"},
		{"hubspot", "expired no-permission plan-403 rate-429 login-page"},
		{"zendesk", "wrong-key wrong-tenant outage-500 revoked fewer"},
		{"snyk", "expired no-permission-at-first gone-410 proxy-407 cancelled"},
		{"tailscale", "wrong-key no-permission token-expired maintenance no-dns"},
		{"auth0", "expired no-permission clock quota untrusted"},
		{"bamboohr", "never-right ip-allow-list outage-503 cut-short gone"},
		{"salesforce", "wrong-key plan-403 breaks proxy-down rate-429"},
		{"digitalocean", "expired no-permission revoked login-page"},
		{"heroku", "never-right plan-402 outage-502 shape"},
		{"grafana", "wrong-key no-permission waf proxy-denies token-expired"},
		{"cloudflare", "expired no-permission outage-500 clock"},
		{"crowdstrike", "wrong-key no-permission ip-allow-list maintenance"},
		{"tenable", "expired outage-503 rate-429 no-dns memory"},
		{"github", "expired no-permission outage-502 cancelled memory"},
		{"aws", "no-permission outage-500"},
	}
}
