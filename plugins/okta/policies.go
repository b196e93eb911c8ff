package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// policyTypes are the types of policies that are read. In Identity Engine the first is the global session policy.
func policyTypes() []string { return []string{"OKTA_SIGN_ON", "PASSWORD", "MFA_ENROLL"} }

// readPolicyStream sends the policies with their rules. They are settings and not texts that people approve, so they are
// of kind custom.
func readPolicyStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	rules, refusals := gaps{what: "rules"}, 0
	for _, policyType := range policyTypes() {
		err := a.policies.list(ctx, "/api/v1/policies", url.Values{"type": {policyType}}, func(rows []json.RawMessage) (err error) {
			if rows, err = ofType(policyType, rows); err != nil {
				return err
			}
			for _, raw := range rows {
				if err := a.sendPolicy(ctx, out, policyType, raw, &rules); err != nil {
					return err
				}
			}
			return nil
		})
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return context.Cause(ctx)
		default:
			out.Gap("policies of type "+policyType, err)
			if refusals++; refusals == len(policyTypes()) {
				return err
			}
		}
	}
	rules.report(out)
	return nil
}

// ofType returns the policies of a type. A page with none of them answers another request.
func ofType(policyType string, rows []json.RawMessage) (of []json.RawMessage, err error) {
	for _, raw := range rows {
		var p struct {
			Type text `json:"type"`
		}
		_ = json.Unmarshal(raw, &p) // what has another form stays empty
		if p.Type == "" || string(p.Type) == policyType {
			of = append(of, raw)
		}
	}
	if len(of) == 0 && len(rows) > 0 {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the list of policies of type %s has only others", policyType)
	}
	return of, nil
}

func (a *api) sendPolicy(ctx context.Context, out *sdk.Output, policyType string, raw json.RawMessage, failed *gaps) error {
	var p struct {
		ID   text `json:"id"`
		Name text `json:"name"`
	}
	_ = json.Unmarshal(raw, &p) // what has another form stays empty
	whole := document(raw)
	fields := map[string]any{}
	for _, name := range []string{"status", "priority", "system", "description"} {
		if value, found := whole[name]; found {
			fields[name] = value
		}
	}
	if p.ID != "" {
		rules, err := a.rulesOf(ctx, string(p.ID))
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			failed.add(string(p.Name), err)
		default:
			whole["rules"], fields["rules"] = rules, len(rules)
		}
	}
	return out.PutOrGap(string(p.ID), kind.Custom{
		ExternalID: string(p.ID), Type: "okta.policy." + policyType, Name: string(p.Name), Fields: fields, Vendor: field.Encode(whole),
	})
}

// rulesOf returns the rules of a policy, in the order in which Okta has them.
func (a *api) rulesOf(ctx context.Context, policy string) ([]map[string]any, error) {
	rules := []map[string]any{}
	path := "/api/v1/policies/" + url.PathEscape(policy) + "/rules"
	err := a.policies.list(ctx, path, nil, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			rules = append(rules, document(raw))
		}
		return nil
	})
	return rules, err
}
