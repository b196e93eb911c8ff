package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readOrgUnitList sends every organizational unit below the top one. Google answers the whole list at once.
func readOrgUnitList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	nameless := 0
	list := d.list(readOrgUnits, "/customer/my_customer/orgunits", url.Values{"type": {"all"}}, "organizationUnits", "orgUnits")
	return list.Each(ctx, func(item json.RawMessage) error {
		var unit struct {
			ID         string `json:"orgUnitId"`
			Name       string `json:"name"`
			Path       string `json:"orgUnitPath"`
			ParentPath string `json:"parentOrgUnitPath"`
		}
		_ = google.Decode(item, &unit) // what is no object has no id
		if unit.ID == "" {
			nameless++
			out.Gap("organizational unit "+strconv.Itoa(nameless)+" without an id",
				sdk.Errorf(sdk.CodeSchemaKeyMissing, "an organizational unit has no id"))
			return nil
		}
		return out.PutOrGap(unit.ID, kind.Custom{
			ExternalID: unit.ID, Type: "orgUnit", Name: unit.Name,
			Fields: map[string]any{"path": unit.Path, "parent_path": unit.ParentPath},
			Vendor: google.Document(item, []string{"etag"}, nil),
		})
	})
}
