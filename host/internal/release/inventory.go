package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// installedName is the directory of installed releases in the data directory.
const installedName = "connectors"

const stagingPrefix = ".staging-"

// Inventory is the installed releases of a data directory. Its methods may be called from any goroutine.
type Inventory struct {
	dir     string // the data directory
	here    Platform
	damaged error // why the lock file cannot be used, if so

	mu   sync.Mutex
	lock lock
}

// OpenInventory opens the inventory of a data directory and deletes what a killed install
// left. With a damaged lock file it opens, too: see Problem.
func OpenInventory(dir string, here Platform) (*Inventory, error) {
	s := &Inventory{dir: dir, here: here}
	s.lock, s.damaged = readLock(filepath.Join(dir, LockName))
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("clear connectors directory: %w", err)
	}
	return s, nil
}

// Problem returns why nothing can be installed, or nil.
func (s *Inventory) Problem() error { return s.damaged }

// Dir is the directory in which people put programs.
func (s *Inventory) Dir() string { return filepath.Join(s.dir, installedName) }

// sweep deletes the directories that the lock file does not name.
func (s *Inventory) sweep() error {
	entries, err := os.ReadDir(s.Dir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case !e.IsDir():
		case strings.HasPrefix(e.Name(), stagingPrefix):
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.Dir(), e.Name())))
		case s.damaged == nil && idPattern.MatchString(e.Name()):
			err = errors.Join(err, s.sweepVersions(e.Name()))
		}
	}
	return err
}

func (s *Inventory) sweepVersions(id string) error {
	entry, known := s.lock.Connectors[id]
	keep := []string{}
	if known {
		keep = append(keep, entry.Current.Version)
		if entry.Previous != nil {
			keep = append(keep, entry.Previous.Version)
		}
	}
	versions, err := os.ReadDir(filepath.Join(s.Dir(), id))
	if err != nil {
		return err
	}
	for _, v := range versions {
		if !slices.Contains(keep, v.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.Dir(), id, v.Name())))
		}
	}
	if !known {
		err = errors.Join(err, os.RemoveAll(filepath.Join(s.Dir(), id)))
	}
	return err
}

// Staged is a release whose files are verified and on disk, beside what is installed. It
// ends with Activate or Discard; both may be called.
type Staged struct {
	Release
	Path   string // the program for this machine
	SHA256 string // of it

	// Interpreter is the hash of the program that runs a description, "" for the one that came with the host.
	Interpreter string

	dir     string
	source  string
	program string // its path once it is installed
}

// Discard deletes a staged release that is not active.
func (st *Staged) Discard() error { return os.RemoveAll(st.dir) }

// Stage reads a release and verifies all of it. After an error nothing is left on disk.
func (s *Inventory) Stage(ctx context.Context, source string, options Options, progress func(done, total int64)) (_ *Staged, err error) {
	if s.damaged != nil {
		return nil, s.damaged
	}
	from, err := Open(source)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	r, err := ReadHead(ctx, from, options)
	if err != nil {
		return nil, err
	}
	program, err := Program(r.Manifest, s.here)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Dir(), 0o700); err != nil {
		return nil, fmt.Errorf("make connectors directory: %w", err)
	}
	dir, err := os.MkdirTemp(s.Dir(), stagingPrefix+"*")
	if err != nil {
		return nil, fmt.Errorf("make directory for release: %w", err)
	}
	st := &Staged{
		Release: r, dir: dir, source: source, SHA256: program.SHA256, program: onDisk(r.Manifest, program),
	}
	st.Path = filepath.Join(dir, path.Base(st.program))
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Discard())
		}
	}()
	want := func(f offer.ReleaseFile) bool { return f == program.ReleaseFile || r.SBOM != nil && f == *r.SBOM }
	if err := r.ReadFiles(ctx, from, want, st.keep(program, progress)); err != nil {
		return nil, err
	}
	return st, st.seal()
}

