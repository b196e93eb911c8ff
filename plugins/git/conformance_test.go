package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("One")
	r.commit("Two")
	r.git("tag", "-a", "-m", "x", "v1")
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Settings: map[string]any{"path": r.dir}, Live: true})
}
