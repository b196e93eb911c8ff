package plugin

import (
	"bytes"
	"cmp"
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
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
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

// Catalog finds the connector programs of this machine. It is safe for concurrent use.
type Catalog struct {
	dirs     []string // searched in order; the first file of a name counts
	cacheDir string   // holds one DescribeResponse per program hash
	launcher *Launcher
	version  string        // the host's, for connectors
	timeout  time.Duration // for a program to describe itself

	mu     sync.Mutex
	known  map[string]entry         // by path
	asking map[string]chan struct{} // by path of the program that is being described; closed when it is
}

// entry is the description of one file, valid while the file and its interpreter do not change.
type entry struct {
	size        int64
	modified    time.Time
	interpreter string // its hash, for a description
	connector   host.Connector
	until       time.Time // zero = until the file changes
	passing     bool      // a trouble of this machine: the next caller of Lookup or List asks again
}

const (
	describeTimeout = 10 * time.Second
	retryAfter      = time.Minute // for a program that failed and may recover
	maxAsked        = 4           // programs that start at one moment to be described
)

// NewCatalog returns a catalog of the programs in dirs. It caches descriptions under
// cacheDir by the hash of the program.
func NewCatalog(dirs []string, cacheDir, version string, launcher *Launcher) *Catalog {
	return &Catalog{
		dirs: dirs, cacheDir: cacheDir, version: version, timeout: describeTimeout, launcher: launcher,
		known: map[string]entry{}, asking: map[string]chan struct{}{},
	}
}

// Pinned is a program that replaces one of its id in the catalog's directories.
type Pinned struct {
	Program // with the hash that the file must have
	// Interpreters are the hashes of the programs that may run a description; nil = any.
	Interpreters []string
	// Described is the program's description; nil = the program is asked.
	Described *host.Connector
}

// Dirs returns the directories searched, in order.
func (c *Catalog) Dirs() []string { return slices.Clone(c.dirs) }

// List returns every program, sorted by id. One that cannot be used has its Problem set.
func (c *Catalog) List(ctx context.Context, pinned []Pinned) ([]host.Connector, error) {
	paths, err := c.paths(pinned)
	if err != nil {
		return nil, err
	}
	list := make([]host.Connector, 0, len(paths))
	var mu sync.Mutex
	var asked errgroup.Group
	asked.SetLimit(maxAsked)
	for id, found := range paths {
		if ctx.Err() != nil {
			break // the rest would each be started to be ended
		}
		asked.Go(func() error { // ends within the times to start and to describe
			connector := c.describe(ctx, id, found)
			mu.Lock()
			defer mu.Unlock()
			list = append(list, connector)
			return nil
		})
	}
	_ = asked.Wait() // no call returns an error
	slices.SortFunc(list, func(a, b host.Connector) int { return strings.Compare(a.ID, b.ID) })
	return list, ctx.Err()
}

// Lookup returns the connector called id. Errors are problems: not_found, or why the program cannot be used.
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
	connector := c.describe(ctx, id, found)
	if connector.Problem != nil {
		return connector, connector.Problem
	}
	return connector, nil
}

// Examine describes a program that is not in the catalog and keeps nothing. An empty id or hash is filled in.
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
	return connectorOf(program, response)
}

// connectorOf returns the connector that a description describes, or a problem. A program without an id may have any.
func connectorOf(program Program, response *connectorv1.DescribeResponse) (host.Connector, error) {
	connector, violation := wire.Description(response)
	if violation != nil {
		return host.Connector{}, violation
	}
	connector.Path, connector.SHA256, connector.Interpreter = program.Path, program.SHA256, program.Interpreter
	if problem := checkDescription(cmp.Or(program.ID, connector.ID), connector); problem != nil {
		return connector, problem
	}
	return connector, nil
}

// candidate is a file that may be a connector's program.
type candidate struct {
	path   string
	pinned *Pinned // nil for a program found in a directory
}

// paths returns the candidates by id. A missing directory has none.
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
			p.Message = strings.Replace(p.Message, "the connector program any cannot be started",
				"the connector directory "+dir+" cannot be read", 1)
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

