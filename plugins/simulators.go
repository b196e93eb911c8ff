// Package plugins holds the connectors, each in a folder of its own, and what the simulated vendors
// among them answer.
package plugins

import "embed"

// Simulators has the file simulator.yaml of each connector that has one, as ID/simulator.yaml.
//
//go:embed */simulator.yaml
var Simulators embed.FS
