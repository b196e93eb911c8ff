package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestKeysAreLeftOut has keys within objects and lists, and one that has a dot itself.
func TestKeysAreLeftOut(t *testing.T) {
	t.Parallel()
	vendor := vendorOf(t, func(asked, http.ResponseWriter) any {
		return `[{"id":"a","x.y":1,"x":{"y":2,"z":{"at":3,"n":4}},"disks":[{"free":5,"name":"d"},"none"],"plain":6}]`
	})
	s := users(t, bearer+oneStream(`path: /list
records: response
omit: [x.y, x.z.at, disks.free, plain.more, none.at.all]`), vendor)
	want := `"vendor":{"disks":[{"name":"d"},"none"],"id":"a","plain":6,"x":{"y":2,"z":{"n":4}}}`
	if doc := string(s.Records["a"]); s.Result != "complete" || !strings.Contains(doc, want) {
		t.Errorf("%s, %v: %s", s.Result, s.Gaps, doc)
	}
}

// TestARequiredFieldMayDependOnAnOptionalDetail: it is unknown, and not a gap.
func TestARequiredFieldMayDependOnAnOptionalDetail(t *testing.T) {
	t.Parallel()
	vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
		if q.Path != "/list" {
			w.WriteHeader(http.StatusForbidden)
		}
		return people("a")
	})
	for optional, want := range map[string]string{"true": "complete", "false": "complete_with_gaps"} {
		rest := bearer + strings.Replace(oneStream(
			"path: /list\nrecords: response\ndetails: [{as: x, path: '/{{ item.id }}', permission: users.read, optional: "+optional+"}]",
		), `status: '"active"'`, "status: x.status", 1)
		s := users(t, rest, vendor)
		if doc := string(s.Records["a"]); s.Result != want || !strings.Contains(doc, `"status":"unknown"`) {
			t.Errorf("optional %s: %s, %v: %s", optional, s.Result, s.Gaps, doc)
		}
	}
}
