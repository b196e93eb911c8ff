package host

import (
	"fmt"
	"slices"
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

// ManifestFormat is the only format of manifests there is.
const ManifestFormat = 1

// Manifest is what a release of a connector says of itself. What it says of the
// connector is what its program says; of its files, their sizes and hashes.
type Manifest struct {
	Format       int            `json:"format"`
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Version      string         `json:"version" doc:"Semantic version"`
	Vendor       string         `json:"vendor,omitempty"`
	Summary      string         `json:"summary,omitempty"`
	Homepage     string         `json:"homepage,omitempty"`
	License      string         `json:"license,omitempty"`
	Protocols    []int          `json:"protocols" doc:"Majors of the connector protocol it speaks"`
	MinimumHost  string         `json:"minimum_host,omitempty" doc:"Oldest Plumbline it works with"`
	Capabilities []string       `json:"capabilities"`
	Categories   []Category     `json:"categories"`
	Permissions  []Permission   `json:"permissions"`
	Network      []NetworkHost  `json:"network"`
	NetworkTCP   bool           `json:"network_tcp,omitempty" doc:"It opens its own TCP connections, through a port of the host's proxy"`
	Files        []FileAccess   `json:"files"`
	Platforms    []PlatformFile `json:"platforms" doc:"A program for each; several may name the same one"`
	Requires     []Requirement  `json:"requires,omitempty" doc:"What has to be on the machine besides, for a program that another one runs"`
	SBOM         *ReleaseFile   `json:"sbom,omitempty" doc:"What the programs are made of, as CycloneDX or SPDX JSON"`
}

// ReleaseFile is one file of a release.
type ReleaseFile struct {
	Path   string `json:"path" doc:"In the release, with /"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256" doc:"Lower-case hex"`
}

// PlatformFile is the program for one platform, or for any.
type PlatformFile struct {
	OS   string `json:"os" doc:"As Go names it, or any for a file that describes a connector"`
	Arch string `json:"arch" doc:"As Go names it, or any"`
	ReleaseFile
}

// Platform writes the platform as os/arch.
func (p PlatformFile) Platform() string { return p.OS + "/" + p.Arch }

// Contents returns every file of the release but the manifest and its signature. One
// that is for several platforms is there once.
func (m Manifest) Contents() []ReleaseFile {
	var all []ReleaseFile
	if m.SBOM != nil {
		all = append(all, *m.SBOM)
	}
	for _, p := range m.Platforms {
		if !slices.Contains(all, p.ReleaseFile) {
			all = append(all, p.ReleaseFile)
		}
	}
	return all
}

// DescriptionSuffix ends the name of a file that describes a connector instead of
// being its program. Before it stands the connector's id.
const DescriptionSuffix = ".connector.yaml"

// What a requirement may name besides Python's packages.
const (
	RequiresPython      = "python3"
	RequiresDescription = "connector-files" // the language of files that describe connectors
)

// Requirement is something that has to be on a machine for a program to run there.
type Requirement struct {
	Name    string `json:"name" doc:"python3, a package that it finds, or connector-files: the language of described connectors"`
	AtLeast string `json:"at_least,omitempty" doc:"Oldest version that will do"`
}

func (r Requirement) String() string {
	if r.AtLeast == "" {
		return r.Name
	}
	return r.Name + " " + r.AtLeast + " or newer"
}

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

// Asks returns what the release asks for.
func (m Manifest) Asks() Asks {
	return Asks{Permissions: m.Permissions, Network: m.Network, NetworkTCP: m.NetworkTCP, Files: m.Files}
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

// Offer is a release that a person may install, as far as it was read.
type Offer struct {
	Source   string   `json:"source" doc:"A file, a directory or a reference to a registry"`
	Manifest Manifest `json:"manifest"`
	Signer   string   `json:"signer,omitempty" doc:"Public key that signed it; empty when it is not signed"`
	Consent  string   `json:"consent" doc:"Names exactly this release: send it to agree to it"`
	Current  *Current `json:"current,omitempty" doc:"What it would replace"`
	New      Asks     `json:"new" doc:"What it asks for beyond what was agreed to"`
	Confirm  []Typed  `json:"confirm" doc:"Why the connector's id has to be typed, if it has"`
	Problem  *Problem `json:"problem,omitempty" doc:"Why it cannot be installed, or why no release could be read"`
}

// Current is the program that a release would replace.
type Current struct {
	Version string `json:"version"`
	Trust   Trust  `json:"trust" enum:"bundled,signed,trusted,unverified,development"`
	Signer  string `json:"signer,omitempty"`
}

// Typed is a reason why a person has to type the connector's id.
type Typed struct {
	Code    string `json:"code" enum:"release.signer,release.older,release.unsigned"`
	Message string `json:"message"`
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
