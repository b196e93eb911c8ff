package api

import (
	"reflect"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// TestSchemasKeepTheirNames makes sure that clients which were generated from the description find the types again.
func TestSchemasKeepTheirNames(t *testing.T) {
	t.Parallel()
	for want, of := range map[string]reflect.Type{
		"Account":             reflect.TypeFor[account.Account](),
		"AccountDecision":     reflect.TypeFor[*account.Decision](),
		"StoredDecision":      reflect.TypeFor[account.StoredDecision](),
		"ItemsAccountHistory": reflect.TypeFor[operation.Items[account.History]](),
		"ItemsRun":            reflect.TypeFor[operation.Items[host.Run]](),
		"SummaryEdit":         reflect.TypeFor[*aisummary.Edit](),
		"Summary":             reflect.TypeFor[aisummary.Summary](),
		"Test":                reflect.TypeFor[verdict.Test](),
		"TestItem":            reflect.TypeFor[verdict.Item](),
		"Run":                 reflect.TypeFor[host.Run](),
	} {
		if got := schemaName(of, ""); got != want {
			t.Errorf("%v is named %s, want %s", of, got, want)
		}
	}
}
