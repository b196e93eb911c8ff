package plugin

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	// ManifestVariable tells the interpreter where the description is.
	ManifestVariable = "PLUMBLINE_MANIFEST"
	// Interpreter is the name of the program that runs descriptions.
	Interpreter  = "declarative"
	manifestName = "connector.yaml"
	maxManifest  = 1 << 20
)

// Described reports whether the program is a description, which the interpreter runs.
func (p Program) Described() bool { return strings.HasSuffix(p.Path, host.DescriptionSuffix) }

// interpreter is the program that runs descriptions. It is hashed once for as long as
// its file does not change, and again at each start.
type interpreter struct {
	path string // "" = there is none

	mu       sync.Mutex
	size     int64
	modified time.Time
	sha256   string // of the file of that size and time
}

// Interpret has the program at path run descriptions. It is called before anything is started.
func (l *Launcher) Interpret(path string) { l.interpreter.path = path }

// interpreterOf returns the hash of the program that runs a description, "" for a program
// that runs by itself. Errors are problems.
func (l *Launcher) interpreterOf(program Program) (string, error) {
	if !program.Described() {
		return "", nil
	}
	i := &l.interpreter
	info, err := os.Stat(i.path)
	if err != nil {
		return "", noInterpreter(program)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.sha256 != "" && i.size == info.Size() && i.modified.Equal(info.ModTime()) {
		return i.sha256, nil
	}
	sum, err := hashFile(i.path)
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", Interpreter, err)
	}
	i.size, i.modified, i.sha256 = info.Size(), info.ModTime(), sum
	return sum, nil
}

// interpreted copies a description into the process's directory and opens the program
// that runs it. The copy is made from the open file whose hash was compared.
func (r *processRunner) interpreted(description *os.File) (*os.File, error) {
	copied := filepath.Join(r.cmd.Dir, manifestName)
	_, err := description.Seek(0, io.SeekStart)
	var raw []byte
	if err == nil {
		raw, err = io.ReadAll(io.LimitReader(description, maxManifest+1))
	}
	if len(raw) > maxManifest {
		err = fmt.Errorf("it is larger than %d KiB", maxManifest>>10)
	}
	if err == nil {
		err = os.WriteFile(copied, raw, 0o400)
	}
	if err != nil {
		return nil, fmt.Errorf("copy description: %w", err)
	}
	r.cmd.Env = append(r.cmd.Env, ManifestVariable+"="+copied)
	what := "the program " + Interpreter + ", which runs " + r.program.ID + ","
	return openVerified(r.interpreter, r.program.Interpreter, what, noInterpreter(r.program))
}

func noInterpreter(program Program) *host.Problem {
	return problem(host.CodeConnectorGone, host.FaultCustomer, host.RetryWhenConfigChanges,
		fmt.Sprintf("Install Plumbline again, or put %s into a directory that is searched for connectors.", Interpreter),
		"%s describes a connector, and the program %s, which runs such files, is missing", filepath.Base(program.Path), Interpreter)
}
