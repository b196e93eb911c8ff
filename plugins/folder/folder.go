package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	maxFiles = 20_000
	maxDepth = 30 // folders in one another
)

// folder is the directory with the documents. Its root keeps links from leading out of it.
type folder struct {
	settings
	root      *os.Root
	documents []*document
	sidecars  map[string]string // the paths of descriptions, by the path of the document in one Unicode form
	wrong     []wrong
}

// wrong is a part that cannot be read.
type wrong struct {
	scope string
	err   error
}

// open lists the documents and reads their descriptions.
func open(ctx context.Context, s *sdk.Session) (*folder, error) {
	var c settings
	if err := s.Settings(&c); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.Path) {
		return nil, sdk.ConfigInvalid("/path", "the path %s is not a full path", c.Path).
			WithRemedy(`Enter the full path in the setting "Folder", such as /srv/policies.`)
	}
	info, err := os.Stat(c.Path)
	if err == nil && !info.IsDir() {
		return nil, sdk.ConfigInvalid("/path", "%s is not a folder", c.Path)
	}
	f := &folder{settings: c, sidecars: map[string]string{}}
	if err == nil {
		f.root, err = os.OpenRoot(c.Path)
	}
	if err == nil {
		err = f.list(ctx)
	}
	if err != nil {
		f.close()
		return nil, pathError(c.Path, err)
	}
	f.describe()
	return f, nil
}

func pathError(path string, err error) error {
	var known *sdk.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, fs.ErrNotExist):
		return sdk.ConfigInvalid("/path", "there is no folder %s", path).WithRemedy(`Create the folder, or correct the setting "Folder".`)
	case errors.Is(err, fs.ErrPermission):
		return sdk.ConfigInvalid("/path", "the connector may not read the folder %s", path).
			WithRemedy("Allow the user of Plumbline to read the folder and its documents.")
	}
	return sdk.ConfigInvalid("/path", "the folder %s cannot be read: %w", path, err)
}

func (f *folder) close() {
	if f.root != nil {
		_ = f.root.Close() // it was only read
	}
}

// isIgnored reports whether a name is one that programs use for their own files.
func isIgnored(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".tmp", ".part", ".partial", ".crdownload", ".swp", ".lock"}, filepath.Ext(lower)) ||
		lower == "thumbs.db" || lower == "desktop.ini"
}

// list finds the documents and their descriptions. A part that cannot be listed is a gap; the whole folder must be.
func (f *folder) list(ctx context.Context) error {
	err := fs.WalkDir(f.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == "." && err != nil:
			return err
		case name == ".":
			return nil
		case err != nil:
			f.fault(name, fileError(name, err))
			return skip(e)
		case isIgnored(path.Base(name)):
			return skip(e)
		case e.IsDir() && !f.Subdirectories:
			return fs.SkipDir
		case e.IsDir() && strings.Count(name, "/") >= maxDepth:
			f.fault(name, customer("Move its documents to a folder above.", "the folder %s is too deep: more than %d folders in one another", name,
				maxDepth))
			return fs.SkipDir
		case e.IsDir():
			return nil
		case len(f.documents) >= maxFiles:
			f.fault("more documents", customer("Divide the documents among several folders with a connection each.",
				"the folder has more than %d documents", maxFiles))
			return fs.SkipAll
		}
		f.add(name, e)
		return nil
	})
	return err
}

func skip(e fs.DirEntry) error {
	if e != nil && e.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (f *folder) fault(scope string, err error) {
	f.wrong = append(f.wrong, wrong{strings.ToValidUTF8(scope, "?"), err})
}

// add adds a document or a description.
func (f *folder) add(name string, e fs.DirEntry) {
	if !utf8.ValidString(name) {
		f.fault(name, customer("Rename the file.", "the name of the file %q is not UTF-8", name))
		return
	}
	info, err := e.Info()
	if err == nil && e.Type()&fs.ModeSymlink != 0 {
		info, err = f.root.Stat(name) // refuses to leave the folder
	}
	switch {
	case err != nil:
		f.fault(name, fileError(name, err))
	case info.IsDir(): // a link: its documents are listed where they are
	case !info.Mode().IsRegular():
		f.fault(name, customer("Move it out of the folder.", "%s is not a file", name))
	default:
		if of, ok := described(name); ok {
			f.sidecars[norm.NFC.String(of)] = name
			return
		}
		f.documents = append(f.documents, &document{path: name, key: norm.NFC.String(name), size: info.Size(), mtime: info.ModTime()})
	}
}

// sidecarEnds are how the names of descriptions end.
func sidecarEnds() []string { return []string{".meta.yaml", ".meta.yml"} }

// described returns the name of the document that a description is for.
func described(name string) (of string, ok bool) {
	for _, end := range sidecarEnds() {
		if of, ok = strings.CutSuffix(name, end); ok && path.Base(of) != "" {
			return of, true
		}
	}
	return "", false
}

// describe reads the descriptions. It drops documents with a key that another has.
func (f *folder) describe() {
	used := map[string]bool{}
	byKey := map[string]*document{}
	kept := f.documents[:0]
	for _, d := range f.documents {
		name := d.key
		if sidecar, ok := f.sidecars[name]; ok {
			used[name] = true
			if err := f.readSidecar(d, sidecar); err != nil {
				f.fault(sidecar, err)
			}
		}
		if other := byKey[d.key]; other != nil {
			f.fault(d.path, customer("Rename one of the two files, or give it another id.",
				"the files %q and %q have the same id or differ only by the Unicode form of their names", other.path, d.path))
			continue
		}
		byKey[d.key] = d
		kept = append(kept, d)
	}
	f.documents = kept
	fold := cases.Fold()
	for name, sidecar := range f.sidecars {
		if used[name] {
			continue
		}
		hint := ""
		for _, d := range f.documents {
			if fold.String(norm.NFC.String(d.path)) == fold.String(name) {
				hint = ", only " + d.path + " with other capital letters"
			}
		}
		f.fault(sidecar, customer("Put the document back, or remove its description.", "%s describes the document %s, which is not there%s",
			sidecar, name, hint))
	}
	slices.SortFunc(f.wrong, func(a, b wrong) int { return strings.Compare(a.scope, b.scope) })
}

func (f *folder) problems(gap func(scope string, err error)) {
	for _, w := range f.wrong {
		gap(w.scope, w.err)
	}
}

// fileError returns the error of a file or folder that cannot be read.
func fileError(name string, err error) error {
	name = strings.ToValidUTF8(name, "?")
	switch {
	case errors.Is(err, fs.ErrPermission):
		return customer("Allow the user of Plumbline to read it.", "the connector may not read %s", name)
	case errors.Is(err, fs.ErrNotExist):
		return customer("Sync again, or remove a link that leads nowhere.", "%s vanished, or is a link that leads nowhere", name)
	}
	return customer("Move the document into the folder if it is a link that leads out of it.", "%s cannot be read: %w", name, err)
}

// customer returns the error of a file. The customer has to act.
func customer(remedy, format string, args ...any) *sdk.Error {
	return sdk.Errorf(sdk.CodeSchemaUnexpected, format, args...).WithRemedy(remedy).ForCustomer()
}
