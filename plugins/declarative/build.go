package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// plan is a manifest with everything compiled.
type plan struct {
	manifest
	base     words
	username words
	probe    words
	identity compiled
	streams  []*streamPlan
}

// streamPlan is a stream with everything compiled.
type streamPlan struct {
	stream
	path    words
	query   map[string]words
	records compiled
	where   compiled
	key     compiled
	next    compiled // of paging by address or by token
	total   compiled // of paging by number or by offset
	fields  map[string]compiled
	truths  []string            // fields with the values yes, no and unknown
	texts   []string            // fields that are text; the ids of vendors are often numbers
	words   map[string][]string // the words of a field
}

// connector returns the connector of a manifest. The error has one line for each mistake, which
// begins with its position.
func (m *manifest) connector() (*sdk.Connector, error) {
	if m.Language != languageVersion {
		return nil, fmt.Errorf("line %d: plumbline: %d is not a version of this language; write plumbline: %d",
			m.lines.of("plumbline"), m.Language, languageVersion)
	}
	schema, err := m.schema()
	p, compileErr := m.compile()
	if err = errors.Join(m.check(), err, compileErr); err != nil {
		return nil, once(err)
	}
	c := &sdk.Connector{
		ID: m.ID, Name: m.Name, Version: m.Version, Vendor: m.Vendor, Summary: m.Summary, Homepage: m.Homepage, License: m.License,
		Categories: m.Categories, ConfigSchema: schema, Guide: m.Guide, MemoryMiB: 96, Check: p.tryOut,
		Limits: sdk.Limits{
			RequestsPerSecond: m.Limits.RequestsPerSecond, ConcurrentRequests: m.Limits.ConcurrentRequests,
			TenantSettings: m.Limits.TenantSettings,
		},
	}
	for _, perm := range m.Permissions {
		streams := m.unlocks(perm.ID)
		c.Permissions = append(c.Permissions, sdk.Permission{ID: perm.ID, Reason: perm.Reason, Optional: perm.Optional, Streams: streams})
	}
	for _, n := range m.Network {
		c.Network = append(c.Network, sdk.NetworkHost{Host: n.Host, Port: n.Port, Purpose: n.Purpose})
	}
	for _, s := range p.streams {
		stream := sdk.Stream{
			Name: s.Name, Title: s.Title, Kind: kind.Kind(s.Kind), Description: s.Description, Permissions: s.Permissions,
			Read: func(ctx context.Context, session *sdk.Session, out *sdk.Output) error {
				return p.read(ctx, s, session, out)
			},
		}
		if s.Deletes == "never" {
			stream.Deletes = sdk.Never
		}
		c.Streams = append(c.Streams, stream)
	}
	return c, m.located(c.Validate())
}

func (m *manifest) unlocks(permission string) (streams []string) {
	for _, s := range m.Streams {
		if slices.Contains(s.Permissions, permission) {
			streams = append(streams, s.Name)
		}
	}
	return streams
}

// schema returns the settings as a JSON Schema. Method check validates them.
func (m *manifest) schema() ([]byte, error) {
	properties, required := map[string]any{}, []string{}
	for i, s := range m.Settings {
		property := map[string]any{"type": "string", "title": s.Title, "x-order": i + 1}
		for name, value := range map[string]any{
			"type": s.Type, "description": s.Description, "format": s.Format, "x-guide-step": s.Step, "default": s.Default,
		} {
			if value != nil && value != "" {
				property[name] = value
			}
		}
		if len(s.Choices) > 0 {
			property["enum"] = s.Choices
		}
		if s.Secret {
			property["writeOnly"] = true
		}
		if property["type"] == "string" && !s.Optional {
			property["minLength"] = 1
		}
		properties[s.Name] = property
		if !s.Optional && s.Default == nil {
			required = append(required, s.Name)
		}
	}
	return json.Marshal(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": m.Name, "type": "object",
		"additionalProperties": false, "required": required, "properties": properties,
	})
}

// compile compiles every expression and checks every name.
func (m *manifest) compile() (*plan, error) {
	l, err := newLanguage(m.Settings)
	if err != nil {
		return nil, err
	}
	p := &plan{manifest: *m}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	compileWords := func(t text) words {
		w, err := l.words(t)
		keep(err)
		return w
	}
	p.base, p.probe = compileWords(m.BaseURL), compileWords(m.Check.Path)
	if m.Auth.Basic != nil && !m.isSecret(m.Auth.Basic.Username.source) {
		p.username = compileWords(m.Auth.Basic.Username)
	}
	p.identity, err = l.compile(m.Check.Identity)
	keep(err)
	for i := range m.Streams {
		s, err := l.stream(&m.Streams[i])
		keep(err)
		p.streams = append(p.streams, s)
	}
	return p, errors.Join(errs...)
}

// stream compiles one stream.
func (l *language) stream(s *stream) (*streamPlan, error) {
	p := &streamPlan{stream: *s, query: map[string]words{}, fields: map[string]compiled{}, words: map[string][]string{}}
	var errs []error
	expr := func(e expression) compiled {
		c, err := l.compile(e)
		errs = append(errs, err)
		return c
	}
	var err error
	if p.path, err = l.words(s.Path); err != nil {
		errs = append(errs, err)
	}
	for name, value := range s.Query {
		if p.query[name], err = l.words(value); err != nil {
			errs = append(errs, err)
		}
	}
	p.records, p.where, p.key = expr(s.Records), expr(s.Where), expr(s.Key)
	for name, e := range s.Fields {
		p.fields[name] = expr(e)
	}
	switch paging := s.Paging; {
	case paging.Token != nil:
		p.next = expr(paging.Token.From)
	case paging.Page != nil:
		p.total = expr(paging.Page.Total)
	case paging.Offset != nil:
		p.total = expr(paging.Offset.Total)
	default:
		p.next = expr(paging.Next)
	}
	if err := p.checkFields(); err != nil {
		errs = append(errs, err)
	}
	return p, errors.Join(errs...)
}

func (p paging) count() (n int) {
	for _, used := range []bool{p.Page != nil, p.Offset != nil, p.Token != nil, p.Next.source != "", p.Link} {
		if used {
			n++
		}
	}
	return n
}
