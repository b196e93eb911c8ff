package sdktest_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/conform"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// modelConfig returns the suite's configuration for the model connector with a simulated system.
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

// replayConfig returns the suite's configuration for the model connector with a recorded system.
func replayConfig(t *testing.T, program string) sdktest.Config {
	t.Helper()
	return sdktest.Config{Program: program, Fixture: sdktest.Fixture(t, "../conform/testdata/model"), StartLimit: 5 * time.Second, Cycles: 3}
}

// configOf returns the configuration that a case needs.
func configOf(one conform.Case, live, replayed sdktest.Config) sdktest.Config {
	if strings.Contains("HDV", one.Group()) && one.ID != "V13" && one.ID != "V14" {
		return live
	}
	return replayed
}

// TestEachCaseCatchesItsMutant checks that the correct connector passes every case, and that every case fails
// for the connector with its fault.
func TestEachCaseCatchesItsMutant(t *testing.T) {
	t.Parallel()
	program := sdktest.Build(t, "./cmd/mutant")
	live, replayed := modelConfig(t, program), replayConfig(t, program)
	cases := conform.Cases()
	healthy := map[string]conform.Result{}
	for _, config := range []sdktest.Config{live, replayed} {
		some := slices.DeleteFunc(slices.Clone(cases), func(c conform.Case) bool { return configOf(c, live, replayed).Live != config.Live })
		for _, r := range conform.Run(t.Context(), config, some, func(conform.Result) {}) {
			healthy[r.ID] = r
		}
	}
	caught := make([]conform.Result, len(cases))
	places := make(chan struct{}, 6) // most of them wait
	var trying sync.WaitGroup
	for i, one := range cases {
		config := configOf(one, live, replayed)
		config.Program = filepath.Join(t.TempDir(), "mutant-"+one.ID)
		if err := os.Link(program, config.Program); err != nil {
			t.Fatal(err)
		}
		if one.ID == "L8" || one.ID == "V6" { // measures time; counts what all of them ask
			trying.Wait()
			caught[i] = conform.Try(t.Context(), config, one)
			continue
		}
		places <- struct{}{}
		trying.Go(func() {
			defer func() { <-places }()
			caught[i] = conform.Try(t.Context(), config, one)
		})
	}
	trying.Wait()
	for i, one := range cases {
		t.Run(one.ID, func(t *testing.T) {
			t.Parallel()
			if r := healthy[one.ID]; r.Verdict != conform.Passed {
				t.Errorf("the healthy connector: %s: %s", r.Verdict, r.Detail)
			}
			r := caught[i]
			if r.Verdict != conform.Failed || r.Detail == "" {
				t.Errorf("the mutant survives: %s: %s", r.Verdict, r.Detail)
			}
			t.Logf("caught: %s", r.Detail)
		})
	}
}

// TestRequestsOfOtherCasesAreNotCounted gives other cases time to send requests beside the case that counts
// requests.
func TestRequestsOfOtherCasesAreNotCounted(t *testing.T) {
	t.Parallel()
	config := modelConfig(t, sdktest.Build(t, "./cmd/mutant"))
	var once sync.Once
	count := config.Requests
	config.Requests = func() int {
		before := count()
		once.Do(func() {
			for begun := time.Now(); count() == before && time.Since(begun) < 3*time.Second; {
				<-time.After(10 * time.Millisecond)
			}
		})
		return before
	}
	cases := slices.DeleteFunc(conform.Cases(), func(c conform.Case) bool { return !slices.Contains([]string{"V6", "V7", "V8"}, c.ID) })
	for _, r := range conform.Run(t.Context(), config, cases, func(conform.Result) {}) {
		if r.Verdict != conform.Passed {
			t.Errorf("%s %s: %s", r.ID, r.Verdict, r.Detail)
		}
	}
}

// TestFakeConforms runs the suite with the scripted connector.
func TestFakeConforms(t *testing.T) {
	t.Parallel()
	results := sdktest.Run(t, sdktest.Config{
		Program:  sdktest.Build(t, "./cmd/fake"),
		Settings: map[string]any{"streams": []any{map[string]any{"name": "users", "records": 10, "noise_stdout": true}}},
		Secrets:  map[string]string{"token": "canary-4711"},
		Live:     true, Cycles: 3,
		BadCredential: &sdktest.Scenario{Settings: map[string]any{"check": map[string]any{"error": "auth.invalid"}}},
	})
	counts := map[conform.Verdict]int{}
	for _, r := range results {
		counts[r.Verdict]++
	}
	if len(results) != len(conform.Cases()) || counts[conform.Passed] < 50 {
		t.Errorf("%d cases came to %v", len(results), counts)
	}
}
