package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	simulator "github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	system := simulator.NewSystem()
	system.Full = prove.FullPopulation()
	prove.Handler(t, New, simulated{system})
}

// simulated is GitHub for the proofs.
type simulated struct{ *simulator.System }

func (s simulated) Start(m vendor.Mode) prove.Vendor { return s.Open(m) }
