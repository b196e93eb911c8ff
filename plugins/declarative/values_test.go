package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// readUsers syncs the example with a vendor that has these users.
func readUsers(t *testing.T, users []map[string]any, pairs ...string) *sdktest.Stream {
	t.Helper()
	c, err := described(t, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"users": users})
	}))
	return sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
}

const adminLine, withTime = "      admin: item.admin\n", "      admin: item.admin\n      last_login_at: time(item.seen)\n"

// TestWordsForNoTime checks that vendors' words for "never" do not cost a record.
func TestWordsForNoTime(t *testing.T) {
	t.Parallel()
	var users []map[string]any
	for i, seen := range []any{"never", "N/A", "-", "", nil, "0000-00-00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0, "no_information",
		" None "} {
		users = append(users, map[string]any{"id": fmt.Sprint(i), "seen": seen})
	}
	users = append(users, map[string]any{"id": "utc", "seen": "2026-03-01 12:00:00 UTC"},
		map[string]any{"id": "millis", "seen": 1772366400000})
	s := readUsers(t, users, adminLine, withTime)
	if s.Result != "complete" || len(s.Records) != len(users) {
		t.Fatalf("%s with %d of %d, gaps %v, %v", s.Result, len(s.Records), len(users), s.Gaps, s.Err)
	}
	for key, doc := range s.Records {
		known := key == "utc" || key == "millis"
		if strings.Contains(string(doc), `"last_login_at":"2026-03-01T12:00:00Z"`) != known ||
			strings.Contains(string(doc), "last_login_at") != known {
			t.Errorf("%s is %s", key, doc)
		}
	}
}

// TestOneBadFactCostsThatFact checks that the other facts and records are read, and that the stream is not
// complete.
func TestOneBadFactCostsThatFact(t *testing.T) {
	t.Parallel()
	s := readUsers(t, []map[string]any{
		{"id": "1", "seen": "yesterday", "email": "a@example.com"},
		{"id": "2", "seen": 9_000_000_000_000_000_000, "email": "b@example.com"},
		{"id": "3", "email": 4.5},
		{"id": "4", "suspended": "perhaps"},
		{"id": "5", "admin": "sometimes"},
		{"email": "no id"},
		{"id": "7", "note": strings.Repeat("x", sdk.MaxRecordBytes)},
		{"id": strings.Repeat("8", sdk.MaxKeyBytes+1)},
		{"id": "9", "email": "i@example.com"},
	}, adminLine, withTime)
	if want := []string{"1", "2", "3", "4", "5", "9"}; s.Result != "complete_with_gaps" || !slices.Equal(s.Keys, want) {
		t.Errorf("%s with %v, want complete_with_gaps with %v; %v", s.Result, s.Keys, want, s.Err)
	}
	got := slices.Sorted(maps.Keys(s.Gaps))
	want := []string{"a record", "record 1, field last_login_at", "record 2, field last_login_at", "record 3, field email",
		"record 3, field username", "record 4, field status", "record 5, field admin", "record 7"}
	if len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
		t.Errorf("gaps %q, want %q and that of the long key", got, want)
	}
	for key, says := range map[string]string{"1": `"email":"a@example.com"`, "4": `"status":"unknown"`, "5": `"admin":"unknown"`} {
		if !strings.Contains(string(s.Records[key]), says) {
			t.Errorf("%s is %s, want it to say %s", key, s.Records[key], says)
		}
	}
}
