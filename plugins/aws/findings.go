package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// findingsPage is the size of a page of findings, the largest that Security Hub allows.
const findingsPage = 100

// findingsWanted says whether the settings ask for findings.
func findingsWanted(s *sdk.Session) bool {
	c, err := sdk.From[*cloud.Cloud](s)
	return err != nil || c.Settings.Findings
}

// readFindings reads the findings of Security Hub in a region that are not archived. A hub that gathers those of other
// regions or accounts has them too; each is sent once. A region without a hub has none.
func readFindings(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	client := securityhub.NewFromConfig(p.Config)
	in := &securityhub.GetFindingsInput{MaxResults: aws.Int32(findingsPage), Filters: &types.AwsSecurityFindingFilters{
		RecordState: []types.StringFilter{{Comparison: types.StringFilterComparisonEquals, Value: aws.String("ACTIVE")}},
	}}
	err := cloud.Pages(ctx, "findings", client.GetFindings, in,
		func(in *securityhub.GetFindingsInput, token *string) { in.NextToken = token },
		func(out *securityhub.GetFindingsOutput) ([]types.AwsSecurityFinding, *string) {
			return out.Findings, out.NextToken
		},
		cloud.OneByOne(func(f types.AwsSecurityFinding) error {
			if f.RecordState == types.RecordStateArchived {
				return nil
			}
			return putFinding(f, k)
		}))
	if isHubOff(err) {
		return nil
	}
	return err
}

func putFinding(f types.AwsSecurityFinding, k *cloud.Sink) error {
	id := aws.ToString(f.Id)
	finding := kind.Finding{
		ExternalID: id, Title: aws.ToString(f.Title), Status: statusOfFinding(f), Description: aws.ToString(f.Description),
		URL: aws.ToString(f.SourceUrl), FoundAt: timeIn(f.FirstObservedAt, f.CreatedAt),
		Vendor: document(f, "UpdatedAt", "LastObservedAt", "ProcessedAt", "ProductFields"),
	}
	if f.Severity != nil {
		finding.Severity = severityOf(f.Severity.Label)
	}
	if len(f.Resources) > 0 {
		finding.Resource = aws.ToString(f.Resources[0].Id)
	}
	for _, v := range f.Vulnerabilities {
		if finding.Identifier == "" {
			finding.Identifier = aws.ToString(v.Id)
		}
	}
	if f.Remediation != nil && f.Remediation.Recommendation != nil {
		finding.Fix = aws.ToString(f.Remediation.Recommendation.Text)
	}
	return k.Put(id, finding)
}

// timeIn returns the first of the texts that is a moment.
func timeIn(texts ...*string) kind.Time {
	for _, text := range texts {
		if t, err := kind.ParseTime(aws.ToString(text)); err == nil && !t.IsZero() {
			return t
		}
	}
	return kind.Time{}
}

func severityOf(label types.SeverityLabel) kind.Word {
	switch label {
	case types.SeverityLabelCritical, types.SeverityLabelHigh, types.SeverityLabelMedium, types.SeverityLabelLow:
		return kind.Word(strings.ToLower(string(label)))
	case types.SeverityLabelInformational:
		return "info"
	}
	return ""
}

// statusOfFinding: a control that passed is fixed, whatever people did with the finding; suppressed is accepted.
func statusOfFinding(f types.AwsSecurityFinding) kind.Word {
	if f.Compliance != nil && f.Compliance.Status == types.ComplianceStatusPassed {
		return "fixed"
	}
	if f.Workflow == nil {
		return ""
	}
	switch f.Workflow.Status {
	case types.WorkflowStatusNew, types.WorkflowStatusNotified:
		return "open"
	case types.WorkflowStatusSuppressed:
		return "accepted"
	case types.WorkflowStatusResolved:
		return "fixed"
	}
	return ""
}
