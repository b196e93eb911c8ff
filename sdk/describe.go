package sdk

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// sdkVersion names this SDK in Describe.
const sdkVersion = "plumbline-go 1.0.0"

// CapabilityLease says that a connector obeys a new lease during a run.
const CapabilityLease = "budget.lease"

// CapabilityRenew says that a connector hands secrets that the vendor replaced to a host
// that opens the call Renew.
const CapabilityRenew = "secrets.renew"

// CapabilityChoices says that a connector can find out what its settings can be filled with.
const CapabilityChoices = "check.choices"

// capabilities are the features of protocol v1 that this SDK offers. A host tests for a
// feature by its word, never by a version number.
func (c *Connector) capabilities() []string {
	all := []string{"check.probes", "sync.checkpoints", "sync.gaps", "deletes.tombstone", CapabilityLease, CapabilityRenew}
	if c.Choices != nil {
		all = append(all, CapabilityChoices)
	}
	return all
}

// describe returns the descriptor as a protocol message.
func (c *Connector) describe() (*connectorv1.DescribeResponse, error) {
	guide, err := ParseGuide(c.Guide)
	if err != nil {
		return nil, fmt.Errorf("parse guide: %w", err)
	}
	d := &connectorv1.DescribeResponse{
		Id: c.ID, Name: c.Name, Version: c.Version, Sdk: sdkVersion, Capabilities: c.capabilities(),
		Summary: c.Summary, Homepage: c.Homepage, Vendor: c.Vendor, Categories: c.Categories,
		ConfigSchema: c.ConfigSchema, Guide: guide.toWire(), License: c.License, NetworkTcp: c.NetworkTCP,
		Limits: &connectorv1.Limits{
			MemoryMib: uint32(max(c.MemoryMiB, 0)), RequestsPerSecond: max(c.Limits.RequestsPerSecond, 0),
			ConcurrentRequests: uint32(max(c.Limits.ConcurrentRequests, 0)), ConcurrentRuns: uint32(max(c.Limits.ConcurrentRuns, 0)),
			TenantSettings: c.Limits.TenantSettings,
		},
	}
	if c.Connect != nil {
		d.Steps = append(d.Steps, &connectorv1.Step{Id: connectStep, Title: "Sign in"})
	}
	for _, s := range c.Streams {
		d.Streams = append(d.Streams, &connectorv1.Stream{
			Name: s.Name, Title: s.Title, Kind: string(s.Kind), Permissions: s.Permissions,
			Deletes: s.Deletes.toWire(), Incremental: s.Incremental, Description: s.Description,
		})
		d.Steps = append(d.Steps, &connectorv1.Step{Id: s.Name, Title: "Read " + midSentence(s.Title), Stream: s.Name})
	}
	for _, p := range c.Permissions {
		d.Permissions = append(d.Permissions, &connectorv1.Permission{
			Id: p.ID, Reason: p.Reason, Streams: p.Streams, Optional: p.Optional,
		})
	}
	for _, n := range c.Network {
		d.Network = append(d.Network, &connectorv1.NetworkHost{
			Host: n.Host, Port: uint32(max(n.Port, 0)), Purpose: n.Purpose,
		})
	}
	for _, f := range c.Files {
		d.Files = append(d.Files, &connectorv1.FileAccess{Path: f.Path, Purpose: f.Purpose})
	}
	return d, nil
}

// midSentence writes a title for the middle of a sentence: "Local accounts" becomes "local
// accounts", "IAM users" stays.
func midSentence(title string) string {
	first, size := utf8.DecodeRuneInString(title)
	if second, _ := utf8.DecodeRuneInString(title[size:]); unicode.IsUpper(second) || unicode.IsDigit(second) {
		return title
	}
	return string(unicode.ToLower(first)) + title[size:]
}

func (g Guide) toWire() *connectorv1.SetupGuide {
	w := &connectorv1.SetupGuide{
		Introduction: g.Introduction, Prerequisites: g.Prerequisites, Notes: g.Notes, Minutes: uint32(max(g.Minutes, 0)),
	}
	for _, s := range g.Steps {
		w.Steps = append(w.Steps, &connectorv1.GuideStep{
			Id: s.ID, Title: s.Title, Body: s.Body, ExpectedOutcome: s.ExpectedOutcome,
		})
	}
	return w
}

func (d Deletes) toWire() connectorv1.DeleteVisibility {
	return connectorv1.DeleteVisibility(connectorv1.DeleteVisibility_value["DELETE_VISIBILITY_"+strings.ToUpper(d.String())])
}
