package release

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// requiresName is a file in a packed Python program: one requirement a line.
const requiresName = "requires.txt"

var languagePattern = regexp.MustCompile(`(?m)^plumbline:[ \t]*([0-9]{1,6})[ \t]*(#.*)?\r?$`)

// ParseRequirement reads one requirement, such as "python3>=3.11" or "grpcio".
func ParseRequirement(text string) (offer.Requirement, error) {
	name, least, bounded := strings.Cut(text, ">=")
	r := offer.Requirement{Name: strings.TrimSpace(name), AtLeast: strings.TrimSpace(least)}
	if !packagePattern.MatchString(r.Name) || bounded != numbersPattern.MatchString(r.AtLeast) {
		return r, host.Invalid("requires", text, "is neither a name nor a name and its oldest version, such as grpcio>=1.51")
	}
	return r, nil
}

// addRequires adds what a program says it requires to what is known already.
func addRequires(m *offer.Manifest, path string) error {
	read := requiresOfZip
	if described(path) {
		read = requiresOfDescription
	}
	list, err := read(path)
	for _, r := range list {
		if !slices.ContainsFunc(m.Requires, func(known offer.Requirement) bool { return known.Name == r.Name }) {
			m.Requires = append(m.Requires, r)
		}
	}
	return err
}

// requiresOfDescription reads the language of a description.
func requiresOfDescription(path string) ([]offer.Requirement, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxDescription))
	if err != nil {
		return nil, unreadable(path, err)
	}
	found := languagePattern.FindSubmatch(raw)
	if found == nil {
		return nil, host.Invalid("program", path, "does not say on a line of its own which language it is in, such as plumbline: 1")
	}
	return []offer.Requirement{{Name: offer.RequiresDescription, AtLeast: string(found[1])}}, nil
}

// requiresOfZip reads the requirements of a packed Python program, which is a zip archive.
// Another program, or one without them, requires nothing.
func requiresOfZip(path string) ([]offer.Requirement, error) {
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer func() { _ = archive.Close() }()
	file, err := archive.Open(requiresName)
	if err != nil {
		return nil, nil
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxSignature))
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", requiresName, path, err)
	}
	var list []offer.Requirement
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := ParseRequirement(line)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
