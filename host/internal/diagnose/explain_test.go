package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/sdk"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// failing returns the facts of a run whose step users failed with a problem.
func failing(p host.Problem) diagnose.Facts {
	end := noon.Add(time.Minute)
	return diagnose.Facts{
		Connection: "01J", Alias: "corp", Connector: diagnose.ConnectorFacts{ID: "okta", Name: "Okta",
			Guide: []diagnose.GuideFact{{"step-2", "Create an API token"}}},
		Run: &host.Run{
			ID: "01R", Status: host.StatusFailed, QueuedAt: noon, StartedAt: &noon, FinishedAt: &end,
			Steps: []host.Step{
				{Name: "authenticate", Title: "Sign in", Status: host.StatusSucceeded},
				{Name: "stream.users", Title: "Users", Stream: "users", Status: host.StatusFailed, Error: &p},
				{Name: "stream.groups", Title: "Groups", Stream: "groups", Status: host.StatusSucceeded, Counts: host.Counts{Read: 7}},
			},
		},
		Lines:  []host.Log{{Number: 4, Level: "debug", Step: "stream.users", Message: "GET https://acme.okta.com/users → 401"}},
		Worked: &diagnose.WorkedFacts{Run: "01Q", At: noon.AddDate(0, 0, -1), Version: "1.0.0"},
	}
}

func TestEveryCodeHasACause(t *testing.T) {
	t.Parallel()
	for _, code := range sdk.Codes() {
		usual := sdk.Errorf(code, "it failed")
		f := failing(host.Problem{Code: code, Message: "it failed", Remedy: usual.Remedy, Fault: host.Fault(usual.Fault)})
		e := diagnose.Explain(f)
		switch {
		case e.State == diagnosis.ExplanationUnknown:
			t.Errorf("%s is unknown", code)
		case len(e.Cause.Remedies) == 0 || e.Cause.Sentence == "" || e.Cause.Title == "" || len(e.Cause.Evidence) == 0:
			t.Errorf("%s says too little: %+v", code, e.Cause)
		case usual.Fault != sdk.FaultCustomer && usual.Fault != sdk.FaultNetwork && usual.Fault != sdk.FaultHost && !blameless(*e.Cause):
			t.Errorf("%s is the fault of %s, and %s is blamed for %s", code, usual.Fault, e.Cause.Who, e.Cause.ID)
		}
		for _, text := range append([]string{e.Cause.Title, e.Cause.Sentence}, texts(e.Cause.Remedies)...) {
			if strings.ContainsAny(text, "{}") {
				t.Errorf("%s: %q has an open placeholder", code, text)
			}
		}
	}
}

// blameless reports whether a cause may stand for a fault that is not the customer's.
func blameless(c diagnosis.Cause) bool {
	// of this machine, which the code calls the connector's
	limits := []diagnosis.CauseID{diagnosis.CauseResourceLimit, diagnosis.CauseRunTime}
	return c.Inconclusive || slices.Contains(limits, c.ID)
}

func texts(all []diagnosis.CauseFix) (texts []string) {
	for _, one := range all {
		texts = append(texts, one.Text)
	}
	return texts
}

func TestHistoryTellsCredentialsApart(t *testing.T) {
	t.Parallel()
	refused := host.Problem{Code: "auth.invalid", Message: "Okta refused the credential (status 401)", Fault: host.FaultCustomer}
	anna := host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket}
	edit := func(kind, name string) func(*diagnose.Facts) {
		return func(f *diagnose.Facts) {
			f.Changes = []diagnose.Since{{Kind: kind, Names: []string{name}, At: noon, Actor: &anna, Entry: 12}}
		}
	}
	tests := map[string]struct {
		change func(*diagnose.Facts)
		cause  diagnosis.CauseID
		sure   diagnosis.Confidence
	}{
		"nothing changed":    {func(*diagnose.Facts) {}, diagnosis.CauseCredentialExpired, diagnosis.ConfidenceLikely},
		"credential changed": {edit(diagnose.ChangedCredential, "api_token"), diagnosis.CauseCredentialWrong, diagnosis.ConfidenceLikely},
		"setting changed":    {edit(diagnose.ChangedSetting, "domain"), diagnosis.CauseTenantWrong, diagnosis.ConfidencePossible},
		"never worked":       {func(f *diagnose.Facts) { f.Worked = nil }, diagnosis.CauseCredentialWrong, diagnosis.ConfidenceLikely},
		"vendor says clock": {func(f *diagnose.Facts) { f.Run.Steps[1].Error.Detail = "request outside the allowed clock skew" },
			diagnosis.CauseClockSkew, diagnosis.ConfidenceLikely},
		"vendor says list": {func(f *diagnose.Facts) { f.Run.Steps[1].Error.Detail = "Your IP address is not on the allow list" },
			diagnosis.CauseAddressBlocked, diagnosis.ConfidenceCertain},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := failing(refused)
			tt.change(&f)
			e := diagnose.Explain(f)
			if e.State != diagnosis.ExplanationExplained || e.Cause.ID != tt.cause || e.Cause.Confidence != tt.sure {
				t.Errorf("got %s: %s, %s; want %s, %s", e.State, e.Cause.ID, e.Cause.Confidence, tt.cause, tt.sure)
			}
		})
	}
}

