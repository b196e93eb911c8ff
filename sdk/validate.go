package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// mistakes collects the mistakes in a descriptor.
type mistakes []error

func (m *mistakes) add(format string, args ...any) { *m = append(*m, fmt.Errorf(format, args...)) }

// Validate returns every mistake in the descriptor, joined, or nil. Serve calls it first, so every
// connector that starts has a valid descriptor.
func (c *Connector) Validate() error {
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	version := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	var wrong mistakes
	if !id.MatchString(c.ID) {
		wrong.add("id %q must be lower-case letters, digits and dashes", c.ID)
	}
	if !version.MatchString(c.Version) {
		wrong.add("version %q is not a semantic version", c.Version)
	}
	if c.Name == "" || c.Vendor == "" || c.Summary == "" {
		wrong.add("name, vendor and summary must be set")
	}
	if len(c.Categories) == 0 {
		wrong.add("at least one category must be set")
	}
	for _, category := range c.Categories {
		if !slices.Contains(Categories(), category) {
			wrong.add("there is no category %q", category)
		}
	}
	if len(c.Streams) == 0 {
		wrong.add("at least one stream must be declared")
	}
	if _, err := ParseGuide(c.Guide); err != nil {
		wrong.add("guide: %w", err)
	}
	_, err := schema.Compile(c.ConfigSchema)
	var config configSchema
	if err == nil {
		config, err = readConfigSchema(c.ConfigSchema)
	}
	if err != nil {
		wrong.add("config schema: %w", err)
	}
	c.validateStreams(&wrong)
	c.validateLimits(&wrong, config, err == nil)
	c.validateFiles(&wrong, config, err == nil)
	return errors.Join(wrong...)
}

// validateFiles checks that each file has an absolute path or names a setting that is not secret.
func (c *Connector) validateFiles(wrong *mistakes, config configSchema, known bool) {
	for _, f := range c.Files {
		name, isSetting := SettingOf(f.Path)
		switch {
		case isSetting && known && !config.plain(name):
			wrong.add("files: %q does not name a setting that is not secret", f.Path)
		case !isSetting && !filepath.IsAbs(f.Path):
			wrong.add("files: %q is not an absolute path", f.Path)
		}
		if f.Purpose == "" {
			wrong.add("files: %q has no purpose", f.Path)
		}
	}
}

// SettingOf returns the name in "{name}", which stands for the value of a setting in NetworkHost
// and FileAccess, or false.
func SettingOf(pattern string) (string, bool) {
	if len(pattern) < 3 || pattern[0] != '{' || pattern[len(pattern)-1] != '}' {
		return "", false
	}
	return pattern[1 : len(pattern)-1], true
}

// validateLimits checks that the settings which name the tenant are not secret.
func (c *Connector) validateLimits(wrong *mistakes, config configSchema, known bool) {
	if l := c.Limits; l.RequestsPerSecond < 0 || l.ConcurrentRequests < 0 || l.ConcurrentRuns < 0 {
		wrong.add("limits must not be negative")
	}
	for _, name := range c.Limits.TenantSettings {
		if known && !config.plain(name) {
			wrong.add("limits: %q does not name a setting that is not secret", name)
		}
	}
}

func (c *Connector) validateStreams(wrong *mistakes) {
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	seen := map[string]bool{connectStep: true}
	for _, s := range c.Streams {
		if !name.MatchString(s.Name) || seen[s.Name] {
			wrong.add("stream %q: name must be unique, not %q, and made of lower-case letters, digits, dashes and underscores",
				s.Name, connectStep)
		}
		seen[s.Name] = true
		if s.Title == "" || s.Read == nil {
			wrong.add("stream %q: title and read must be set", s.Name)
		}
		if !slices.Contains(kind.Kinds(), s.Kind) {
			wrong.add("stream %q: no kind called %q", s.Name, s.Kind)
		}
		for _, p := range s.Permissions {
			if !slices.ContainsFunc(c.Permissions, func(d Permission) bool { return d.ID == p }) {
				wrong.add("stream %q: permission %q is not declared", s.Name, p)
			}
		}
	}
	for _, p := range c.Permissions {
		if p.ID == "" || p.Reason == "" {
			wrong.add("permission %q: id and reason must be set", p.ID)
		}
		for _, s := range p.Streams {
			if c.stream(s) == nil {
				wrong.add("permission %q: no stream called %q", p.ID, s)
			}
		}
	}
}

// configSchema is the part of the settings' schema that the runtime uses.
type configSchema struct {
	Type       string `json:"type"`
	Properties map[string]struct {
		WriteOnly bool            `json:"writeOnly"`
		Default   json.RawMessage `json:"default"`
	} `json:"properties"`
}

// plain reports whether a name is that of a setting that is not secret.
func (s configSchema) plain(name string) bool {
	p, known := s.Properties[name]
	return known && !p.WriteOnly
}

func readConfigSchema(raw []byte) (configSchema, error) {
	var s configSchema
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("decode: %w", err)
	}
	if s.Type != "object" {
		return s, errors.New(`type must be "object"`)
	}
	for name, p := range s.Properties {
		if p.WriteOnly && p.Default != nil {
			return s, fmt.Errorf("secret %q must not have a default", name)
		}
		if strings.ContainsAny(name, "/~") {
			return s, fmt.Errorf("property %q must not contain / or ~", name)
		}
	}
	return s, nil
}
