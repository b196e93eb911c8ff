package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// choices opens the file and offers its columns for the key and for the fields. The key and the lines of the columns
// may be missing.
func choices(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var c settings
	if err := s.Settings(&c); err != nil {
		return err
	}
	file := sdk.Probe{ID: "file", Title: "File and columns"}
	return r.Do(ctx, file, func(context.Context) (string, error) {
		if c.Path == "" {
			return "", invalid("/path", "no file is chosen")
		}
		p, err := mapping.New(mapping.Settings{Kind: c.Kind})
		if err != nil {
			return "", err
		}
		t := newTable(c, p)
		if err := t.open(); err != nil {
			return "", err
		}
		defer t.close()
		rows, err := t.first()
		if err != nil {
			return "", err
		}
		for _, offer := range p.Choices(t.headers[:t.width], rows) {
			r.Offer(file.ID, offer)
		}
		if better := t.betterDelimiter(); better != "" {
			r.Offer(file.ID, sdk.Choices{Setting: "delimiter", Items: []sdk.Choice{{Value: better}}})
		}
		return fmt.Sprintf("The file has %d columns: %s.", t.width, t.columnNames()), nil
	})
}

// first reads the headers and returns the first rows that can be read. The tail of the file is not judged.
func (t *table) first() ([][]string, error) {
	head, err := t.firstRow()
	if err != nil {
		return nil, err
	}
	if err := t.nameColumns(head); err != nil {
		return nil, err
	}
	var rows [][]string
	if !t.Header {
		rows = append(rows, head.cells)
	}
	for range 10 * mapping.ShownRows {
		if len(rows) == mapping.ShownRows {
			break
		}
		l, err := t.scan.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.As(err, &bad):
		case err != nil:
			return nil, t.broken(err)
		case !l.blank():
			rows = append(rows, l.cells)
		}
	}
	return rows, nil
}

// betterDelimiter returns the delimiter that a file with a single column seems to have; "" = the chosen one.
func (t *table) betterDelimiter() string {
	if t.width != 1 {
		return ""
	}
	for _, d := range []struct{ name, sign string }{{"semicolon", ";"}, {"tab", "\t"}, {"pipe", "|"}, {"comma", ","}} {
		if d.name != t.Delimiter && strings.Contains(t.headers[0], d.sign) {
			return d.name
		}
	}
	return ""
}
