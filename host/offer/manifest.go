package offer

import (
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// ManifestFormat is the only format of manifests there is.
const ManifestFormat = 1

// Manifest is what a release of a connector says of itself. What it says of the
// connector is what its program says; of its files, their sizes and hashes.
type Manifest struct {
	Format       int                `json:"format"`
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Version      string             `json:"version" doc:"Semantic version"`
	Vendor       string             `json:"vendor,omitempty"`
	Summary      string             `json:"summary,omitempty"`
	Homepage     string             `json:"homepage,omitempty"`
	License      string             `json:"license,omitempty"`
	Protocols    []int              `json:"protocols" doc:"Majors of the connector protocol it speaks"`
	MinimumHost  string             `json:"minimum_host,omitempty" doc:"Oldest Plumbline it works with"`
	Capabilities []string           `json:"capabilities"`
	Categories   []host.Category    `json:"categories"`
	Permissions  []host.Permission  `json:"permissions"`
	Network      []host.NetworkHost `json:"network"`
	NetworkTCP   bool               `json:"network_tcp,omitempty" doc:"It opens its own TCP connections, through a port of the host's proxy"`
	Files        []host.FileAccess  `json:"files"`
	Platforms    []PlatformFile     `json:"platforms" doc:"A program for each; several may name the same one"`
	Requires     []Requirement      `json:"requires,omitempty" doc:"What has to be on the machine besides, for a program that another one runs"`
	SBOM         *ReleaseFile       `json:"sbom,omitempty" doc:"What the programs are made of, as CycloneDX or SPDX JSON"`
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

// Asks returns what the release asks for.
func (m Manifest) Asks() host.Asks {
	return host.Asks{Permissions: m.Permissions, Network: m.Network, NetworkTCP: m.NetworkTCP, Files: m.Files}
}

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
