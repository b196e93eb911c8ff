// Package sbom writes the software bill of materials of a release, in CycloneDX.
package sbom

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host/offer"
)

// bom is the part of CycloneDX 1.6 that New writes.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   bomMetadata `json:"metadata"`
	Components []component `json:"components"`
}

type bomMetadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref"`
	Name       string        `json:"name"`
	Version    string        `json:"version,omitempty"`
	PURL       string        `json:"purl,omitempty"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// New returns the SBOM of a release: of Go programs the modules in their build information,
// of others what they require. It is nil for a release that has neither.
func New(m offer.Manifest, programs []string) ([]byte, error) {
	b := bom{
		Format: "CycloneDX", Spec: "1.6", Version: 1, Components: []component{},
		Metadata: bomMetadata{component{Type: "application", Ref: m.ID, Name: m.ID, Version: m.Version}},
	}
	parts := map[string]component{}
	known := false
	for _, path := range programs {
		if info, err := buildinfo.ReadFile(path); err == nil {
			known = true
			b.Metadata.Component.Properties = []bomProperty{{"plumbline:package", info.Path}}
			addModules(parts, info)
		}
	}
	for _, r := range m.Requires {
		known = true
		switch r.Name {
		case offer.RequiresDescription:
		case offer.RequiresPython:
			parts[r.Name] = component{Type: "platform", Ref: r.Name, Name: "python"}
		default:
			purl := "pkg:pypi/" + strings.ToLower(r.Name)
			parts[purl] = component{Type: "library", Ref: purl, Name: r.Name, PURL: purl}
		}
	}
	if !known {
		return nil, nil
	}
	b.Components = slices.AppendSeq(b.Components, maps.Values(parts))
	slices.SortFunc(b.Components, func(x, y component) int { return strings.Compare(x.Ref, y.Ref) })
	raw, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write SBOM: %w", err)
	}
	return append(raw, '\n'), nil
}

func addModules(parts map[string]component, info *buildinfo.BuildInfo) {
	version := strings.TrimPrefix(info.GoVersion, "go")
	std := "pkg:golang/std@" + version
	parts["go"] = component{Type: "library", Ref: std, Name: "std", Version: info.GoVersion, PURL: std}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		purl := "pkg:golang/" + module.Path + "@" + module.Version
		parts[purl] = component{Type: "library", Ref: purl, Name: module.Path, Version: module.Version, PURL: purl}
	}
}
