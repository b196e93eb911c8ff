package app

import (
	"fmt"
	"net/url"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
)

// evidenceAttention says which evidence of people is missing, has ended or ends soon. More than a few are one thing.
func (a *App) evidenceAttention() (all []host.Attention, err error) {
	due, err := a.EvidenceDue()
	if err != nil {
		return nil, err
	}
	for _, e := range due {
		item := host.Attention{
			ID: "evidence-" + e.ID, Kind: host.AttentionEvidence, Severity: host.SeverityWarning, Owner: e.Owner, Fault: host.FaultCustomer,
			Title: "Evidence is due: " + e.Title, Why: e.Reason, Remedy: "Add a new version, or remove it with a reason.",
			Action: host.NextAction{Title: "Show evidence", Href: "/evidence/" + url.PathEscape(e.ID), Command: "plumbline evidence show " + e.ID},
		}
		if e.State == assurance.EvidenceUpcoming {
			item.Severity = host.SeverityInfo
		}
		if e.State == assurance.EvidenceNeedsRenewal && e.Latest != nil {
			item.Since = &e.Latest.ValidUntil
		}
		all = append(all, item)
	}
	if len(all) <= oneCause {
		return all, nil
	}
	return []host.Attention{{
		ID: "evidence", Kind: host.AttentionEvidence, Severity: host.SeverityWarning, Fault: host.FaultCustomer,
		Title: fmt.Sprintf("%d items of evidence are due", len(all)), Why: "A control that needs evidence does not pass without it.",
		Remedy: "Add new versions, or remove items with a reason.",
		Action: host.NextAction{
			Title: "Show evidence", Href: "/evidence", Command: "plumbline evidence list --state needs_artifact,needs_renewal,upcoming",
		},
	}}, nil
}
