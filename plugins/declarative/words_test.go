package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestTheFirstPageMayBeBare: the first page is requested without its number, and a size without a
// place is not sent but ends the list.
func TestTheFirstPageMayBeBare(t *testing.T) {
	t.Parallel()
	var asked []string
	c := connectorOf(t, bearer+oneStream("path: /v1/list\nrecords: response\n"+
		"paging: {page: {query: page, first: 0, bare_first: true, stop: short, size: {value: 2}}}"))
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		list := map[string][]map[string]any{"": {{"id": "a"}, {"id": "b"}}, "page=1": {{"id": "c"}}}[r.URL.RawQuery]
		_ = json.NewEncoder(w).Encode(list)
	}))
	got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
	if got.Result != "complete" || len(got.Records) != 3 {
		t.Errorf("%d records, %s, gaps %v, %v", len(got.Records), got.Result, got.Gaps, got.Err)
	}
	if diff := cmp.Diff([]string{"", "page=1", ""}, asked); diff != "" {
		t.Errorf("the requests, -want +got:\n%s", diff)
	}
}

// TestOmitLeadsIntoMembers: dots lead into members and lists, unless a key itself has them.
func TestOmitLeadsIntoMembers(t *testing.T) {
	t.Parallel()
	c := connectorOf(t, bearer+oneStream("path: /v1/list\nrecords: response\nomit: [a.b, '@c.d', e.f]"))
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode([]any{map[string]any{
			"id": "1", "a": map[string]any{"b": 1, "k": 2}, "@c.d": 3, "e": []any{map[string]any{"f": 4, "k": 5}},
		}})
	}))
	got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
	var doc struct{ Vendor json.RawMessage }
	if len(got.Records) != 1 || json.Unmarshal(got.Records["1"], &doc) != nil {
		t.Fatalf("%+v", got)
	}
	if want := `{"a":{"k":2},"e":[{"k":5}],"id":"1"}`; string(doc.Vendor) != want {
		t.Errorf("%s, want %s", doc.Vendor, want)
	}
}

// TestAStreamMaySignInItself: the credential of a stream's own auth is sent instead of the file's.
func TestAStreamMaySignInItself(t *testing.T) {
	t.Parallel()
	one := oneStream("path: /v1/one\nrecords: response")
	two := strings.NewReplacer("streams:\n", "", "name: users", "name: two").Replace(
		oneStream("path: /v1/two\nrecords: response\nauth: {header: {name: X-Key, secret: key}}"))
	c := connectorOf(t, bearer+one+two)
	var mu sync.Mutex
	seen := map[string]string{}
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path] = r.Header.Get("Authorization") + "|" + r.Header.Get("X-Key")
		_, _ = w.Write([]byte(`[{"id":"a"}]`))
	}))
	in := input(vendor.URL)
	in.Secrets["key"] = "other"
	sdktest.NewBench(t, c).Sync(t, in)
	if diff := cmp.Diff(map[string]string{"/v1/one": "Bearer right|", "/v1/two": "|other"}, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
