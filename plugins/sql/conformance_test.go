package main

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	right := server.input(map[string]any{"query": "SELECT id, mail AS email FROM people", "key": []string{"id"}})
	at := func(url string) any {
		_, address, _ := strings.Cut(url, "://")
		return server.input(map[string]any{"address": address}).Settings
	}
	network := sdktest.NetworkScenarios(t, at)
	network["tls"] = &sdktest.Scenario{Settings: server.input(map[string]any{"ca_certificate": ""}).Settings} // TLS begins inside the protocol
	sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "."),
		Settings: right.Settings, Secrets: right.Secrets, Live: true,
		BadCredential: &sdktest.Scenario{Secrets: map[string]string{"password": "another password"}},
		Network:       network,
	})
}
