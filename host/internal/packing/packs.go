package packing

import (
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
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// taskKind is the kind of the tasks that make packs.
const taskKind = "pack"

// StartPack begins to make a pack, or a preview of one; Task follows it.
func (p *Packer) StartPack(ctx context.Context, request Request) (host.Task, error) {
	return actor.Act(ctx, func(by host.Actor) (host.Task, error) {
		w, err := p.understand(request)
		if err != nil {
			return host.Task{}, err
		}
		if err := p.parts.Store.Room(); err != nil {
			return host.Task{}, err
		}
		workspace, err := p.parts.Store.Workspace()
		if err != nil {
			return host.Task{}, err
		}
		one := auditpack.Pack{
			ID: task.NewID(), Preview: request.Preview, Framework: w.framework.ID, From: w.from.UTC(), Until: w.until.UTC(), Moment: w.moment.UTC(),
			Controls: request.Controls, Demo: workspace.Demo, StartedAt: p.parts.Now().UTC(), Status: "running", By: &by,
		}
		one.File = fileName(one)
		work := p.build
		if request.Preview {
			work = p.preview
		}
		return p.parts.Tasks.StartAs(ctx, one.ID, taskKind, func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			made, err := work(ctx, one, w, report)
			return func(t *host.Task) { t.Done, t.Total = made.Records, made.Records }, err
		})
	})
}

// fileName returns the name that people get.
func fileName(one auditpack.Pack) string {
	name := "plumbline-evidence-" + one.Framework + "-" + one.From.Format(time.DateOnly) + "-" + one.Moment.Format(time.DateOnly) + ".zip"
	if one.Demo {
		name = "demo-" + name
	}
	return name
}

// preview makes a pack and keeps nothing.
func (p *Packer) preview(ctx context.Context, one auditpack.Pack, w wanted, report func(task.Progress)) (auditpack.Pack, error) {
	made, err := release.NewKey("") // signs what nobody gets
	if err != nil {
		return one, err
	}
	size := &counter{}
	one.Files = nil
	if err := durable.MakeDirs(p.dir(), 0o700); err != nil {
		return one, fmt.Errorf("create directory of packs: %w", err)
	}
	err = p.write(ctx, &one, w, pack.Key{Private: made.Private, Public: made.Signer}, size, report)
	now := p.parts.Now().UTC()
	one.Bytes, one.Status, one.FinishedAt, one.Key = size.bytes, "done", &now, ""
	if err == nil {
		p.keep(one)
	}
	return one, full(err)
}

// mostPreviews is how many previews are kept in memory.
const mostPreviews = 20

// keep keeps a preview for those who ask for it soon.
func (p *Packer) keep(one auditpack.Pack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.previews = append(p.previews, one)
	p.previews = p.previews[max(0, len(p.previews)-mostPreviews):]
}

// previewed returns a preview that is kept.
func (p *Packer) previewed(id string) (auditpack.Pack, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.previews, func(one auditpack.Pack) bool { return one.ID == id })
	if at < 0 {
		return auditpack.Pack{}, false
	}
	return p.previews[at], true
}

// counter counts what passes.
type counter struct{ bytes int64 }

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

// write writes a pack and notes what is in it.
func (p *Packer) write(
	ctx context.Context, one *auditpack.Pack, w wanted, key pack.Key, to io.Writer, report func(task.Progress),
) (err error) {
	report(task.Progress{Phase: "judging tests"})
	spool, err := os.CreateTemp(p.dir(), pack.ScratchPrefix+"findings-*")
	if err != nil {
		return fmt.Errorf("create spool of findings: %w", err)
	}
	defer func() { err = errors.Join(err, spool.Close(), os.Remove(spool.Name())) }()
	c, err := p.gather(ctx, w, spool)
	if err != nil {
		return err
	}
	written, err := pack.Write(ctx, to, p.dir(), c, key, func(at pack.Progress) {
		report(task.Progress{Phase: "writing " + at.File, Done: at.Records})
	})
	if err != nil {
		return err
	}
	one.Records, one.Notices, one.Key, one.Files = written.Records, c.Notices, key.Public, []auditpack.PackFile{}
	for _, a := range c.Absent {
		one.Absent = append(one.Absent, a.Part)
	}
	for _, f := range written.Files {
		one.Files = append(one.Files, auditpack.PackFile{Name: f.Name, Bytes: f.Bytes, Records: f.Records})
	}
	return nil
}

