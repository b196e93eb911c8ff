package pack

import (
	"fmt"
	"io"
	"strings"
)

// documents writes what people added, and the list of it. A pack that cannot have them has no list either.
func (a *archive) documents(c *Content) error {
	if len(c.Documents) == 0 {
		return nil
	}
	for i := range c.Documents {
		if d := &c.Documents[i]; d.File != "" {
			if err := a.document(d); err != nil {
				return err
			}
		}
	}
	header := []string{"id", "title", "kind", "state", "owner", "controls", "collected_at", "valid_until", "added_by", "text", "file", "name",
		"sha256"}
	return a.sheet("documents.csv", header, func(write func(...any) error) error {
		for i := range c.Documents {
			d := &c.Documents[i]
			err := write(d.ID, d.Title, d.Kind, d.State, d.Owner, strings.Join(d.Controls, " "), utc(d.CollectedAt), utc(d.ValidUntil), d.By,
				d.Text, d.Place(), d.File, d.SHA256)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Place returns where the file of a document is in the pack; empty when it has none.
func (d *Document) Place() string {
	if d.File == "" {
		return ""
	}
	return "documents/" + fileName(strings.ToLower(d.ID), d.File)
}

// document writes a file. One that is not what was stored ends the pack.
func (a *archive) document(d *Document) error {
	file, err := a.add(d.Place(), func(o *output) error {
		from, err := d.Open()
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(o, from)
		return err
	})
	if err == nil && file.SHA256 != d.SHA256 {
		err = fmt.Errorf("the file of %q is not the one that was stored: its hash is another one", d.Title)
	}
	return err
}
