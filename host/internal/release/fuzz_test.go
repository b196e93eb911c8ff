package release_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// FuzzArchive gives the reader any bytes: it says what is wrong in a problem, and
// hands out whole files that the manifest names and nothing else.
func FuzzArchive(f *testing.F) {
	key := newKey(f)
	f.Add(archive(f, good(f, manifest(), nil)))
	f.Add(archive(f, good(f, manifest(), key)))
	f.Add(archive(f, append(good(f, manifest(), nil), plain("../x", "x"))))
	f.Fuzz(func(t *testing.T, content []byte) {
		err := readAll(t, content)
		if p := new(host.Problem); err != nil && !errors.As(err, &p) {
			t.Errorf("%v is no problem", err)
		}
	})
}

func readAll(t *testing.T, content []byte) error {
	from, err := release.ReadArchive("x", io.NopCloser(bytes.NewReader(content)))
	if err != nil {
		return err
	}
	r, err := release.ReadHead(context.Background(), from, release.Options{Unsigned: true})
	if err != nil {
		return err
	}
	return r.ReadFiles(context.Background(), from, func(offer.ReleaseFile) bool { return true },
		func(f offer.ReleaseFile, content io.Reader) error {
			raw, err := io.ReadAll(content)
			if err == nil && (digest(string(raw)) != f.SHA256 || !filepath.IsLocal(filepath.FromSlash(f.Path))) {
				t.Errorf("it hands out %s as %q", f.Path, raw)
			}
			return err
		})
}

// FuzzManifest gives the parser any text: what it takes can be put on disk.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(raw(f, manifest())))
	f.Add([]byte(`{"format":1,"id":"..","version":"1.0.0"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := release.ParseManifest(content)
		if err != nil {
			return
		}
		for _, c := range m.Contents() {
			if !filepath.IsLocal(filepath.FromSlash(c.Path)) || c.Size <= 0 {
				t.Errorf("it takes %+v", c)
			}
		}
		if m.ID != filepath.Base(m.ID) || m.Version != filepath.Base(m.Version) || m.ID[0] == '.' || m.Version[0] == '.' {
			t.Errorf("it takes id %q, version %q", m.ID, m.Version)
		}
	})
}
