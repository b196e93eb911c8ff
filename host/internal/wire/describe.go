package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Description admits what a connector says of itself and turns it into the host's
// noun, or returns the violation. Lists are never nil, so that every client sees []
// and not null.
func Description(d *connectorv1.DescribeResponse) (host.Connector, *host.Problem) {
	if violation := new(Door).Admit(d); violation != nil {
		return host.Connector{}, violation
	}
	if text, hidden := hiddenIn(d.GetConfigSchema()); hidden {
		rule := "texts without control or invisible characters are expected"
		return host.Connector{}, refusal{"config_schema", new(Door).quoted(text), rule}.problem()
	}
	if odd := display.CheckNumbers(d.GetConfigSchema()); odd != "" {
		return host.Connector{}, refusal{"config_schema", fmt.Sprintf("%d bytes", len(d.GetConfigSchema())), odd}.problem()
	}
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
			RequestsPerSecond: d.GetLimits().GetRequestsPerSecond(), ConcurrentRequests: int(d.GetLimits().GetConcurrentRequests()),
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
	return c, nil
}

// hiddenIn returns the first text of a JSON document that has hidden characters. What
// is no JSON is refused later, by name.
func hiddenIn(doc []byte) (string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber() // else it ends at a number that no float holds
	for {
		token, err := decoder.Token()
		if err != nil {
			return "", false
		}
		if text, ok := token.(string); ok && display.VisibleText(text) != text {
			return text, true
		}
	}
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
