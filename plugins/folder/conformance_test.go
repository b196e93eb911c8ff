package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	p.write("b.pdf", "x")
	p.write("b.pdf.meta.yaml", "kind: policy\n")
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Settings: p.input(nil).Settings, Live: true})
}
