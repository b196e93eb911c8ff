package app_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/summary/modeltest"
)

// providerKey and token must be in no request body, no document and no answer.
const (
	providerKey = "sk-provider-key-000111222"
	token       = "tok-S3cr3t-of-corp-9988"
)

// model returns a server of models, and a function that configures one of them.
func model(t *testing.T, e *boot.Host) (*modeltest.Server, func(name string)) {
	t.Helper()
	server := &modeltest.Server{Secret: token}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return server, func(name string) {
		t.Helper()
		edit := aisummary.Edit{Provider: aisummary.ProviderAnthropic, Address: web.URL, Model: name, Key: text(providerKey), Seconds: 5}
		if _, err := e.ConfigureSummary(as(t), edit); err != nil {
			t.Fatal(err)
		}
	}
}

// failing adds a connection with a secret in its settings, its log and its errors, and syncs it.
func failing(t *testing.T, e *boot.Host) host.Run {
	t.Helper()
	add(t, e, connections.NewConnection{
		Settings: raw(`{"streams":[{"name":"users","records":3,"leak":true,"fail_at":1,"error":"auth.invalid"}]}`),
		Secrets:  map[string]string{"token": token},
	})
	run := sync(t, e, "corp")
	if run.Status == host.StatusSucceeded {
		t.Fatal("the run succeeded")
	}
	return run
}

