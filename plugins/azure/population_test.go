package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Program(t, New)
}
