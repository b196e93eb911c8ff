package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host/offer"
)

// directory reads an unpacked release. Root keeps every name and link inside it.
type directory struct{ root *os.Root }

func openDirectory(name string) (Source, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return directory{root}, nil
}

// Close implements Source.
func (d directory) Close() error { return d.root.Close() }

// Head implements Source.
func (d directory) Head(context.Context) (manifest, signature []byte, err error) {
	if manifest, err = d.small(ManifestName, maxManifest); err != nil {
		return nil, nil, err
	}
	signature, err = d.small(SignatureName, maxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return manifest, signature, err
}

func (d directory) small(name string, most int64) ([]byte, error) {
	file, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(raw)) > most {
		return nil, unsafe("%s has more than the %d bytes that are allowed", name, most)
	}
	return raw, nil
}

// open opens a plain file.
func (d directory) open(name string) (*os.File, error) {
	info, err := d.root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return nil, damaged("%s is missing", name).Because(err)
	}
	if !info.Mode().IsRegular() {
		return nil, unsafe("%q is no plain file", name)
	}
	return d.root.Open(filepath.FromSlash(name))
}

// Each implements Source.
func (d directory) Each(_ context.Context, m offer.Manifest, _ func(offer.ReleaseFile) bool, take taker) error {
	named := byPath(m)
	return fs.WalkDir(d.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read release: %w", err)
		}
		file, ok := named[name]
		switch {
		case entry.IsDir(), name == ManifestName, name == SignatureName:
			return nil
		case !entry.Type().IsRegular():
			return unsafe("%q is no plain file", name)
		case !ok:
			return damaged("it has %q, which its manifest does not name", name)
		}
		content, err := d.open(name)
		if err != nil {
			return err
		}
		defer content.Close()
		return take(file, content)
	})
}
