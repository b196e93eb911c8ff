package setting

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// CheckDraft refuses settings that hold a secret of the connector. Settings that are not
// complete or not right pass: a draft is not finished.
func CheckDraft(connector host.Connector, settings json.RawMessage) error {
	shape, err := shapeOf(connector)
	if err != nil {
		return err
	}
	given := map[string]json.RawMessage{}
	if err := json.Unmarshal(settings, &given); err != nil {
		return host.Invalid("settings", nil, "must be a JSON object")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if shape.Properties[name].WriteOnly {
			return host.Invalid("settings."+name, nil, "is a secret, which a draft does not hold")
		}
	}
	return nil
}
