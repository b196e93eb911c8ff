package plugin

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	// ManifestVariable tells the interpreter where the description is.
	ManifestVariable = "PLUMBLINE_MANIFEST"
	// Interpreter is the name of the program that runs descriptions. It is no
	// connector itself.
	Interpreter = "declarative"
	maxManifest = 1 << 20
)

// Described reports whether the program is a description, which the interpreter
// runs.
func (p Program) Described() bool { return strings.HasSuffix(p.Path, host.DescriptionSuffix) }

// handOver copies a description into the process's private directory, from the open
// file whose hash was compared, so that what is run is what was looked at.
func handOver(from *os.File, workDir string) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read description: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxManifest+1))
	if err == nil && len(raw) > maxManifest {
		err = fmt.Errorf("it is larger than %d KiB", maxManifest>>10)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(workDir, manifestName), raw, 0o400)
	}
	if err != nil {
		return fmt.Errorf("hand description over: %w", err)
	}
	return nil
}

const manifestName = "connector.yaml"

// noInterpreter is what a description comes to without a program to run it.
func noInterpreter(program Program) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConnectorGone,
		Message: fmt.Sprintf("%s describes a connector, and the program %s, which runs such files, is not there", filepath.Base(program.Path), Interpreter),
		Remedy:  fmt.Sprintf("Install Plumbline again, or put %s into a directory that is searched for connectors.", Interpreter),
		Fault:   host.FaultCustomer,
		Retry:   host.RetryWhenConfigChanges,
	}
}
