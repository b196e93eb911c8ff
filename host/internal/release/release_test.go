package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

var here = release.Platform{OS: "linux", Arch: "amd64"}

// program is what stands for a program: nothing here runs it.
const program = "#!/bin/sh\necho a connector\n"

func digest(content string) string {
	hash := sha256.Sum256([]byte(content))
	return hex.EncodeToString(hash[:])
}

func file(path, content string) offer.ReleaseFile {
	return offer.ReleaseFile{Path: path, Size: int64(len(content)), SHA256: digest(content)}
}

// manifest is that of a good release for two platforms.
func manifest(edits ...func(*offer.Manifest)) offer.Manifest {
	m := offer.Manifest{
		Format: 1, ID: "okta", Name: "Okta", Version: "1.2.0", Protocols: []int{1}, Capabilities: []string{},
		Categories:  []host.Category{"custom"},
		Permissions: []host.Permission{{ID: "okta.users.read", Reason: "Lists users.", Streams: []string{"users"}}},
		Network:     []host.NetworkHost{{Host: "{domain}", Port: 443, Purpose: "The API"}},
		Files:       []host.FileAccess{},
		Platforms: []offer.PlatformFile{
			{OS: "linux", Arch: "amd64", ReleaseFile: file("linux-amd64/okta", program)},
			{OS: "windows", Arch: "amd64", ReleaseFile: file("windows-amd64/okta.exe", "MZ another")},
		},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return m
}

// entry is one entry of an archive made by hand.
type entry struct {
	tar.Header
	content string
}

func plain(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content}
}

func raw(t testing.TB, m offer.Manifest) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// good returns the entries of a good release, signed when a key is given.
func good(t testing.TB, m offer.Manifest, key *release.Key) []entry {
	t.Helper()
	text := raw(t, m)
	entries := []entry{plain(release.ManifestName, text)}
	if key != nil {
		signature, err := release.SignManifest([]byte(text), key.Private, "")
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, plain(release.SignatureName, string(signature)))
	}
	return append(entries, plain("linux-amd64/okta", program), plain("windows-amd64/okta.exe", "MZ another"))
}

func archive(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, e := range entries {
		e.Size = int64(len(e.content))
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "okta.tar.gz")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newKey(t testing.TB) *release.Key {
	t.Helper()
	key, err := release.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return &key
}

func inventory(t testing.TB) (*release.Inventory, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := release.OpenInventory(dir, here)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func quiet(int64, int64) {}

// files lists everything below dir.
func files(t testing.TB, dir string) []string {
	t.Helper()
	list := []string{}
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func code(err error) string {
	var p *host.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func activate(t testing.TB, s *release.Inventory, path string, options release.Options) release.Entry {
	t.Helper()
	staged, err := s.Stage(t.Context(), path, options, quiet)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Activate(staged, time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAReleaseIsInstalled(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, dir := inventory(t)
	path := save(t, archive(t, good(t, manifest(), key)))
	e := activate(t, s, path, release.Options{Signer: key.Signer})
	want := []string{
		"connectors.lock.json", "connectors/okta/1.2.0/manifest.json", "connectors/okta/1.2.0/manifest.json.minisig",
		"connectors/okta/1.2.0/okta",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("on disk (-want +got):\n%s", diff)
	}
	info, err := os.Stat(s.Path(e.Current))
	if err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("the program is %v, %v; want mode 0500", info, err)
	}
	if content, err := os.ReadFile(s.Path(e.Current)); err != nil || string(content) != program {
		t.Errorf("the program is %q, %v", content, err)
	}
	if e.Current.Signer != key.Signer || len(e.Current.Platforms) != 2 || e.OnTrial() {
		t.Errorf("the entry is %+v", e.Current)
	}
	again, err := release.OpenInventory(dir, here)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := again.Get("okta"); !ok || !cmp.Equal(got, e) {
		t.Errorf("after a restart:\n%s", cmp.Diff(e, got))
	}
}

func TestADirectoryHoldsTheSame(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	unpacked := func(t *testing.T) string {
		dir := t.TempDir()
		for _, e := range good(t, manifest(), key) {
			path := filepath.Join(dir, filepath.FromSlash(e.Name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(e.content), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	s, _ := inventory(t)
	if e := activate(t, s, unpacked(t), release.Options{Signer: key.Signer}); e.Current.Version != "1.2.0" {
		t.Errorf("installed %s", e.Current.Version)
	}
	tests := map[string]struct {
		spoil func(dir string) error
		code  string
		words string
	}{
		"a link": {func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "link")) }, host.CodeReleaseUnsafe,
			"no plain file"},
		"one too many": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), nil, 0o600) }, host.CodeReleaseDamaged,
			"does not name"},
		"one missing": {func(dir string) error { return os.Remove(filepath.Join(dir, "linux-amd64", "okta")) }, host.CodeReleaseDamaged,
			"is missing"},
		"a program that is a link": {func(dir string) error {
			path := filepath.Join(dir, "linux-amd64", "okta")
			return errors.Join(os.Remove(path), os.Symlink("/bin/true", path))
		}, host.CodeReleaseUnsafe, "no plain file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := unpacked(t)
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			refused(t, dir, release.Options{Signer: key.Signer}, test.code, test.words)
		})
	}
}

// refused stages a release that must not be installed: with this code and words, and
// without a trace.
func refused(t *testing.T, path string, options release.Options, wantCode, words string) {
	t.Helper()
	s, dir := inventory(t)
	_, err := s.Stage(t.Context(), path, options, quiet)
	if err == nil {
		t.Fatal("it was taken")
	}
	if code(err) != wantCode || !strings.Contains(err.Error(), words) {
		t.Errorf("refused with %s: %v\nwant %s and %q in it", code(err), err, wantCode, words)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left on disk: %v", left)
	}
	entries, readErr := os.ReadDir(filepath.Join(dir, "connectors"))
	if len(entries) > 0 {
		t.Errorf("left on disk: %v, %v", entries, readErr)
	}
}
