package release

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// archive reads a release from a gzipped tar, once and in order.
type archive struct {
	name    string
	file    io.Closer
	packed  *counter
	buffer  *bufio.Reader
	zip     *gzip.Reader
	tar     *tar.Reader
	entries int
	ahead   *tar.Header // the entry after the manifest, if it is no signature
}

// counter counts what is read and reports the sum, if report is set.
type counter struct {
	from   io.Reader
	n      int64
	report func(n int64)
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.from.Read(into)
	c.n += int64(n)
	if c.report != nil {
		c.report(c.n)
	}
	return n, err
}

func openArchive(name string) (Source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	a, err := ReadArchive(name, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return a, nil
}

// ReadArchive reads an archive from a stream, which is closed with the source.
func ReadArchive(name string, from io.ReadCloser) (Source, error) {
	a := &archive{name: name, file: from, packed: &counter{from: from}}
	a.buffer = bufio.NewReader(a.packed)
	var err error
	if a.zip, err = gzip.NewReader(a.buffer); err != nil {
		return nil, damaged("%s is not a gzipped archive", name)
	}
	a.zip.Multistream(false) // ended checks what follows the archive
	a.tar = tar.NewReader(&ratioReader{archive: a})
	return a, nil
}

// ratioReader refuses an archive that unpacks to too much.
type ratioReader struct {
	archive *archive
	n       int64
}

func (r *ratioReader) Read(into []byte) (int, error) {
	n, err := r.archive.zip.Read(into)
	r.n += int64(n)
	if r.n > ratioFrom && r.n/max(r.archive.packed.n, 1) > maxRatio {
		return 0, unsafe("it unpacks to more than %d times its size", maxRatio)
	}
	if r.n > maxTotal+maxManifest {
		return 0, unsafe("it unpacks to more than %d bytes", int64(maxTotal))
	}
	return n, err
}

// Close implements Source.
func (a *archive) Close() error { return a.file.Close() }

// Head implements Source.
func (a *archive) Head(context.Context) (manifest, signature []byte, err error) {
	header, err := a.next()
	if err != nil {
		return nil, nil, err
	}
	if header == nil || header.Name != ManifestName {
		return nil, nil, damaged("%s does not come first in it", ManifestName)
	}
	if manifest, err = a.small(header, maxManifest); err != nil {
		return nil, nil, err
	}
	if a.ahead, err = a.next(); err != nil || a.ahead == nil || a.ahead.Name != SignatureName {
		return manifest, nil, err
	}
	signature, err = a.small(a.ahead, maxSignature)
	a.ahead = nil
	return manifest, signature, err
}

// small reads a whole entry of at most so many bytes.
func (a *archive) small(header *tar.Header, most int64) ([]byte, error) {
	if header.Size > most {
		return nil, unsafe("%s has %d bytes; at most %d are allowed", header.Name, header.Size, most)
	}
	raw, err := io.ReadAll(io.LimitReader(a.tar, most))
	if err != nil {
		return nil, a.explain(err)
	}
	return raw, nil
}

// next returns the next entry, nil at the end. It refuses entries that no release may have.
func (a *archive) next() (*tar.Header, error) {
	if header := a.ahead; header != nil {
		a.ahead = nil
		return header, nil
	}
	header, err := a.tar.Next()
	if errors.Is(err, io.EOF) {
		return nil, a.ended()
	}
	if err != nil {
		return nil, a.explain(err)
	}
	if a.entries++; a.entries > maxFiles+2 {
		return nil, unsafe("it has more than %d entries", maxFiles+2)
	}
	if p := checkName(header.Name); p != nil {
		return nil, p
	}
	if p := checkEntry(header); p != nil {
		return nil, p
	}
	return header, nil
}

// checkEntry refuses all but plain files.
func checkEntry(header *tar.Header) *host.Problem {
	switch header.Typeflag {
	case tar.TypeReg:
	case tar.TypeSymlink, tar.TypeLink:
		return unsafe("%q is a link to %q", header.Name, header.Linkname)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return unsafe("%q is a device", header.Name)
	case tar.TypeDir:
		return unsafe("%q is a directory; a release has files only", header.Name)
	default:
		return unsafe("%q is no plain file", header.Name)
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return unsafe("%q has holes", header.Name)
		}
	}
	return nil
}

// ended checks that nothing follows the end of the archive.
func (a *archive) ended() error {
	rest := make([]byte, 32<<10)
	for {
		n, err := a.zip.Read(rest)
		for _, b := range rest[:n] {
			if b != 0 { // writers fill the last block with zeros
				return damaged("something follows its end")
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a.explain(err)
		}
	}
	if _, err := a.buffer.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("something follows its end")
	}
	return nil
}

// explain turns the error of a damaged archive into a problem.
func (a *archive) explain(err error) error {
	var p *host.Problem
	switch {
	case errors.As(err, &p):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return damaged("it is cut off").Because(err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, tar.ErrHeader),
		errors.Is(err, tar.ErrInsecurePath):
		return damaged("%v", err).Because(err)
	}
	if text := err.Error(); strings.HasPrefix(text, "flate:") || strings.HasPrefix(text, "archive/tar:") {
		return damaged("%v", err).Because(err)
	}
	return fmt.Errorf("read %s: %w", a.name, err)
}

// Each implements Source.
func (a *archive) Each(_ context.Context, m offer.Manifest, _ func(offer.ReleaseFile) bool, take taker) error {
	named := byPath(m)
	for {
		header, err := a.next()
		if header == nil || err != nil {
			return err
		}
		file, ok := named[header.Name]
		switch {
		case header.Name == ManifestName || header.Name == SignatureName:
			return unsafe("%q is in it twice, or does not come first", header.Name)
		case !ok:
			return damaged("it has %q, which its manifest does not name", header.Name)
		case header.Size != file.Size:
			return damaged("%s has %d bytes; its manifest says %d", header.Name, header.Size, file.Size)
		}
		if err := take(file, a.tar); err != nil {
			return a.explain(err)
		}
	}
}
