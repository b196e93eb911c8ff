package host

import (
	"fmt"
	"time"
)

// Codes of what can be wrong with a release.
const (
	CodeReleaseDamaged    = "release.damaged"     // it is not what its manifest says
	CodeReleaseUnsafe     = "release.unsafe"      // reading it would write outside its directory or take too much
	CodeReleaseUnsigned   = "release.unsigned"    // it has no signature
	CodeReleaseSignature  = "release.signature"   // its signature is not right
	CodeReleaseSigner     = "release.signer"      // signed by a key that no person agreed to
	CodeReleaseOlder      = "release.older"       // older than what is installed
	CodeReleasePlatform   = "release.platform"    // has no program for this machine
	CodeReleaseHost       = "release.host"        // needs another Plumbline
	CodeReleaseRequires   = "release.requires"    // needs something that this machine does not have
	CodeReleaseMismatch   = "release.mismatch"    // its program says something else than its manifest
	CodeReleaseConsent    = "release.consent"     // a person has to agree first
	CodeReleaseBroken     = "release.broken"      // it failed its test on this machine
	CodeReleaseSource     = "release.source"      // where it should come from cannot be read
	CodeReleaseRolledBack = "release.rolled_back" // it was installed and broke
	CodeReleaseLock       = "release.lock"        // the lock file cannot be read
)

// Asks are what a connector asks for that a person has to agree to.
type Asks struct {
	Permissions []Permission  `json:"permissions"`
	Network     []NetworkHost `json:"network"`
	NetworkTCP  bool          `json:"network_tcp,omitempty" doc:"To open TCP connections itself, through the host's proxy; contained less"`
	Files       []FileAccess  `json:"files"`
}

// None reports whether nothing is asked for.
func (a Asks) None() bool {
	return len(a.Permissions)+len(a.Network)+len(a.Files) == 0 && !a.NetworkTCP
}

// Asks returns what the connector asks for.
func (c Connector) Asks() Asks {
	return Asks{Permissions: c.Permissions, Network: c.Network, NetworkTCP: c.NetworkTCP, Files: c.Files}
}

// Beyond returns what of a was not agreed to with other. Another wording of a reason or a
// purpose asks for nothing more.
func (a Asks) Beyond(other Asks) Asks {
	return Asks{
		Permissions: without(a.Permissions, other.Permissions, func(p Permission) string { return p.ID }),
		Network:     without(a.Network, other.Network, func(n NetworkHost) string { return fmt.Sprint(n.Host, ":", n.Port) }),
		NetworkTCP:  a.NetworkTCP && !other.NetworkTCP,
		Files:       without(a.Files, other.Files, func(f FileAccess) string { return f.Path }),
	}
}

func without[T any](list, known []T, name func(T) string) []T {
	agreed := map[string]bool{}
	for _, item := range known {
		agreed[name(item)] = true
	}
	rest := []T{}
	for _, item := range list {
		if !agreed[name(item)] {
			rest = append(rest, item)
		}
	}
	return rest
}

// Installation is an installed release of a connector.
type Installation struct {
	Version     string         `json:"version"`
	Signer      string         `json:"signer,omitempty" doc:"Public key that signed it"`
	Source      string         `json:"source" doc:"Where it came from"`
	InstalledAt time.Time      `json:"installed_at"`
	Trial       bool           `json:"trial" doc:"No sync of it was complete yet: when it breaks, the version before is used again"`
	Previous    string         `json:"previous,omitempty" doc:"Version that is kept to go back to"`
	Waiting     *WaitingUpdate `json:"waiting,omitempty"`
	RolledBack  *RolledBack    `json:"rolled_back,omitempty"`
}

// WaitingUpdate is an update that a person has to agree to first.
type WaitingUpdate struct {
	Version string    `json:"version"`
	Source  string    `json:"source"`
	Consent string    `json:"consent" doc:"Names exactly this release"`
	New     Asks      `json:"new"`
	Since   time.Time `json:"since"`
}

// RolledBack says that a version broke and the one before is used again.
type RolledBack struct {
	Version string    `json:"version" doc:"The one that broke"`
	To      string    `json:"to"`
	At      time.Time `json:"at"`
	By      string    `json:"by" enum:"host,person"`
	Reason  string    `json:"reason"`
}

// Notice is something about a connection that is no failure of its own.
type Notice struct {
	Code    string    `json:"code"`
	Message string    `json:"message"`
	Remedy  string    `json:"remedy,omitempty"`
	Since   time.Time `json:"since"`
}
