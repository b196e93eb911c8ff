package assure

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/control"
)

// storedText says which text was imported for a framework. The text itself is a file.
type storedText struct {
	Title   string         `json:"title"`
	Version string         `json:"version,omitempty"`
	Own     bool           `json:"own,omitempty"` // the product does not bring the framework
	Name    string         `json:"name"`          // of the file that was imported
	Format  string         `json:"format"`
	File    assurance.File `json:"file"` // a control.Catalog in JSON
	Count   int            `json:"count"`
	By      host.Actor     `json:"by"`
	At      time.Time      `json:"at"`
}

// framework is a framework with the text that was imported for it.
type framework struct {
	control.Framework
	own   bool
	texts map[string]string // by id of the requirement
	info  *assurance.TextInfo
}

// frameworks returns the frameworks of the product, then those that people imported, by id.
func (a *Assurer) frameworks() ([]framework, error) {
	shipped, err := a.shipped()
	if err != nil {
		return nil, err
	}
	stored, err := a.texts.List()
	if err != nil {
		return nil, err
	}
	var all []framework
	for _, f := range shipped {
		all = append(all, framework{Framework: f})
	}
	for _, d := range stored {
		t := d.Value
		catalog, unread := a.catalog(t.File.SHA256)
		at := slices.IndexFunc(all, func(f framework) bool { return f.ID == d.Key })
		if at < 0 {
			at = len(all)
			all = append(all, framework{own: true, Framework: control.Framework{
				ID: d.Key, Title: t.Title, Version: t.Version, Licence: "Imported by " + t.By.String() + "; the publisher's terms hold.",
			}})
			for _, r := range catalog.Requirements {
				all[at].Requirements = append(all[at].Requirements, control.Requirement{ID: r.ID, Title: orID(r)})
			}
		}
		all[at].texts = map[string]string{}
		for _, r := range catalog.Requirements {
			all[at].texts[r.ID] = r.Text
		}
		all[at].info = &assurance.TextInfo{
			Name: t.Name, Format: t.Format, SHA256: t.File.SHA256, Requirements: t.Count, By: t.By, At: t.At, Revision: d.Revision,
		}
		if unread != nil {
			all[at].info.Problem = "The text cannot be read; import it again: " + unread.Error()
		}
	}
	return all, nil
}

func orID(r control.Text) string {
	if r.Title == "" {
		return r.ID
	}
	return r.Title
}

// catalog reads a text that was imported, and keeps it in memory.
func (a *Assurer) catalog(sha256 string) (c control.Catalog, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, known := a.catalogs[sha256]; known {
		return c, nil
	}
	file, err := a.parts.Files.Open(sha256)
	if err != nil {
		return c, err
	}
	defer file.Close()
	if err := json.NewDecoder(file).Decode(&c); err != nil {
		return c, fmt.Errorf("decode: %w", err)
	}
	a.catalogs[sha256] = c
	return c, nil
}

// TextRequest says which framework a text is of, and how it is written.
type TextRequest struct {
	Framework string
	Title     string // of a framework that the product does not bring
	Name      string // of the file
	Preview   bool   // store nothing
}

// ImportText stores the text of a framework, in place of one that was imported before, or says what it would store.
func (a *Assurer) ImportText(ctx context.Context, request TextRequest, r io.Reader) (assurance.TextImport, error) {
	return actor.Act(ctx, func(by host.Actor) (assurance.TextImport, error) {
		raw, err := io.ReadAll(io.LimitReader(r, assurance.MaxFile+1))
		if err != nil {
			return assurance.TextImport{}, host.Refused(host.CodeInvalid, "Upload the file again.", "the upload ended early").Because(err)
		}
		if len(raw) > assurance.MaxFile {
			most := assurance.MaxFile / 1_000_000
			return assurance.TextImport{}, host.Invalid("file", nil, fmt.Sprintf("has more than %d MB, which is the most", most))
		}
		result, catalog, before, err := a.fit(request, raw)
		if err != nil || request.Preview {
			return result, err
		}
		content, err := json.Marshal(catalog)
		if err != nil {
			return result, fmt.Errorf("encode the text: %w", err)
		}
		file, err := a.parts.Files.PutData(bytes.NewReader(content), request.Framework+".json", "application/json", 2*assurance.MaxFile)
		if err != nil {
			return result, err
		}
		revision := uint64(0)
		if before != nil {
			revision = before.Revision
		}
		_, err = a.texts.Put(ctx, request.Framework, storedText{
			Title: result.Title, Version: catalog.Version, Own: result.New, Name: request.Name, Format: result.Format, File: file,
			Count: result.Matched, By: by, At: a.parts.Now().UTC(),
		}, revision)
		return result, err
	})
}

