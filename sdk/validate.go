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

// Validate returns every mistake in the descriptor, joined, or nil. Serve calls
// it before anything else, so a connector that starts at all is well described.
func (c *Connector) Validate() error {
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	version := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !id.MatchString(c.ID) {
		wrong("id %q must be lower-case letters, digits and dashes", c.ID)
	}
	if !version.MatchString(c.Version) {
		wrong("version %q is not a semantic version", c.Version)
	}
	if c.Name == "" || c.Vendor == "" || c.Summary == "" {
		wrong("name, vendor and summary must be set")
	}
	if len(c.Categories) == 0 {
		wrong("at least one category must be set")
	}
	for _, category := range c.Categories {
		if !slices.Contains(Categories(), category) {
			wrong("there is no category %q", category)
		}
	}
	if len(c.Streams) == 0 {
		wrong("at least one stream must be declared")
	}
	if _, err := ParseGuide(c.Guide); err != nil {
		errs = append(errs, fmt.Errorf("guide: %w", err))
	}
	if _, err := schema.Compile(c.ConfigSchema); err != nil {
		errs = append(errs, fmt.Errorf("config schema: %w", err))
	} else if _, err := readConfigSchema(c.ConfigSchema); err != nil {
		errs = append(errs, fmt.Errorf("config schema: %w", err))
	}
	errs = append(errs, c.validateStreams()...)
	errs = append(errs, c.validateLimits()...)
	errs = append(errs, c.validateFiles()...)
	return errors.Join(errs...)
}

// validateFiles refuses a file that nobody could allow: one without a whole path,
// or named by what is no plain setting.
func (c *Connector) validateFiles() (errs []error) {
	config, err := readConfigSchema(c.ConfigSchema)
	if err != nil {
		return nil // said already
	}
	for _, f := range c.Files {
		name, isSetting := SettingOf(f.Path)
		p, known := config.Properties[name]
		switch {
		case isSetting && (!known || p.WriteOnly):
			errs = append(errs, fmt.Errorf("files: %q does not name a setting that is no secret", f.Path))
		case !isSetting && !filepath.IsAbs(f.Path):
			errs = append(errs, fmt.Errorf("files: %q is not an absolute path", f.Path))
		}
		if f.Purpose == "" {
			errs = append(errs, fmt.Errorf("files: %q has no purpose", f.Path))
		}
	}
	return errs
}

// SettingOf returns the name in a "{name}" that stands for a setting's value, as
// NetworkHost and FileAccess have it, or false.
func SettingOf(pattern string) (string, bool) {
	if len(pattern) < 3 || pattern[0] != '{' || pattern[len(pattern)-1] != '}' {
		return "", false
	}
	return pattern[1 : len(pattern)-1], true
}

// validateLimits refuses a tenant that is named by what is no plain setting.
func (c *Connector) validateLimits() (errs []error) {
	if l := c.Limits; l.RequestsPerSecond < 0 || l.ConcurrentRequests < 0 || l.ConcurrentRuns < 0 {
		errs = append(errs, errors.New("limits must not be negative"))
	}
	config, err := readConfigSchema(c.ConfigSchema)
	if err != nil {
		return errs // said already
	}
	for _, name := range c.Limits.TenantSettings {
		if p, ok := config.Properties[name]; !ok || p.WriteOnly {
			errs = append(errs, fmt.Errorf("limits: %q does not name a setting that is no secret", name))
		}
	}
	return errs
}

func (c *Connector) validateStreams() []error {
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	seen := map[string]bool{connectStep: true}
	for _, s := range c.Streams {
		if !name.MatchString(s.Name) || seen[s.Name] {
			wrong("stream %q: name must be unique, not %q, and made of lower-case letters, digits, dashes and underscores", s.Name, connectStep)
		}
		seen[s.Name] = true
		if s.Title == "" || s.Read == nil {
			wrong("stream %q: title and read must be set", s.Name)
		}
		if !slices.Contains(kind.Kinds(), s.Kind) {
			wrong("stream %q: no kind called %q", s.Name, s.Kind)
		}
		for _, p := range s.Permissions {
			if !slices.ContainsFunc(c.Permissions, func(d Permission) bool { return d.ID == p }) {
				wrong("stream %q: permission %q is not declared", s.Name, p)
			}
		}
	}
	for _, p := range c.Permissions {
		if p.ID == "" || p.Reason == "" {
			wrong("permission %q: id and reason must be set", p.ID)
		}
		for _, s := range p.Streams {
			if c.stream(s) == nil {
				wrong("permission %q: no stream called %q", p.ID, s)
			}
		}
	}
	return errs
}

// configSchema is the little the runtime needs to know of the settings' schema.
type configSchema struct {
	Type       string `json:"type"`
	Properties map[string]struct {
		WriteOnly bool            `json:"writeOnly"`
		Default   json.RawMessage `json:"default"`
	} `json:"properties"`
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
