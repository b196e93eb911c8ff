package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesOfTheWindowLoadFromItAlone(t *testing.T) {
	t.Parallel()
	answer := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	handler := route(answer("api"))(answer("page"))
	for path, want := range map[string]string{
		"/": "page", "/index.html": "page", "/assets/app.js": "page", "/apis": "page", "/api/v1/status": "api",
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if got := w.Body.String(); got != want {
			t.Errorf("%s is answered by the %s", path, got)
		}
		policy := w.Header().Get("Content-Security-Policy")
		if want == "page" && (!strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self'")) {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if want == "page" && w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be taken for another type than it says", path)
		}
	}
}
