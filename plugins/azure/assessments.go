package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const securityVersion = "2021-06-01"

// assessment is the result of one check of Defender for Cloud for one resource.
type assessment struct {
	base
	Properties struct {
		DisplayName text `json:"displayName"`
		Resource    struct {
			ID text `json:"id"`
		} `json:"resourceDetails"`
		Status struct {
			Code    text `json:"code"`
			Cause   text `json:"cause"`
			Changed text `json:"statusChangeDate"`
			First   text `json:"firstEvaluationDate"`
		} `json:"status"`
	} `json:"properties"`
}

// metadata describes a check. Its name is that of the assessments.
type metadata struct {
	Name       text `json:"name"`
	Properties struct {
		DisplayName text `json:"displayName"`
		Severity    text `json:"severity"`
		Description text `json:"description"`
		Remediation text `json:"remediationDescription"`
	} `json:"properties"`
}

func readAssessments(ctx context.Context, a *azure, out *sdk.Output) error {
	return a.each(ctx, out, "assessments", func(ctx context.Context, s subscription) error {
		checks, err := a.checks(ctx, s)
		if _, err := settle(out, "descriptions of the assessments of subscription "+s.label(), err); err != nil {
			return err
		}
		return a.list(ctx, s.path()+"/providers/Microsoft.Security/assessments", securityVersion, func(raw json.RawMessage) error {
			var one assessment
			if err := read(raw, "assessment", &one); err != nil {
				out.Gap("an assessment of subscription "+s.label(), err)
				return nil
			}
			finding := toFinding(one, checks[lower(one.Name)])
			finding.Vendor = without(raw, "additionalData")
			return out.PutOrGap(finding.ExternalID, finding)
		})
	})
}

// checks returns the descriptions of the checks, by their names. The assessments themselves have no severity.
func (a *azure) checks(ctx context.Context, s subscription) (map[string]metadata, error) {
	all := map[string]metadata{}
	err := a.list(ctx, s.path()+"/providers/Microsoft.Security/assessmentMetadata", securityVersion, func(raw json.RawMessage) error {
		var m metadata
		if err := json.Unmarshal(raw, &m); err != nil {
			return sdk.Errorf(sdk.CodeSchemaUnexpected, "the description of an assessment is not as documented").Because(err)
		}
		all[lower(m.Name)] = m
		return nil
	})
	return all, err
}

// toFinding returns a finding. NotApplicable is accepted if somebody exempted the resource, and otherwise unknown.
func toFinding(one assessment, about metadata) kind.Finding {
	p := one.Properties
	f := kind.Finding{
		ExternalID: lower(one.ID), Title: string(cmp.Or(p.DisplayName, about.Properties.DisplayName, one.Name)), Resource: string(p.Resource.ID),
		Identifier: string(one.Name), Description: string(about.Properties.Description), Fix: string(about.Properties.Remediation),
	}
	switch word := lower(about.Properties.Severity); word {
	case "critical", "high", "medium", "low":
		f.Severity = kind.Word(word)
	}
	switch {
	case p.Status.Code == "Unhealthy":
		f.Status, f.FoundAt = "open", p.Status.Changed.Time().CutTo(time.Second)
	case p.Status.Code == "Healthy":
		f.Status = "fixed"
		if p.Status.Changed != p.Status.First { // it was not healthy from the beginning
			f.FixedAt = p.Status.Changed.Time().CutTo(time.Second)
		}
	case p.Status.Code == "NotApplicable" && strings.EqualFold(string(p.Status.Cause), "Exempt"):
		f.Status = "accepted"
	}
	return f
}
