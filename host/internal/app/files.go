package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
)

// maxListed is how many entries of a directory are listed.
const maxListed = 1000

// filesDir is the directory in the data directory for files that people bring.
const filesDir = "files"

// Files lists a directory from which a person may choose a file for a setting; an empty
// path means the first root. It asks for an actor, because it tells what is on the
// machine. Only directories below a root are listed: a page in a browser must not be able
// to look through the whole disk of the agent. A symbolic link that leads out of its root
// is not followed.
func (a *App) Files(ctx context.Context, path string) (host.FileListing, error) {
	return actor.Act(ctx, func(host.Actor) (host.FileListing, error) {
		listing := host.FileListing{Roots: a.fileRoots(), Entries: []host.FileEntry{}}
		if path == "" {
			if len(listing.Roots) == 0 {
				return listing, nil
			}
			path = listing.Roots[0].Path
		}
		root, within, ok := below(listing.Roots, filepath.Clean(path))
		if !ok {
			return listing, outside(path)
		}
		listing.Path = filepath.Join(root, within)
		if within != "." {
			listing.Parent = filepath.Dir(listing.Path)
		}
		var err error
		listing.Entries, listing.Cut, err = entriesOf(root, within)
		return listing, err
	})
}

// fileRoots returns the roots that exist: those of the configuration, or the home directory
// of the agent's user and the directory for files in the data directory.
func (a *App) fileRoots() []host.FileRoot {
	paths := []host.FileRoot{}
	for _, path := range a.parts.FileRoots {
		paths = append(paths, host.FileRoot{Path: path, Title: filepath.Base(path)})
	}
	if len(paths) == 0 {
		if home, err := os.UserHomeDir(); err == nil {
			paths = append(paths, host.FileRoot{Path: home, Title: "Home of the user that runs Plumbline"})
		}
		paths = append(paths, host.FileRoot{Path: filepath.Join(a.parts.DataDir, filesDir), Title: "Files in the data directory"})
	}
	return slices.DeleteFunc(paths, func(r host.FileRoot) bool {
		info, err := os.Stat(r.Path)
		return err != nil || !info.IsDir() || !filepath.IsAbs(r.Path)
	})
}

// below returns the longest root that path is in, and the rest of path. No part of the
// rest may be hidden.
func below(roots []host.FileRoot, path string) (root, within string, ok bool) {
	for _, r := range roots {
		rest, err := filepath.Rel(r.Path, path)
		if err != nil || !filepath.IsLocal(rest) || len(r.Path) < len(root) {
			continue
		}
		root, within, ok = filepath.Clean(r.Path), rest, true
	}
	for part := range strings.SplitSeq(within, string(filepath.Separator)) {
		ok = ok && (part == "." || !strings.HasPrefix(part, "."))
	}
	return root, within, ok
}

// entriesOf returns the directories and regular files in a directory below root. The
// operating system keeps the read inside root, whatever links there are.
func entriesOf(root, within string) (entries []host.FileEntry, more bool, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, false, unlisted(root, err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	opened, err := dir.Open(within)
	if err != nil {
		return nil, false, unlisted(filepath.Join(root, within), err)
	}
	defer opened.Close()
	found, err := opened.ReadDir(10 * maxListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, unlisted(filepath.Join(root, within), err)
	}
	entries = []host.FileEntry{}
	for _, e := range found {
		info, err := dir.Stat(filepath.Join(within, e.Name()))
		if err != nil || strings.HasPrefix(e.Name(), ".") || !info.IsDir() && !info.Mode().IsRegular() {
			continue // hidden, a device, or a link that leads out of the root
		}
		entry := host.FileEntry{
			Name: e.Name(), Path: filepath.Join(root, within, e.Name()), Directory: info.IsDir(), ModifiedAt: info.ModTime().UTC(),
		}
		if !entry.Directory {
			entry.Bytes = info.Size()
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b host.FileEntry) int {
		if a.Directory != b.Directory {
			if a.Directory {
				return -1
			}
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	more = len(found) == 10*maxListed || len(entries) > maxListed
	return entries[:min(len(entries), maxListed)], more, nil
}

func outside(path string) *host.Problem {
	p := host.Invalid("path", path, "is not below a directory that may be listed")
	p.Code = host.CodeForbidden
	p.Remedy = "Type the full path of the file, or have the administrator add the directory to files.roots in the configuration."
	return p
}

func unlisted(path string, err error) *host.Problem {
	why := "cannot be listed"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "does not exist"
	case errors.Is(err, fs.ErrPermission):
		why = "may not be read by the user that runs Plumbline"
	}
	return host.Invalid("path", path, why).Because(fmt.Errorf("list directory: %w", err))
}
