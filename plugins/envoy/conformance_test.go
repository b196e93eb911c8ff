package main

import (
	"net/http"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, directory{people: 3, meta: true})
	narrow := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	nowhere := sdktest.NewVendor(t, http.NotFoundHandler())
	settings := func(url string) any { return map[string]any{"base_url": url} }
	sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "."),
		Settings: settings(vendor.URL), Secrets: map[string]string{"api_key": key},
		Live:     true,
		Requests: func() int { return len(vendor.Requests()) },

		BadCredential:     &sdktest.Scenario{Secrets: map[string]string{"api_key": "another key"}},
		MissingPermission: &sdktest.Scenario{Settings: settings(narrow.URL), Permission: permission},
		WrongTenant:       &sdktest.Scenario{Settings: settings(nowhere.URL)},
		Network:           sdktest.NetworkScenarios(t, settings),
	})
}
