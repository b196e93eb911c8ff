package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	d.write("a.sarif", goodReport("a"))
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Settings: inputOf(d.dir, nil).Settings, Live: true})
}
