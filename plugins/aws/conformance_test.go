package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Fixture: sdktest.Fixture(t, "testdata/fixtures")})
}
