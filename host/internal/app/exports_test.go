package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// exported follows an export to its end.
func exported(t *testing.T, e *boot.Host, r lookup.ExportRequest) host.Task {
	t.Helper()
	task, err := e.StartExport(as(t), r)
	for err == nil && task.Status == "running" {
		task, err = e.Task(as(t), task.ID, task.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func TestAnExportIsOfOneMomentAndInTheAuditLog(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	add(t, e, connections.NewConnection{Settings: raw(`{"streams":[{"name":"users","records":300}]}`)})
	sync(t, e, "corp")
	task := exported(t, e, lookup.ExportRequest{What: "records", Format: "jsonl", ExportFilter: lookup.ExportFilter{Kind: "account"}})
	if task.Status != "done" || task.Export == nil || task.Export.Rows != 300 || task.Export.ID != task.ID || task.Done != 300 ||
		task.Total != 300 {
		t.Fatalf("it ended as %+v with %+v", task, task.Export)
	}
	file, err := e.ExportFile(task.ID)
	if err != nil || !strings.HasPrefix(file.Name, "plumbline-accounts-") {
		t.Fatalf("its file is %+v, %v", file, err)
	}
	entries, _, err := e.Audit(as(t), lookup.AuditQuery{Collection: "export"})
	if err != nil || len(entries) != 2 || entries[1].Action != host.ActionCreated || entries[0].Actor.Name != "anna" ||
		!strings.Contains(string(entries[0].Document), task.Export.SHA256) {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

func TestAnExportThatFailsLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	if err := os.WriteFile(filepath.Join(dir, "exports"), nil, 0o600); err != nil { // no directory can be made there
		t.Fatal(err)
	}
	if task := exported(t, e, lookup.ExportRequest{What: "audit", Format: "csv"}); task.Status != "failed" || task.Error == nil {
		t.Errorf("it ended as %+v", task)
	}
	all, err := e.Exports()
	if err != nil || len(all) != 0 && all[0].Status != "failed" {
		t.Errorf("the exports are %+v, %v", all, err)
	}
}

func TestAnExportThatAStopCutOffHasFailed(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	inStore(t, dir, func(s *journal.Journal) error { // as a killed host leaves it
		c := documents.NewCollection[host.Export](s.Documents, "export", nil)
		_, err := c.Put(as(t), "01JDXXXXXXXXXXXXXXXXXXXXXX", host.Export{ID: "01JDXXXXXXXXXXXXXXXXXXXXXX", What: "audit", Format: "csv",
			Status: "running"}, 0)
		return err
	})
	e = open(t, options(t, dir, nil))
	all, err := e.Exports()
	if err != nil || len(all) != 1 || all[0].Status != "failed" || all[0].KeptUntil != nil {
		t.Errorf("the exports are %+v, %v", all, err)
	}
	if _, err := e.ExportFile(all[0].ID); !host.IsNotFound(err) {
		t.Errorf("its file: %v", err)
	}
}

func TestAFilterOfAnotherListIsRefused(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for name, r := range map[string]lookup.ExportRequest{
		"kind":       {What: "audit", Format: "csv", ExportFilter: lookup.ExportFilter{Kind: "account"}},
		"as_of":      {What: "changes", Format: "csv", ExportFilter: lookup.ExportFilter{AsOf: "2026-01-01"}},
		"collection": {What: "records", Format: "csv", ExportFilter: lookup.ExportFilter{Collection: "hold"}},
		"run":        {What: "log", Format: "csv"},
		"what":       {What: "secrets", Format: "csv"},
		"format":     {What: "audit", Format: "xml"},
	} {
		_, err := e.StartExport(as(t), r)
		if p := problem(t, err); p.Code != host.CodeInvalid || p.Fields[0].Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
