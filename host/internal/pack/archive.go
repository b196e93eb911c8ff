package pack

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// File is one file of a pack.
type File struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes"`
	Records int64  `json:"records,omitempty" doc:"Lines of a list, without a heading"`
	SHA256  string `json:"sha256" doc:"Lower-case hex"`
}

// Progress says how far a pack is.
type Progress struct {
	File    string
	Records int64 // of all files until now
}

// archive is a pack while it is written: its files go into a scratch file, and from there, sorted, into the pack.
type archive struct {
	ctx     context.Context
	zip     *zip.Writer
	files   []File
	records int64
	report  func(Progress)
}

// stamp is the time of every file of every pack.
func stamp() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// output is one file while it is written.
type output struct {
	to      io.Writer
	archive *archive
	file    *File
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if err := o.archive.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.to.Write(p)
	o.file.Bytes += int64(n)
	return n, err
}

// counted counts one record of the file.
func (o *output) counted() {
	o.file.Records++
	if o.archive.records++; o.archive.records%256 == 0 {
		o.archive.report(Progress{File: o.file.Name, Records: o.archive.records})
	}
}

// add adds a file.
func (a *archive) add(name string, write func(*output) error) (File, error) {
	a.report(Progress{File: name, Records: a.records})
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: stamp()}
	header.SetMode(0o644)
	to, err := a.zip.CreateHeader(header)
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.New()
	file := File{Name: name}
	if err := write(&output{to: io.MultiWriter(to, sum), archive: a, file: &file}); err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	a.files = append(a.files, file)
	return file, nil
}

// text adds a file that is in memory.
func (a *archive) text(name string, content []byte) error {
	_, err := a.add(name, func(o *output) error {
		_, err := o.Write(content)
		return err
	})
	return err
}

// scratch calls fn with a scratch file in a directory, which is gone afterwards.
func scratch(dir string, fn func(*os.File) error) (err error) {
	file, err := os.CreateTemp(dir, ScratchPrefix+"*")
	if err != nil {
		return fmt.Errorf("create scratch file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	return fn(file)
}

// ScratchPrefix begins the names of scratch files. What a crash left of them can be deleted.
const ScratchPrefix = ".scratch-"

// sorted copies the files of a scratch file into a pack, sorted by name.
func sorted(ctx context.Context, from *os.File, to io.Writer) error {
	size, err := from.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("read scratch file: %w", err)
	}
	read, err := zip.NewReader(from, size)
	if err != nil {
		return fmt.Errorf("read scratch file: %w", err)
	}
	slices.SortFunc(read.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	written := zip.NewWriter(to)
	for _, f := range read.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := written.Copy(f); err != nil {
			return fmt.Errorf("copy %s: %w", f.Name, err)
		}
	}
	return written.Close()
}
