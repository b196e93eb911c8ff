package app

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// besideHost returns the directory of the connectors that came with this program.
func besideHost() string {
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	if target, err := filepath.EvalSymlinks(program); err == nil {
		program = target
	}
	return filepath.Join(filepath.Dir(program), "connectors")
}

// interpreter finds the program that runs connectors described by a file: the one
// that came with the host, or else the first in the directories searched.
func interpreter(own string, dirs []string) string {
	name := plugin.Interpreter
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range append([]string{own}, dirs...) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); dir != "" && err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// ownInterpreter reports whether descriptions are run by the program that came with
// the host. Who can change that can change the host as well, and each update of the
// host brings another: it is taken for what it is, as a connector of the house is.
func (a *App) ownInterpreter() bool {
	return a.ownConnectors != "" && filepath.Dir(a.interpreter) == a.ownConnectors
}

// foreignInterpreter returns the hash of the program that runs a described connector
// when it did not come with the host. It is noted with what a person agreed to or
// trusts, which holds for the two together.
func (a *App) foreignInterpreter(c host.Connector) string {
	if a.ownInterpreter() {
		return ""
	}
	return c.Interpreter
}

func (a *App) interpreterChanged(id string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConnectorChanged,
		Message: "the program " + a.interpreter + ", which runs " + id + ", is not the one that ran it when it was installed",
		Remedy:  "Find out who changed it. Install " + id + " again if it may run it, or Plumbline, whose own such program is taken before any other.",
		Fault:   host.FaultHost,
		Retry:   host.RetryWhenConfigChanges,
	}
}

// Described returns the program that runs the connector described by file, and the
// variables it is started with. It is false for a file that is no description; the
// program is empty when there is none to run it.
func Described(config Config, file string) (program string, environ []string, described bool) {
	if !(plugin.Program{Path: file}).Described() {
		return "", nil, false
	}
	return interpreter(besideHost(), config.ConnectorDirs), []string{plugin.ManifestVariable + "=" + file}, true
}
