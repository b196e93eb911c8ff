package devbuild

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// Source is what an author works on.
type Source struct {
	Path    string // absolute: a file, or the directory that is built in
	program string // what a build writes; empty for a Go package, which Build names
	build   []string
	golang  bool
}

// Name is what the author calls it: the file, when there is nothing to build.
func (s Source) Name() string {
	if s.Builds() {
		return s.Path
	}
	return s.program
}

// Builds reports whether there is anything to build.
func (s Source) Builds() bool { return s.golang || s.build != nil }

// Options say how to build what is neither Go nor one file.
type Options struct {
	Build   string // command line for the shell
	Program string // file that it writes, in the directory
}

// Find returns the source at path: a Go package, a directory with one *.connector.yaml or
// with a build of its own, or a file that needs no build. Errors are problems.
func Find(path string, o Options) (Source, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Source{}, fmt.Errorf("find sources: %w", err)
	}
	if followed, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = followed // a walk does not follow a link it begins at
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Source{}, problem("There is nothing at "+path+".", "Give a directory with a connector's sources, or a program file.")
	case err != nil:
		return Source{}, fmt.Errorf("find sources: %w", err)
	}
	if (o.Build == "") != (o.Program == "") {
		return Source{}, problem("--build and --program belong together.",
			"Say how to build it and which file that writes: --build 'make' --program bin/acme.")
	}
	switch {
	case o.Build != "" && !info.IsDir():
		return Source{}, problem(path+" is a file, which has no build.", "Give the directory that --build is to run in.")
	case o.Build != "":
		program := o.Program
		if !filepath.IsAbs(program) {
			program = filepath.Join(absolute, program)
		}
		return Source{Path: absolute, program: program, build: shell(o.Build)}, nil
	case !info.IsDir():
		return Source{Path: absolute, program: absolute}, nil
	}
	return inDirectory(absolute)
}

// File returns a file as a source that needs no build. It may not exist yet.
func File(path string) (Source, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Source{}, fmt.Errorf("find file: %w", err)
	}
	return Source{Path: absolute, program: absolute}, nil
}

// inDirectory returns a directory as a source, by the files in it.
func inDirectory(dir string) (Source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Source{}, fmt.Errorf("read sources: %w", err)
	}
	var descriptions []string
	for _, e := range entries {
		switch {
		case e.IsDir():
		case strings.HasSuffix(e.Name(), host.DescriptionSuffix):
			descriptions = append(descriptions, e.Name())
		case strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go"):
			return Source{Path: dir, golang: true}, nil
		}
	}
	switch len(descriptions) {
	case 1:
		return Source{Path: dir, program: filepath.Join(dir, descriptions[0])}, nil
	case 0:
		return Source{}, problem("In "+dir+" there is neither Go nor a *"+host.DescriptionSuffix+".",
			"Say how it is built: --build 'make' --program bin/acme.")
	}
	return Source{}, problem("In "+dir+" there are several: "+strings.Join(descriptions, ", ")+".", "Give the file you work on.")
}

func problem(message, remedy string) *host.Problem {
	return host.Refused(host.CodeInvalid, remedy, "%s", message)
}
