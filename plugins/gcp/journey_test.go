package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/google/googletest"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

// TestJourney runs the whole program, from `connection add` to a connection that was refused and is healthy again.
func TestJourney(t *testing.T) {
	t.Parallel()
	file, err := prove.File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prove.JourneyOf(t, New, googletest.Tokens{System: file})
}
