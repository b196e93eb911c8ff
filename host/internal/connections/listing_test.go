package connections_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// thousand returns connections with everything a list can show of them: every third
// is unhealthy, and every tenth is paused.
func thousand() []host.ConnectionStatus {
	day := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	list := make([]host.ConnectionStatus, 1000)
	for n := range list {
		c := &list[n]
		c.ID, c.Alias = fmt.Sprintf("01M8KXHJT9KT48WDYYWB%06d", n), fmt.Sprintf("warehouse-%04d", n)
		c.Connector, c.ConnectorName = "ldap", "LDAP directory"
		c.Categories, c.Schedule, c.CreatedAt, c.Since = []host.Category{"identity"}, "0 * * * *", day.Add(time.Duration(n)*time.Minute), day
		c.Health, c.Reason, c.Explanation = host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed."
		c.Notices, c.Activity, c.LastSuccessAt, c.NextRunAt = []host.Notice{}, host.ActivityIdle, &day, &day
		c.LastRun = &host.Run{ID: fmt.Sprintf("01M8KY51A00V42FMF93C%06d", n), Status: host.StatusSucceeded, Steps: make([]host.Step, 8)}
		for range 30 {
			c.History = append(c.History, host.RunOutcome{ID: c.LastRun.ID, Status: host.StatusSucceeded, FinishedAt: day, Seconds: 123.4})
		}
		if n%3 == 0 {
			c.Health, c.Reason, c.FailingSteps = host.HealthUnhealthy, host.ReasonActionRequired, []string{"users"}
			c.LastRun.Steps[3] = host.Step{Name: "users", Title: "Read users", Error: &host.Problem{
				Message: "the directory refused the credential (invalid credentials, 49)", Remedy: "Enter the password of the account that reads.",
			}}
		}
		if n%10 == 0 {
			c.Paused = &host.Pause{Since: day, By: host.PausedByPerson, Reason: "being moved"}
		}
	}
	return list
}

