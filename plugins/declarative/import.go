package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
)

// The exit codes of an import.
const (
	importedWhole = 0
	importFailed  = 2 // the manifest or the mapping cannot be read
	importedPart  = 3 // something was left out
)

// importManifest translates a low-code manifest and prints the result as JSON: the text of the file, and
// what was left out.
func importManifest(args []string, output, errs io.Writer) int {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(errs)
	mapping := flags.String("mapping", "", "file with the kinds of the streams")
	id := flags.String("id", "", "id of the connector")
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: declarative import [--mapping FILE] [--id ID] MANIFEST")
		flags.PrintDefaults()
	}
	if flags.Parse(args) != nil || flags.NArg() != 1 {
		flags.Usage()
		return importFailed
	}
	result, err := translated(flags.Arg(0), *mapping, *id)
	if err == nil {
		err = json.NewEncoder(output).Encode(result)
	}
	switch {
	case err != nil:
		fmt.Fprintln(errs, err)
		return importFailed
	case len(result.LeftOut) > 0:
		return importedPart
	}
	return importedWhole
}

// translated imports the manifest at path.
func translated(path, mapping, id string) (*lowcode.Result, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open manifest: %w", err)
	}
	defer from.Close()
	manifest, err := manifest.Read(from)
	if err != nil {
		return nil, err
	}
	if id == "" {
		id = idOf(path)
	}
	o := lowcode.Options{ID: id, From: filepath.Base(path), Check: loads}
	if mapping != "" {
		given, err := os.Open(mapping)
		if err != nil {
			return nil, fmt.Errorf("open mapping: %w", err)
		}
		defer given.Close()
		o.Mapping = given
	}
	return lowcode.Import(manifest, o)
}

// loads reports the mistakes that the language's own loader finds in a file.
func loads(text string) error {
	f, err := file.Decode(strings.NewReader(text))
	if err != nil {
		return err
	}
	p, err := plan.New(f)
	if err != nil {
		return err
	}
	_, err = read.Connector(p)
	return err
}

// idOf returns the id of the connector for the path of a manifest: the name of the file, or of the
// directory of one that is called manifest.yaml.
func idOf(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if name == "manifest" {
		if whole, err := filepath.Abs(path); err == nil {
			name = filepath.Base(filepath.Dir(whole))
		}
	}
	name = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(strings.TrimPrefix(name, "source-"), "-")
}
