package release_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// zipapp writes a packed Python program that says what it requires.
func zipapp(t *testing.T, path, requires string) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("#!/usr/bin/python3 -I\n")
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"__main__.py": "print()", "requires.txt": requires} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, b.String())
}

// packedFrom packs one file as its name and content say.
func packedFrom(t *testing.T, path string, more ...offer.Requirement) (offer.Manifest, string, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	platforms, err := release.PlatformsOf(path, f)
	if err != nil {
		t.Fatal(err)
	}
	c := release.Contents{Connector: host.Connector{ID: "acme", Version: "1.0.0"}, Requires: more}
	for _, p := range platforms {
		c.Programs = append(c.Programs, release.Input{Platform: p, Path: path})
	}
	out := filepath.Join(t.TempDir(), "acme.tar.gz")
	m, err := release.Pack(c, out)
	return m, out, err
}

func TestAPythonProgramIsPackedOnceAndSaysWhatItRequires(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "acme")
	zipapp(t, program, "# with these it was tried\npython3>=3.11\ngrpcio >= 1.51\nprotobuf\n")
	m, out, err := packedFrom(t, program, offer.Requirement{Name: "protobuf", AtLeast: "4.21"})
	if err != nil {
		t.Fatal(err)
	}
	want := []offer.Requirement{{Name: "protobuf", AtLeast: "4.21"}, {Name: "python3", AtLeast: "3.11"}, {Name: "grpcio", AtLeast: "1.51"}}
	if diff := cmp.Diff(want, m.Requires); diff != "" {
		t.Errorf("requires (-want +got):\n%s", diff)
	}
	if len(m.Platforms) != 2 || m.Platforms[0].Path != "any/acme" || m.Platforms[0].ReleaseFile != m.Platforms[1].ReleaseFile ||
		len(m.Contents()) != 2 {
		t.Errorf("it is there as %+v, with %d files", m.Platforms, len(m.Contents()))
	}
	s, dir := inventory(t)
	e := activate(t, s, out, release.Options{Unsigned: true})
	if info, err := os.Stat(filepath.Join(dir, e.Current.Program)); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("the program: %v, %v", info, err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "connectors", "acme", "1.0.0", "sbom.json"))
	if err != nil || !strings.Contains(string(list), `"purl": "pkg:pypi/grpcio"`) {
		t.Errorf("the SBOM is %s, %v", list, err)
	}
	windows, err := release.OpenInventory(t.TempDir(), release.Platform{OS: "windows", Arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := windows.Stage(t.Context(), out, release.Options{Unsigned: true}, quiet); code(err) != host.CodeReleasePlatform {
		t.Errorf("on Windows: %v", err)
	}
}

func TestADescriptionIsPackedForAnyMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "acme.connector.yaml")
	write(t, path, "# Acme\nplumbline: 1 # the language\nid: acme\n")
	m, out, err := packedFrom(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]offer.Requirement{{Name: "connector-files", AtLeast: "1"}}, m.Requires); diff != "" {
		t.Errorf("requires (-want +got):\n%s", diff)
	}
	for _, on := range []release.Platform{here, {OS: "windows", Arch: "arm64"}} {
		data := t.TempDir()
		s, err := release.OpenInventory(data, on)
		if err != nil {
			t.Fatal(err)
		}
		e := activate(t, s, out, release.Options{Unsigned: true})
		if e.Current.Program != "connectors/acme/1.0.0/acme.connector.yaml" {
			t.Errorf("on %s it lies at %s", on, e.Current.Program)
		}
		if info, err := os.Stat(filepath.Join(data, e.Current.Program)); err != nil || info.Mode().Perm() != 0o400 {
			t.Errorf("on %s: %v, %v", on, info, err)
		}
	}

	other := filepath.Join(dir, "other.connector.yaml")
	write(t, other, "plumbline: 1\nid: acme\n")
	if _, _, err := packedFrom(t, other); code(err) != host.CodeReleaseDamaged {
		t.Errorf("under another name: %v", err)
	}
	write(t, path, "id: acme\n")
	if _, _, err := packedFrom(t, path); code(err) != host.CodeInvalid {
		t.Errorf("in no language: %v", err)
	}
}

// What ran a description when it was agreed to can be agreed to anew, without a new
// version and with what is kept to go back to.
func TestTheSameReleaseIsPlacedAgainForAnotherInterpreter(t *testing.T) {
	t.Parallel()
	s, _ := inventory(t)
	path := filepath.Join(t.TempDir(), "acme.connector.yaml")
	write(t, path, "plumbline: 1\n")
	_, out, err := packedFrom(t, path)
	if err != nil {
		t.Fatal(err)
	}
	stage := func(interpreter string) (release.Entry, error) {
		staged, err := s.Stage(t.Context(), out, release.Options{Unsigned: true}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		staged.Interpreter = interpreter
		defer func() { _ = staged.Discard() }()
		return s.Activate(staged, now)
	}
	first, err := stage(digest("one"))
	if err != nil || first.Current.Interpreter != digest("one") {
		t.Fatalf("noted %+v, %v", first.Current, err)
	}
	if _, err := stage(digest("one")); code(err) != host.CodeConflict {
		t.Errorf("with the same: %v", err)
	}
	if again, err := stage(digest("two")); err != nil || again.Current.Interpreter != digest("two") {
		t.Errorf("with another it is %+v, %v", again.Current, err)
	}
}

func TestRequirementsAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]offer.Requirement{
		"python3":         {Name: "python3"},
		"python3>=3.11":   {Name: "python3", AtLeast: "3.11"},
		"grpcio >= 1.51":  {Name: "grpcio", AtLeast: "1.51"},
		"":                {},
		">=3":             {},
		"grpcio>=":        {},
		"grpcio>=new":     {},
		"grpcio==1.51":    {},
		"grpcio>=1.51,<2": {},
	} {
		got, err := release.ParseRequirement(text)
		if wrong := want.Name == ""; wrong != (err != nil) || !wrong && got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}
