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
	// lookEvery is the time between two looks; a look that takes long is followed by a
	// pause of restFactor times as long.
	lookEvery  = 250 * time.Millisecond
	restFactor = 20
	// mostFiles is more than a connector's sources have: a home directory given by
	// mistake is said to be one.
	mostFiles = 20_000
)

// Watch knows the files of a source. It has one user at a time.
type Watch struct {
	source Source
	every  time.Duration
	dirs   []string // other directories, without what is below them

	seen    look
	before  map[string]bool // changed during the build before
	written map[string]bool // what builds write
}

// look is what files there were: path to size and time.
type look map[string]string

// Watch begins to watch the files of the source; as they are now is how they were.
func (s Source) Watch() (*Watch, error) {
	w := &Watch{source: s, every: lookEvery, written: map[string]bool{}}
	if s.build != nil {
		w.written[s.program] = true
	}
	var err error
	w.seen, err = w.look()
	return w, err
}

// Begin says that a build begins.
func (w *Watch) Begin() error {
	now, err := w.look()
	if err == nil {
		w.seen = now
	}
	return err
}

// Built says that a build has ended, with what it came to.
func (w *Watch) Built(built Built) error {
	now, err := w.look()
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
		if now, err = w.look(); err != nil {
			return err
		}
		for path := range now {
			if _, known := w.seen[path]; !known && !during[path] {
				w.seen.take(now, path) // it is watched from now on
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
		now, err := w.look()
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

// take has the look know of a path what the other one does.
func (l look) take(other look, path string) {
	if state, there := other[path]; there {
		l[path] = state
	} else {
		delete(l, path)
	}
}

// changes returns the paths at which two looks differ, sorted.
func changes(a, b look) []string {
	var paths []string
	for path, state := range b {
		if a[path] != state {
			paths = append(paths, path)
		}
	}
	for path := range a {
		if _, there := b[path]; !there {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// look looks at every file. What is not there, or goes away meanwhile, is not seen.
func (w *Watch) look() (look, error) {
	seen := look{}
	err := filepath.WalkDir(w.source.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir // it cannot be read, or went away: what is in it is not seen
		case path != w.source.Path && unwatched(e.Name()) && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || path != w.source.Path && unwatched(e.Name()):
			return nil
		}
		seen.add(path)
		if len(seen) > mostFiles {
			return problem(fmt.Sprintf("There are more than %d files in %s.", mostFiles, w.source.Path), "Give the directory of one connector.")
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

func (l look) add(path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		l[path] = fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano())
	}
}

// unwatched names what no connector is made of: hidden files, what editors keep
// beside a file, and what other tools fetched or made.
func unwatched(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || name == "node_modules" || name == "__pycache__"
}
