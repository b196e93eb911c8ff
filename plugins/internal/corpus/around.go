package main

import (
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// around returns the plights that lie in the machine, in the network or in a person.
func around() map[string]plight {
	day := 24 * time.Hour
	drip := []replay.Fault{{Drip: 10 * time.Minute}}
	all := []plight{
		{id: "stopped", label: "run.cancelled", how: "a person cancels while the vendor does not answer", cure: "sync",
			faults: []replay.Fault{{Stall: true}}, interrupt: 3 * time.Second},
		{id: "deadline", label: "run.time", how: "the vendor answers so slowly that the deadline of the run passes", cure: "sync",
			faults: drip, environ: shortDeadline},
		{id: "disk-full", label: "store.full", how: "another program filled the disk", cure: "sync", before: smallDisk,
			harm: leave(minFree / 2), mend: room},
		{id: "certificate-expired", label: "tls.certificate", how: "the certificate of the vendor ran out", cure: "sync",
			period: period{-90 * day, -time.Hour}},
		{id: "clock-behind", label: "clock.skew", how: "by the clock of this machine no certificate is valid yet", cure: "sync",
			period: period{day, 90 * day}, also: "slack"},
		{id: "clock-ahead", label: "clock.skew", how: "by the clock of this machine every certificate has run out", cure: "sync",
			period: period{-90 * day, -day}, also: "zoom"},
		{id: "inspected", label: "tls.intercepted", how: "the company's proxy reads the traffic with a certificate of its own", cure: "sync",
			untrusted: true},
	}
	byID := map[string]plight{}
	for _, p := range all {
		byID[p.id] = p
	}
	return byID
}

func shortDeadline(*stage) []string { return []string{"PLUMBLINE_SYNC_DEADLINE=1m"} }

// aroundTable says which plights of around each connector meets.
func aroundTable() []struct{ connector, plights string } {
	return []struct{ connector, plights string }{
		{"okta", "stopped certificate-expired inspected clock-behind disk-full"},
		{"gitlab", "stopped inspected clock-ahead disk-full"},
		{"jira", "stopped certificate-expired clock-behind"},
		{"github", "certificate-expired inspected disk-full"},
		{"notion", "stopped clock-ahead certificate-expired"},
		{"hubspot", "inspected clock-ahead"},
		{"pagerduty", "stopped clock-behind"},
		{"jira", "deadline"},
		{"github", "deadline"},
		{"hubspot", "deadline"},
	}
}

// full is the plight of a connector that reads more than fits on the disk.
func full() plight {
	p := plight{id: "disk-fills", label: "store.full", how: "the disk fills up while records are stored", cure: "sync", atFirst: true,
		before: smallDisk, harm: leave(minFree + 24<<20), mend: room}
	p.from = func(_ subject, settings map[string]any, _ map[string]string) {
		settings["streams"] = json.RawMessage(`[{"name": "users", "records": 60000, "page": 1000, "pad": 700}]`)
	}
	return p
}
