package setting

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// configSchema is the part of a connector's config schema the host reads itself.
type configSchema struct {
	Properties map[string]struct {
		Title     string `json:"title"`
		Format    string `json:"format"`
		WriteOnly bool   `json:"writeOnly"`
	} `json:"properties"`
}

func shapeOf(connector host.Connector) (shape configSchema, err error) {
	if err := json.Unmarshal(connector.ConfigSchema, &shape); err != nil {
		return shape, fmt.Errorf("read config schema of %s: %w", connector.ID, err)
	}
	return shape, nil
}

// Given reports whether settings were given at all. Some clients write null when they were
// not.
func Given(settings json.RawMessage) bool {
	return len(settings) > 0 && string(settings) != "null"
}

// MaxSettings is the most bytes that the settings of a connection may have as JSON. With
// the other fields of the connection they fit into a document of the store.
const MaxSettings = 60 << 10

// Check validates settings and secrets together against the connector's schema. Stored are
// the secrets that are stored already; they count as given. The problem names each field
// as settings.NAME or secrets.NAME, never its value.
func Check(connector host.Connector, settings json.RawMessage, secrets map[string]string, stored []host.SecretInfo) error {
	return check(connector, settings, secrets, stored, true)
}

// CheckGiven is Check for settings of which required ones may be missing.
func CheckGiven(connector host.Connector, settings json.RawMessage, secrets map[string]string, stored []host.SecretInfo) error {
	return check(connector, settings, secrets, stored, false)
}

func check(
	connector host.Connector, settings json.RawMessage, secrets map[string]string, stored []host.SecretInfo, complete bool,
) error {
	shape, err := shapeOf(connector)
	if err != nil {
		return err
	}
	whole := map[string]any{}
	if err := json.Unmarshal(settings, &whole); err != nil {
		return host.Invalid("settings", nil, "must be a JSON object")
	}
	if err := checkSize(whole); err != nil {
		return err
	}
	isSecret := func(name string) bool { return shape.Properties[name].WriteOnly }
	var fields []host.FieldError
	for name := range whole {
		if isSecret(name) {
			fields = append(fields, host.FieldError{Field: "settings." + name, Message: "is a secret: give it as one, so that it is sealed"})
		}
	}
	for name, value := range secrets {
		if !isSecret(name) && (value != "" || !isStored(stored, name)) {
			fields = append(fields, host.FieldError{Field: "secrets." + name, Message: "is not a secret of " + connector.ID})
			continue
		}
		if rule := host.CheckSecret(value); rule != "" {
			fields = append(fields, host.FieldError{Field: "secrets." + name, Message: rule})
			continue
		}
		if value != "" {
			whole[name] = value
		}
	}
	for _, s := range stored {
		if _, replaced := secrets[s.Name]; !replaced && isSecret(s.Name) {
			// It was validated when it was stored and is not unsealed here. Any text stands
			// for it, and violations by it are ignored.
			whole[s.Name] = "stored"
		}
	}
	broken, err := violations(connector, whole, shape)
	if err != nil {
		return err
	}
	broken = append(broken, addressViolations(connector, whole, shape)...)
	for _, field := range broken {
		name := strings.TrimPrefix(field.Field, "secrets.")
		if _, given := whole[strings.TrimPrefix(name, "settings.")]; !given && !complete &&
			!strings.Contains(strings.TrimPrefix(name, "settings."), ".") {
			continue
		}
		if _, given := secrets[name]; given || !isStored(stored, name) || !isSecret(name) {
			fields = append(fields, field)
		}
	}
	return settingsProblem(connector, fields)
}

// checkSize refuses settings that are too large, under the name of the largest.
func checkSize(settings map[string]any) error {
	total, largest, most := 0, "", 0
	for name, value := range settings {
		raw, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			return fmt.Errorf("encode settings: %w", err)
		}
		if total += len(raw); len(raw) > most {
			largest, most = name, len(raw)
		}
	}
	if total <= MaxSettings {
		return nil
	}
	return host.Invalid("settings."+largest, nil,
		fmt.Sprintf("is too large: the settings have %d bytes together, at most %d are allowed", total, MaxSettings))
}

// addressViolations refuses addresses of APIs that the SDK's client would refuse at the
// first sync.
func addressViolations(connector host.Connector, whole map[string]any, shape configSchema) (fields []host.FieldError) {
	for _, n := range connector.Network {
		name, fromSetting := strings.CutPrefix(n.Host, "{")
		name = strings.TrimSuffix(name, "}")
		address, given := whole[name].(string)
		if !fromSetting || !given || shape.Properties[name].Format != "uri" {
			continue
		}
		if u, err := url.Parse(address); err != nil || !strings.HasPrefix(u.Scheme, "http") {
			continue // the schema has said so, or another protocol is spoken there
		}
		if rule := sdk.AddressRule(address); rule != "" {
			fields = append(fields, host.FieldError{Field: "settings." + name, Message: rule})
		}
	}
	return fields
}

func isStored(stored []host.SecretInfo, name string) bool {
	return slices.ContainsFunc(stored, func(s host.SecretInfo) bool { return s.Name == name })
}

// violations returns every broken rule of the schema, and every property the
// schema does not know.
func violations(connector host.Connector, whole map[string]any, shape configSchema) ([]host.FieldError, error) {
	compiled, err := schema.Compile(connector.ConfigSchema)
	if err != nil {
		return nil, fmt.Errorf("compile config schema of %s: %w", connector.ID, err)
	}
	raw, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	var fields []host.FieldError
	var invalid *schema.Invalid
	if err := compiled.Validate(raw); errors.As(err, &invalid) {
		for _, v := range invalid.Violations {
			fields = append(fields, host.FieldError{Field: fieldName(v.Pointer, shape), Message: v.Rule})
		}
	} else if err != nil {
		return nil, fmt.Errorf("validate settings: %w", err)
	}
	for name := range whole {
		field := fieldName("/"+name, shape)
		known := func(f host.FieldError) bool { return f.Field == field }
		if _, ok := shape.Properties[name]; !ok && !slices.ContainsFunc(fields, known) {
			fields = append(fields, host.FieldError{Field: field, Message: "is not a setting of " + connector.ID})
		}
	}
	return fields, nil
}

// fieldName turns a JSON pointer into the API's name of the field.
func fieldName(pointer string, shape configSchema) string {
	path := strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
	top, _, _ := strings.Cut(path, ".")
	switch {
	case path == "":
		return "settings"
	case shape.Properties[top].WriteOnly:
		return "secrets." + path
	default:
		return "settings." + path
	}
}

func settingsProblem(connector host.Connector, fields []host.FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	slices.SortFunc(fields, func(a, b host.FieldError) int { return strings.Compare(a.Field, b.Field) })
	p := host.InvalidFields(fmt.Sprintf("the settings of %s are not complete or not right", connector.Name), fields)
	if len(fields) == 1 {
		p.Message = fields[0].Field + " " + fields[0].Message
	}
	p.Remedy = fmt.Sprintf("`plumbline connector show %s` lists the settings and how to get them.", connector.ID)
	return p
}
