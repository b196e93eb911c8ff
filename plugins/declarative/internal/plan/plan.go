package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// Plan is a file with everything checked and compiled.
type Plan struct {
	File        *file.File
	Now         func() time.Time // the current time of streams of changes
	Schema      []byte           // of the settings
	Base        Text
	Headers     []Param
	Auth        *Auth
	Check       *Check // nil when there is none
	Permissions []*Permission
	Streams     []*Stream
}

// Check is the request that says whose credential it is.
type Check struct {
	Request  *Request
	Identity Expr
}

// Permission is a permission with how it is tried.
type Permission struct {
	File  *file.Permission
	Probe *Request // nil: the first page of the first stream that needs it
	Broad Expr
}

// compiler makes a Plan. It notes mistakes and goes on.
type compiler struct {
	language
	file   *file.File
	wrong  *file.Mistakes
	common []Rule // of the file
}

// New returns the plan of a file. The error has one line for each mistake.
func New(f *file.File) (*Plan, error) {
	if f.Language != file.Version {
		var wrong file.Mistakes
		wrong.Add(f.At("plumbline"), "plumbline: %d is not a version of this language; write plumbline: %d", f.Language, file.Version)
		return nil, wrong.Err()
	}
	c := &compiler{file: f, wrong: &file.Mistakes{}}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	c.checkFile()
	c.common = c.rules(f.Answers, nil)
	p := &Plan{File: f, Now: time.Now, Base: c.text(f.BaseURL, sees("settings")), Headers: c.headers(f.Headers, f.Item, sees("settings"))}
	var err error
	if p.Schema, err = schemaOf(f); err != nil {
		return nil, err
	}
	p.Auth = c.auth(&f.Auth)
	if f.Check.Path.Source != "" || f.Check.URL.Source != "" {
		p.Check = &Check{Request: c.request(&f.Check.Request, "check", sees("settings")), Identity: c.expr(f.Check.Identity, answerNames)}
	}
	for i := range f.Permissions {
		p.Permissions = append(p.Permissions, c.permission(&f.Permissions[i]))
	}
	for i := range f.Streams {
		p.Streams = append(p.Streams, c.stream(&f.Streams[i]))
	}
	c.link(p.Streams)
	return p, c.wrong.Err()
}

func (c *compiler) permission(f *file.Permission) *Permission {
	p := &Permission{File: f, Broad: c.expr(f.Broad, answerNames)}
	if f.Probe != nil {
		p.Probe = c.request(&f.Probe.Request, "the probe of "+f.ID, sees("settings"))
	} else if f.Broad.Source != "" {
		c.wrong.Add(f.At("broad"), "permission %q: broad judges the answer of a probe, and there is none", f.ID)
	}
	return p
}

// Stream returns the stream called name, or nil.
func (p *Plan) Stream(name string) *Stream {
	for _, s := range p.Streams {
		if s.File.Name == name {
			return s
		}
	}
	return nil
}

// Located adds the position of the key to each mistake that the SDK finds.
func (p *Plan) Located(err error) error {
	if err == nil {
		return nil
	}
	var wrong file.Mistakes
	for text := range strings.SplitSeq(err.Error(), "\n") {
		word, _, _ := strings.Cut(strings.TrimSuffix(text, ":"), " ")
		at := p.File.At(strings.TrimSuffix(word, ":"))
		for _, s := range p.Streams {
			if strings.HasPrefix(text, fmt.Sprintf("stream %q:", s.File.Name)) {
				at = s.File.At("")
			}
		}
		if strings.Contains(text, "one category") {
			at = p.File.At("categories")
		}
		wrong.Add(at, "%s", text)
	}
	return wrong.Err()
}

// schemaOf returns the settings as a JSON Schema.
func schemaOf(f *file.File) ([]byte, error) {
	properties, required := map[string]any{}, []string{}
	for i, s := range f.Settings {
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
	raw, err := json.Marshal(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f.Name, "type": "object",
		"additionalProperties": false, "required": required, "properties": properties,
	})
	if err != nil {
		return nil, errors.New("the defaults and choices of the settings cannot be written as JSON: keys must be texts")
	}
	return raw, nil
}
