package lowcode

import (
	"errors"
	"fmt"
	"io"
	"slices"
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
	manifest *Manifest
	options  Options
	mapping  *Mapping
	settings []*setting
	formless bool // the manifest has no form: settings are made of what templates read
	streams  []*stream
	left     findings
	notes    findings
	spanKeys [2]string // the names of the ends of the interval
	budget   Value
	main     *signIn // of the file
}

// Import translates a manifest. An error says that the manifest or the mapping cannot be read; what has
// no translation is in the result.
func Import(manifest *Manifest, o Options) (*Result, error) {
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
	if err := attempt(func() {
		m.loadSettings()
		m.loadStreams()
		m.chooseAuth()
		m.linkParents()
		text, wrong = m.compose()
	}); err != nil || wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	r := &Result{ID: m.id(), File: text, Streams: []string{}, LeftOut: m.left.sorted(), Notes: m.notes.sorted()}
	for _, s := range m.streams {
		r.Streams = append(r.Streams, s.name)
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
		m.left.add(dynamic.Line(), "", "streams that a run finds (%s) have no translation", dynamic.Type())
	}
	var names []string
	for i, v := range root.Get("streams").Items() {
		name := v.Get("name").Text()
		if name == "" {
			name = fmt.Sprintf("stream_%d", i+1)
		}
		if !v.IsMap() {
			m.left.add(v.Line(), name, "the stream is not in the manifest")
			continue
		}
		if slices.Contains(names, name) {
			m.left.add(v.Line(), name, "another stream has the same name")
			continue
		}
		names = append(names, name)
		if s, err := m.translate(v, 0); err != nil {
			m.left.add(err.line, name, "%s", err.reason)
		} else {
			m.streams = append(m.streams, s)
		}
	}
}

// refusal is why a stream is left out.
type refusal struct {
	line   int
	reason string
}

// linkParents gives every parent its place among the streams: parents that are no stream of the manifest
// become one.
func (m *importer) linkParents() {
	for i := 0; i < len(m.streams); i++ {
		s := m.streams[i]
		if s.parent == nil {
			continue
		}
		s.parent = m.interned(s.parent)
	}
}

// interned returns the stream of the file that reads the same as a parent.
func (m *importer) interned(parent *stream) *stream {
	mark := parent.print()
	for _, known := range m.streams {
		if known.print() == mark {
			return known
		}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(m.streams, func(s *stream) bool { return s.name == name })
	}
	if taken(parent.name) {
		base := parent.name + "_parent"
		parent.name = base
		for n := 2; taken(parent.name); n++ {
			parent.name = fmt.Sprintf("%s_%d", base, n)
		}
	}
	m.streams = append(m.streams, parent)
	m.notes.add(parent.line, parent.name, "the stream is in the file because others are read for each of its records")
	return parent
}
