package main

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	right := input(directoryServer(t).addr, nil)
	at := func(url string) any {
		url = strings.Replace(url, "http", "ldap", 1)
		return input("", map[string]any{"url": url}).Settings
	}
	sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "."),
		Settings: right.Settings, Secrets: right.Secrets, Live: true,
		BadCredential: &sdktest.Scenario{Secrets: map[string]string{"bind_password": "another password"}},
		Network:       sdktest.NetworkScenarios(t, at),
	})
}
