package plugin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Catalog knows the connector programs on this machine. It is safe for
// concurrent use.
type Catalog struct {
	dirs     []string // searched in order; the first file of a name wins
	cacheDir string   // holds one DescribeResponse per program hash
	launcher *Launcher
	version  string        // the host's version, told to connectors
	patience time.Duration // how long a program may take to describe itself

	mu    sync.Mutex
	known map[string]entry // by path
}

// entry is what was found out about one file, valid while the file is unchanged.
type entry struct {
	size        int64
	modified    time.Time
	interpreter string // hash of the program that ran it, for a description
	connector   host.Connector
	until       time.Time // when it is asked again; zero = when the file changes
}

const (
	describeTime  = 10 * time.Second // that a program has to say what it is
	askAgain      = time.Minute      // after a program failed in a way that may heal
	describedOnce = 4                // programs asked at one moment
)

// NewCatalog returns a catalog of the programs in dirs. Descriptions are cached
// under cacheDir by the hash of the program.
func NewCatalog(dirs []string, cacheDir, version string, launcher *Launcher) *Catalog {
	return &Catalog{dirs: dirs, cacheDir: cacheDir, version: version, patience: describeTime, launcher: launcher, known: map[string]entry{}}
}

// Pinned is a program that goes before those in the catalog's directories.
type Pinned struct {
	Program // with the hash that the file must have
	// Interpreters are the hashes of the programs that may run it, if it is a
	// description; nil = any may.
	Interpreters []string
	// Described is what the program said of itself; nil = it is asked.
	Described *host.Connector
}

// Dirs returns the directories searched, in order.
func (c *Catalog) Dirs() []string { return slices.Clone(c.dirs) }

// List returns every program found and every pinned one, sorted by id. One that cannot be used has
// its Problem set; a bad program never hides the others.
func (c *Catalog) List(ctx context.Context, pinned []Pinned) ([]host.Connector, error) {
	paths, err := c.paths(pinned)
	if err != nil {
		return nil, err
	}
	list := make([]host.Connector, 0, len(paths))
	var mu sync.Mutex
	var asked sync.WaitGroup
	turns := make(chan struct{}, describedOnce) // one that hangs must not hold up the others
	for id, found := range paths {
		asked.Go(func() { // ends within the times to start and to describe
			turns <- struct{}{}
			connector := c.recall(ctx, id, found)
			<-turns
			mu.Lock()
			defer mu.Unlock()
			list = append(list, connector)
		})
	}
	asked.Wait()
	slices.SortFunc(list, func(a, b host.Connector) int { return strings.Compare(a.ID, b.ID) })
	return list, ctx.Err()
}

// Lookup returns the connector called id, or a problem: not_found when there is
// no such program, or the reason why the program cannot be used.
func (c *Catalog) Lookup(ctx context.Context, id string, pinned []Pinned) (host.Connector, error) {
	paths, err := c.paths(pinned)
	if err != nil {
		return host.Connector{}, err
	}
	found, ok := paths[id]
	if !ok {
		p := host.NotFound("connector", id, "`plumbline connector list` shows the connectors there are.")
		if len(c.dirs) > 0 {
			p.Detail = "searched " + strings.Join(c.dirs, ", ")
		}
		return host.Connector{}, p
	}
	connector := c.recall(ctx, id, found)
	if connector.Problem != nil {
		return connector, connector.Problem
	}
	return connector, nil
}

// Examine asks a program that is not in the catalog what it is. Nothing of the
// answer is kept. Without an id or a hash it takes the program as it finds it.
func (c *Catalog) Examine(ctx context.Context, program Program) (host.Connector, error) {
	if program.SHA256 == "" {
		sum, err := hashFile(program.Path)
		if err != nil {
			return host.Connector{}, unreadable(program.ID, program.Path, err)
		}
		program.SHA256 = sum
	}
	var err error
	if program.Interpreter, err = c.launcher.interpreterOf(program); err != nil {
		return host.Connector{}, err
	}
	response, err := c.start(ctx, program)
	if err != nil {
		return host.Connector{}, err
	}
	connector, violation := wire.Description(response)
	if violation != nil {
		return host.Connector{}, violation
	}
	connector.Path, connector.SHA256, connector.Interpreter = program.Path, program.SHA256, program.Interpreter
	if program.ID == "" {
		program.ID = connector.ID
	}
	if problem := checkDescription(program.ID, connector); problem != nil {
		return connector, problem
	}
	return connector, nil
}

// candidate is a file that may be a connector's program.
type candidate struct {
	path   string
	pinned *Pinned // nil for a program found in a directory
}

