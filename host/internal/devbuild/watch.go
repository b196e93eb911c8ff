package devbuild

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// scanEvery is the time between two scans. A scan that takes long is followed by a
	// pause of restFactor times as long.
	scanEvery  = 250 * time.Millisecond
	restFactor = 20
	// mostFiles is more than a connector's sources have. It refuses a home directory that
	// was given by mistake.
	mostFiles = 20_000
)

// Watch compares the files of a source with an earlier scan. It has one user at a time.
type Watch struct {
	source Source
	every  time.Duration
	dirs   []string // other directories, without what is below them

	seen    scan
	before  map[string]bool // changed during the build before
	written map[string]bool // what builds write
}

// scan is the files at a moment: path to size and time.
type scan map[string]string

// Watch begins to watch the files of the source. Next compares with them as they are now.
func (s Source) Watch() (*Watch, error) {
	w := &Watch{source: s, every: scanEvery, written: map[string]bool{}}
	if s.build != nil {
		w.written[s.program] = true
	}
	var err error
	w.seen, err = w.scan()
	return w, err
}

// Begin says that a build begins.
func (w *Watch) Begin() error {
	now, err := w.scan()
	if err == nil {
		w.seen = now
	}
	return err
}

// Built says that a build has ended, and with what.
func (w *Watch) Built(built Built) error {
	now, err := w.scan()
	if err != nil {
		return err
	}
	during := map[string]bool{}
	for _, path := range changes(w.seen, now) {
		during[path] = true
		if w.written[path] = w.written[path] || w.before[path]; w.written[path] {
			w.seen.take(now, path)
		}
	}
	w.before = during
	if built.dirs != nil {
		w.dirs = built.dirs
		if now, err = w.scan(); err != nil {
			return err
		}
		for path := range now {
			if _, known := w.seen[path]; !known && !during[path] {
				w.seen.take(now, path)
			}
		}
	}
	return nil
}

// Next waits until files have changed and the change has come to rest, and returns
// their paths, sorted.
func (w *Watch) Next(ctx context.Context) ([]string, error) {
	last := w.seen
	for pause := time.Duration(0); ; {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
		began := time.Now()
		now, err := w.scan()
		if err != nil {
			return nil, err
		}
		changed := changes(w.seen, now)
		if len(changed) > 0 && len(changes(last, now)) == 0 {
			w.seen = now
			return changed, nil
		}
		last = now
		pause = max(w.every, restFactor*time.Since(began))
	}
}

// take copies what another scan has of a path.
func (s scan) take(other scan, path string) {
	if state, exists := other[path]; exists {
		s[path] = state
	} else {
		delete(s, path)
	}
}

// changes returns the paths at which two scans differ, sorted.
func changes(a, b scan) []string {
	var paths []string
	for path, state := range b {
		if a[path] != state {
			paths = append(paths, path)
		}
	}
	for path := range a {
		if _, exists := b[path]; !exists {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// scan reads the size and time of every file. A file that cannot be read is left out.
func (w *Watch) scan() (scan, error) {
	seen := scan{}
	err := filepath.WalkDir(w.source.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir // it cannot be read, or was deleted meanwhile
		case path != w.source.Path && unwatched(e.Name()) && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || path != w.source.Path && unwatched(e.Name()):
			return nil
		}
		seen.add(path)
		if len(seen) > mostFiles {
			return problem(fmt.Sprintf("There are more than %d files in %s.", mostFiles, w.source.Path),
				"Give the directory of one connector.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, dir := range w.dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !unwatched(e.Name()) {
				seen.add(filepath.Join(dir, e.Name()))
			}
		}
	}
	return seen, nil
}

func (s scan) add(path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		s[path] = fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano())
	}
}

// unwatched reports whether a name is of no source: a hidden file, an editor's backup, or
// what another tool downloaded or wrote.
func unwatched(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || name == "node_modules" || name == "__pycache__"
}
