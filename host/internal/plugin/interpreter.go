package plugin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// interpreter is the program that runs descriptions. Its hash is as much a part of a
// described connector as that of the description, so it is looked at as a connector
// is: once for as long as the file stays as it is, and again at each start.
type interpreter struct {
	path string // "" = there is none

	mu       sync.Mutex
	size     int64
	modified time.Time
	sha256   string // of the file of that size and time
}

// Interpret has descriptions run by the program at path. It is called before
// anything is started.
func (l *Launcher) Interpret(path string) { l.interpreter.path = path }

// interpreterOf returns the hash of the program that runs a description, and nothing
// for a program that runs by itself. Errors are problems.
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
		return "", fmt.Errorf("look at %s: %w", Interpreter, err)
	}
	i.size, i.modified, i.sha256 = info.Size(), info.ModTime(), sum
	return sum, nil
}

// openInterpreter opens the program that runs a description and checks that it is the
// one that was looked at.
func openInterpreter(program Program, path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || path == "" {
		return nil, noInterpreter(program)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Interpreter, err)
	}
	sum, err := hashOpen(file)
	if err == nil && sum != program.Interpreter {
		err = changedMeanwhile("the program "+Interpreter+", which runs "+program.ID+",", program.Interpreter, sum)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// changedMeanwhile says that what is to be started is not what was looked at.
func changedMeanwhile(what, want, got string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConnectorChanged,
		Message: what + " changed between being looked at and being started",
		Remedy:  "Sync again; if you did not replace the program, find out who did.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
		Detail:  fmt.Sprintf("expected sha256 %s, found %s", want, got),
	}
}
