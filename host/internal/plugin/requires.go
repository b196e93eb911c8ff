package plugin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/offer"
)

const (
	// searchPath is the PATH of connectors.
	searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	// askTimeout is how long an interpreter may take to say what it has.
	askTimeout = 20 * time.Second
	// maxAnswer is how many bytes of its answer are read.
	maxAnswer = 64 << 10
	// languageQuestion asks the interpreter of descriptions for its language.
	languageQuestion = "language"
)

var pythonPattern = regexp.MustCompile(`^python3?[0-9.]*$`)

// pythonQuestion has Python print its version, and those of the packages named, one a
// line. A Python without importlib.metadata has printed its own version before it fails.
const pythonQuestion = `import sys
print("python3", ".".join(map(str, sys.version_info[:3])), flush=True)
import importlib.metadata as known
for name in sys.argv[1:]:
    try:
        print(name, known.version(name))
    except known.PackageNotFoundError:
        pass
`

// Require checks that this machine has what a program requires, before the program is
// started. It asks the interpreter, contained like a connector. Errors are problems:
// release.requires names what is missing.
func (l *Launcher) Require(ctx context.Context, program Program, requires []offer.Requirement) error {
	if len(requires) == 0 {
		return nil
	}
	if program.Described() {
		return l.requireLanguage(ctx, program, requires)
	}
	python, err := pythonOf(program.Path)
	if err != nil {
		return lacking(program, err.Error(), "Ask its author for a release that says what it needs.")
	}
	if _, err := os.Stat(python); err != nil {
		return lacking(program, "it needs "+python+", which is not there", "Install Python 3 there, then install the connector again.")
	}
	names := []string{"-I", "-c", pythonQuestion}
	for _, r := range requires {
		if r.Name != offer.RequiresPython {
			names = append(names, r.Name)
		}
	}
	has, err := l.ask(ctx, python, names...)
	if err != nil {
		return lacking(program, "it needs "+python+", which does not run: "+err.Error(),
			"Install Python 3 there, then install the connector again.")
	}
	if less := missing(requires, has); len(less) > 0 {
		return lacking(program, "it needs "+strings.Join(less, ", "),
			"Install that for "+python+" (on Debian and Ubuntu, `apt-get install python3-NAME`), then install the connector again.")
	}
	return nil
}

// requireLanguage asks the interpreter which versions of the language it knows.
func (l *Launcher) requireLanguage(ctx context.Context, program Program, requires []offer.Requirement) error {
	if _, err := l.interpreterOf(program); err != nil {
		return err
	}
	has, err := l.ask(ctx, l.interpreter.path, languageQuestion)
	if err != nil {
		has = map[string]string{} // an older one that cannot be asked
	}
	if less := missing(requires, has); len(less) > 0 {
		return lacking(program, "it needs "+strings.Join(less, ", "), "Update Plumbline, whose program "+Interpreter+" runs such files.")
	}
	return nil
}

// pythonOf returns the Python in the first line of a script.
func pythonOf(script string) (string, error) {
	file, err := os.Open(script)
	if err != nil {
		return "", fmt.Errorf("its program cannot be read: %w", err)
	}
	defer file.Close()
	first, err := bufio.NewReaderSize(file, 256).ReadSlice('\n')
	words := strings.Fields(strings.TrimPrefix(string(first), "#!"))
	if err != nil || !bytes.HasPrefix(first, []byte("#!")) || len(words) == 0 {
		return "", errors.New("its program is no script, so it names no Python")
	}
	if filepath.Base(words[0]) == "env" && len(words) > 1 {
		words[0] = words[1]
		for _, dir := range filepath.SplitList(searchPath) {
			if _, err := os.Stat(filepath.Join(dir, words[1])); err == nil {
				words[0] = filepath.Join(dir, words[1])
				break
			}
		}
	}
	if !filepath.IsAbs(words[0]) || !pythonPattern.MatchString(filepath.Base(words[0])) {
		return "", fmt.Errorf("its program is run by %s, which is no Python of this machine", words[0])
	}
	return words[0], nil
}

// ask runs an interpreter and reads its output: a name and its version a line.
func (l *Launcher) ask(ctx context.Context, path string, args ...string) (has map[string]string, err error) {
	work, sockets, err := l.makeDirs("requires")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work), os.RemoveAll(sockets)) }()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	r := l.newRunner(Program{Path: path}, confine.Rules{Write: []string{work}})
	r.cmd = exec.CommandContext(context.WithoutCancel(ctx), path, args...) // ends with the runner
	r.cmd.Dir, r.cmd.Env = work, l.environment(work, Allowance{})
	if err := r.launch(file); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, r.kill)()
	go func() { _, _ = io.Copy(io.Discard, r.stderr) }() // ends with the process
	out, err := io.ReadAll(io.LimitReader(r.stdout, maxAnswer))
	<-r.exited
	if r.err != nil || !r.state.Success() {
		err = errors.Join(err, r.err, errors.New("it "+r.exit()))
	}
	has = map[string]string{}
	for line := range strings.Lines(string(out)) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			has[name] = version
		}
	}
	if len(has) > 0 {
		return has, nil // also when it failed after that
	}
	return has, err
}

// missing returns the requirements that are not met, with what the machine has.
func missing(requires []offer.Requirement, has map[string]string) []string {
	var less []string
	for _, r := range requires {
		version, ok := has[r.Name]
		switch {
		case !ok:
			less = append(less, r.String()+" (there is none)")
		case r.AtLeast != "" && olderThan(version, r.AtLeast):
			less = append(less, r.String()+" (there is "+version+")")
		}
	}
	return less
}

// olderThan compares versions by their numbers; a letter in a part ends it, as in 4rc1.
func olderThan(version, least string) bool {
	return slices.Compare(numbers(version), numbers(least)) < 0
}

func numbers(version string) []int {
	var list []int
	for part := range strings.SplitSeq(version, ".") {
		after := strings.TrimLeft(part, "0123456789")
		n, err := strconv.Atoi(strings.TrimSuffix(part, after))
		if err != nil {
			break
		}
		list = append(list, n)
	}
	for len(list) > 0 && list[len(list)-1] == 0 {
		list = list[:len(list)-1] // 1.0 is 1
	}
	return list
}

func lacking(program Program, why, remedy string) *host.Problem {
	return problem(host.CodeReleaseRequires, host.FaultCustomer, host.RetryWhenConfigChanges, remedy,
		"%s cannot run on this machine: %s", program.ID, why)
}
