package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// policyRows is Falcon's maximum.
const policyRows = 5000

// malwareSettings are the two settings of a prevention policy that decide whether the sensor blocks malware: machine
// learning in Falcon's cloud, and on the sensor.
var malwareSettings = []string{"CloudAntiMalware", "OnSensorMLSlider"}

// preventionPolicies returns whether each prevention policy blocks malware.
func (r *hostReader) preventionPolicies(ctx context.Context) (map[string]kind.Tri, error) {
	blocks := map[string]kind.Tri{}
	query := url.Values{"limit": {strconv.Itoa(policyRows)}, "sort": {"created_timestamp.asc"}}
	var pages sdk.Pages
	for offset := 0; ; {
		query.Set("offset", strconv.Itoa(offset))
		a, err := r.get(ctx, "/policy/combined/prevention/v1", query)
		if err == nil {
			err = pages.Saw(query.Get("offset"), nil)
		}
		if err != nil {
			return blocks, r.withoutPolicies(err)
		}
		for _, raw := range a.Resources {
			id, state := policyOf(raw)
			blocks[id] = state
		}
		offset += len(a.Resources)
		if total := a.Meta.Pagination.Total; len(a.Resources) == 0 || total == nil || offset >= *total {
			return blocks, nil
		}
	}
}

// withoutPolicies judges the error of the list. Without the optional scope the fact is unknown and the stream is whole;
// another failure is a gap.
func (r *hostReader) withoutPolicies(err error) error {
	switch sdk.AsError(err).Code {
	case sdk.CodeCancelled, sdk.CodeLimitDeadline:
		return err
	case sdk.CodePermissionMissing:
		r.session.Log().Warn("Whether malware is blocked stays unknown: "+err.Error(), "permission", readPolicies)
	default:
		r.out.Gap("prevention policies", err)
	}
	return nil
}

// policyOf returns the id of a policy and whether it blocks malware: yes if one of the settings has a level, no if all
// are DISABLED, unknown if the policy has none of them.
func policyOf(raw json.RawMessage) (string, kind.Tri) {
	var p struct {
		ID         text `json:"id"`
		Categories []struct {
			Settings []struct {
				ID    text `json:"id"`
				Value struct {
					Prevention text `json:"prevention"`
				} `json:"value"`
			} `json:"settings"`
		} `json:"prevention_settings"`
	}
	if json.Unmarshal(raw, &p) != nil {
		return "", kind.Unknown
	}
	state := kind.Unknown
	for _, category := range p.Categories {
		for _, setting := range category.Settings {
			level := setting.Value.Prevention
			switch {
			case level == "" || !slices.Contains(malwareSettings, string(setting.ID)):
			case level != "DISABLED":
				return string(p.ID), kind.Yes
			default:
				state = kind.No
			}
		}
	}
	return string(p.ID), state
}

// needs returns the error of a request that needs one permission.
func needs(err error, permission string) *sdk.Error {
	e := sdk.AsError(err)
	if e.Code != sdk.CodePermissionMissing {
		return e
	}
	return e.Needs(permission)
}
