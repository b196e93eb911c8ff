package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/google/googletest"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

// TestPopulation proves the connector with the vendor of simulator.yaml, whose token endpoint refuses the scope that is missing.
func TestPopulation(t *testing.T) {
	t.Parallel()
	file, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prove.Handler(t, New, googletest.Tokens{
		System: file, Subject: "plumbline@northwind.example", Refuses: func(permission string) bool { return permission != "" },
	})
}