// keep writes the files of this machine.
func (st *Staged) keep(program offer.PlatformFile, progress func(done, total int64)) func(offer.ReleaseFile, io.Reader) error {
	return func(f offer.ReleaseFile, content io.Reader) error {
		target, mode := filepath.Join(st.dir, "sbom.json"), fs.FileMode(0o400)
		if f == program.ReleaseFile {
			target, mode = st.Path, 0o500
			if described(f.Path) {
				mode = 0o400 // the interpreter reads it
			}
		}
		return durable.Write(target, mode, func(w io.Writer) error {
			_, err := io.Copy(w, &counter{from: content, report: func(n int64) { progress(n, f.Size) }})
			return err
		})
	}
}

// seal adds manifest and signature.
func (st *Staged) seal() error {
	for name, raw := range map[string][]byte{ManifestName: st.Raw, SignatureName: st.Signature} {
		if raw == nil {
			continue
		}
		if err := durable.WriteBytes(filepath.Join(st.dir, name), 0o400, raw); err != nil {
			return err
		}
	}
	return nil
}

// onDisk is the path of a program below the data directory, with /. It has the name of its connector.
func onDisk(m offer.Manifest, program offer.PlatformFile) string {
	name := m.ID
	switch {
	case described(program.Path):
		name += host.DescriptionSuffix
	case program.OS == "windows":
		name += ".exe"
	}
	return path.Join(installedName, m.ID, m.Version, name)
}

// Activate makes a staged release the current one. The current one becomes the previous one,
// and the previous one is deleted.
func (s *Inventory) Activate(st *Staged, now time.Time) (Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, had := s.lock.Connectors[st.ID]
	if had && before.Current.Version == st.Version {
		if st.Consent() != before.Current.Manifest || st.Interpreter == before.Current.Interpreter {
			return Entry{}, sameVersion(st.Release, before.Current)
		}
		// The same release with another interpreter, which a person has now agreed to.
		before.Current.Interpreter = st.Interpreter
		return before, s.putLocked(st.ID, &before)
	}
	next := Entry{Current: Installed{
		Version: st.Version, Manifest: st.Consent(), Signer: st.Signer, Source: st.source, Platforms: st.Platforms,
		Program: st.program, SHA256: st.SHA256, Interpreter: st.Interpreter,
		Consented: st.Asks(), ConsentSHA256: consentHash(st.Asks()), InstalledAt: now.UTC(),
	}}
	if had {
		next.Previous = &before.Current
	}
	target := filepath.Join(s.Dir(), st.ID, st.Version)
	if err := durable.MakeDirs(filepath.Dir(target), 0o700); err != nil {
		return Entry{}, fmt.Errorf("make directory of %s: %w", st.ID, err)
	}
	// An existing one is a kept version or the rest of a killed install; it does not run.
	if err := os.RemoveAll(target); err != nil {
		return Entry{}, fmt.Errorf("clear directory of %s %s: %w", st.ID, st.Version, err)
	}
	if err := durable.Rename(st.dir, target); err != nil {
		return Entry{}, fmt.Errorf("install %s %s: %w", st.ID, st.Version, err)
	}
	if err := s.putLocked(st.ID, &next); err != nil {
		return Entry{}, errors.Join(err, os.RemoveAll(target))
	}
	return next, nil
}

func sameVersion(r Release, now Installed) error {
	if r.Consent() == now.Manifest {
		return problem(host.CodeConflict, "There is nothing to do.", "%s %s is installed already", r.ID, r.Version)
	}
	return problem(host.CodeReleaseDamaged, "Ask its author which one is right; a release never changes, a change is a new version.",
		"this is not the %s %s that is installed, though it has the same version", r.ID, r.Version)
}

// putLocked writes an entry, or deletes it when it is nil, and deletes the versions that
// the lock file no longer names. A system that cannot delete a running program leaves
// that to the next start.
func (s *Inventory) putLocked(id string, entry *Entry) error {
	next := s.lock.clone()
	if entry == nil {
		delete(next.Connectors, id)
	} else {
		next.Connectors[id] = *entry
	}
	if err := s.saveLocked(next); err != nil {
		return err
	}
	_ = s.sweepVersions(id)
	return nil
}

func (s *Inventory) saveLocked(next lock) error {
	if s.damaged != nil {
		return s.damaged
	}
	if err := next.write(filepath.Join(s.dir, LockName)); err != nil {
		return err
	}
	s.lock = next
	return nil
}
