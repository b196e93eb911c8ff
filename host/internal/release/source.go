package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// Source is an archive, a directory or a registry with a release. One goroutine calls
// Head, then Each, then Close, once each.
type Source interface {
	// Head returns the manifest and its signature, which may be missing.
	Head(ctx context.Context) (manifest, signature []byte, err error)

	// Each gives take every file of the manifest once, in any order, and refuses what
	// the manifest does not name. A file that is not wanted may have no content (nil).
	Each(ctx context.Context, m offer.Manifest, want func(offer.ReleaseFile) bool, take taker) error

	io.Closer
}

// taker takes one file of a release.
type taker func(offer.ReleaseFile, io.Reader) error

// Open opens a file, a directory, or a reference to a registry
// such as registry.example.com/connectors/okta:1.2.0.
func Open(name string) (Source, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return openDirectory(name)
	case err == nil:
		return openArchive(name)
	case !errors.Is(err, fs.ErrNotExist) || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "."):
		return nil, unreadable(name, err)
	}
	return openArtifact(name)
}

// Options say what a release has to be.
type Options struct {
	Signer   string // the public key that signed it; empty = the one it names
	Unsigned bool   // without a Signer it may have no signature
}

// Release is a release whose manifest and signature are verified.
type Release struct {
	offer.Manifest
	Raw       []byte // manifest.json
	Signature []byte
	Signer    string // empty without a signature
}

// Consent is the hash of the manifest: it names exactly this release.
func (r Release) Consent() string { return sum(r.Raw) }

func sum(raw []byte) string {
	digest := sha256.Sum256(raw)
	return hex.EncodeToString(digest[:])
}

// ReadHead reads the manifest of a release and verifies its signature.
func ReadHead(ctx context.Context, from Source, options Options) (Release, error) {
	raw, signature, err := from.Head(ctx)
	if err != nil {
		return Release{}, err
	}
	r := Release{Raw: raw, Signature: signature}
	switch {
	case len(signature) > 0:
		if r.Signer, err = VerifySignature(raw, signature, options.Signer); err != nil {
			return Release{}, err
		}
	case options.Signer != "":
		return Release{}, problem(host.CodeReleaseSigner, "Ask its author for a signed release.",
			"the release is not signed, and has to be signed by %s", options.Signer)
	case !options.Unsigned:
		return Release{}, problem(host.CodeReleaseUnsigned, "Ask its author for a signed release.", "the release is not signed")
	}
	r.Manifest, err = ParseManifest(raw)
	return r, err
}

// ReadFiles reads every file of a release and compares its size and hash. It gives wanted
// files to keep, whose reader ends with an error if they differ.
func (r Release) ReadFiles(ctx context.Context, from Source, want func(offer.ReleaseFile) bool, keep taker) error {
	seen := map[string]bool{}
	err := from.Each(ctx, r.Manifest, want, func(f offer.ReleaseFile, content io.Reader) error {
		if seen[f.Path] {
			return unsafe("%q is in it twice", f.Path)
		}
		seen[f.Path] = true
		if content == nil {
			return nil
		}
		checked := &checkedReader{over: func() error { return context.Cause(ctx) }, from: content, file: f, hash: sha256.New()}
		if want(f) {
			if err := keep(f, checked); err != nil {
				return err
			}
		}
		_, err := io.Copy(io.Discard, checked) // the hash is known at the end
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range r.Contents() {
		if !seen[f.Path] {
			return damaged("%s is missing", f.Path)
		}
	}
	return nil
}

// checkedReader reads one file of a release. Its end is an error unless size and hash are the manifest's.
type checkedReader struct {
	over func() error // why the read was cancelled, if so
	from io.Reader
	file offer.ReleaseFile
	hash hash.Hash
	read int64
	err  error
}

func (c *checkedReader) Read(into []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.err = c.over(); c.err != nil {
		return 0, c.err
	}
	n, err := c.from.Read(into)
	c.read += int64(n)
	_, _ = c.hash.Write(into[:n]) // never fails
	switch {
	case c.read > c.file.Size:
		c.err = damaged("%s has more than the %d bytes its manifest says", c.file.Path, c.file.Size)
		return 0, c.err
	case errors.Is(err, io.EOF) && c.read < c.file.Size:
		c.err = damaged("%s has %d bytes; its manifest says %d", c.file.Path, c.read, c.file.Size)
	case errors.Is(err, io.EOF) && hex.EncodeToString(c.hash.Sum(nil)) != c.file.SHA256:
		c.err = damaged("%s is not the file its manifest names (its hash differs)", c.file.Path)
	default:
		c.err = err
	}
	return n, c.err
}

// byPath returns the files of a manifest by their names.
func byPath(m offer.Manifest) map[string]offer.ReleaseFile {
	files := map[string]offer.ReleaseFile{}
	for _, f := range m.Contents() {
		files[f.Path] = f
	}
	return files
}
