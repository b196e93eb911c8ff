package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/google/googletest"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

// TestPopulation proves the connector with the vendor of simulator.yaml.
func TestPopulation(t *testing.T) {
	t.Parallel()
	file, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prove.Handler(t, New, googletest.Tokens{System: file})
}
