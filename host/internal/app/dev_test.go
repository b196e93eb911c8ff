package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// theFake is the scripted connector as an author has it: in a place of his own.
func theFake() string { return filepath.Join(programs, "small", "fake") }

func develop(t *testing.T, e *boot.Host) host.Development {
	t.Helper()
	d, err := e.StartDevelopment(as(t), app.DevelopmentRequest{Program: theFake(), Source: "/home/ann/fake"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func trustOf(t *testing.T, e *boot.Host) host.Trust {
	t.Helper()
	c, err := e.Connector(as(t), "fake")
	if err != nil {
		t.Fatal(err)
	}
	return c.Trust
}

func trusts(t *testing.T, e *boot.Host, alias string) (all []host.Trust) {
	t.Helper()
	page, err := e.Records(as(t), lookup.RecordQuery{Connections: []string{alias}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Items {
		all = append(all, r.ConnectorTrust)
	}
	return all
}

func TestWhatADevelopedProgramReadsIsMarkedAndStaysMarked(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Connector: "fake", Alias: "trial", Settings: raw(`{"streams":[{"name":"users","records":2}]}`)})
	d := develop(t, e)
	if d.Connector != "fake" || d.Source != "/home/ann/fake" || d.Attached || d.Message == "" || d.Remedy == "" {
		t.Errorf("begun as %+v", d)
	}
	status, err := e.Status(as(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]host.Development{d}, status.Developments); diff != "" {
		t.Errorf("the status says something else:\n%s", diff)
	}
	c, err := e.Connection(as(t), "trial")
	if err != nil || c.ConnectorTrust != host.TrustDevelopment || len(c.Notices) != 1 || c.Notices[0].Message != d.Message {
		t.Errorf("the connection says %s and %+v, %v", c.ConnectorTrust, c.Notices, err)
	}
	run := sync(t, e, "trial")
	if run.Status != host.StatusSucceeded || run.ConnectorTrust != host.TrustDevelopment {
		t.Errorf("the run is %s and its program %s", run.Status, run.ConnectorTrust)
	}
	if err := e.EndDevelopment(as(t), d.ID); err != nil {
		t.Fatal(err)
	}
	if got := trustOf(t, e); got == host.TrustDevelopment {
		t.Error("the connector is in development still")
	}
	want := []host.Trust{host.TrustDevelopment, host.TrustDevelopment}
	if diff := cmp.Diff(want, trusts(t, e, "trial")); diff != "" {
		t.Errorf("the records' marks:\n%s", diff)
	}
	// Another program that finds something else vouches for what it found.
	edited := raw(`{"streams":[{"name":"users","records":2,"changed_every":1,"version":2}]}`)
	if _, err := e.EditConnection(as(t), "trial", 0, connections.Edit{Settings: edited}); err != nil {
		t.Fatal(err)
	}
	if run := sync(t, e, "trial"); run.ConnectorTrust == host.TrustDevelopment {
		t.Error("the run after it was read by the developed program")
	}
	if got := trusts(t, e, "trial"); got[0] == host.TrustDevelopment || got[1] == host.TrustDevelopment {
		t.Errorf("read again, and still %v", got)
	}
}

func TestAConnectorInDevelopmentIsNotTakenForAnythingElse(t *testing.T) {
	t.Parallel()
	e := setup(t)
	d := develop(t, e)
	if _, err := e.StartDevelopment(as(t), app.DevelopmentRequest{Program: theFake()}); codeOf(err) != host.CodeBusy {
		t.Errorf("a second one: %v", err)
	}
	if _, err := e.TrustConnector(as(t), "fake", ""); codeOf(err) != host.CodeInDevelopment {
		t.Errorf("trusted: %v", err)
	}
	findings, err := e.Doctor(as(t))
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, f := range findings {
		told = told || f.ID == "development.fake" && f.Status == "warn" && f.Message == d.Message
	}
	if !told {
		t.Errorf("the doctor says nothing of it: %+v", findings)
	}
	dir := e.Config().DataDir
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "development")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the host that ended left its copies: %v", err)
	}
}

func TestUpdatesWaitWhileAConnectorIsInDevelopment(t *testing.T) {
	t.Parallel()
	key := aKey(t)
	e := setup(t)
	archive := packFake(t, key, nil)
	if _, err := install(t, e, app.ReleaseRequest{Source: archive, Signer: key.Signer}); err != nil {
		t.Fatal(err)
	}
	d := develop(t, e)
	offers, err := e.Updates(as(t), "")
	if err != nil || len(offers) != 1 || offers[0].Problem == nil || offers[0].Problem.Code != host.CodeInDevelopment {
		t.Errorf("offered %+v, %v", offers, err)
	}
	if _, err := install(t, e, app.ReleaseRequest{Source: archive, Signer: key.Signer, Update: true}); codeOf(err) != host.CodeInDevelopment {
		t.Errorf("updated: %v", err)
	}
	if err := e.EndDevelopment(as(t), d.ID); err != nil {
		t.Fatal(err)
	}
	if got := trustOf(t, e); got != host.TrustSigned {
		t.Errorf("afterwards it is %s", got)
	}
}
