package conform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// settingsSchema is the part of a config schema that the suite uses.
type settingsSchema struct {
	Type       string              `json:"type"`
	Required   []string            `json:"required"`
	Additional *bool               `json:"additionalProperties"`
	Properties map[string]property `json:"properties"`
}

type property struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	WriteOnly bool   `json:"writeOnly"`
	Default   any    `json:"default"`
	Examples  []any  `json:"examples"`
	Enum      []any  `json:"enum"`
	OneOf     []any  `json:"oneOf"`

	name string
}

func readSettingsSchema(d *connectorv1.DescribeResponse) (settingsSchema, error) {
	var s settingsSchema
	if err := json.Unmarshal(d.GetConfigSchema(), &s); err != nil {
		return s, fmt.Errorf("read config schema: %w", err)
	}
	return s, nil
}

// all returns the settings by name.
func (s settingsSchema) all() []property {
	var all []property
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		p.name = name
		all = append(all, p)
	}
	return all
}

// closed reports whether the schema forbids other settings.
func (s settingsSchema) closed() bool { return s.Additional != nil && !*s.Additional }

// credentials are settings and secrets that can be changed one by one.
type credentials struct {
	settings map[string]any
	secrets  map[string]string
}

func decodeSettings(raw json.RawMessage, into *map[string]any) error {
	*into = map[string]any{}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return nil
}

// base returns the settings and secrets of Config.
func (k *kit) base() (credentials, error) {
	c := credentials{settings: map[string]any{}, secrets: map[string]string{}}
	if err := decodeSettings(k.settings, &c.settings); err != nil {
		return c, err
	}
	maps.Copy(c.secrets, k.Secrets)
	return c, nil
}

// with returns c with one setting or secret changed. Nil removes it.
func (c credentials) with(p property, value any) credentials {
	c.settings, c.secrets = maps.Clone(c.settings), maps.Clone(c.secrets)
	text, isText := value.(string)
	switch {
	case p.WriteOnly && isText:
		c.secrets[p.name] = text
	case p.WriteOnly:
		delete(c.secrets, p.name)
	case value == nil:
		delete(c.settings, p.name)
	default:
		c.settings[p.name] = value
	}
	return c
}

func (c credentials) wire() *connectorv1.Credentials {
	raw, _ := json.Marshal(c.settings) // they were decoded from JSON, so they encode
	return &connectorv1.Credentials{Settings: raw, Secrets: c.secrets}
}

// wrongFor returns a value that is not of the property's type.
func (p property) wrongFor() any {
	if p.Type == "string" {
		return 12345
	}
	return "not a " + p.Type
}
