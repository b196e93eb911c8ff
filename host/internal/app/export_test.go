package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// HeapFloor is heapFloor.
const HeapFloor = heapFloor

// EndOf is endOf.
func EndOf(ctx context.Context) error { return endOf(ctx) }

// LimitChecks makes the bounds of checks small.
func (a *App) LimitChecks(timeout time.Duration, atOnce, kept int) {
	a.checks.limits = checkLimits{timeout: timeout, atOnce: atOnce, kept: kept}
}

// CheckSettings is checkSettings, for schemas that the scripted connector has not.
func CheckSettings(schema, settings string, secrets map[string]string, stored ...host.SecretInfo) error {
	connector := host.Connector{ID: "test", Name: "Test", ConfigSchema: json.RawMessage(schema), Network: []host.NetworkHost{{Host: "{base_url}"}}}
	return checkSettings(connector, json.RawMessage(settings), secrets, stored)
}

// LookAtDisk is what upkeep does every few seconds.
func (a *App) LookAtDisk() { a.upkeep.lookAtDisk() }

// Tend is what upkeep does in a quiet moment.
func (a *App) Tend(ctx context.Context) error { return a.upkeep.tend(ctx, false) }

// MakeDue makes a connection due a moment ago.
func (a *App) MakeDue(connection string) error {
	defer a.wakeScheduler()
	return a.store.SetDue(connection, time.Now().Add(-time.Minute))
}

// Inventory is the installed releases.
func (a *App) Inventory() *release.Inventory { return a.inventory }

// Tried tells the engine how a run ended, as the supervisor does.
func (a *App) Tried(run host.Run, broke *host.Problem, times int) { a.tried(run, broke, times) }

// LeaseDevelopments makes the leases that begin after this short.
func (a *App) LeaseDevelopments(d time.Duration) { a.developing.lease = d }

// Marked is marked.
func (a *App) Marked(records []host.Record) error { return a.marked(records) }

// RefusalNotice is refusalNotice.
func RefusalNotice(runs []host.Run) *host.Notice { return refusalNotice(runs) }

// Within is within.
func Within(span time.Duration, at, now time.Time) bool { return within(span, at, now) }

// ExamineProxy is what the doctor says of the variables that getenv returns.
func ExamineProxy(getenv func(string) string) Finding {
	return examineProxy(company.Read(getenv), getenv)
}
