package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// archiveMagic begins the content of a backup that has files beside the journal. A backup without files is the journal's content alone, as
// it was before there were files.
const archiveMagic = "plumbline archive 1\n"

// The lengths of an archive.
const (
	chunkBytes = 64 << 10
	mostName   = 256
	mostFile   = 1 << 30
)

// hashForm is the name of a file in a backup: the SHA-256 of its content.
var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// filesIn returns the files below a directory, by their hash. Other files, such as unfinished ones, are left out.
func filesIn(dir string) (map[string]string, error) {
	files := map[string]string{}
	if dir == "" {
		return files, nil
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.Type().IsRegular() && hashForm.MatchString(entry.Name()) {
			files[entry.Name()] = path
		}
		return err
	})
	return files, err
}

// chunks writes what a journal writes in parts, each with its length before it.
type chunks struct{ to *bufio.Writer }

// Write implements io.Writer.
func (c chunks) Write(p []byte) (n int, err error) {
	for part := range slices.Chunk(p, chunkBytes) {
		if err := writeNumber(c.to, uint64(len(part))); err != nil {
			return n, err
		}
		written, err := c.to.Write(part)
		if n += written; err != nil {
			return n, err
		}
	}
	return n, nil
}

func writeNumber(w io.Writer, n uint64) error {
	_, err := w.Write(binary.AppendUvarint(nil, n))
	return err
}

// writeArchive writes the content of the journal, then the files in a directory. They are listed after the journal was written: a file is
// on disk before an entry of the journal names it, so no entry in the backup lacks its file.
func writeArchive(to io.Writer, dir string, journal func(io.Writer) error) (files int, err error) {
	w := bufio.NewWriterSize(to, chunkBytes)
	if _, err := w.WriteString(archiveMagic); err != nil {
		return 0, err
	}
	if err := journal(chunks{w}); err != nil {
		return 0, err
	}
	if err := writeNumber(w, 0); err != nil {
		return 0, err
	}
	found, err := filesIn(dir)
	if err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := writeFile(w, name, found[name]); err != nil {
			return 0, err
		}
	}
	return len(names), errors.Join(writeNumber(w, 0), writeNumber(w, uint64(len(names))), w.Flush())
}

// writeFile writes the name, the size and the content of a file. A file whose content is not what its name says is in no backup.
func writeFile(w io.Writer, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("back up file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("back up file: %w", err)
	}
	if err := errors.Join(writeNumber(w, uint64(len(name))), text(w, name), writeNumber(w, uint64(info.Size()))); err != nil {
		return err
	}
	sum := sha256.New()
	if n, err := io.Copy(io.MultiWriter(w, sum), file); err != nil || n != info.Size() {
		return errors.Join(fmt.Errorf("back up file: %s changed its size", path), err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != name {
		return host.Refused(host.CodeStoreDamaged,
			"Restore it from an earlier backup, or add that evidence again; `plumbline verify` says which it is.",
			"the file %s is not what was added: a byte was changed", path)
	}
	return nil
}

func text(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// journalPart reads the journal's content out of an archive.
type journalPart struct {
	from *bufio.Reader
	left uint64
	end  bool
}

// Read implements io.Reader.
func (j *journalPart) Read(p []byte) (int, error) {
	for j.left == 0 {
		if j.end {
			return 0, io.EOF
		}
		n, err := binary.ReadUvarint(j.from)
		if err != nil {
			return 0, cut(err)
		}
		j.left, j.end = n, n == 0
	}
	n, err := j.from.Read(p[:min(uint64(len(p)), j.left)])
	j.left -= uint64(n)
	return n, cut(err)
}

// cut makes an early end of an archive one that is not taken for the end of a part.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readArchive reads an archive: use reads the journal's content, keep each file. A file whose content is not what its name says is refused
// after keep has read it, so keep must not make it final before it returns.
func readArchive(
	from *bufio.Reader, use func(io.Reader) (host.Backup, error), keep func(name string, r io.Reader) error,
) (b host.Backup, err error) {
	begin, err := from.Peek(len(archiveMagic))
	if err != nil || string(begin) != archiveMagic {
		return use(from)
	}
	if _, err := from.Discard(len(archiveMagic)); err != nil {
		return b, err
	}
	journal := &journalPart{from: from}
	if b, err = use(journal); err != nil {
		return b, err
	}
	if _, err := io.Copy(io.Discard, journal); err != nil {
		return b, damaged("it ends within the journal", err)
	}
	for {
		more, err := readFile(from, keep)
		if err != nil {
			return b, err
		}
		if !more {
			break
		}
		b.Files++
	}
	count, err := binary.ReadUvarint(from)
	if err != nil || count != uint64(b.Files) {
		return b, damaged("it does not have the files that it was made of", err)
	}
	if _, err := from.ReadByte(); !errors.Is(err, io.EOF) {
		return b, damaged("something follows its end mark", err)
	}
	return b, nil
}

// readFile reads one file; false = there is none any more.
func readFile(from *bufio.Reader, keep func(name string, r io.Reader) error) (bool, error) {
	length, err := binary.ReadUvarint(from)
	if err != nil || length > mostName {
		return false, damaged("the name of a file in it cannot be read", err)
	}
	if length == 0 {
		return false, nil
	}
	name := make([]byte, length)
	if _, err := io.ReadFull(from, name); err != nil || !hashForm.Match(name) {
		return false, damaged("the name of a file in it cannot be read", err)
	}
	size, err := binary.ReadUvarint(from)
	if err != nil || size > mostFile {
		return false, damaged("the size of a file in it cannot be read", err)
	}
	sum := sha256.New()
	content := io.TeeReader(io.LimitReader(from, int64(size)), sum)
	checked := &checkedReader{r: content, left: int64(size), right: func() error {
		if hex.EncodeToString(sum.Sum(nil)) != string(name) {
			return damaged(fmt.Sprintf("the file %s in it is not what its name says", name), nil)
		}
		return nil
	}}
	if err := keep(string(name), checked); err != nil {
		return false, err
	}
	if _, err := io.Copy(io.Discard, checked); err != nil {
		return false, err
	}
	return true, nil
}

// checkedReader reads so many bytes, and asks at their end whether they are right.
type checkedReader struct {
	r     io.Reader
	left  int64
	right func() error
}

// Read implements io.Reader.
func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		if c.left > 0 {
			return n, damaged("it ends within a file", io.ErrUnexpectedEOF)
		}
		if wrong := c.right(); wrong != nil {
			return n, wrong
		}
	}
	return n, err
}

// damaged is the problem of a damaged backup. A cause that is a problem itself names the bytes of the file that cannot be read.
func damaged(what string, cause error) error {
	if p := new(host.Problem); errors.As(cause, &p) {
		return p
	}
	p := host.Refused(host.CodeBackupDamaged, "Use another backup; `plumbline backup verify FILE` checks one.",
		"the backup is damaged: %s", what)
	if cause == nil {
		return p
	}
	return p.Because(cause)
}