func TestEvidenceLinks(t *testing.T) {
	t.Parallel()
	f := failing(host.Problem{Code: "auth.invalid", Message: "refused", Fault: host.FaultCustomer})
	e := diagnose.Explain(f)
	var kinds []diagnosis.EvidenceKind
	for _, one := range e.Cause.Evidence {
		kinds = append(kinds, one.Kind)
	}
	if want := []diagnosis.EvidenceKind{diagnosis.EvidenceStep, diagnosis.EvidenceLine, diagnosis.EvidenceRun}; !slices.Equal(kinds, want) {
		t.Errorf("got evidence %v, want %v", kinds, want)
	}
	if line := e.Cause.Evidence[1]; line.Line != 4 || line.Run != "01R" || line.Step != "stream.users" {
		t.Errorf("the line links to %+v", line)
	}
	if guide := e.Cause.Remedies[0].Guide; guide != "step-2" {
		t.Errorf("the first remedy links to guide step %q, want step-2", guide)
	}
	if !e.Partial || len(e.Streams) != 1 || e.Streams[0].Name != "users" {
		t.Errorf("partial %t, streams %+v", e.Partial, e.Streams)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	done := failing(host.Problem{})
	done.Run.Status, done.Run.Steps = host.StatusSucceeded, done.Run.Steps[2:]
	tests := map[string]struct {
		facts diagnose.Facts
		state diagnosis.ExplanationState
	}{
		"no run":       {diagnose.Facts{Alias: "corp"}, diagnosis.ExplanationNone},
		"completed":    {done, diagnosis.ExplanationNone},
		"outage":       {failing(host.Problem{Code: "upstream.5xx", Fault: host.FaultUpstream}), diagnosis.ExplanationInconclusive},
		"a newer code": {failing(host.Problem{Code: "weather.bad", Message: "rain"}), diagnosis.ExplanationUnknown},
		"no words":     {failing(host.Problem{}), diagnosis.ExplanationUnknown},
		"refused":      {failing(host.Problem{Code: "auth.expired"}), diagnosis.ExplanationExplained},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := diagnose.Explain(tt.facts)
			if e.State != tt.state {
				t.Errorf("got %s, want %s", e.State, tt.state)
			}
			if e.State == diagnosis.ExplanationUnknown && (e.Cause.Confidence != diagnosis.ConfidenceUnknown || len(e.Cause.TellsMore) == 0) {
				t.Errorf("an unknown cause says %+v", e.Cause)
			}
		})
	}
}

func TestNetworkFailsElsewhere(t *testing.T) {
	t.Parallel()
	f := failing(host.Problem{Code: "network.timeout", Message: "no answer", Fault: host.FaultNetwork})
	f.Run.Network = []host.Contact{{Host: "acme.okta.com", Port: 443, Connections: 1}}
	if e := diagnose.Explain(f); e.Cause.ID != diagnosis.CauseVendorOutage {
		t.Errorf("reached and not answered: got %s, want the vendor's outage", e.Cause.ID)
	}
	f.Elsewhere = []diagnose.OtherRun{{Alias: "hr", Connector: "bamboohr", Run: "01S", At: noon, Status: host.StatusFailed,
		Code: "network.connect"}}
	e := diagnose.Explain(f)
	linked := slices.ContainsFunc(e.Cause.Evidence, func(one diagnosis.Evidence) bool { return one.Alias == "hr" })
	if e.Cause.ID != diagnosis.CauseNetworkConnect || !linked {
		t.Errorf("with another connection failing: got %s, linked %t", e.Cause.ID, linked)
	}
	f.Elsewhere[0].Connector = "okta"
	if e := diagnose.Explain(f); e.Cause.ID != diagnosis.CauseVendorOutage {
		t.Errorf("two connections of one vendor: got %s", e.Cause.ID)
	}
}

// TestUnknownAuthority tells the company's own authority, which a setting can name, from a proxy that replaces certificates.
func TestUnknownAuthority(t *testing.T) {
	t.Parallel()
	unknown := host.Problem{Code: "network.tls", Message: "no trusted TLS connection to db: its certificate was signed by an authority this " +
		"machine does not know", Fault: host.FaultNetwork}
	takes := func(f *diagnose.Facts) { f.Connector.Authority = "Certificate authority" }
	never := func(f *diagnose.Facts) { f.Worked = nil }
	edited := func(f *diagnose.Facts) {
		f.Changes = []diagnose.Since{{Kind: diagnose.ChangedSetting, Names: []string{"ca_certificate"}, At: noon}}
	}
	tests := map[string]struct {
		changes []func(*diagnose.Facts)
		cause   diagnosis.CauseID
	}{
		"it worked, and nothing was edited":        {[]func(*diagnose.Facts){takes}, diagnosis.CauseTLSIntercepted},
		"it worked until a setting was edited":     {[]func(*diagnose.Facts){takes, edited}, diagnosis.CauseTLSAuthority},
		"it never worked":                          {[]func(*diagnose.Facts){takes, never}, diagnosis.CauseTLSAuthority},
		"it never worked, and no setting takes it": {[]func(*diagnose.Facts){never}, diagnosis.CauseTLSIntercepted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := failing(unknown)
			for _, change := range tt.changes {
				change(&f)
			}
			e := diagnose.Explain(f)
			if e.Cause.ID != tt.cause {
				t.Fatalf("got %s, want %s", e.Cause.ID, tt.cause)
			}
			first := e.Cause.Remedies[0]
			if tt.cause == diagnosis.CauseTLSAuthority && (first.Action != host.HelpEdit || !strings.Contains(first.Text, `"Certificate authority"`)) {
				t.Errorf("the first remedy is %+v", first)
			}
		})
	}
}
