package pack

import (
	"archive/zip"
	"context"
	"io"
	"os"
)

// Key is what signs packs.
type Key struct {
	Private []byte // of minisign, without a password
	Public  string // of minisign, as one word
}

// Written is a pack that was written.
type Written struct {
	Files   []File // sorted as in the pack
	Records int64  // of the populations
}

// Write writes a pack. Scratch is a directory for files that are gone afterwards.
func Write(ctx context.Context, to io.Writer, directory string, c *Content, key Key, report func(Progress)) (w Written, err error) {
	err = scratch(directory, func(file *os.File) error {
		a := &archive{ctx: ctx, zip: zip.NewWriter(file), report: report}
		if w, err = a.content(c, key); err != nil {
			return err
		}
		if err := a.zip.Close(); err != nil {
			return err
		}
		report(Progress{File: "", Records: a.records})
		return sorted(ctx, file, to)
	})
	return w, err
}

// content writes the files of a pack.
func (a *archive) content(c *Content, key Key) (w Written, err error) {
	m, err := begin(c, key)
	if err != nil {
		return w, err
	}
	if err := a.populations(c, m); err != nil {
		return w, err
	}
	w.Records = m.predicate.Records
	if err := a.results(c, m); err != nil {
		return w, err
	}
	if err := a.documents(c); err != nil {
		return w, err
	}
	if err := a.journal(c, m); err != nil {
		return w, err
	}
	if err := a.standards(c); err != nil {
		return w, err
	}
	if err := a.pages(c, m); err != nil {
		return w, err
	}
	if err := a.seal(m); err != nil {
		return w, err
	}
	w.Files = sortedFiles(a.files)
	return w, nil
}
