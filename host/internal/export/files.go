package export

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// Kept is how long a file is kept.
const Kept = 24 * time.Hour

// Dir is where files of exports are in a data directory.
func Dir(dataDir string) string { return filepath.Join(dataDir, "exports") }

// unsafe is what no file name gets.
var unsafe = regexp.MustCompile(`[^a-z0-9]+`)

// Name returns a safe name for a file, such as
// plumbline-accounts-2026-11-29T0912Z.csv.
func Name(parts []string, at time.Time, format string) string {
	text := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(strings.Join(parts, "-")), "-"), "-")
	if len(text) > 60 {
		text = strings.Trim(text[:60], "-")
	}
	return "plumbline-" + text + "-" + at.UTC().Format("2006-01-02T1504Z") + "." + format
}

// Files are the files of exports in a directory. Each is named by the id of its export and
// the name that people get.
type Files struct{ dir string }

// In returns the files in a directory, which need not exist.
func In(dir string) Files { return Files{dir} }

// Write writes the file of an export: all of it, or none.
func (f Files) Write(id, name string, write func(io.Writer) error) error {
	if err := durable.MakeDirs(f.dir, 0o700); err != nil {
		return fmt.Errorf("create directory of exports: %w", err)
	}
	return durable.Write(filepath.Join(f.dir, id+"_"+name), 0o600, write)
}

// ids are what exports are called. No other text becomes a part of a path.
var ids = regexp.MustCompile(`^[0-9A-Z]{26}$`)

// File is one kept file.
type File struct {
	ID, Name string
	Path     string
	MadeAt   time.Time
}

// Format returns the format of a file, by its name.
func (f *File) Format() string {
	if strings.HasSuffix(f.Name, "."+host.FormatCSV) {
		return host.FormatCSV
	}
	return host.FormatJSONL
}

// Expired reports whether a file is kept no longer.
func (f *File) Expired(now time.Time) bool { return now.Sub(f.MadeAt) >= Kept }

// Find returns the file of an export, or a host.not_found problem.
func (f Files) Find(id string, now time.Time) (File, error) {
	all, err := f.list()
	if err != nil {
		return File{}, err
	}
	for _, file := range all {
		if file.ID == id && ids.MatchString(id) && !file.Expired(now) {
			return file, nil
		}
	}
	return File{}, host.NotFound("export", id, "A file is kept for 24 hours; export the list again.")
}

func (f Files) list() (all []File, err error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	for _, entry := range entries {
		id, name, found := strings.Cut(entry.Name(), "_")
		info, err := entry.Info()
		if err != nil || !found || !ids.MatchString(id) || !info.Mode().IsRegular() {
			continue // it has gone meanwhile, or it is no export
		}
		all = append(all, File{ID: id, Name: name, Path: filepath.Join(f.dir, entry.Name()), MadeAt: info.ModTime()})
	}
	return all, nil
}

// Sweep deletes the files that are kept no longer, and what a crash left unfinished. It
// returns how many exports lost their file.
func (f Files) Sweep(now time.Time) (deleted int, err error) {
	all, err := f.list()
	if err != nil {
		return 0, err
	}
	errs := []error{}
	for _, file := range all {
		if !file.Expired(now) {
			continue
		}
		if err := os.Remove(file.Path); err != nil {
			errs = append(errs, fmt.Errorf("delete export: %w", err))
			continue
		}
		deleted++
	}
	return deleted, errors.Join(errs...)
}
