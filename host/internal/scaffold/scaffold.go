package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/plumbline-dev/plumbline/host"
)

//go:embed all:connector all:declarative all:python
var templates embed.FS

// Options say what is made.
type Options struct {
	ID       string        // lower-case letters, digits and dashes
	Category host.Category // what kind of system it reads
	Dir      string        // where; must be empty or not exist
	Module   string        // Go module path; empty = example.com/<ID>
	SDK      string        // directory of Plumbline's sources, which hold the SDK; empty = a released version
	Version  string        // of the SDK, e.g. "v1.2.3"; needed without SDK

	Language Language
}

// Language is what a connector is written in.
type Language string

// The languages.
const (
	Go          Language = ""            // a program with a module of its own
	Declarative Language = "declarative" // one YAML file; Module, SDK and Version mean nothing
	Python      Language = "python"      // packed with the library in SDK, which it cannot do without
)

// values are what the templates see.
type values struct {
	Options
	Name     string // the id as a person would write it
	Category string
	Package  string // of Python: no id makes it the name of something else
	Shape    shape
}

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Write makes a connector and returns the files it wrote, relative to Options.Dir.
// On an error nothing is left behind. Errors are problems that name the option.
func Write(o Options) (files []string, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Module == "" {
		o.Module = "example.com/" + o.ID
	}
	made := !exists(o.Dir)
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, undo(o.Dir, files, made))
			files = nil
		}
	}()
	v := values{
		Options: o, Name: title(o.ID), Category: string(o.Category), Shape: shapeOf(o.Category),
		Package: "connector_" + strings.ReplaceAll(o.ID, "-", "_"),
	}
	from, err := o.sources()
	if err != nil {
		return nil, err
	}
	for _, name := range from {
		_, file, _ := strings.Cut(strings.TrimSuffix(name, ".tmpl"), "/")
		file = strings.Replace(file, "ID.", o.ID+".", 1)
		file = strings.Replace(file, "STREAM.", v.Shape.Stream+".", 1)
		if file == "gitignore" { // a dot file would be one of this repository, too
			file = ".gitignore"
		}
		files = append(files, filepath.FromSlash(file))
		if err := write(name, filepath.Join(o.Dir, filepath.FromSlash(file)), v); err != nil {
			return files, err
		}
	}
	slices.Sort(files)
	return files, nil
}

// sources lists the templates of a connector. The form and the guide are the same in
// every language.
func (o *Options) sources() (list []string, err error) {
	root := "connector"
	switch o.Language {
	case Declarative:
		root = "declarative"
	case Python:
		root, list = "python", []string{"connector/config.json.tmpl", "connector/guide.md.tmpl"}
	}
	err = fs.WalkDir(templates, root, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, name)
		}
		return err
	})
	return list, err
}

func (o *Options) check() error {
	if !idPattern.MatchString(o.ID) {
		return host.Invalid("name", o.ID, "must be lower-case letters, digits and dashes, and begin with a letter or digit")
	}
	if !o.Category.Known() {
		var known []string
		for _, c := range host.Categories() {
			known = append(known, string(c.ID))
		}
		return host.Invalid("category", string(o.Category), "is none of "+strings.Join(known, ", "))
	}
	if err := o.checkSDK(); err != nil && o.Language != Declarative {
		return err
	}
	return o.checkDir()
}

// checkSDK refuses options without an SDK to build against.
func (o *Options) checkSDK() error {
	if o.SDK == "" && o.Language == Python {
		return host.Invalid("sdk", "", "must name the directory of Plumbline's sources, which hold the library for connectors in Python: "+
			"neither this program nor this directory is inside a checkout")
	}
	if o.SDK == "" && o.Version == "" {
		return host.Invalid("sdk", "", "must name the directory of Plumbline's sources: this program is no release, "+
			"so no released SDK belongs to it, and neither this program nor this directory is inside a checkout")
	}
	if o.SDK != "" {
		dir, err := filepath.Abs(o.SDK)
		if err != nil {
			return fmt.Errorf("find sdk: %w", err)
		}
		if o.SDK = dir; !exists(filepath.Join(dir, "sdk", "connector.go")) {
			return host.Invalid("sdk", o.SDK, "does not hold Plumbline's sources")
		}
	}
	return nil
}

// checkDir refuses a directory in which a file would be overwritten.
func (o *Options) checkDir() error {
	entries, err := os.ReadDir(o.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return host.Invalid("dir", o.Dir, "cannot be read: "+err.Error())
	case len(entries) > 0:
		return host.Invalid("dir", o.Dir, "is not empty; nothing is written over")
	}
	return nil
}

func write(name, path string, v values) error {
	raw, err := templates.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(string(raw))
	if err != nil {
		return fmt.Errorf("parse template: %w", err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, v); err != nil {
		return fmt.Errorf("fill template: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	raw = text.Bytes()
	if strings.HasSuffix(path, ".go") {
		if raw, err = format.Source(raw); err != nil {
			return fmt.Errorf("format %s: %w", filepath.Base(path), err)
		}
	}
	mode := fs.FileMode(0o644)
	if bytes.HasPrefix(raw, []byte("#!")) {
		mode = 0o755
	}
	if err := os.WriteFile(path, raw, mode); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// undo removes what was written, and the directory if it was made for it.
func undo(dir string, files []string, made bool) error {
	if made {
		return os.RemoveAll(dir)
	}
	var errs []error
	for _, f := range files {
		if err := os.Remove(filepath.Join(dir, f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// module is how Plumbline's own go.mod begins.
const module = "module github.com/plumbline-dev/plumbline\n"

// Sources returns the source checkout of Plumbline that holds one of the directories,
// the first that is found, or "".
func Sources(dirs ...string) string {
	for _, dir := range dirs {
		for dir != "" {
			raw, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err == nil && strings.HasPrefix(string(raw), module) && exists(filepath.Join(dir, "sdk", "connector.go")) {
				return dir
			}
			above := filepath.Dir(dir)
			if above == dir {
				break
			}
			dir = above
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// title writes an id as a name: "acme-hr" becomes "Acme hr".
func title(id string) string {
	words := strings.ReplaceAll(id, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
