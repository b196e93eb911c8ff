package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// developmentLease is how long a development outlives the last word of who asked for
// it: a command that was killed says nothing.
const developmentLease = 15 * time.Second

// DevelopmentRequest names a program that is to take a connector's place.
type DevelopmentRequest struct {
	Program string `json:"program" doc:"Absolute path of a program, of a *.connector.yaml, or of the file that a connector started by hand wrote"`
	Source  string `json:"source,omitempty" doc:"What its author works on, as messages name it; else the program"`
	Attach  bool   `json:"attach,omitempty" doc:"The program is such a file, and its process is used as it is"`
}

// developing are the programs that their authors are working on; doc.go draws how
// long each is used. They live in memory: a host that was started again knows none,
// and who still works on one asks again.
type developing struct {
	app   *App
	dir   string // copies of the programs, so that a build never changes what runs
	lease time.Duration

	wait sync.WaitGroup // for those that are ending by themselves

	mu     sync.Mutex
	closed bool
	byID   map[string]*development // by connector
}

type development struct {
	host.Development
	connector host.Connector
	copies    []string    // directories, the newest last
	timer     *time.Timer // ends it; stopped when it ends otherwise
}

func (a *App) openDeveloping(dir string) error {
	a.developing = &developing{app: a, dir: filepath.Join(dir, "development"), lease: developmentLease, byID: map[string]*development{}}
	if err := os.RemoveAll(a.developing.dir); err != nil {
		return fmt.Errorf("clear programs in development: %w", err)
	}
	return nil
}

// close ends every development. Nothing uses one any more.
func (d *developing) close() error {
	d.mu.Lock()
	d.closed = true
	for id, one := range d.byID {
		one.timer.Stop()
		delete(d.byID, id)
	}
	d.mu.Unlock()
	d.wait.Wait()
	return os.RemoveAll(d.dir)
}

// StartDevelopment uses a program in the place of the connector it says it is, until
// its lease ends. A connector has one at a time.
func (a *App) StartDevelopment(ctx context.Context, request DevelopmentRequest) (host.Development, error) {
	d := a.developing
	connector, dir, err := d.take(ctx, request, "")
	if err != nil {
		return host.Development{}, err
	}
	one := &development{connector: connector, copies: []string{dir}}
	now := time.Now().UTC()
	one.Development = host.Development{
		ID: ulid.Make().String(), Connector: connector.ID, Version: connector.Version, Source: orPath(request),
		Attached: request.Attach, PID: plugin.AttachedPID(connector.Path), Since: now, ExpiresAt: now.Add(d.lease),
	}
	one.Explain()
	started := one.Development
	if err := d.add(one); err != nil {
		return host.Development{}, errors.Join(err, os.RemoveAll(dir))
	}
	a.logger.Warn("connector is in development", "connector", connector.ID, "source", one.Source, "sha256", connector.SHA256, "attached", request.Attach)
	a.connectorChanged(connector.ID, "development")
	return started, nil
}

func (d *developing) add(one *development) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, taken := d.byID[one.Connector]; taken {
		return problemOf(host.CodeBusy, "End the other `plumbline connector dev` first; one that was killed is forgotten within "+d.lease.String()+".",
			"%s is in development already: %s", one.Connector, other.Source)
	}
	if d.closed {
		return problemOf(host.CodeInterrupted, "Start Plumbline again.", "Plumbline is being stopped")
	}
	d.byID[one.Connector] = one
	one.timer = time.AfterFunc(d.lease, func() { d.expire(one.ID) }) // ends with expire, or was stopped
	return nil
}

// ReloadDevelopment uses another program from the next run on. One that cannot be
// used changes nothing: the last good one stays. Runs under way are not disturbed.
func (a *App) ReloadDevelopment(ctx context.Context, id string, request DevelopmentRequest) (host.Development, error) {
	d := a.developing
	before, err := d.Renew(id)
	if err != nil {
		return host.Development{}, err
	}
	connector, dir, err := d.take(ctx, request, before.Connector)
	if err != nil {
		return host.Development{}, err
	}
	after, err := d.replace(id, connector, dir, request)
	if err != nil {
		return host.Development{}, errors.Join(err, os.RemoveAll(dir))
	}
	a.logger.Info("connector in development is reloaded", "connector", connector.ID, "sha256", connector.SHA256, "reloads", after.Reloads)
	a.connectorChanged(connector.ID, "development")
	return after, nil
}

// replace puts a program into the place of the last one, whose file stays until the
// reload after this: a run may be about to start it.
func (d *developing) replace(id string, connector host.Connector, dir string, request DevelopmentRequest) (host.Development, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, err := d.oneLocked(id)
	if err != nil {
		return host.Development{}, err
	}
	one.connector, one.Version = connector, connector.Version
	one.Attached, one.PID = request.Attach, plugin.AttachedPID(connector.Path)
	one.Reloads++
	one.Explain()
	one.copies = append(one.copies, dir)
	if n := len(one.copies); n > 2 {
		err = os.RemoveAll(one.copies[n-3])
		one.copies = one.copies[n-2:]
	}
	return one.Development, err
}

// RenewDevelopment keeps a development for another lease.
func (a *App) RenewDevelopment(id string) (host.Development, error) { return a.developing.Renew(id) }

// Renew keeps a development for another lease.
func (d *developing) Renew(id string) (host.Development, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, err := d.oneLocked(id)
	if err != nil {
		return host.Development{}, err
	}
	one.ExpiresAt = time.Now().UTC().Add(d.lease)
	one.timer.Reset(d.lease)
	return one.Development, nil
}

