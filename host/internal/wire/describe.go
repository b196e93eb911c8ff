package plugin

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// fromDescribe turns the wire's description into the host's noun. Lists are
// never nil, so that every client sees [] and not null.
func fromDescribe(d *connectorv1.DescribeResponse) host.Connector {
	c := host.Connector{
		ID: d.GetId(), Name: d.GetName(), Version: d.GetVersion(), Vendor: d.GetVendor(),
		Summary: d.GetSummary(), Homepage: d.GetHomepage(), License: d.GetLicense(), SDK: d.GetSdk(),
		Capabilities: orEmpty(d.GetCapabilities()),
		ConfigSchema: json.RawMessage(d.GetConfigSchema()),
		Guide:        fromGuide(d.GetGuide()),
		Categories:   []host.Category{},
		Streams:      []host.StreamInfo{},
		Steps:        []host.StepInfo{},
		Permissions:  []host.Permission{},
		Network:      []host.NetworkHost{},
		NetworkTCP:   d.GetNetworkTcp(),
		Files:        []host.FileAccess{},
		Limits: host.ConnectorLimits{
			RequestsPerSecond: max(d.GetLimits().GetRequestsPerSecond(), 0), ConcurrentRequests: int(d.GetLimits().GetConcurrentRequests()),
			ConcurrentRuns: int(d.GetLimits().GetConcurrentRuns()), TenantSettings: orEmpty(d.GetLimits().GetTenantSettings()),
		},
	}
	for _, category := range d.GetCategories() {
		c.Categories = append(c.Categories, host.Category(category))
	}
	for _, s := range d.GetStreams() {
		c.Streams = append(c.Streams, host.StreamInfo{
			Name: s.GetName(), Title: s.GetTitle(), Kind: s.GetKind(), Description: s.GetDescription(),
			Permissions: orEmpty(s.GetPermissions()), Deletes: deletes(s.GetDeletes()), Incremental: s.GetIncremental(),
		})
	}
	for _, s := range d.GetSteps() {
		c.Steps = append(c.Steps, host.StepInfo{Name: s.GetId(), Title: s.GetTitle(), Stream: s.GetStream()})
	}
	for _, p := range d.GetPermissions() {
		c.Permissions = append(c.Permissions, host.Permission{
			ID: p.GetId(), Reason: p.GetReason(), Streams: orEmpty(p.GetStreams()), Optional: p.GetOptional(),
		})
	}
	for _, n := range d.GetNetwork() {
		c.Network = append(c.Network, host.NetworkHost{Host: n.GetHost(), Port: port(n.GetPort()), Purpose: n.GetPurpose()})
	}
	for _, f := range d.GetFiles() {
		c.Files = append(c.Files, host.FileAccess{Path: f.GetPath(), Purpose: f.GetPurpose()})
	}
	return c
}

func fromGuide(g *connectorv1.SetupGuide) host.SetupGuide {
	guide := host.SetupGuide{
		Introduction: g.GetIntroduction(), Prerequisites: orEmpty(g.GetPrerequisites()),
		Notes: orEmpty(g.GetNotes()), Minutes: int(g.GetMinutes()), Steps: []host.GuideStep{},
	}
	for _, s := range g.GetSteps() {
		guide.Steps = append(guide.Steps, host.GuideStep{
			ID: s.GetId(), Title: s.GetTitle(), Body: s.GetBody(), ExpectedOutcome: s.GetExpectedOutcome(),
		})
	}
	return guide
}

// checkDescription refuses a description the host could not keep its promises
// with: a name that is not the file's, a kind or category nobody knows.
func checkDescription(id string, c host.Connector) *host.Problem {
	if !idPattern.MatchString(c.ID) || c.ID == Interpreter {
		return notAConnector(id, c.Path, fmt.Sprintf("it calls itself %q, which is no id of a connector", c.ID))
	}
	if c.ID != id {
		return notAConnector(id, c.Path, fmt.Sprintf("it calls itself %q; the file and the connector must have one name", c.ID))
	}
	if !json.Valid(c.ConfigSchema) {
		return notAConnector(id, c.Path, "its config schema is not JSON")
	}
	if len(c.Streams) == 0 {
		return notAConnector(id, c.Path, "it declares no streams")
	}
	seen := map[string]bool{}
	for _, s := range c.Streams {
		if !streamPattern.MatchString(s.Name) {
			return notAConnector(id, c.Path, fmt.Sprintf("stream name %q is not lower-case letters, digits, dashes and underscores", s.Name))
		}
		if seen[s.Name] {
			return notAConnector(id, c.Path, fmt.Sprintf("it declares stream %q twice", s.Name))
		}
		seen[s.Name] = true
		if !slices.Contains(kind.Kinds(), kind.Kind(s.Kind)) {
			return notAConnector(id, c.Path, fmt.Sprintf("stream %q has the unknown kind %q", s.Name, s.Kind))
		}
	}
	for _, category := range c.Categories {
		if !category.Known() {
			return notAConnector(id, c.Path, fmt.Sprintf("it declares the unknown category %q", category))
		}
	}
	return nil
}

func deletes(d connectorv1.DeleteVisibility) string {
	switch d {
	case connectorv1.DeleteVisibility_DELETE_VISIBILITY_SNAPSHOT:
		return "snapshot"
	case connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE:
		return "tombstone"
	default:
		// An unknown value is read as the one that never removes.
		return "never"
	}
}

func port(p uint32) int {
	if p == 0 {
		return 443
	}
	return int(p)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