// paths returns the candidate programs by id. A directory that does not exist
// holds none.
func (c *Catalog) paths(pinned []Pinned) (map[string]candidate, error) {
	found := map[string]candidate{}
	for _, p := range pinned {
		found[p.ID] = candidate{path: p.Path, pinned: &p}
	}
	for _, dir := range c.dirs {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if p := shortage("any", err); p != nil {
			p.Message = strings.Replace(p.Message, "the connector program any cannot be started", "the connector directory "+dir+" cannot be read", 1)
			return nil, p
		}
		if err != nil {
			return nil, fmt.Errorf("read connector directory: %w", err)
		}
		for _, e := range entries {
			id := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".exe"), host.DescriptionSuffix)
			if _, taken := found[id]; taken || e.IsDir() || id == Interpreter || !idPattern.MatchString(id) {
				continue
			}
			found[id] = candidate{path: filepath.Join(dir, e.Name())}
		}
	}
	return found, nil
}

// recall returns what a program says of itself, from memory, from the cache on disk,
// or by asking it.
func (c *Catalog) recall(ctx context.Context, id string, found candidate) host.Connector {
	path := found.path
	if found.pinned != nil && found.pinned.Described != nil {
		return *found.pinned.Described
	}
	info, err := os.Stat(path)
	if err != nil {
		return Unusable(id, path, unreadable(id, path, err))
	}
	interpreter, err := c.launcher.interpreterOf(Program{ID: id, Path: path})
	if err == nil && interpreter != "" && !found.pinned.runBy(interpreter) {
		err = c.interpreterChanged(id)
	}
	if err != nil {
		return Unusable(id, path, asProblem(id, err))
	}
	c.mu.Lock()
	e, ok := c.known[path]
	c.mu.Unlock()
	fresh := e.until.IsZero() || time.Now().Before(e.until)
	if ok && fresh && e.size == info.Size() && e.modified.Equal(info.ModTime()) && e.interpreter == interpreter {
		return e.connector
	}
	connector := c.ask(ctx, id, found, info, interpreter)
	passing := connector.Problem != nil && connector.Problem.Fault == host.FaultHost && connector.Problem.Retry == host.RetryAfter
	if ctx.Err() != nil || passing {
		return connector // an abandoned question is no answer to remember, nor is what the host lacks now
	}
	answer := entry{size: info.Size(), modified: info.ModTime(), interpreter: interpreter, connector: connector}
	if p := connector.Problem; p != nil && p.Retry == host.RetryAfter {
		answer.until = time.Now().Add(askAgain)
	}
	c.mu.Lock()
	c.known[path] = answer
	c.mu.Unlock()
	return connector
}

// runBy reports whether the program with this hash may run the description.
func (p *Pinned) runBy(interpreter string) bool {
	return p == nil || p.Interpreters == nil || slices.Contains(p.Interpreters, interpreter)
}

func (c *Catalog) interpreterChanged(id string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConnectorChanged,
		Message: "the program " + c.launcher.interpreter.path + ", which runs " + id + ", is not the one that ran it when it was installed",
		Remedy: "Find out who changed it. Install " + id + " again if it may run it, or Plumbline, whose own such program is taken before " +
			"any other.",
		Fault: host.FaultHost,
		Retry: host.RetryWhenConfigChanges,
	}
}

func (c *Catalog) ask(ctx context.Context, id string, found candidate, info fs.FileInfo, interpreter string) host.Connector {
	path := found.path
	if !strings.HasSuffix(path, host.DescriptionSuffix) && !executable(info) {
		return Unusable(id, path, notAConnector(id, path, "the file is not executable"))
	}
	sum, err := hashFile(path)
	if err != nil {
		return Unusable(id, path, unreadable(id, path, err))
	}
	if found.pinned != nil && sum != found.pinned.SHA256 {
		return Unusable(id, path, notInstalledSo(id, path))
	}
	response, err := c.describeProgram(ctx, Program{ID: id, Path: path, SHA256: sum, Interpreter: interpreter})
	if err != nil {
		return Unusable(id, path, asProblem(id, err))
	}
	connector, violation := wire.Description(response)
	if violation != nil {
		return Unusable(id, path, violation)
	}
	connector.Path, connector.SHA256, connector.Interpreter = path, sum, interpreter
	if problem := checkDescription(id, connector); problem != nil {
		return Unusable(id, path, problem)
	}
	return connector
}

