package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	recording := sdktest.Fixture(t, "testdata/fixtures")
	recording.Secrets = map[string]string{"private_key": newKey()} // which signs
	for name, scenario := range recording.Scenarios {
		scenario.Secrets = recording.Secrets
		recording.Scenarios[name] = scenario
	}
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Fixture: recording})
}
