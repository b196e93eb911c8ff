package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// PackRequest says what a release is packed from.
type PackRequest struct {
	Programs    []release.Input
	Out         string // file to write
	MinimumHost string
	Requires    []offer.Requirement // beside what the programs say themselves
	SBOM        []byte              // nil = made from the programs
	Version     string              // of this host
	Config      Config              // names the directories with the program that runs descriptions
}

// PackRelease has the program for this machine describe itself and packs all programs into
// a release. It needs no data directory.
func PackRelease(ctx context.Context, request PackRequest) (m offer.Manifest, err error) {
	connector, err := describeInput(ctx, request)
	if err != nil {
		return m, err
	}
	return release.Pack(release.Contents{
		Connector: connector, Programs: request.Programs, MinimumHost: request.MinimumHost, Requires: request.Requires, SBOM: request.SBOM,
	}, request.Out)
}

func describeInput(ctx context.Context, request PackRequest) (_ host.Connector, err error) {
	var chosen *release.Input
	for _, in := range request.Programs {
		if release.Here().Meets(in.Platform) {
			chosen = &in
		}
	}
	if chosen == nil {
		return host.Connector{}, host.Invalid("program", nil,
			"is missing for this machine ("+release.Here().String()+"): one of the programs is asked what it is")
	}
	dir, err := os.MkdirTemp("", "plumbline-pack-*")
	if err != nil {
		return host.Connector{}, fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	launcher, err := plugin.NewLauncher(dir, plugin.Limits{})
	if err != nil {
		return host.Connector{}, fmt.Errorf("open launcher: %w", err)
	}
	defer func() { err = errors.Join(err, launcher.Close()) }()
	path, err := filepath.Abs(chosen.Path)
	if err != nil {
		return host.Connector{}, host.Invalid("program", chosen.Path, "is no path").Because(err)
	}
	program := plugin.Program{Path: path}
	if program.Described() {
		// The name of a description says its connector. A program may have any name.
		program.ID = strings.TrimSuffix(filepath.Base(path), host.DescriptionSuffix)
		launcher.Interpret(interpreter(besideHost(), request.Config.ConnectorDirs))
	}
	return plugin.NewCatalog(nil, dir, request.Version, launcher).Examine(ctx, program)
}
