// Command findings is the connector for reports of scanners: SARIF, OCSF, CycloneDX VEX, XCCDF and debsecan. It reads
// them from a file or a directory of this machine.
package main

import (
	_ "embed"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "findings",
		Name:         "Reports of scanners",
		Version:      "1.0.0",
		Vendor:       "Any scanner",
		Summary:      "Reads findings from reports in SARIF, OCSF, CycloneDX VEX, OpenSCAP and debsecan formats.",
		License:      "Apache-2.0",
		Categories:   []string{"vulnerability", "cspm", "security_reviews"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Files:        []sdk.FileAccess{{Path: "{path}", Purpose: "The reports"}},
		MemoryMiB:    256,
		Check:        check,
		Streams: []sdk.Stream{
			{
				Name: "findings", Title: "Findings", Kind: kind.KindFinding, Read: readFindings,
				Description: "Every weakness in the newest report of each scanner and target.",
			},
			{
				Name: "reports", Title: "Reports", Kind: kind.KindAssessment, Read: readReports,
				Description: "The newest report of each scanner and target, also one without findings.",
			},
		},
	}
}

// settings are the connection's settings.
type settings struct {
	Path    string `json:"path"`
	MaxDays int    `json:"max_days"`
}