// runBy reports whether the program with this hash may run the description.
func (p *Pinned) runBy(interpreter string) bool {
	return p == nil || p.Interpreters == nil || slices.Contains(p.Interpreters, interpreter)
}

func (c *Catalog) interpreterChanged(id string) *host.Problem {
	return problem(host.CodeConnectorChanged, host.FaultHost, host.RetryWhenConfigChanges,
		"Find out who changed it. If it may run "+id+", install "+id+" again; if not, install Plumbline again: it prefers its own program.",
		"the program %s, which runs %s, is not the one that ran it when it was installed", c.launcher.interpreter.path, id)
}

// ask hashes a program and returns its description, from the cache on disk or by asking the program.
func (c *Catalog) ask(ctx context.Context, program Program, pinned *Pinned, info fs.FileInfo) (host.Connector, error) {
	if !program.Described() && !executable(info) {
		return host.Connector{}, notAConnector(program.ID, program.Path, "the file is not executable")
	}
	var err error
	if program.SHA256, err = hashFile(program.Path); err != nil {
		return host.Connector{}, unreadable(program.ID, program.Path, err)
	}
	if pinned != nil && program.SHA256 != pinned.SHA256 {
		return host.Connector{}, problem(host.CodeConnectorChanged, host.FaultHost, host.RetryWhenConfigChanges,
			"Find out who changed it, then install it again: `plumbline connector remove "+program.ID+"` and `plumbline connector install`.",
			"the program %s is not the one that was installed", program.Path)
	}
	response, err := c.response(ctx, program)
	if err != nil {
		return host.Connector{}, err
	}
	return connectorOf(program, response)
}

// executable reports whether the system can start a file.
func executable(info fs.FileInfo) bool {
	isExe := runtime.GOOS == "windows" && strings.HasSuffix(strings.ToLower(info.Name()), ".exe")
	return info.Mode().IsRegular() && (isExe || info.Mode().Perm()&0o111 != 0)
}

// response reads the description from the cache, or starts the program.
func (c *Catalog) response(ctx context.Context, program Program) (*connectorv1.DescribeResponse, error) {
	name := program.SHA256
	if program.Described() {
		name += "-" + program.Interpreter
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

// start starts a program, asks it for its description and ends it.
func (c *Catalog) start(ctx context.Context, program Program) (*connectorv1.DescribeResponse, error) {
	process, err := c.launcher.Start(ctx, program, Allowance{})
	if err != nil {
		return nil, err
	}
	response, err := c.request(ctx, process)
	if err := errors.Join(err, process.Stop()); err != nil {
		return nil, err
	}
	return response, nil
}

// request asks a process for its description.
func (c *Catalog) request(ctx context.Context, process *Process) (*connectorv1.DescribeResponse, error) {
	asking, stop := context.WithTimeoutCause(ctx, c.timeout, silent(process.program, c.timeout))
	defer stop()
	response, err := process.Client().Describe(asking, &connectorv1.DescribeRequest{HostVersion: c.version})
	switch {
	case err == nil:
		return response, nil
	case ctx.Err() == nil && status.Code(err) == codes.DeadlineExceeded:
		return nil, silent(process.program, c.timeout)
	}
	if broken := new(wire.Door).Broken(err); broken != nil {
		return nil, broken
	}
	return nil, process.Blame(fmt.Errorf("describe: %w", err))
}

// silent says that a program did not describe itself in time.
func silent(program Program, after time.Duration) *host.Problem {
	return problem(sdk.CodeLimitDeadline, host.FaultConnector, host.RetryAfter,
		"Report this to the connector's author, or remove the program. Plumbline asks it again after a minute.",
		"the connector program %s did not say what it is within %s", filepath.Base(program.Path), after)
}

// readCache returns a cached description, nil when there is none or it is damaged. The
// file begins with the SHA-256 of the rest: an empty file, or half of one, would decode
// as a connector without a name.
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

// Unusable returns a connector that has only a problem.
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
