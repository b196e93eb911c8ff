package development

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// DefaultLease is how long a development lasts without renewal. A command that was killed
// does not end it.
const DefaultLease = 15 * time.Second

// Request names a program that is to be used as a connector.
type Request struct {
	Program string // absolute path of a program, a description or an attach file
	Source  string // what its author works on, as messages name it; "" = the program
	Attach  bool   // the program is an attach file, and its process is used as it is
}

// Config is what the developments work with.
type Config struct {
	Dir     string        // copies of the programs, so that a build never changes what runs
	Lease   time.Duration // 0 = DefaultLease
	Catalog *catalog.Catalog
	Logger  *slog.Logger
}

// Developments are the programs that their authors are working on. They are
// not stored: after a restart of the host the author's command starts one again.
type Developments struct {
	config Config
	wait   sync.WaitGroup // for expire

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

// Open deletes the copies that an earlier process left.
func Open(config Config) (*Developments, error) {
	if config.Lease == 0 {
		config.Lease = DefaultLease
	}
	if err := os.RemoveAll(config.Dir); err != nil {
		return nil, fmt.Errorf("clear programs in development: %w", err)
	}
	return &Developments{config: config, byID: map[string]*development{}}, nil
}

// Close ends every development. No run uses one any more.
func (d *Developments) Close() error {
	d.mu.Lock()
	d.closed = true
	for id, one := range d.byID {
		one.timer.Stop()
		delete(d.byID, id)
	}
	d.pinLocked()
	d.mu.Unlock()
	d.wait.Wait()
	return os.RemoveAll(d.config.Dir)
}

// Start uses a program as the connector that it says it is, until its lease ends. A
// connector has one development at a time.
func (d *Developments) Start(ctx context.Context, request Request) (host.Development, error) {
	connector, dir, err := d.examine(ctx, request, "")
	if err != nil {
		return host.Development{}, err
	}
	one := &development{connector: connector, copies: []string{dir}}
	now := time.Now().UTC()
	one.Development = host.Development{
		ID: ulid.Make().String(), Connector: connector.ID, Version: connector.Version, Source: orPath(request),
		Attached: request.Attach, PID: plugin.AttachedPID(connector.Path), Since: now, ExpiresAt: now.Add(d.config.Lease),
	}
	one.Explain()
	started := one.Development
	if err := d.add(one); err != nil {
		return host.Development{}, errors.Join(err, os.RemoveAll(dir))
	}
	d.config.Logger.Warn("connector is in development",
		"connector", connector.ID, "source", one.Source, "sha256", connector.SHA256, "attached", request.Attach)
	d.config.Catalog.Changed(connector.ID, "development")
	return started, nil
}

func (d *Developments) add(one *development) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, taken := d.byID[one.Connector]; taken {
		return host.Refused(host.CodeBusy,
			"End the other `plumbline connector dev` first; one that was killed ends within "+d.config.Lease.String()+".",
			"%s is in development already: %s", one.Connector, other.Source)
	}
	if d.closed {
		return host.Refused(host.CodeInterrupted, "Start Plumbline again.", "Plumbline is being stopped")
	}
	d.byID[one.Connector] = one
	d.pinLocked()
	one.timer = time.AfterFunc(d.config.Lease, func() { d.expire(one.ID) }) // ends with expire, or was stopped
	return nil
}

// pinLocked has the catalog use the programs in development.
func (d *Developments) pinLocked() {
	list := make([]host.Connector, 0, len(d.byID))
	for _, one := range d.byID {
		list = append(list, one.connector)
	}
	d.config.Catalog.SetDeveloped(list)
}

// Reload uses another program from the next run on. One that cannot be
// used changes nothing: the last good one stays. Runs under way are not disturbed.
func (d *Developments) Reload(ctx context.Context, id string, request Request) (host.Development, error) {
	before, err := d.Renew(id)
	if err != nil {
		return host.Development{}, err
	}
	connector, dir, err := d.examine(ctx, request, before.Connector)
	if err != nil {
		return host.Development{}, err
	}
	after, err := d.replace(id, connector, dir, request)
	if err != nil {
		return host.Development{}, errors.Join(err, os.RemoveAll(dir))
	}
	d.config.Logger.Info("connector in development is reloaded",
		"connector", connector.ID, "sha256", connector.SHA256, "reloads", after.Reloads)
	d.config.Catalog.Changed(connector.ID, "development")
	return after, nil
}