// build makes and keeps a pack, and enters its beginning and its end into the audit log.
func (p *Packer) build(ctx context.Context, one auditpack.Pack, w wanted, report func(task.Progress)) (auditpack.Pack, error) {
	key, err := p.signing(ctx)
	if err != nil {
		return one, err
	}
	entered, err := p.register().Put(ctx, one.ID, one, 0)
	if err != nil {
		return one, fmt.Errorf("enter pack into the audit log: %w", err)
	}
	sum, size := sha256.New(), &counter{}
	err = durable.MakeDirs(p.dir(), 0o700)
	if err == nil {
		err = durable.Write(p.path(one), 0o600, func(to io.Writer) error {
			return p.write(ctx, &one, w, key, io.MultiWriter(to, sum, size), report)
		})
	}
	now := p.parts.Now().UTC()
	one.FinishedAt, one.Status = &now, "done"
	switch {
	case err != nil && ctx.Err() != nil:
		one.Status = "cancelled"
	case err != nil:
		one.Status = "failed"
	default:
		one.Bytes, one.SHA256, one.Kept = size.bytes, hex.EncodeToString(sum.Sum(nil)), true
	}
	if _, wrong := p.register().Put(context.WithoutCancel(ctx), one.ID, one, entered.Revision); wrong != nil {
		err = errors.Join(err, fmt.Errorf("enter end of pack into the audit log: %w", wrong))
	}
	return one, full(err)
}

// full makes the problem of a full disk of an error.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return (&host.Problem{
			Code: host.CodeDiskFull, Message: "the disk that holds the data directory is full", Remedy: "Free some space, then make the pack again.",
			Fault: host.FaultHost, Retry: host.RetryAfter,
		}).Because(err)
	}
	if err != nil {
		return fmt.Errorf("make pack: %w", err)
	}
	return nil
}

var idForm = regexp.MustCompile(`^[0-9A-Z]{26}$`)

func (p *Packer) path(one auditpack.Pack) string { return filepath.Join(p.dir(), one.ID+"_"+one.File) }

// is reports whether the file of a pack is there.
func (p *Packer) is(one auditpack.Pack) bool {
	info, err := os.Lstat(p.path(one))
	return err == nil && info.Mode().IsRegular()
}

// Packs returns the packs that were made, newest first.
func (p *Packer) Packs() ([]auditpack.Pack, error) {
	all, err := p.register().List()
	if err != nil {
		return nil, err
	}
	list := make([]auditpack.Pack, 0, len(all))
	for _, d := range slices.Backward(all) {
		d.Value.Kept, d.Value.Files = d.Value.Status == "done" && p.is(d.Value), nil
		list = append(list, d.Value)
	}
	return list, nil
}

// Pack returns one pack, or one of the latest previews.
func (p *Packer) Pack(id string) (auditpack.Pack, error) {
	if one, found := p.previewed(id); found {
		return one, nil
	}
	found, err := p.find(id)
	return found.Value, err
}

func (p *Packer) find(id string) (found documents.Document[auditpack.Pack], err error) {
	if !idForm.MatchString(id) {
		return found, notFound(id)
	}
	if found, err = p.register().Get(id); host.IsNotFound(err) {
		return found, notFound(id)
	}
	found.Value.Kept = err == nil && found.Value.Status == "done" && p.is(found.Value)
	return found, err
}

func notFound(id string) error {
	return host.NotFound("pack", id, "`plumbline evidence pack list` names every pack.")
}

// readsOnce is how long further reads by the same actor count as one: a client reads a long file in parts.
const readsOnce = time.Hour

// ReadPack returns the path and the name of a pack's file, and enters into the audit log who reads it.
func (p *Packer) ReadPack(ctx context.Context, id string) (path string, one auditpack.Pack, err error) {
	one, err = actor.Act(ctx, func(by host.Actor) (auditpack.Pack, error) {
		found, err := p.find(id)
		one := found.Value
		switch {
		case err != nil:
			return one, err
		case !one.Kept:
			return one, host.Refused(host.CodeNotFound, "Make the pack again.",
				"the file of this pack is not there: it was deleted, or it was never finished")
		}
		now := p.parts.Now().UTC()
		if last := one.Downloaded; last != nil && last.By == by && now.Sub(last.At) < readsOnce {
			return one, nil
		}
		one.Downloaded = &auditpack.PackDownload{By: by, At: now}
		_, err = p.register().Put(ctx, id, one, found.Revision)
		return one, err
	})
	return p.path(one), one, err
}

// DeletePack deletes a pack with its file. The audit log keeps that it was made.
func (p *Packer) DeletePack(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error {
		one, err := p.Pack(id)
		if err != nil {
			return err
		}
		if one.Status == "running" {
			return host.Refused(host.CodeBusy, "Cancel its task first.", "the pack is being made")
		}
		if err := os.Remove(p.path(one)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete pack: %w", err)
		}
		return p.register().Delete(ctx, id, 0)
	})
}

// ClosePacks deletes what a crash left of packs, and enters into the audit log that a pack ended which the last stop of the host cut off.
func (p *Packer) ClosePacks() error {
	errs := []error{p.sweep()}
	all, err := p.register().List()
	errs = append(errs, err)
	ctx := host.WithActor(context.Background(), host.AgentActor())
	for _, d := range all {
		if d.Value.Status == "running" {
			d.Value.Status = "failed"
			_, err := p.register().Put(ctx, d.Key, d.Value, d.Revision)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweep deletes scratch files and files that were not finished.
func (p *Packer) sweep() error {
	entries, err := os.ReadDir(p.dir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err, durable.Sweep(p.dir())}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), pack.ScratchPrefix) {
			errs = append(errs, os.Remove(filepath.Join(p.dir(), entry.Name())))
		}
	}
	return errors.Join(errs...)
}
