package main

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
)

var connectors = flag.String("connectors", "..", "the folder with the connectors, each in a folder of its own")

// TestCatalogue proves each connector in one file with its simulated vendor.
func TestCatalogue(t *testing.T) { //nolint:tparallel // connectors come one after the other, their proofs do not
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(*connectors, "*", "*.connector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, "testdata/catalogue/acme/acme.connector.yaml") {
		// One after the other: the compiled files and the items of all of them at once take gigabytes.
		t.Run(strings.TrimSuffix(filepath.Base(path), ".connector.yaml"), func(t *testing.T) {
			e, err := exhibitOf(path)
			if err != nil {
				t.Fatal(err)
			}
			prove.All(t, e)
		})
	}
}

func exhibitOf(path string) (*prove.Exhibit, error) {
	p, err := planOf(path)
	if err != nil {
		return nil, err
	}
	simulator, err := vendor.Load(filepath.Join(filepath.Dir(path), "simulator.yaml"))
	if err != nil {
		return nil, err
	}
	e := &prove.Exhibit{
		Dir: filepath.Dir(path), System: prove.Of(simulator), Full: prove.FullPopulation(),
		Connector: func() (*sdk.Connector, error) { return read.Connector(p) },
		Few:       func() (vendor.Mode, error) { return fewOf(p, simulator) },
		Use:       func(stream, permission string) prove.Use { return useOf(p.Stream(stream), permission) },
		Untried: func(permission string) bool {
			return !slices.ContainsFunc(p.Permissions, func(one *plan.Permission) bool { return one.File.ID == permission && one.Probe != nil }) &&
				!slices.ContainsFunc(p.Streams, func(s *plan.Stream) bool { return useOf(s, permission) == prove.Whole })
		},
	}
	return e, e.Ready()
}

// useOf says for what a stream needs a permission.
func useOf(s *plan.Stream, permission string) (use prove.Use) {
	if reads(s, permission) {
		return prove.Whole
	}
	note := func(optional bool) {
		if use = prove.Part; optional {
			use = prove.OptionalPart
		}
	}
	for _, j := range s.Joins {
		if reads(j.List, permission) {
			note(j.File.Optional)
		}
	}
	for _, d := range s.Details {
		if d.File.Permission == permission {
			note(d.File.Optional)
		}
	}
	return use
}

// reads reports whether a list, or one above it, needs a permission.
func reads(s *plan.Stream, permission string) bool {
	for {
		if slices.Contains(s.File.Permissions, permission) {
			return true
		}
		if s.Each == nil || s.Each.Of == nil {
			return false
		}
		s = s.Each.Of
	}
}
