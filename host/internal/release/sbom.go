package release

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// bom is the part of CycloneDX 1.6 that is written here.
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

// NewSBOM writes what Go programs are made of, as their build noted it in them.
// Programs that are not Go's have no such note: ok is false when none has one.
func NewSBOM(id, version string, programs []io.ReaderAt) (raw []byte, ok bool, err error) {
	b := bom{
		Format: "CycloneDX", Spec: "1.6", Version: 1, Components: []component{},
		Metadata: bomMetadata{component{Type: "application", Ref: id, Name: id, Version: version}},
	}
	parts := map[string]component{}
	for _, p := range programs {
		info, err := buildinfo.Read(p)
		if err != nil {
			continue // not Go's
		}
		ok = true
		parts["go"] = component{Type: "library", Ref: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"), Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")}
		b.Metadata.Component.Properties = []bomProperty{{"plumbline:package", info.Path}}
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			purl := "pkg:golang/" + module.Path + "@" + module.Version
			parts[purl] = component{Type: "library", Ref: purl, Name: module.Path, Version: module.Version, PURL: purl}
		}
	}
	if !ok {
		return nil, false, nil
	}
	for _, part := range parts {
		b.Components = append(b.Components, part)
	}
	slices.SortFunc(b.Components, func(x, y component) int { return strings.Compare(x.Ref, y.Ref) })
	if raw, err = json.MarshalIndent(b, "", "  "); err != nil {
		return nil, false, fmt.Errorf("write SBOM: %w", err)
	}
	return append(raw, '\n'), true, nil
}
