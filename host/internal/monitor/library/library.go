package library

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

//go:embed *.yaml
var files embed.FS

// entry is a test as a file has it.
type entry struct {
	verdict.Test `yaml:",inline"`
	Examples     yaml.Node `yaml:"examples"` // for the tests of this package
}

// Tests returns the tests, sorted by id.
func Tests() ([]verdict.Test, error) {
	entries, err := read(files)
	if err != nil {
		return nil, err
	}
	tests := make([]verdict.Test, 0, len(entries))
	for _, e := range entries {
		tests = append(tests, e.Test)
	}
	return tests, nil
}

// read reads every file of a directory. The tests are sorted by id.
func read(from fs.FS) ([]entry, error) {
	names, err := fs.Glob(from, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []entry
	home := map[string]string{} // of each id, the file
	for _, name := range names {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read the library: %w", err)
		}
		entries, err := parse(raw)
		if err != nil {
			return nil, fmt.Errorf("read the library: %s: %w", name, err)
		}
		for _, e := range entries {
			if other, known := home[e.ID]; known {
				return nil, fmt.Errorf("read the library: the test %s is in %s and in %s: give one of them another id", e.ID, other, name)
			}
			home[e.ID] = name
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// parse reads one file. An unknown key is an error with its line.
func parse(raw []byte) ([]entry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var entries []entry
	if err := decoder.Decode(&entries); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file has no tests: write one or remove the file")
		}
		return nil, err
	}
	for i := range entries {
		t := &entries[i].Test
		t.Version = max(t.Version, 1)
		t.Title, t.Why, t.Remedy = strings.TrimSpace(t.Title), strings.TrimSpace(t.Why), strings.TrimSpace(t.Remedy)
		for j := range t.Parameters {
			if n, whole := t.Parameters[j].Default.(int); whole {
				t.Parameters[j].Default = int64(n)
			}
		}
	}
	return entries, nil
}
