package release_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

func replaced(text, old, with string) string { return strings.ReplaceAll(text, old, with) }

// packed packs a program that is a script.
func packed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	m := manifest()
	out := filepath.Join(dir, "okta.tar.gz")
	if _, err := release.Pack(release.Contents{
		Connector: host.Connector{ID: "okta", Name: "Okta", Version: "1.2.0", Permissions: m.Permissions, Network: m.Network,
			Categories: m.Categories},
		Programs: []release.Input{{Platform: release.Platform{OS: "any", Arch: "any"}, Path: path}},
		SBOM:     []byte("{}\n"),
	}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A test binary does not note what it is made of; a program does.
func TestTheSBOMNamesTheLibrariesOfAProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fake")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/plumbline-dev/plumbline/sdk/sdktest/cmd/fake")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if list := sbomOf(t, release.Input{Platform: here, Path: path}); !strings.Contains(list,
		`"purl": "pkg:golang/google.golang.org/grpc@v1.`) {
		t.Errorf("the SBOM lacks a library:\n%.600s", list)
	}
	script := filepath.Join(t.TempDir(), "okta")
	write(t, script, program)
	if list := sbomOf(t, release.Input{Platform: here, Path: script}); list != "" {
		t.Errorf("a script without known requirements has an SBOM:\n%s", list)
	}
}

// sbomOf packs a program and returns the SBOM that was made.
func sbomOf(t *testing.T, in release.Input) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "okta.tar.gz")
	if _, err := release.Pack(release.Contents{Connector: host.Connector{ID: "okta", Version: "1.2.0"}, Programs: []release.Input{in}},
		out); err != nil {
		t.Fatal(err)
	}
	s, dir := inventory(t)
	activate(t, s, out, release.Options{Unsigned: true})
	list, err := os.ReadFile(filepath.Join(dir, "connectors", "okta", "1.2.0", "sbom.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(list)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPackedAndSignedCanBeInstalled(t *testing.T) {
	t.Parallel()
	out := packed(t)
	first, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(packed(t))
	if err != nil || string(first) != string(second) {
		t.Errorf("the same contents gave other bytes, %v", err)
	}
	key := newKey(t)
	signed, err := release.Sign(t.Context(), out, key.Private, "")
	if err != nil || signed.Signer != key.Signer {
		t.Fatalf("signed by %s, %v", signed.Signer, err)
	}
	s, dir := inventory(t)
	activate(t, s, out, release.Options{Signer: key.Signer})
	if list, err := os.ReadFile(filepath.Join(dir, "connectors", "okta", "1.2.0", "sbom.json")); err != nil || string(list) != "{}\n" {
		t.Errorf("the SBOM is %q, %v", list, err)
	}
	other := newKey(t)
	if _, err := release.Sign(t.Context(), out, other.Private, ""); err != nil {
		t.Fatal(err)
	}
	if r, err := release.Verify(t.Context(), out, release.Options{Signer: other.Signer}); err != nil || r.Signer != other.Signer {
		t.Errorf("signed anew: by %s, %v", r.Signer, err)
	}
}

func TestAKeyWithAPassword(t *testing.T) {
	t.Parallel()
	key, err := release.NewKey("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !release.NeedsPassword(key.Private) {
		t.Error("the key is not encrypted")
	}
	text := []byte(raw(t, manifest()))
	signature, err := release.SignManifest(text, key.Private, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if who, err := release.VerifySignature(text, signature, key.Signer); err != nil || who != key.Signer {
		t.Errorf("signed by %s, %v", who, err)
	}
	if who, err := release.ParseSigner(string(key.Public)); err != nil || who != key.Signer {
		t.Errorf("the file of the public key says %s, %v", who, err)
	}
}

func TestProgramsTellTheirPlatform(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, want string }{
		{"okta", "#!/usr/bin/python3\n", "[darwin/any linux/any]"},
		{"okta.connector.yaml", "plumbline: 1\n", "[any/any]"},
		{"okta.yaml", "plumbline: 1\n", "[]"},
		{"okta", "just text", "[]"},
		{"okta", "", "[]"},
	} {
		got, err := release.PlatformsOf(test.name, strings.NewReader(test.content))
		if fmt.Sprint(got) != test.want || (err == nil) != (len(got) > 0) {
			t.Errorf("%s with %q is for %s, %v; want %s", test.name, test.content, got, err, test.want)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := release.PlatformsOf(self, file); err != nil || len(got) != 1 || got[0] != release.Here() {
		t.Errorf("this test is for %s, %v", got, err)
	}
}