// settled generates a summary and returns its card once the attempt has ended.
func settled(t *testing.T, e *boot.Host) aisummary.Card {
	t.Helper()
	if _, err := e.GenerateSummary(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	return ended(t, e)
}

func ended(t *testing.T, e *boot.Host) (card aisummary.Card) {
	t.Helper()
	await(t, "the end of the attempt", func() bool {
		card = summarised(t, e)
		return card.State != aisummary.StateGenerating
	})
	return card
}

func summarised(t *testing.T, e *boot.Host) aisummary.Card {
	t.Helper()
	card, err := e.Summary(as(t), "corp", 0)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func TestTheLifeOfASummary(t *testing.T) {
	t.Parallel()
	e := setup(t)
	server, use := model(t, e)
	run := failing(t, e)
	if card := summarised(t, e); !card.Shown || card.Configured || card.State != aisummary.StateNone || card.Run != run.ID {
		t.Fatalf("before it is configured: %+v", card)
	}
	if _, err := e.GenerateSummary(as(t), "corp"); problem(t, err).Code != aisummary.CodeOff {
		t.Errorf("%v", err)
	}

	use(modeltest.Held)
	if card, err := e.GenerateSummary(as(t), "corp"); err != nil || card.State != aisummary.StateGenerating || card.Progress == nil {
		t.Fatalf("%+v, %v", card, err)
	}
	if _, err := e.GenerateSummary(as(t), "corp"); problem(t, err).Code != host.CodeBusy {
		t.Errorf("a second attempt: %v", err)
	}
	await(t, "progress", func() bool { p := summarised(t, e).Progress; return p != nil && p.Characters == 20 })
	if _, err := e.CancelSummary(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	if card := ended(t, e); card.State != aisummary.StateCancelled || card.Summary != nil {
		t.Errorf("cancelled: %+v", card)
	}

	use(modeltest.Good)
	preview, err := e.PreviewSummary(as(t), "corp")
	if err != nil {
		t.Fatal(err)
	}
	card := settled(t, e)
	if card.State != aisummary.StateReady || card.Summary == nil || card.Summary.Attempt.By.Name != "anna" ||
		card.Summary.Attempt.Model != modeltest.Good {
		t.Fatalf("%+v, %+v", card, card.Problem)
	}
	asked := server.Asked()
	if last := asked[len(asked)-1]; last.Body != preview.Body || preview.SHA256 != card.Summary.Attempt.SentSHA256 {
		t.Errorf("the preview is not what was sent:\n%s\n%s", preview.Body, last.Body)
	}
	card, err = e.RateSummary(as(t), "corp", aisummary.VerdictDown, "Too vague")
	if err != nil || card.Summary.Feedback.Reason != "Too vague" {
		t.Errorf("%+v, %v", card, err)
	}

	again := sync(t, e, "corp")
	if card := summarised(t, e); card.State != aisummary.StateStale || card.Run != again.ID || card.Summary.Attempt.Run != run.ID {
		t.Errorf("after new sync data: %+v", card)
	}
	if card := settled(t, e); card.State != aisummary.StateReady || card.Summary.Attempt.Run != again.ID || card.Summary.Feedback != nil {
		t.Errorf("generated again: %+v", card)
	}
	healed := raw(`{"streams":[{"name":"users","records":3}]}`)
	if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Settings: healed}); err != nil {
		t.Fatal(err)
	}
	sync(t, e, "corp")
	if card := summarised(t, e); card.Shown || card.Summary != nil || card.State != aisummary.StateNone {
		t.Errorf("of a healthy connection: %+v", card)
	}
	if _, err := e.GenerateSummary(as(t), "corp"); problem(t, err).Code != aisummary.CodeNothing {
		t.Errorf("%v", err)
	}
	all, err := e.SummaryFeedback()
	if err != nil || len(all) != 1 || all[0].Verdict != aisummary.VerdictDown || all[0].BuiltIn == "" || all[0].Answer.Cause == "" {
		t.Errorf("feedback %+v, %v", all, err)
	}
	audited(t, e)
}

// audited checks that every step of the life is an entry with its actor, and that none holds a secret.
func audited(t *testing.T, e *boot.Host) {
	t.Helper()
	entries, _, err := e.Audit(as(t), lookup.AuditQuery{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, entry := range entries {
		counts[entry.Collection]++
		if strings.HasPrefix(entry.Collection, "summary") && entry.Actor.Name != "anna" {
			t.Errorf("%s was changed by %v", entry.Collection, entry.Actor)
		}
		for _, secret := range []string{providerKey, token} {
			if strings.Contains(string(entry.Document)+string(entry.Before), secret) {
				t.Errorf("an entry of %s holds a secret", entry.Collection)
			}
		}
	}
	// Three attempts, each when it began and when it had ended; two settings; one verdict.
	if counts["summary"] != 6 || counts["summary_settings"] != 2 || counts["summary_feedback"] != 1 {
		t.Errorf("entries: %v", counts)
	}
}

func TestASecretLeavesNeitherInARequestNorInAnAnswer(t *testing.T) {
	t.Parallel()
	e := setup(t)
	server, use := model(t, e)
	failing(t, e)
	use(modeltest.Leaks)
	card := settled(t, e)
	if card.State != aisummary.StateFailed || card.Problem.Code != aisummary.CodeRefused || !strings.Contains(card.Problem.Message, "secret") {
		t.Errorf("%+v", card.Problem)
	}
	if strings.Contains(card.Problem.Message+card.Problem.Detail, token) {
		t.Errorf("the problem repeats the secret: %+v", card.Problem)
	}
	for _, asked := range server.Asked() {
		if strings.Contains(asked.Body, token) || strings.Contains(asked.Body, providerKey) {
			t.Errorf("a secret was sent:\n%s", asked.Body)
		}
		if asked.Header.Get("X-Api-Key") != providerKey {
			t.Errorf("the key in the header is %q", asked.Header.Get("X-Api-Key"))
		}
	}
	if explained, err := e.ExplainConnection(as(t), "corp", false); err != nil || explained.Cause == nil {
		t.Errorf("the built-in explanation does not stand: %+v, %v", explained, err)
	}
}

func TestAnswersThatDoNotPassFailWithTheReason(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, use := model(t, e)
	failing(t, e)
	for name, code := range map[string]string{
		modeltest.Obeys: aisummary.CodeRefused, modeltest.OtherStep: aisummary.CodeRefused, modeltest.Bidi: aisummary.CodeRefused,
		modeltest.Busy: aisummary.CodeRateLimited, modeltest.CutOff: aisummary.CodeCutOff, modeltest.Garbage: aisummary.CodeUnreadable,
	} {
		use(name)
		card := settled(t, e)
		if card.State != aisummary.StateFailed || card.Problem.Code != code || card.Problem.Remedy == "" || card.Summary != nil {
			t.Errorf("%s: %s, %+v", name, card.State, card.Problem)
		}
	}
	use(modeltest.Good)
	if card := settled(t, e); card.State != aisummary.StateReady {
		t.Fatalf("%+v", card)
	}
	use(modeltest.Down)
	if card := settled(t, e); card.State != aisummary.StateFailed || card.Summary == nil {
		t.Errorf("a refresh that fails takes the summary away: %+v", card)
	}
}

func TestASummaryThatPlumblineInterruptedIsFailed(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	_, use := model(t, e)
	failing(t, e)
	use(modeltest.Held)
	if _, err := e.GenerateSummary(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, options(t, dir, nil))
	if card := summarised(t, e); card.State != aisummary.StateFailed || card.Problem.Code != aisummary.CodeInterrupted {
		t.Errorf("%+v", card)
	}
	c, err := e.SummaryConfiguration()
	if err != nil || !c.Configured || c.Problem != nil || c.Settings.KeySetAt == nil || c.Settings.KeySetBy.Name != "anna" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheKeyStaysAtItsAddress(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, use := model(t, e)
	use(modeltest.Good)
	stored, err := e.SummaryConfiguration()
	if err != nil {
		t.Fatal(err)
	}
	same := aisummary.Edit{Provider: stored.Settings.Provider, Address: stored.Settings.Address, Model: modeltest.Fenced}
	if c, err := e.ConfigureSummary(as(t), same); err != nil || c.Settings.KeySetAt == nil {
		t.Errorf("another model at the same address: %+v, %v", c, err)
	}
	if tested, err := e.TestSummary(as(t), nil); err != nil || !tested.OK || tested.Model != modeltest.Fenced {
		t.Errorf("%+v, %v", tested, err)
	}
	elsewhere := same
	elsewhere.Address = "https://elsewhere.example.com"
	for _, do := range []func() error{
		func() error { return second(e.ConfigureSummary(as(t), elsewhere)) },
		func() error { return second(e.TestSummary(as(t), &elsewhere)) },
	} {
		if err := do(); fields(problem(t, err)) != "key" {
			t.Errorf("%v", err)
		}
	}
	if err := e.TurnOffSummary(as(t)); err != nil {
		t.Fatal(err)
	}
	if c, err := e.SummaryConfiguration(); err != nil || c.Configured {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestSummariesGoWithTheirConnection(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, use := model(t, e)
	failing(t, e)
	use(modeltest.Good)
	settled(t, e)
	if _, err := e.RateSummary(as(t), "corp", aisummary.VerdictUp, ""); err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveConnection(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	if all, err := e.SummaryFeedback(); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestWaitingForASummaryEndsWithTheNews waits as a command does.
func TestWaitingForASummaryEndsWithTheNews(t *testing.T) {
	t.Parallel()
	e := setup(t)
	server, use := model(t, e)
	failing(t, e)
	use(modeltest.Held)
	card, err := e.GenerateSummary(as(t), "corp")
	for err == nil && card.State == aisummary.StateGenerating {
		if card.Progress.Characters > 0 {
			server.Release()
		}
		card, err = e.Summary(as(t), "corp", card.Version)
	}
	if err != nil || card.State != aisummary.StateReady {
		t.Errorf("%+v, %v", card, err)
	}
	over, cancel := context.WithCancel(as(t))
	cancel()
	if again, err := e.Summary(over, "corp", card.Version); err != nil || again.State != aisummary.StateReady {
		t.Errorf("%+v, %v", again, err)
	}
}
