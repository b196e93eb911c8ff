package app

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/doctor"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
)

// Doctor examines the installation and says what it found, in a fixed order.
func (a *App) Doctor(ctx context.Context) ([]host.Finding, error) {
	connectors, err := a.parts.Catalog.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	return a.examine(ctx, a.examineConnectors(connectors, 0))
}

// examine is Doctor with what it found of the connectors.
func (a *App) examine(ctx context.Context, connectors []host.Finding) ([]host.Finding, error) {
	findings := []host.Finding{
		{
			ID: "version", Title: "Version", Status: "ok",
			Message: fmt.Sprintf("plumbline %s on %s/%s, %s", a.parts.Version, runtime.GOOS, runtime.GOARCH, runtime.Version()),
		},
		doctor.DataDir(a.parts.DataDir),
		a.parts.Upkeep.ExamineSpace(),
		{
			ID: "owner", Title: "Owner", Status: "ok",
			Message: fmt.Sprintf("this %s, process %d, since %s", a.parts.Program, os.Getpid(), a.parts.Started.Format(time.DateTime)),
		},
		doctor.Socket(a.parts.Socket, a.parts.Program),
		doctor.Key(a.parts.Key),
		a.examineStore(),
		doctor.Clock(a.parts.Location),
		doctor.Environment(a.parts.UnknownVariables),
		doctor.Config(a.parts.UnreadConfig, a.parts.DataDir, a.parts.Program),
		doctor.Proxy(company.Environment(), os.Getenv),
		doctor.Containment(confine.Supported()),
		doctor.Groups(a.parts.Groups),
		a.parts.Catalog.ExamineReleases(),
	}
	upkeep, err := a.parts.Upkeep.ExamineHistory()
	if err != nil {
		return nil, err
	}
	findings = append(append(append(findings, upkeep...), a.examineLists()...), a.examineDevelopments()...)
	connections, err := a.examineConnections(ctx)
	if err != nil {
		return nil, err
	}
	return append(append(findings, connectors...), connections), nil
}

// examineStore says what the latest examination and verification of the store found.
func (a *App) examineStore() host.Finding {
	f := host.Finding{ID: "store", Title: "Store", Status: "ok", Message: "not verified since this " + a.parts.Program + " started"}
	for _, kind := range []string{"verify", "examine"} {
		t, ok := a.parts.Tasks.Latest(kind)
		if !ok || t.Verification == nil {
			continue
		}
		if kind == "verify" {
			f.Message = "verified at " + t.FinishedAt.Local().Format(time.DateTime) + ": everything agrees"
		}
		if bad := t.Verification.Bad; len(bad) > 0 {
			f.Status = "fail"
			f.Message = fmt.Sprintf("%s (%s %s)", bad[0].Message, bad[0].Kind, strings.TrimSpace(bad[0].Alias+" "+bad[0].File))
			f.Fix = "Keep a copy of the data directory, run `plumbline verify`, and restore a backup with `plumbline backup restore FILE`."
			break
		}
	}
	return f
}

// examineLists says how far the lists are behind the journal, where they follow it.
func (a *App) examineLists() []host.Finding {
	status, follows := a.parts.View.Status()
	if !follows {
		return nil
	}
	f := host.Finding{ID: "lists", Title: "Lists", Status: "ok", Message: "up to date with the journal"}
	switch {
	case status.Error != "":
		f.Status = "warn"
		f.Message = "cannot follow the journal: " + status.Error + "; each list is brought up to date when it is read, which takes longer"
		f.Fix = "They try again at " + status.RetryAt.Local().Format(time.TimeOnly) + "; free space on the disk if it is full."
	case status.BehindSince != nil:
		f.Message = "up to date but for syncs that go on, since " + status.BehindSince.Local().Format(time.DateTime)
	}
	return []host.Finding{f}
}

// examineDevelopments names the connectors in development.
func (a *App) examineDevelopments() []host.Finding {
	var findings []host.Finding
	for _, d := range a.parts.Developments.List() {
		findings = append(findings, host.Finding{
			ID: "development." + d.Connector, Title: "In development", Status: "warn", Message: d.Message, Fix: d.Remedy,
		})
	}
	return findings
}

// examineConnectors says what is wrong with connectors; describing others are not known yet.
func (a *App) examineConnectors(connectors []host.Connector, describing int) []host.Finding {
	if len(connectors) == 0 && describing == 0 {
		return []host.Finding{{
			ID: "connectors", Title: "Connectors", Status: "fail", Message: "none found in " + strings.Join(a.parts.Catalog.Dirs(), ", "),
			Fix: "Put connector programs there, or name their directory in connectors.dirs.",
		}}
	}
	var findings []host.Finding
	for _, c := range connectors {
		f := host.Finding{
			ID: "connector." + c.ID, Title: "Connector " + c.ID, Status: "ok",
			Message: fmt.Sprintf("%s, %s, sha256 %.12s", c.Version, c.Trust, c.SHA256),
		}
		if c.Problem != nil {
			f.Status, f.Message, f.Fix = "fail", c.Problem.Message, c.Problem.Remedy
		}
		findings = append(findings, f)
	}
	return findings
}

func (a *App) examineConnections(ctx context.Context) (host.Finding, error) {
	connections, err := a.Connections(ctx, connections.Filter{})
	if err != nil {
		return host.Finding{}, err
	}
	var bad []string
	for _, c := range connections {
		if c.Health == host.HealthUnhealthy {
			bad = append(bad, c.Alias)
		}
	}
	f := host.Finding{ID: "connections", Title: "Connections", Status: "ok", Message: fmt.Sprintf("%d, none unhealthy", len(connections))}
	if len(bad) > 0 {
		f.Status, f.Message = "warn", fmt.Sprintf("%d of %d unhealthy: %s", len(bad), len(connections), strings.Join(bad, ", "))
		f.Fix = "`plumbline connection show ALIAS` says what failed and what to do."
	}
	return f, nil
}
