package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/aws"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

func TestPopulation(t *testing.T) { //nolint:paralleltest // its proofs run in parallel
	prove.Handler(t, New, simulated{aws.System{Full: prove.FullPopulation()}})
}

// simulated is AWS for the proofs.
type simulated struct{ aws.System }

func (simulated) Start(m vendor.Mode) prove.Vendor { return aws.New(m) }
