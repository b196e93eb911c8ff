package fleet_test

import (
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// TestNoGroupBlamesForWhatIsInconclusive holds the groups of causes against what explanations say of the same causes.
func TestNoGroupBlamesForWhatIsInconclusive(t *testing.T) {
	t.Parallel()
	codes := []string{
		"disk.full", "cancelled", "interrupted", "removal.held", "connector.missing", "connector.quarantined", "connector.changed",
		"connector.limit", "store.damaged", "internal.bug", "permission.licence", "permission.missing", "auth.reauth_required", "auth.expired",
		"auth.invalid", "notfound.endpoint", "config.invalid", "network.proxy", "network.dns", "network.tls", "network.connect",
		"network.timeout", "network.denied", "rate.quota_exhausted", "rate.limited", "limit.deadline", "upstream.maintenance", "upstream.5xx",
		"upstream.invalid_response", "schema.unexpected", "notfound.resource", "cursor.expired", "protocol.violation", "never.heard.of",
	}
	worked := &diagnose.WorkedFacts{At: time.Unix(1, 0)}
	for _, code := range codes {
		for _, fault := range []host.Fault{host.FaultHost, host.FaultConnector} {
			for _, before := range []*diagnose.WorkedFacts{nil, worked} {
				problem := &host.Problem{Code: code, Message: "x", Fault: fault}
				run := &host.Run{Status: host.StatusFailed, Steps: []host.Step{{Name: "a", Status: host.StatusFailed, Error: problem}}}
				cause, inconclusive := diagnose.First(diagnose.Facts{Run: run, Worked: before})
				if group := insight.GroupOf(cause); group.Inconclusive() != inconclusive {
					t.Errorf("%s is %s of the group %s: inconclusive is %v for the group and %v for its explanation",
						code, cause, group, group.Inconclusive(), inconclusive)
				}
			}
		}
	}
}
