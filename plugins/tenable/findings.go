package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	// assetsInChunk is Tenable's minimum. A chunk has all findings of so many assets.
	assetsInChunk = 50
	// beginning is before Tenable existed. Without a time, an export has the findings of the last 30 days only.
	beginning = 1_000_000_000
)

// findingFilter is the filter of an export of findings. Without states it has open, reopened and fixed ones.
type findingFilter struct {
	Since    int64    `json:"since"`
	Severity []string `json:"severity,omitempty"`
}

func readFindings(ctx context.Context, v *tenable, out *sdk.Output) error {
	filter := findingFilter{Since: beginning}
	if !v.informational {
		filter.Severity = []string{"low", "medium", "high", "critical"}
	}
	nameless := 0
	e := export{
		tenable: v, what: "findings", start: "/vulns/export", path: "/vulns/export",
		body: struct {
			Assets     int           `json:"num_assets"`
			Unlicensed bool          `json:"include_unlicensed"`
			Filters    findingFilter `json:"filters"`
		}{assetsInChunk, true, filter},
		chunk: func(rows []json.RawMessage) error {
			for _, raw := range rows {
				finding, err := toFinding(raw)
				if err != nil {
					nameless++
					out.Gap("finding "+strconv.Itoa(nameless)+" that cannot be read", err)
					continue
				}
				if err := out.PutOrGap(finding.ExternalID, finding); err != nil {
					return err
				}
			}
			return nil
		},
	}
	return e.read(ctx, out)
}

// row is a finding in a chunk. Only these fields have a meaning for the record.
type row struct {
	Asset struct {
		UUID     text  `json:"uuid"`
		Hostname text  `json:"hostname"`
		FQDN     words `json:"fqdn"`
		IPv4     words `json:"ipv4"`
	} `json:"asset"`
	Plugin struct {
		ID       text  `json:"id"`
		Name     text  `json:"name"`
		CVE      words `json:"cve"`
		Synopsis text  `json:"synopsis"`
		Solution text  `json:"solution"`
	} `json:"plugin"`
	Port struct {
		Port     text `json:"port"`
		Protocol text `json:"protocol"`
	} `json:"port"`
	Severity     text `json:"severity"`
	Modification text `json:"severity_modification_type"`
	State        text `json:"state"`
	FirstFound   text `json:"first_found"`
	LastFixed    text `json:"last_fixed"`
}

// key is the identity of a finding: asset, plugin, port and protocol.
func (r row) key() string {
	return strings.Join([]string{
		string(r.Asset.UUID), string(r.Plugin.ID), string(r.Port.Port), strings.ToUpper(string(r.Port.Protocol)),
	}, "/")
}

func toFinding(raw json.RawMessage) (kind.Finding, error) {
	var r row
	if err := json.Unmarshal(raw, &r); err != nil {
		return kind.Finding{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "a finding is not as documented").Because(err)
	}
	if r.Asset.UUID == "" || r.Plugin.ID == "" {
		return kind.Finding{}, sdk.Errorf(sdk.CodeSchemaKeyMissing, "a finding names no asset or no plugin")
	}
	f := kind.Finding{
		ExternalID: r.key(), Title: string(cmp.Or(r.Plugin.Name, "Plugin "+r.Plugin.ID)), Severity: severityOf(r.Severity),
		Status: statusOf(r), Resource: string(cmp.Or(r.Asset.Hostname, r.Asset.FQDN.first(), r.Asset.IPv4.first(), r.Asset.UUID)),
		Identifier: strings.Join(r.Plugin.CVE, ", "), Description: string(r.Plugin.Synopsis), Fix: string(r.Plugin.Solution),
		FoundAt: r.FirstFound.Time().CutTo(time.Second), Vendor: field.Omit(raw, "indexed", "indexed_at", "last_found", "output", "scan",
			"asset.ipv4", "asset.ipv6", "asset.last_authenticated_results", "asset.last_unauthenticated_results", "asset.mac_address",
			"plugin.epss_score", "plugin.vpr", "plugin.vpr_v2"),
	}
	if f.Status == "fixed" {
		f.FixedAt = r.LastFixed.Time().CutTo(time.Second)
	}
	return f, nil
}

func severityOf(t text) kind.Word {
	switch word := strings.ToLower(string(t)); word {
	case "critical", "high", "medium", "low", "info":
		return kind.Word(word)
	}
	return ""
}

// statusOf returns whether a finding still exists. People accept an open finding with a rule; a recast one has another
// severity and stays open.
func statusOf(r row) kind.Word {
	switch strings.ToUpper(string(r.State)) {
	case "FIXED":
		return "fixed"
	case "OPEN", "REOPENED":
		if strings.EqualFold(string(r.Modification), "ACCEPTED") {
			return "accepted"
		}
		return "open"
	}
	return ""
}
