package sdktest_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// modelConfig is the suite's configuration for the model connector, with a
// simulated system.
func modelConfig(t *testing.T, program string) sdktest.Config {
	t.Helper()
	var mu sync.Mutex
	requests := 0
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests++
		mu.Unlock()
		token := r.Header.Get("X-Token")
		switch {
		case strings.HasPrefix(r.URL.Path, "/skewed"):
			w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		case strings.HasPrefix(r.URL.Path, "/nobody"):
			w.WriteHeader(http.StatusNotFound)
		case token != "good" && token != "narrow":
			w.WriteHeader(http.StatusUnauthorized)
		case token == "narrow" && strings.HasSuffix(r.URL.Path, "/users"):
			w.WriteHeader(http.StatusForbidden)
		default:
			_, _ = io.WriteString(w, `{"items":[]}`)
		}
	}))
	settings := func(url string) any { return map[string]any{"url": url, "mode": "quick"} }
	return sdktest.Config{
		Program:  program,
		Settings: settings(vendor.URL), Secrets: map[string]string{"token": "good"}, Live: true,
		Requests: func() int {
			mu.Lock()
			defer mu.Unlock()
			return requests
		},
		BadCredential:     &sdktest.Scenario{Secrets: map[string]string{"token": "bad"}},
		MissingPermission: &sdktest.Scenario{Secrets: map[string]string{"token": "narrow"}, Permission: "users.read"},
		WrongTenant:       &sdktest.Scenario{Settings: settings(vendor.URL + "/nobody")},
		ClockSkew:         &sdktest.Scenario{Settings: settings(vendor.URL + "/skewed")},
		Network:           sdktest.NetworkScenarios(t, settings),
		Previous: &connectorv1.DescribeResponse{
			Version: "1.0.0", Streams: []*connectorv1.Stream{{Name: "users", Kind: "account"}},
			ConfigSchema: []byte(`{"required":["url","token"],"properties":{"url":{"type":"string"},"mode":{"type":"string","enum":["quick"]}}}`),
		},
		StartLimit: 2 * time.Second, Cycles: 3,
	}
}

// replayConfig is the suite's configuration for the model connector, with a
// recorded system.
func replayConfig(t *testing.T, program string) sdktest.Config {
	t.Helper()
	return sdktest.Config{Program: program, Fixture: sdktest.Fixture(t, "../conform/testdata/model"), StartLimit: 5 * time.Second, Cycles: 3}
}

// TestEachCaseCatchesItsMutant lets the healthy connector pass every case, and
// sees every case catch a connector with just that fault.
func TestEachCaseCatchesItsMutant(t *testing.T) {
	t.Parallel()
	program := sdktest.Build(t, "./cmd/mutant")
	live, replayed := modelConfig(t, program), replayConfig(t, program)
	for _, one := range sdktest.Cases() {
		t.Run(one.ID, func(t *testing.T) {
			t.Parallel()
			config := replayed
			if strings.Contains("HDV", one.Group()) && one.ID != "V13" && one.ID != "V14" {
				config = live
			}
			if r := sdktest.Try(t.Context(), config, one); r.Verdict != sdktest.Passed {
				t.Errorf("the healthy connector: %s: %s", r.Verdict, r.Detail)
			}
			faulty := config
			faulty.Program = filepath.Join(t.TempDir(), "mutant-"+one.ID)
			if err := os.Link(program, faulty.Program); err != nil {
				t.Fatal(err)
			}
			r := sdktest.Try(t.Context(), faulty, one)
			if r.Verdict != sdktest.Failed || r.Detail == "" {
				t.Errorf("the mutant: %s: %s", r.Verdict, r.Detail)
			}
			t.Logf("caught: %s", r.Detail)
		})
	}
}

// TestFakeConforms holds the scripted connector to the suite.
func TestFakeConforms(t *testing.T) {
	t.Parallel()
	results := sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "./cmd/fake"),
		Settings: map[string]any{"streams": []any{map[string]any{"name": "users", "records": 10, "noise_stdout": true}}},
		Secrets:  map[string]string{"token": "canary-4711"},
		Live:     true, Cycles: 3,
		BadCredential: &sdktest.Scenario{Settings: map[string]any{"check": map[string]any{"error": "auth.invalid"}}},
	})
	counts := map[sdktest.Verdict]int{}
	for _, r := range results {
		counts[r.Verdict]++
	}
	if len(results) != len(sdktest.Cases()) || counts[sdktest.Passed] < 50 {
		t.Errorf("%d cases came to %v", len(results), counts)
	}
}
