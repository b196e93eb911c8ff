package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	simulator "github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// TestJourney runs the whole program, from `connection add` to a connection that was refused and is healthy again.
func TestJourney(t *testing.T) {
	t.Parallel()
	prove.JourneyOf(t, New, few{simulator.NewSystem()})
}

// few is GitHub with a small organization.
type few struct{ *simulator.System }

func (few) Start(m vendor.Mode) prove.Vendor {
	return simulator.New(m, simulator.Organization(5, 2, 2, 12, 3, 8))
}
