package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "."),
		Settings: settingsOf(write(t, "id,name\n1,Ann\n2,Bob\n"), nil).Settings,
		Live:     true,
	})
}
