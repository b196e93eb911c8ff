package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/release/sbom"
	"github.com/plumbline-dev/plumbline/host/offer"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Input is one program of a release and its platform.
type Input struct {
	Platform
	Path string
}

// Contents are what a release is packed from.
type Contents struct {
	Connector   host.Connector // as one of the programs describes itself
	Programs    []Input
	MinimumHost string
	Requires    []offer.Requirement // besides what the programs say themselves
	SBOM        []byte              // nil = made from the programs
}

// sbomName is the SBOM's name in a release.
const sbomName = "sbom.json"

// packed is one file of a release and the path of its content.
type packed struct {
	offer.ReleaseFile
	from string
}

// plan makes the manifest and the SBOM of a release.
func plan(c Contents) (m offer.Manifest, list []byte, programs []packed, err error) {
	k := c.Connector
	m = offer.Manifest{
		Format: offer.ManifestFormat, ID: k.ID, Name: k.Name, Version: k.Version, Vendor: k.Vendor, Summary: k.Summary,
		Homepage: k.Homepage, License: k.License, Protocols: []int{sdk.ProtocolVersion}, MinimumHost: c.MinimumHost,
		Capabilities: k.Capabilities, Categories: k.Categories, Permissions: k.Permissions, Network: k.Network, NetworkTCP: k.NetworkTCP,
		Files: k.Files, Requires: slices.Clone(c.Requires),
	}
	if programs, err = programsOf(&m, c.Programs); err != nil {
		return m, nil, nil, err
	}
	if list = c.SBOM; list == nil {
		paths := make([]string, len(programs))
		for i, p := range programs {
			paths[i] = p.from
		}
		if list, err = sbom.New(m, paths); err != nil {
			return m, nil, nil, err
		}
	}
	if list != nil {
		m.SBOM = &offer.ReleaseFile{Path: sbomName, Size: int64(len(list)), SHA256: sum(list)}
	}
	if p := checkManifest(m); p != nil {
		return m, nil, nil, p
	}
	return m, list, programs, nil
}

// programsOf measures programs and adds their platforms and requirements to the manifest.
// A program for several platforms is in the release once.
func programsOf(m *offer.Manifest, inputs []Input) ([]packed, error) {
	platformsOf := map[string][]Platform{}
	var paths []string
	for _, in := range inputs {
		if platformsOf[in.Path] == nil {
			paths = append(paths, in.Path)
		}
		platformsOf[in.Path] = append(platformsOf[in.Path], in.Platform)
	}
	var programs []packed
	for _, from := range paths {
		platforms := platformsOf[from]
		file, err := measureFile(from)
		if err != nil {
			return nil, err
		}
		file.Path = programName(m.ID, from, platforms)
		programs = append(programs, packed{file, from})
		for _, p := range platforms {
			m.Platforms = append(m.Platforms, offer.PlatformFile{OS: p.OS, Arch: p.Arch, ReleaseFile: file})
		}
		if err := addRequires(m, from); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(programs, func(a, b packed) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(m.Platforms, func(a, b offer.PlatformFile) int { return strings.Compare(a.Platform(), b.Platform()) })
	return programs, nil
}

func measureFile(path string) (offer.ReleaseFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return offer.ReleaseFile{}, unreadable(path, err)
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return offer.ReleaseFile{}, unreadable(path, err)
	}
	return offer.ReleaseFile{Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// programName is a program's name in a release. A description keeps its own.
func programName(id, from string, platforms []Platform) string {
	dir, name := anything, id
	if len(platforms) == 1 {
		dir = platforms[0].OS + "-" + platforms[0].Arch
	}
	switch {
	case described(from):
		name = filepath.Base(from)
	case platforms[0].OS == "windows":
		name += ".exe"
	}
	return dir + "/" + name
}

// Pack writes an archive of contents to a file. The same contents give the same bytes.
func Pack(c Contents, file string) (offer.Manifest, error) {
	m, list, programs, err := plan(c)
	if err != nil {
		return m, err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, fmt.Errorf("write manifest: %w", err)
	}
	return m, durable.Write(file, 0o644, func(w io.Writer) error {
		return writeArchive(w, append(raw, '\n'), nil, func(put putter) error {
			if m.SBOM != nil {
				if err := put(*m.SBOM, 0o644, bytes.NewReader(list)); err != nil {
					return err
				}
			}
			for _, p := range programs {
				if err := putFile(put, p.ReleaseFile, p.from); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// putter writes one file of a release.
type putter func(f offer.ReleaseFile, mode int64, content io.Reader) error

func putFile(put putter, f offer.ReleaseFile, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer file.Close()
	return put(f, 0o755, file)
}

// writeArchive writes manifest, signature and what rest puts.
func writeArchive(w io.Writer, manifest, signature []byte, rest func(putter) error) error {
	zip := gzip.NewWriter(w)
	archive := tar.NewWriter(zip)
	put := func(f offer.ReleaseFile, mode int64, content io.Reader) error {
		// Without time and owner the same contents give the same bytes.
		err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.Path, Size: f.Size, Mode: mode, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = io.Copy(archive, content)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		return nil
	}
	if err := put(offer.ReleaseFile{Path: ManifestName, Size: int64(len(manifest))}, 0o644, bytes.NewReader(manifest)); err != nil {
		return err
	}
	if signature != nil {
		if err := put(offer.ReleaseFile{Path: SignatureName, Size: int64(len(signature))}, 0o644, bytes.NewReader(signature)); err != nil {
			return err
		}
	}
	if err := rest(put); err != nil {
		return err
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// Sign puts a signature into an archive or a directory, where it replaces an old one. It verifies all but that first.
func Sign(ctx context.Context, name string, private []byte, password string) (Release, error) {
	r, err := Verify(ctx, name, Options{Unsigned: true})
	if err != nil {
		return r, err
	}
	if r.Signature, err = SignManifest(r.Raw, private, password); err != nil {
		return r, err
	}
	if r.Signer, err = VerifySignature(r.Raw, r.Signature, ""); err != nil {
		return r, err
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return r, durable.WriteBytes(filepath.Join(name, SignatureName), 0o644, r.Signature)
	}
	return r, durable.Write(name, 0o644, func(w io.Writer) error {
		return writeArchive(w, r.Raw, r.Signature, func(put putter) error {
			return r.again(ctx, name, func(f offer.ReleaseFile, content io.Reader) error {
				mode := int64(0o755)
				if r.SBOM != nil && f.Path == r.SBOM.Path {
					mode = 0o644
				}
				return put(f, mode, content)
			})
		})
	})
}

// again reads all files of a verified release a second time and gives them to keep.
func (r Release) again(ctx context.Context, name string, keep taker) error {
	now, err := readAll(ctx, name, Options{Unsigned: true}, keep)
	if err == nil && now.Consent() != r.Consent() {
		return damaged("%s changed while it was being read", name)
	}
	return err
}

// Verify reads all of a release and keeps nothing.
func Verify(ctx context.Context, name string, options Options) (Release, error) {
	return readAll(ctx, name, options, func(_ offer.ReleaseFile, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
}

func readAll(ctx context.Context, name string, options Options, keep taker) (Release, error) {
	from, err := Open(name)
	if err != nil {
		return Release{}, err
	}
	defer from.Close()
	r, err := ReadHead(ctx, from, options)
	if err != nil {
		return r, err
	}
	return r, r.ReadFiles(ctx, from, everything, keep)
}

func everything(offer.ReleaseFile) bool { return true }
