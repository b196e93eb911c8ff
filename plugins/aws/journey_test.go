package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/aws"
)

// TestJourney runs the whole program, from `connection add` to a connection that was refused and is healthy again.
func TestJourney(t *testing.T) {
	t.Parallel()
	prove.JourneyOf(t, New, simulated{aws.System{}})
}
