package boot

import (
	"os"
	"path/filepath"
	"runtime"

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

// interpreter returns the program that runs connectors described by a file: the one that
// came with the host, else the first in the directories.
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

// Described returns the program that runs the connector described by file, and the
// variables it is started with. It is false for a file that is no description; the
// program is empty when there is none to run it.
func Described(config Config, file string) (program string, environ []string, described bool) {
	if !(plugin.Program{Path: file}).Described() {
		return "", nil, false
	}
	return interpreter(besideHost(), config.ConnectorDirs), []string{plugin.ManifestVariable + "=" + file}, true
}
