package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

// TestEveryAnswerOfADemoIsMarked asks every operation that reads: an answer has the header, and a list
// the field. So a new operation is marked, too, or this fails.
func TestEveryAnswerOfADemoIsMarked(t *testing.T) {
	t.Parallel()
	e := hosttest.Open(t, hosttest.Options(t, t.TempDir(), map[string]string{"connectors.dirs": programs}))
	server, err := api.New(e.App, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *http.Response {
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Result()
	}
	raw, err := api.OpenAPI("test")
	if err != nil {
		t.Fatal(err)
	}
	var described document
	if err := json.Unmarshal(raw, &described); err != nil {
		t.Fatal(err)
	}
	if ask("/api/v1/status").Header.Get(api.DemoHeader) != "" {
		t.Error("an answer of no demo is marked")
	}
	if err := e.MakeDemo(hosttest.As(t)); err != nil {
		t.Fatal(err)
	}
	lists := 0
	for path, operations := range described.Paths {
		if operations["get"].ID == "" {
			continue
		}
		answer := ask(strings.NewReplacer("{kind}", "person", "{ref}", "none", "{id}", "none").Replace(path))
		if answer.Header.Get(api.DemoHeader) != "true" {
			t.Errorf("%s: the answer %s has no header", path, answer.Status)
		}
		if answer.Header.Get("Content-Type") == "application/x-ndjson" {
			continue
		}
		var body map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, list := body["items"]; list {
			if lists++; body["demo"] != true {
				t.Errorf("%s: the list does not say that it is of a demo", path)
			}
		}
	}
	if lists < 10 {
		t.Errorf("%d lists were asked for, want at least 10", lists)
	}
}

// TestEveryListHasTheMark is about the lists of what does not exist in the test above.
func TestEveryListHasTheMark(t *testing.T) {
	t.Parallel()
	raw, err := api.OpenAPI("test")
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &described); err != nil {
		t.Fatal(err)
	}
	for name, schema := range described.Components.Schemas {
		if name == "Choices" || name == "AnswerData" {
			continue // a part of a check, and of an answer, which has the mark
		}
		if schema.Properties["items"] != nil && schema.Properties["demo"] == nil {
			t.Errorf("%s is a list without the field demo", name)
		}
	}
}