// replace replaces the program of a development. It keeps the file of the last program
// until the next reload: a run may be about to start it.
func (d *Developments) replace(id string, connector host.Connector, dir string, request Request) (host.Development, error) {
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
	d.pinLocked()
	if n := len(one.copies); n > 2 {
		err = os.RemoveAll(one.copies[n-3])
		one.copies = one.copies[n-2:]
	}
	return one.Development, err
}

// Renew keeps a development for another lease.
func (d *Developments) Renew(id string) (host.Development, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, err := d.oneLocked(id)
	if err != nil {
		return host.Development{}, err
	}
	one.ExpiresAt = time.Now().UTC().Add(d.config.Lease)
	one.timer.Reset(d.config.Lease)
	return one.Development, nil
}

func (d *Developments) oneLocked(id string) (*development, error) {
	for _, one := range d.byID {
		if one.ID == id {
			return one, nil
		}
	}
	return nil, host.NotFound("development", id, "It has ended; start it again.")
}

// End uses the connector's own program again.
func (d *Developments) End(id string) error { return d.end(id, time.Time{}, "its author ended it") }

// expire ends a development whose lease was not renewed.
func (d *Developments) expire(id string) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.wait.Add(1)
	d.mu.Unlock()
	defer d.wait.Done()
	err := d.end(id, time.Now(), "its lease was not renewed")
	if err != nil && !host.IsNotFound(err) {
		d.config.Logger.Error("end development", "id", id, "err", err)
	}
}

// end ends a development; at a moment, only one whose lease has run out by then.
func (d *Developments) end(id string, at time.Time, why string) error {
	d.mu.Lock()
	one, err := d.oneLocked(id)
	if err == nil && !at.IsZero() && at.Before(one.ExpiresAt.Add(-time.Millisecond)) {
		d.mu.Unlock()
		return nil // it was renewed in the same moment
	}
	if err == nil {
		one.timer.Stop()
		delete(d.byID, one.Connector)
		d.pinLocked()
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	d.config.Logger.Warn("connector is in development no more", "connector", one.Connector, "reason", why)
	for _, dir := range one.copies {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	d.config.Catalog.Changed(one.Connector, "changed")
	return err
}

// examine copies a program and has it describe itself. When want is not empty, it has to
// be that connector. Without an error the caller removes the directory.
func (d *Developments) examine(ctx context.Context, request Request, want string) (c host.Connector, dir string, err error) {
	if !filepath.IsAbs(request.Program) {
		return c, "", host.Invalid("program", request.Program, "must be an absolute path")
	}
	if err := os.MkdirAll(d.config.Dir, 0o700); err != nil {
		return c, "", fmt.Errorf("create directory of programs in development: %w", err)
	}
	if dir, err = os.MkdirTemp(d.config.Dir, "program-"); err != nil {
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
		return c, dir, err
	}
	c, err = d.config.Catalog.Examine(ctx, plugin.Program{ID: want, Path: path})
	if err != nil {
		return c, dir, asAuthorsOwn(err, path, orPath(request))
	}
	return c, dir, nil
}

func orPath(request Request) string {
	if request.Source != "" {
		return request.Source
	}
	return request.Program
}

// asAuthorsOwn replaces the copy's path by that of the file that its author knows.
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
		return fmt.Errorf("read program: %w", err)
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

// List returns every development, by connector.
func (d *Developments) List() []host.Development {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]host.Development, 0, len(d.byID))
	for _, one := range d.byID {
		list = append(list, one.Development)
	}
	slices.SortFunc(list, func(a, b host.Development) int { return strings.Compare(a.Connector, b.Connector) })
	return list
}

// Notices says that the connector of a connection is in development.
func (d *Developments) Notices(connector string) []host.Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, ok := d.byID[connector]
	if !ok {
		return []host.Notice{}
	}
	return []host.Notice{{Code: host.CodeInDevelopment, Message: one.Message, Remedy: one.Remedy, Since: one.Since}}
}

// Busy says that something has to wait until a development has ended.
func Busy(connector, remedy string) *host.Problem {
	return host.Refused(host.CodeInDevelopment, remedy, "%s is in development, and its author's program is used instead", connector)
}