// fit reads a file as the text of a framework, and says what it has for it. Nothing is stored.
func (a *Assurer) fit(request TextRequest, raw []byte) (assurance.TextImport, control.Catalog, *assurance.TextInfo, error) {
	result := assurance.TextImport{
		Framework: request.Framework, Preview: request.Preview, Unknown: []string{}, Missing: []string{}, Sample: []assurance.TextSample{},
	}
	if len(request.Framework) > 63 || !idForm.MatchString(request.Framework) {
		return result, control.Catalog{}, nil, host.Invalid("framework", request.Framework,
			"must be at most 63 lower-case letters, digits and single hyphens")
	}
	if err := checkText("name", request.Name, mostTitle, false); err != nil {
		return result, control.Catalog{}, nil, err
	}
	format, catalog, err := parse(request.Name, raw)
	result.Format = format
	if err != nil {
		return result, catalog, nil, host.Invalid("file", nil, "cannot be imported: "+err.Error())
	}
	known, err := a.frameworks()
	if err != nil {
		return result, catalog, nil, err
	}
	at := slices.IndexFunc(known, func(f framework) bool { return f.ID == request.Framework })
	if at >= 0 {
		result.Replaces = known[at].info
	}
	if at >= 0 && !known[at].own {
		result.Title = known[at].Title
		catalog = match(&result, known[at].Framework, catalog)
		if result.Matched == 0 {
			return result, catalog, nil, host.Invalid("file", nil,
				fmt.Sprintf("has no requirement of %s; the first id in it is %q", known[at].Title, result.Unknown[0]))
		}
	} else {
		result.New, result.Title, result.Matched = true, request.Title, len(catalog.Requirements)
		if result.Title == "" {
			result.Title = catalog.Title
		}
		if err := needText("title", result.Title, mostTitle); err != nil {
			return result, catalog, nil, err
		}
	}
	for _, r := range catalog.Requirements[:min(10, len(catalog.Requirements))] {
		result.Sample = append(result.Sample, assurance.TextSample{ID: r.ID, Title: orID(r), Text: r.Text})
	}
	return result, catalog, result.Replaces, nil
}

// parse reads a file by the ending of its name.
func parse(name string, raw []byte) (format string, c control.Catalog, err error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		c, err = control.ParseCSV(raw)
		return "csv", c, err
	case ".json":
		c, err = control.ParseOSCAL(raw)
		return "oscal", c, err
	}
	return "", c, fmt.Errorf("the name %q ends neither in .json, for a catalogue in OSCAL, nor in .csv", name)
}

// match keeps of a catalogue what a framework has, under the ids of the framework, and says what one of them has and the other does not.
func match(result *assurance.TextImport, f control.Framework, c control.Catalog) control.Catalog {
	byID := map[string]string{}
	for _, r := range f.Requirements {
		byID[strings.ToLower(r.ID)] = r.ID
	}
	found := map[string]bool{}
	kept := c
	kept.Requirements = nil
	for _, r := range c.Requirements {
		id := byID[strings.ToLower(r.ID)]
		for _, other := range r.Also {
			if id == "" {
				id = byID[strings.ToLower(other)]
			}
		}
		switch {
		case id == "" || found[id]:
			result.Unknown = append(result.Unknown, r.ID)
		default:
			found[id] = true
			kept.Requirements = append(kept.Requirements, control.Text{ID: id, Title: r.Title, Text: r.Text})
		}
	}
	for _, r := range f.Requirements {
		if !found[r.ID] {
			result.Missing = append(result.Missing, r.ID)
		}
	}
	result.Matched = len(kept.Requirements)
	return kept
}

// RemoveText removes the text that was imported for a framework. A framework that the product does not bring is removed with it.
func (a *Assurer) RemoveText(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error {
		err := a.texts.Delete(ctx, id, 0)
		if host.IsNotFound(err) {
			return host.NotFound("imported text of a framework", id, "`plumbline framework list` says which frameworks have one.")
		}
		return err
	})
}
