package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzParameters gives every operation that reads any parameters: it answers with JSON,
// or refuses with a problem that has a code, and never breaks.
func FuzzParameters(f *testing.F) {
	b := setup(f)
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	handler := b.server.Handler()
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequestWithContext(f.Context(), http.MethodGet, "/api/v1/openapi.json", nil))
	if err := json.Unmarshal(response.Body.Bytes(), &document); err != nil {
		f.Fatal(err)
	}
	var paths []string
	for path, operations := range document.Paths {
		if operations["get"] != nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	if len(paths) < 15 {
		f.Fatalf("only %d operations read", len(paths))
	}
	for i := range paths {
		for _, query := range []string{"", "limit=0", "limit=1000&cursor=x", "as_of=2026-11-29T00:00:00Z&sort=-key",
			"where=status:active&where=name%21:x&q=%ff", "after=-1", "after=18446744073709551615&wait=1ns", "as_of=0000-00-00T00:00:00Z"} {
			f.Add(uint8(i), "x", query)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, segment, query string) {
		path := paths[int(which)%len(paths)]
		for {
			before, after, found := strings.Cut(path, "{")
			if !found {
				break
			}
			_, after, _ = strings.Cut(after, "}")
			path = before + url.PathEscape(segment) + after
		}
		if !strings.HasPrefix(path, "/api/v1") {
			path = "/api/v1" + path
		}
		address, err := url.Parse("http://plumbline" + path)
		if err != nil {
			return
		}
		address.RawQuery = query
		// What waits for news ends with its caller.
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		request.URL = address
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		judge(t, address.String(), response, ctx.Err() != nil)
	})
}

// judge looks at an answer; late is one whose caller has gone.
func judge(t *testing.T, asked string, response *httptest.ResponseRecorder, late bool) {
	t.Helper()
	kind, body := response.Header().Get("Content-Type"), response.Body.Bytes()
	switch {
	case response.Code >= 500 && !late:
		t.Errorf("%s: %d %s", asked, response.Code, body)
	case response.Code >= 400 && strings.HasPrefix(kind, "application/problem+json"):
		var problem struct {
			Code string `json:"code"`
		}
		if err := json.Unmarshal(body, &problem); err != nil || problem.Code == "" {
			t.Errorf("%s: refused without a code: %s", asked, body)
		}
	case response.Code == http.StatusOK && strings.HasPrefix(kind, "application/json") && !json.Valid(body):
		t.Errorf("%s: answers with %s", asked, body)
	}
}