// describeProgram reads the description from the cache, or starts the program.
func (c *Catalog) describeProgram(ctx context.Context, program Program) (*connectorv1.DescribeResponse, error) {
	name := program.SHA256
	if program.Described() {
		name += "-" + program.Interpreter // what it comes to is that one's work, too
	}
	cached := filepath.Join(c.cacheDir, name+".pb")
	if response := readCache(cached); response != nil {
		return response, nil
	}
	response, err := c.start(ctx, program)
	if err != nil {
		return nil, err
	}
	if err := writeCache(cached, response); err != nil {
		return nil, err
	}
	return response, nil
}

// start starts a program to ask it what it is, and ends it.
func (c *Catalog) start(ctx context.Context, program Program) (*connectorv1.DescribeResponse, error) {
	process, err := c.launcher.Start(ctx, program, Allowance{})
	if err != nil {
		return nil, err
	}
	response, err := c.question(ctx, process)
	if err := errors.Join(err, process.Stop()); err != nil {
		return nil, err
	}
	return response, nil
}

// question asks a running program what it is.
func (c *Catalog) question(ctx context.Context, process *Process) (*connectorv1.DescribeResponse, error) {
	asking, stop := context.WithTimeoutCause(ctx, c.patience, silent(process.program, c.patience))
	defer stop()
	response, err := process.Client().Describe(asking, &connectorv1.DescribeRequest{HostVersion: c.version})
	switch {
	case err == nil:
		return response, nil
	case ctx.Err() == nil && status.Code(err) == codes.DeadlineExceeded:
		return nil, silent(process.program, c.patience)
	}
	if broken := new(wire.Door).Broken(err); broken != nil {
		return nil, broken
	}
	return nil, process.Blame(fmt.Errorf("describe: %w", err))
}

// silent says that a program did not answer what it is.
func silent(program Program, after time.Duration) *host.Problem {
	return &host.Problem{
		Code:    sdk.CodeLimitDeadline,
		Message: fmt.Sprintf("the connector program %s did not say what it is within %s", filepath.Base(program.Path), after),
		Remedy:  "Report this to the connector's author, or remove the program. Plumbline asks it again after a minute.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}

// readCache returns a cached description, or nil when there is none that is whole.
// A description begins with the SHA-256 of the rest: an empty file, or half of one,
// would decode as a connector without a name.
func readCache(path string) *connectorv1.DescribeResponse {
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) < sha256.Size {
		return nil
	}
	sum, encoded := raw[:sha256.Size], raw[sha256.Size:]
	var response connectorv1.DescribeResponse
	if want := sha256.Sum256(encoded); !bytes.Equal(sum, want[:]) || proto.Unmarshal(encoded, &response) != nil {
		return nil
	}
	return &response
}

func writeCache(path string, response *connectorv1.DescribeResponse) error {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(response)
	if err != nil {
		return fmt.Errorf("encode description: %w", err)
	}
	if err := durable.MakeDirs(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create description cache: %w", err)
	}
	sum := sha256.Sum256(raw)
	if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {
		return fmt.Errorf("write description cache: %w", err)
	}
	return nil
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return hashOpen(file)
}

func hashOpen(file *os.File) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hash %s: %w", file.Name(), err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Unusable returns a connector of which nothing is known but why it cannot be used.
func Unusable(id, path string, problem *host.Problem) host.Connector {
	return host.Connector{
		ID: id, Name: id, Path: path, Problem: problem,
		Capabilities: []string{}, Categories: []host.Category{}, Streams: []host.StreamInfo{},
		Steps: []host.StepInfo{}, Permissions: []host.Permission{}, Network: []host.NetworkHost{}, Files: []host.FileAccess{},
		ConfigSchema: []byte(`{}`),
		Limits:       host.ConnectorLimits{TenantSettings: []string{}},
		Guide:        host.SetupGuide{Prerequisites: []string{}, Steps: []host.GuideStep{}, Notes: []string{}},
	}
}

// notInstalledSo says that the program of an installed release was changed.
func notInstalledSo(id, path string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConnectorChanged,
		Message: fmt.Sprintf("the program %s is not the one that was installed", path),
		Remedy:  fmt.Sprintf("Find out who changed it, then install it again: `plumbline connector remove %s` and `plumbline connector install`.", id),
		Fault:   host.FaultHost,
		Retry:   host.RetryWhenConfigChanges,
	}
}

func notAConnector(id, path, why string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeNotAConnector,
		Message: fmt.Sprintf("%s is not a Plumbline connector: %s", path, why),
		Remedy:  fmt.Sprintf("Replace %s with a connector program, or remove it.", path),
		Fault:   host.FaultCustomer,
		Retry:   host.RetryWhenConfigChanges,
		Fields:  []host.FieldError{{Field: "connector", Message: "is not a Plumbline connector: " + why, Value: id}},
	}
}
