package app_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

func TestTrustIsForThisProgramAndStaysInItsRuns(t *testing.T) {
	t.Parallel()
	o := options(t, dataDir(t), nil)
	e := open(t, o)
	c := addFake(t, e, "corp")
	before := sync(t, e, c.ID)
	if _, err := e.TrustConnector(as(t), "fake", strings.Repeat("0", 64)); codeOf(err) != host.CodeInvalid {
		t.Errorf("another program was trusted: %v", err)
	}
	trusted, err := e.TrustConnector(as(t), "fake", before.ConnectorSHA256)
	if err != nil || trusted.Trust != host.TrustTrusted {
		t.Fatalf("it is %s, %v", trusted.Trust, err)
	}
	after := sync(t, e, c.ID)
	if before.ConnectorTrust != host.TrustUnverified || after.ConnectorTrust != host.TrustTrusted || before.ConnectorVersion != "1.0.0" {
		t.Errorf("the runs say %s, then %s", before.ConnectorTrust, after.ConnectorTrust)
	}
	if first, err := e.Run(before.ID); err != nil || first.ConnectorTrust != host.TrustUnverified {
		t.Errorf("the first run says %s now, %v", first.ConnectorTrust, err)
	}
	untrusted, err := e.UntrustConnector(as(t), "fake")
	if err != nil || untrusted.Trust != host.TrustUnverified {
		t.Errorf("it is %s, %v", untrusted.Trust, err)
	}
	if last := sync(t, e, c.ID); last.ConnectorTrust != host.TrustUnverified {
		t.Errorf("the run without trust says %s", last.ConnectorTrust)
	}
}

// decisions writes who decided what in a collection, oldest first.
func decisions(t *testing.T, e *boot.Host, collection string) (told []string) {
	t.Helper()
	entries, _, err := e.Audit(as(t), lookup.AuditQuery{Collection: collection})
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range slices.Backward(entries) {
		told = append(told, string(entry.Action)+" "+entry.Key+" by "+entry.Actor.Name)
	}
	return told
}

func TestABackupHasTheDecisionsOnTrust(t *testing.T) {
	t.Parallel()
	const passphrase = "correct horse battery staple"
	e := setup(t)
	if _, err := e.TrustConnector(as(t), "fake", ""); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kept.plumbline.age")
	backup, err := e.StartBackup(as(t), app.BackupRequest{File: file, Passphrase: passphrase})
	for err == nil && backup.Status == "running" {
		backup, err = e.Task(as(t), backup.ID, backup.Version)
	}
	if err != nil || backup.Error != nil {
		t.Fatal(err, backup.Error)
	}
	if _, err := e.UntrustConnector(as(t), "fake"); err != nil {
		t.Fatal(err)
	}
	if got, want := decisions(t, e, "trust"), []string{"created fake by anna", "deleted fake by anna"}; !slices.Equal(got, want) {
		t.Errorf("the decisions are %q, want %q", got, want)
	}
	o := options(t, dataDir(t), nil)
	if _, err := boot.Restore(as(t), o, file, boot.BackupKey{Passphrase: passphrase}, func(task.Progress) {}); err != nil {
		t.Fatal(err)
	}
	restored := open(t, o)
	if c, err := restored.Connector(as(t), "fake"); err != nil || c.Trust != host.TrustTrusted {
		t.Errorf("restored it is %s, %v", c.Trust, err)
	}
	if got, want := decisions(t, restored, "trust"), []string{"created fake by anna"}; !slices.Equal(got, want) {
		t.Errorf("the restored decisions are %q, want %q", got, want)
	}
}
