package packing

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
)

// addDocuments adds the evidence of people that shows a control of the pack, as it was at the moment.
func (p *Packer) addDocuments(ctx context.Context, c *pack.Content) error {
	all, err := p.parts.Assurer.EvidenceAt(ctx, c.Moment)
	if err != nil {
		return err
	}
	for i := range all {
		e := &all[i]
		var shows []string
		for _, one := range c.Controls {
			if slices.Contains(e.Controls, one.ID) {
				shows = append(shows, one.ID)
			}
		}
		if len(shows) > 0 {
			c.Documents = append(c.Documents, p.document(e, shows))
		}
	}
	return nil
}

// document returns an item of evidence as packs have it: its latest artifact, or the request for one.
func (p *Packer) document(e *assurance.Evidence, controls []string) pack.Document {
	d := pack.Document{ID: e.ID, Title: e.Title, Kind: string(e.Kind), State: string(e.State), Owner: e.Owner, Controls: controls}
	a := e.Latest
	if a == nil {
		return d
	}
	d.CollectedAt, d.ValidUntil, d.By = &a.CollectedAt, &a.ValidUntil, a.By.Name
	said := slices.DeleteFunc([]string{a.Ticket, a.Link, a.Statement}, func(text string) bool { return text == "" })
	d.Text = strings.Join(said, "; ")
	if a.File != nil {
		d.File, d.SHA256 = a.File.Name, a.File.SHA256
		d.Open = func() (io.ReadCloser, error) { return p.parts.Files.Open(a.File.SHA256) }
	}
	return d
}
