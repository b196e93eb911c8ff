// Package offer holds what a person may install: the manifest of a release, and the offer
// that is made of it on this machine.
package offer

import "github.com/plumbline-dev/plumbline/host"

// Offer is a release that a person may install, as far as it was read.
type Offer struct {
	Source   string        `json:"source" doc:"A file, a directory or a reference to a registry"`
	Manifest Manifest      `json:"manifest"`
	Signer   string        `json:"signer,omitempty" doc:"Public key that signed it; empty when it is not signed"`
	Consent  string        `json:"consent" doc:"Names exactly this release: send it to agree to it"`
	Current  *Current      `json:"current,omitempty" doc:"What it would replace"`
	New      host.Asks     `json:"new" doc:"What it asks for beyond what was agreed to"`
	Confirm  []Typed       `json:"confirm" doc:"Why the connector's id has to be typed, if it has"`
	Problem  *host.Problem `json:"problem,omitempty" doc:"Why it cannot be installed, or why no release could be read"`
}

// Current is the program that a release would replace.
type Current struct {
	Version string     `json:"version"`
	Trust   host.Trust `json:"trust" enum:"bundled,signed,trusted,unverified,development"`
	Signer  string     `json:"signer,omitempty"`
}

// Typed is a reason why a person has to type the connector's id.
type Typed struct {
	Code    string `json:"code" enum:"release.signer,release.older,release.unsigned"`
	Message string `json:"message"`
}
