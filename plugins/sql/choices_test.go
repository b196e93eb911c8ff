package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestChoicesOfAQuery offers the columns of a query though no key is there, and no values.
func TestChoicesOfAQuery(t *testing.T) {
	t.Parallel()
	in := postgresServer(t).input(map[string]any{"query": "SELECT id, mail AS email FROM people"})
	probes := sdktest.NewBench(t, New()).Choices(t, in)
	if len(probes) != 1 || probes[0].State != "ok" || len(probes[0].Choices) != 2 {
		t.Fatalf("it found %+v", probes)
	}
	columns := probes[0].Choices[1]
	if items := columns.GetItems(); len(items) != 2 || items[1].GetSuggested() != "email" || len(items[1].GetSamples()) != 0 {
		t.Errorf("the columns are %v", items)
	}
}