func (d *developing) oneLocked(id string) (*development, error) {
	for _, one := range d.byID {
		if one.ID == id {
			return one, nil
		}
	}
	return nil, host.NotFound("development", id, "It has ended; start it again.")
}

// EndDevelopment gives a connector its own program back.
func (a *App) EndDevelopment(id string) error {
	return a.developing.end(id, time.Time{}, "its author ended it")
}

// expire ends a development whose lease was not renewed.
func (d *developing) expire(id string) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.wait.Add(1)
	d.mu.Unlock()
	defer d.wait.Done()
	err := d.end(id, time.Now(), "nothing was heard of its author any more")
	if p := new(host.Problem); err != nil && (!errors.As(err, &p) || p.Code != host.CodeNotFound) {
		d.app.logger.Error("end development", "id", id, "err", err)
	}
}

// end ends a development; at a moment, only one whose lease has run out by then.
func (d *developing) end(id string, at time.Time, why string) error {
	d.mu.Lock()
	one, err := d.oneLocked(id)
	if err == nil && !at.IsZero() && at.Before(one.ExpiresAt.Add(-time.Millisecond)) {
		d.mu.Unlock()
		return nil // it was renewed in the same moment, and its timer began anew
	}
	if err == nil {
		one.timer.Stop()
		delete(d.byID, one.Connector)
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	d.app.logger.Warn("connector is in development no more", "connector", one.Connector, "reason", why)
	for _, dir := range one.copies {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	d.app.connectorChanged(one.Connector, "changed")
	return err
}

// take copies a program and asks it what it is. When want is not empty, it has to be
// that connector. The directory is the caller's to remove.
func (d *developing) take(ctx context.Context, request DevelopmentRequest, want string) (c host.Connector, dir string, err error) {
	if !filepath.IsAbs(request.Program) {
		return c, "", host.Invalid("program", request.Program, "must be an absolute path")
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return c, "", fmt.Errorf("create directory of programs in development: %w", err)
	}
	if dir, err = os.MkdirTemp(d.dir, "program-"); err != nil {
		return c, "", fmt.Errorf("create directory of programs in development: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	path := filepath.Join(dir, filepath.Base(request.Program))
	if request.Attach {
		path = filepath.Join(dir, "process"+plugin.AttachSuffix)
	}
	if err := copyProgram(request.Program, path, request.Attach); err != nil {
		return c, "", err
	}
	c, err = d.app.catalog.Examine(ctx, plugin.Program{ID: want, Path: path})
	if err != nil {
		return c, "", asAuthorsOwn(err, path, orPath(request))
	}
	return c, dir, nil
}

func orPath(request DevelopmentRequest) string {
	if request.Source != "" {
		return request.Source
	}
	return request.Program
}

// asAuthorsOwn names the file its author knows in the place of its copy.
func asAuthorsOwn(err error, copied, source string) error {
	p := *host.AsProblem(err)
	if p.Code == host.CodeNotAConnector {
		p.Remedy = "Mend it and save it: it is tried again."
	}
	for _, text := range []*string{&p.Message, &p.Remedy, &p.Detail} {
		*text = strings.ReplaceAll(*text, copied, source)
	}
	for i := range p.Fields {
		p.Fields[i].Message = strings.ReplaceAll(p.Fields[i].Message, copied, source)
	}
	return &p
}

// maxAttachFile is far more than addresses and keys take.
const maxAttachFile = 1 << 20

func copyProgram(from, to string, attach bool) error {
	source, err := os.Open(from)
	if err != nil {
		return host.Invalid("program", from, "cannot be read: "+err.Error()).Because(err)
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return fmt.Errorf("look at program: %w", err)
	}
	mode := os.FileMode(0o700)
	if attach {
		mode = 0o600
	}
	switch {
	case !info.Mode().IsRegular(), attach && info.Size() > maxAttachFile:
		return host.Invalid("program", from, "is no file of that kind")
	case attach && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return host.Invalid("program", from, "can be read by other users, and with it goes the right to speak with the process")
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Close()); err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	return nil
}

// developed lists the programs in development for the catalog.
func (a *App) developed() []host.Connector {
	d := a.developing
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]host.Connector, 0, len(d.byID))
	for _, one := range d.byID {
		list = append(list, one.connector)
	}
	return list
}

// uses reports whether this very program is in development.
func (d *developing) uses(c host.Connector) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, ok := d.byID[c.ID]
	return ok && one.connector.Path == c.Path || strings.HasPrefix(c.Path, d.dir+string(filepath.Separator))
}

// has reports whether a connector is in development.
func (d *developing) has(connector string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byID[connector] != nil
}

// list returns every development, by connector.
func (d *developing) list() []host.Development {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]host.Development, 0, len(d.byID))
	for _, one := range d.byID {
		list = append(list, one.Development)
	}
	slices.SortFunc(list, func(a, b host.Development) int { return strings.Compare(a.Connector, b.Connector) })
	return list
}

// notices says that the connector of a connection is in development.
func (d *developing) notices(connector string) []host.Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, ok := d.byID[connector]
	if !ok {
		return []host.Notice{}
	}
	return []host.Notice{{Code: host.CodeInDevelopment, Message: one.Message, Remedy: one.Remedy, Since: one.Since}}
}

// examine returns what the doctor says of developments.
func (d *developing) examine() []Finding {
	var findings []Finding
	for _, one := range d.list() {
		findings = append(findings, Finding{"development." + one.Connector, "In development", "warn", one.Message, one.Remedy})
	}
	return findings
}

func inDevelopment(connector, remedy string) *host.Problem {
	return problemOf(host.CodeInDevelopment, remedy, "%s is in development, and its author's program is used in its place", connector)
}
