package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	truths  []string            // fields that are yes, no or unknown
	texts   []string            // fields that are text; vendors' ids often are numbers
	words   map[string][]string // what fields of few words may be
}

// connector returns the connector a manifest describes. Every mistake is in the
// error, each on a line of its own that begins with where it is.
func (m *manifest) connector() (*sdk.Connector, error) {
	if m.Language != languageVersion {
		return nil, fmt.Errorf("plumbline: %d is no version of this language; write plumbline: %d", m.Language, languageVersion)
	}
	schema, err := m.schema()
	if err != nil {
		return nil, err
	}
	p, err := m.compile()
	if err != nil {
		return nil, err
	}
	c := &sdk.Connector{
		ID: m.ID, Name: m.Name, Version: m.Version, Vendor: m.Vendor, Summary: m.Summary, Homepage: m.Homepage, License: m.License,
		Categories: m.Categories, ConfigSchema: schema, Guide: m.Guide, MemoryMiB: 96, Check: p.check,
		Limits: sdk.Limits{RequestsPerSecond: m.Limits.RequestsPerSecond, ConcurrentRequests: m.Limits.ConcurrentRequests, TenantSettings: m.Limits.TenantSettings},
	}
	for _, perm := range m.Permissions {
		c.Permissions = append(c.Permissions, sdk.Permission{ID: perm.ID, Reason: perm.Reason, Optional: perm.Optional, Streams: m.unlocks(perm.ID)})
	}
	for _, n := range m.Network {
		c.Network = append(c.Network, sdk.NetworkHost{Host: n.Host, Port: n.Port, Purpose: n.Purpose})
	}
	for _, s := range p.streams {
		c.Streams = append(c.Streams, sdk.Stream{
			Name: s.Name, Title: s.Title, Kind: kind.Kind(s.Kind), Description: s.Description, Permissions: s.Permissions, Deletes: deletes(s.Deletes),
			Read: func(ctx context.Context, session *sdk.Session, out *sdk.Output) error {
				return p.read(ctx, s, session, out)
			},
		})
	}
	return c, c.Validate()
}

func (m *manifest) unlocks(permission string) (streams []string) {
	for _, s := range m.Streams {
		if slices.Contains(s.Permissions, permission) {
			streams = append(streams, s.Name)
		}
	}
	return streams
}

func deletes(word string) sdk.Deletes {
	if word == "never" {
		return sdk.Never
	}
	return sdk.Snapshot
}

// schema returns the settings as a JSON Schema.
func (m *manifest) schema() ([]byte, error) {
	properties, required := map[string]any{}, []string{}
	for i, s := range m.Settings {
		if s.Name == "" || properties[s.Name] != nil {
			return nil, fmt.Errorf("settings: the name %q is missing or used twice", s.Name)
		}
		if !slices.Contains([]string{"", "string", "integer", "number", "boolean"}, s.Type) {
			return nil, fmt.Errorf("settings: %s: type is string, integer, number or boolean, not %q", s.Name, s.Type)
		}
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
	l, err := newLanguage()
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
	if m.BaseURL.source == "" {
		keep(errors.New("base_url is missing"))
	}
	keep(m.checkAuth())
	if m.Auth.Basic != nil {
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

// checkAuth holds the secrets that requests are signed in with against the settings.
func (m *manifest) checkAuth() error {
	var used []string
	if m.Auth.Bearer != "" {
		used = append(used, m.Auth.Bearer)
	}
	if m.Auth.Header != nil {
		used = append(used, m.Auth.Header.Secret)
	}
	if m.Auth.Basic != nil {
		used = append(used, m.Auth.Basic.Password)
	}
	if len(used) > 1 {
		return errors.New("auth: use one of bearer, header and basic")
	}
	for _, name := range used {
		if !slices.ContainsFunc(m.Settings, func(s setting) bool { return s.Name == name && s.Secret }) {
			return fmt.Errorf("auth: %q names no setting with secret: true", name)
		}
	}
	return nil
}

// stream compiles one stream.
func (l *language) stream(s *stream) (*streamPlan, error) {
	p := &streamPlan{stream: *s, query: map[string]words{}, fields: map[string]compiled{}, words: map[string][]string{}}
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("line %d: stream %q: "+format, append([]any{s.line, s.Name}, args...)...))
	}
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
	if s.Path.source == "" || s.Key.source == "" || s.Records.source == "" {
		wrong("path, records and key must be given")
	}
	if s.Deletes != "" && s.Deletes != "snapshot" && s.Deletes != "never" {
		wrong("deletes is snapshot or never, not %q", s.Deletes)
	}
	if n := s.Paging.count(); n > 1 {
		wrong("use one way of paging, not %d", n)
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
		wrong("%w", err)
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

// checkFields holds the fields against the kind, so that a slip of the pen is no
// fact that is never told.
func (s *streamPlan) checkFields() error {
	known := kind.Fields(kind.Kind(s.Kind))
	if known == nil {
		return fmt.Errorf("there is no kind %q", s.Kind)
	}
	names := []string{"description", "fix", "url"} // prose and addresses, by which lists are not asked
	for _, f := range known {
		names = append(names, f.Name)
		if f.Type == kind.FieldText {
			s.texts = append(s.texts, f.Name)
		}
		if len(f.Words) > 0 {
			s.words[f.Name] = f.Words
		}
		if slices.Equal(f.Words, []string{"yes", "no", "unknown"}) {
			s.truths = append(s.truths, f.Name)
		}
	}
	var unknown []string
	for name := range s.Fields {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("kind %s has no field %s; it has %s", s.Kind, strings.Join(unknown, ", "), strings.Join(names[3:], ", "))
	}
	return nil
}
