package lowcode

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/stream"
)

// Options say how a manifest is imported.
type Options struct {
	ID      string    // of the connector
	From    string    // the name of the manifest, for the comment at the head of the file
	Mapping io.Reader // the mapping file; nil = none
	// Check reads the file with the language's own loader. An error has a line for each mistake.
	Check func(text string) error
}

// importer translates one manifest.
type importer struct {
	manifest *manifest.Manifest
	options  Options
	mapping  *Mapping
	form     *form.Form
	streams  []*stream.Stream
	left     finding.List
	notes    finding.List
	budget   manifest.Value
	main     *stream.SignIn // of the file
}

// Import translates a manifest. An error says that the manifest or the mapping cannot be read; what has
// no translation is in the result.
func Import(manifest *manifest.Manifest, o Options) (*Result, error) {
	m := &importer{manifest: manifest, options: o, mapping: &Mapping{}}
	if o.Mapping != nil {
		mapping, err := ReadMapping(o.Mapping)
		if err != nil {
			return nil, err
		}
		m.mapping = mapping
	}
	var text string
	var wrong error
	if err := finding.Attempt(func() {
		m.form = form.Read(manifest, &m.notes)
		m.loadStreams()
		m.chooseAuth()
		m.linkParents()
		text, wrong = m.compose()
	}); err != nil || wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	r := &Result{ID: m.id(), File: text, Streams: []string{}, LeftOut: m.left.Sorted(), Notes: m.notes.Sorted()}
	for _, s := range m.streams {
		r.Streams = append(r.Streams, s.Name)
	}
	return r, nil
}

func (m *importer) id() string {
	if m.mapping.ID != "" {
		return m.mapping.ID
	}
	return m.options.ID
}

// loadStreams translates each stream of the manifest.
func (m *importer) loadStreams() {
	root := m.manifest.Root()
	m.budget = root.Get("api_budget")
	for _, dynamic := range root.Get("dynamic_streams").Items() {
		m.left.Add(dynamic.Line(), "", "streams that a run finds (%s) have no translation", dynamic.Type())
	}
	translator := &stream.Translator{Form: m.form, Left: &m.left, Notes: &m.notes}
	var names []string
	for i, v := range root.Get("streams").Items() {
		name := v.Get("name").Text()
		if name == "" {
			name = fmt.Sprintf("stream_%d", i+1)
		}
		if !v.IsMap() {
			m.left.Add(v.Line(), name, "the stream is not in the manifest")
			continue
		}
		if slices.Contains(names, name) {
			m.left.Add(v.Line(), name, "another stream has the same name")
			continue
		}
		names = append(names, name)
		if s, err := translator.Translate(v); err != nil {
			m.left.Add(err.Line, name, "%s", err.Reason)
		} else {
			m.streams = append(m.streams, s)
		}
	}
}

// linkParents gives every parent its place among the streams: parents that are no stream of the manifest
// become one.
func (m *importer) linkParents() {
	for done := 0; done < len(m.streams); {
		s := m.streams[done]
		done++
		if s.Parent != nil {
			s.Parent = m.interned(s.Parent) // which may add one
		}
	}
}

// interned returns the stream of the file that reads the same as a parent.
func (m *importer) interned(parent *stream.Stream) *stream.Stream {
	mark := parent.Print()
	for _, known := range m.streams {
		if known.Print() == mark {
			return known
		}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(m.streams, func(s *stream.Stream) bool { return s.Name == name })
	}
	if taken(parent.Name) {
		base := parent.Name + "_parent"
		parent.Name = base
		for n := 2; taken(parent.Name); n++ {
			parent.Name = fmt.Sprintf("%s_%d", base, n)
		}
	}
	m.streams = append(m.streams, parent)
	m.notes.Add(parent.Line, parent.Name, "the stream is in the file because others are read for each of its records")
	return parent
}
