package conform

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// TestAWebPageHasTheStatusOfAnAnswer replaces an answer that says that there is nothing, as vendors
// answer a page behind the last one.
func TestAWebPageHasTheStatusOfAnAnswer(t *testing.T) {
	t.Parallel()
	w, q := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://acme.example/list?page=4", nil)
	status := webPage().Serve(w, q, replay.Request{Method: q.Method, URL: q.URL}, nil, func() (replay.Answer, error) {
		return replay.Answer{Status: http.StatusNotFound, Body: []byte(`{"detail":"Invalid page."}`)}, nil
	})
	if status != http.StatusOK || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
}
