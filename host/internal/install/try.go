package install

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// try starts a staged program before anything depends on it.
func (i *Installer) try(ctx context.Context, staged *release.Staged, report func(task.Progress)) error {
	program := plugin.Program{ID: staged.ID, Path: staged.Path, SHA256: staged.SHA256}
	if len(staged.Requires) > 0 {
		report(task.Progress{Phase: "looking for what it requires"})
		if err := i.config.Launcher.Require(ctx, program, staged.Requires); err != nil {
			return err
		}
	}
	report(task.Progress{Phase: "asking the program what it is"})
	connector, err := i.config.Catalog.Examine(ctx, program)
	if err != nil {
		return err
	}
	staged.Interpreter = i.config.Catalog.ForeignInterpreter(connector)
	if err := release.Agree(staged.Manifest, connector); err != nil {
		return err
	}
	return i.selfTest(ctx, connector, report)
}

// mostAsked is how many connections have their settings checked by the program itself.
const mostAsked = 10

// selfTest tries a program with what is stored for it: the settings and secrets of each
// connection against its schema and, for some connections, its own check of the
// settings. Only the first run shows whether it can read stored cursors: the protocol
// has no message that reads a cursor and nothing else.
func (i *Installer) selfTest(ctx context.Context, connector host.Connector, report func(task.Progress)) error {
	connections, err := i.config.Store.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	asked := 0
	for _, c := range connections {
		if c.Connector != connector.ID || c.Disconnection != nil {
			continue
		}
		report(task.Progress{Phase: "trying it with " + c.Alias})
		open, err := i.config.Checks.Open(connector, c, c.Settings, nil, false)
		if err != nil {
			return failedTest(connector, c, err)
		}
		if asked++; asked > mostAsked {
			continue
		}
		err = i.config.Checks.Settings(ctx, connector, open)
		// That it cannot reach a system says nothing: it has no network.
		if p := new(host.Problem); errors.As(err, &p) && (p.Code == host.CodeInvalid || supervisor.Broke(p)) {
			return failedTest(connector, c, err)
		}
	}
	return context.Cause(ctx)
}

func failedTest(connector host.Connector, c host.Connection, err error) error {
	return host.Refused(host.CodeReleaseBroken,
		"Nothing was changed. Tell the connector's author, or change the connection's settings and try again.",
		"%s %s does not work with the connection %s: %v", connector.ID, connector.Version, c.Alias, err)
}