func TestTheFirstPageOfAThousandConnectionsIsSmall(t *testing.T) {
	t.Parallel()
	page, err := connections.PageOf(thousand(), connections.ConnectionQuery{Order: connections.OrderUrgent, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 50_000 || len(page.Items) != 50 || page.Matched != 1000 {
		t.Errorf("%d bytes for %d of %d connections", len(raw), len(page.Items), page.Matched)
	}
	t.Logf("%d bytes", len(raw))
}

// TestPagesOfConnections walks through a list forwards and backwards.
func TestPagesOfConnections(t *testing.T) {
	t.Parallel()
	for _, order := range []string{connections.OrderNewest, connections.OrderUrgent} {
		query := connections.ConnectionQuery{Order: order, Limit: 300}
		var seen []string
		var pages []connections.ConnectionPage
		for more := true; more; more = query.Cursor != "" {
			page, err := connections.PageOf(thousand(), query)
			if err != nil {
				t.Fatal(err)
			}
			if page.Before != len(seen) {
				t.Errorf("%s: page %d begins after %d of %d", order, len(pages)+1, page.Before, len(seen))
			}
			for _, item := range page.Items {
				seen = append(seen, item.Alias)
			}
			pages, query.Cursor = append(pages, page), page.Next
		}
		if unique := slices.Compact(slices.Sorted(slices.Values(seen))); len(seen) != 1000 || len(unique) != 1000 || len(pages) != 4 {
			t.Errorf("%s: %d connections, %d of them different, on %d pages", order, len(seen), len(unique), len(pages))
		}
		for i := len(pages) - 1; i > 0; i-- {
			query.Cursor = *pages[i].Previous
			before, err := connections.PageOf(thousand(), query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(pages[i-1], before); diff != "" {
				t.Errorf("%s: the page before page %d differs (-want +got):\n%s", order, i+1, diff)
			}
		}
		if pages[0].Previous != nil {
			t.Errorf("%s: there is a page before the first", order)
		}
		first := map[string]string{connections.OrderNewest: "warehouse-0999", connections.OrderUrgent: "warehouse-0003"}[order]
		if seen[0] != first {
			t.Errorf("%s: %s comes first, want %s", order, seen[0], first)
		}
	}
	if _, err := connections.PageOf(nil, connections.ConnectionQuery{Limit: 1, Cursor: "?"}); host.AsProblem(err).Code != host.CodeInvalid {
		t.Errorf("a cursor that is none: %v", err)
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	refused := &host.Problem{Code: "auth.invalid", Message: "the key was refused", Remedy: "Make a new one."}
	steps := []host.Step{
		{Name: "auth", Title: "Sign in", Error: refused},
		{Name: "repos", Title: "Read repositories", Gaps: []host.Gap{{Scope: "a/b", Error: host.Problem{Message: "not visible"}}}},
	}
	status := func(edit func(*host.ConnectionStatus)) host.ConnectionStatus {
		c := host.ConnectionStatus{Health: host.HealthUnhealthy, Explanation: "It failed.", FailingSteps: []string{"auth"}}
		c.LastRun = &host.Run{Steps: steps}
		edit(&c)
		return c
	}
	pause := func(by string) *host.Pause {
		return &host.Pause{By: by, Reason: "3 syncs in a row failed", Remedy: "Enter a valid credential."}
	}
	tests := map[string]struct {
		edit func(*host.ConnectionStatus)
		want *host.Trouble
	}{
		"a healthy one":  {func(c *host.ConnectionStatus) { c.Health = host.HealthHealthy }, nil},
		"an unknown one": {func(c *host.ConnectionStatus) { c.Health = host.HealthUnknown }, nil},
		"a step that fails": {
			func(*host.ConnectionStatus) {},
			&host.Trouble{Step: "Sign in", Message: "the key was refused", Remedy: "Make a new one.", Action: host.HelpEdit},
		},
		"a gap": {
			func(c *host.ConnectionStatus) { c.FailingSteps = []string{"repos"} },
			&host.Trouble{Step: "Read repositories", Message: "not visible", Action: host.HelpSync},
		},
		"paused by the host": {
			func(c *host.ConnectionStatus) { c.Paused = pause(host.PausedByHost) },
			&host.Trouble{Step: "Paused", Message: "3 syncs in a row failed", Remedy: "Enter a valid credential.", Action: host.HelpResume},
		},
		"paused by the host for a credential": {
			func(c *host.ConnectionStatus) { c.Paused = pause(host.PausedByHost); c.Paused.Code = "auth.invalid" },
			&host.Trouble{Step: "Paused", Message: "3 syncs in a row failed", Remedy: "Enter a valid credential.", Action: host.HelpEdit},
		},
		"a bug of the connector": {
			func(c *host.ConnectionStatus) {
				c.FailingSteps, c.LastRun = nil, &host.Run{Error: &host.Problem{Message: "no key", Fault: host.FaultConnector}}
			}, &host.Trouble{Message: "no key", Action: host.HelpRead},
		},
		"a removal that waits": {
			func(c *host.ConnectionStatus) {
				c.FailingSteps, c.LastRun = nil, &host.Run{}
				c.Streams = []host.StreamStats{{Held: &host.HeldRemoval{}}}
			}, &host.Trouble{Message: "It failed.", Action: host.HelpDecide},
		},
		"a removal that a step says is held": {
			func(c *host.ConnectionStatus) {
				c.FailingSteps, c.LastRun = nil, &host.Run{Error: &host.Problem{
					Code: host.CodeRemovalHeld, Message: "16 of 24 are gone", Retry: host.RetryWhenConfigChanges,
				}}
			}, &host.Trouble{Message: "16 of 24 are gone", Action: host.HelpDecide},
		},
		"paused by a person, healthy": {
			func(c *host.ConnectionStatus) { c.Health, c.Paused = host.HealthHealthy, pause(host.PausedByPerson) }, nil,
		},
		"a run that failed as a whole": {
			func(c *host.ConnectionStatus) { c.FailingSteps, c.LastRun = nil, &host.Run{Error: refused} },
			&host.Trouble{Message: "the key was refused", Remedy: "Make a new one.", Action: host.HelpEdit},
		},
		"nothing but the verdict": {
			func(c *host.ConnectionStatus) { c.LastRun, c.Remedy = nil, "Wait." }, &host.Trouble{Message: "It failed.", Remedy: "Wait.",
				Action: host.HelpSync},
		},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, connections.Trouble(status(test.edit))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
