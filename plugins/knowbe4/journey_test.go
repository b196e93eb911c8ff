package knowbe4_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const perPage = 500

// TestJourney runs the whole program, from `connection add` to the output of later commands. The host contains
// the connector.
func TestJourney(t *testing.T) {
	t.Parallel()
	programs := journey.BuildBy(t, ".", "build.sh")
	for _, users := range []int{0, 1, perPage, perPage + 1} {
		t.Run(fmt.Sprintf("%d users", users), func(t *testing.T) {
			t.Parallel()
			journeySize(t, programs, users)
		})
	}
	t.Run("a user leaves while the list is read", func(t *testing.T) {
		t.Parallel()
		journeyMoved(t, programs)
	})
	for name, fault := range journeyFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journeyFault(t, programs, fault)
		})
	}
}

// newJourney adds a connection to a simulated KnowBe4 with that many users.
func newJourney(t *testing.T, programs *journey.Programs, users int) (*journey.Home, *console, *sdktest.Vendor) {
	t.Helper()
	c := newConsole(users)
	vendor := sdktest.NewVendor(t, c)
	h := programs.Home(t)
	h.Setenv("KNOWBE4_TOKEN", token)
	h.Setenv("PLUMBLINE_SYNC_RATES", "127.0.0.1:*=0") // the vendor's fifty a minute would take minutes
	h.Run("connection", "add", "knowbe4", "--alias", "kb4", "--set", "base_url="+vendor.URL, "--secret", "api_token=env:KNOWBE4_TOKEN").Want(0)
	return h, c, vendor
}

func journeySize(t *testing.T, programs *journey.Programs, users int) {
	h, _, vendor := newJourney(t, programs, users)
	h.Run("connection", "check", "kb4").Want(0)
	run := h.Sync("kb4", 0)
	for _, name := range []string{"users", "enrollments"} {
		want := journey.Step{Name: name, Status: "succeeded", Read: users, Added: users, Gaps: []journey.Gap{}}
		if diff := cmp.Diff(want, h.Step(run, name)); diff != "" || run.Status != "succeeded" {
			t.Errorf("run is %s; step (-want +got):\n%s", run.Status, diff)
		}
		if n := len(h.Records("kb4", name)); n != users {
			t.Errorf("%d records of %s are listed, want %d", n, name, users)
		}
	}
	again := h.Sync("kb4", 0)
	if s := h.Step(again, "users"); s.Read != users || s.Added+s.Changed+s.Removed != 0 {
		t.Errorf("the second sync changed something: %+v", s)
	}
	if c := h.Show("kb4"); c.Health != "healthy" || len(c.FailingSteps) != 0 {
		t.Errorf("connection is %+v, want healthy", c)
	}
	for _, r := range vendor.Requests() {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			t.Errorf("it sent %s %s", r.Method, r.URL)
		}
	}
}

// journeyMoved deletes a user of the first page after that page was read. The first user of the second page
// then moves to the first page. Only the comparison of page ends detects this.
func journeyMoved(t *testing.T, programs *journey.Programs) {
	const before = perPage + 10
	h, c, _ := newJourney(t, programs, before)
	h.Sync("kb4", 0)
	c.mu.Lock()
	c.leaveAfter = 1
	c.mu.Unlock()
	s := h.Step(h.Sync("kb4", 0), "users")
	// The deleted user was already sent. The next complete read removes only this user.
	if s.Status != "succeeded" || s.Added+s.Changed+s.Removed != 0 {
		t.Errorf("users: %+v, want nothing removed", s)
	}
	if healed := h.Step(h.Sync("kb4", 0), "users"); healed.Removed != 1 {
		t.Errorf("the next sync is %+v, want it to remove the one who left", healed)
	}
}

// fault is one failure of KnowBe4 and what a person sees of it.
type fault struct {
	fault  sdktest.Fault
	exit   int
	code   string // of the step's error; empty for none
	whose  string
	remedy string  // what to do says this, among other words
	after  float64 // retry_after_seconds
}

func journeyFaults() map[string]fault {
	wait := func(seconds string) map[string]string { return map[string]string{"Retry-After": seconds} }
	return map[string]fault{
		"401":                  {sdktest.Fault{Status: 401, Times: 1}, 4, "auth.invalid", "customer", "Enter a valid credential", 0},
		"403":                  {sdktest.Fault{Status: 403, Times: 1}, 4, "permission.missing", "customer", "Platinum or Diamond", 0},
		"404":                  {sdktest.Fault{Status: 404, Times: 1}, 3, "notfound.endpoint", "customer", "Check the address", 0},
		"429 with Retry-After": {sdktest.Fault{Status: 429, Header: wait("1"), Times: 1}, 0, "", "", "", 0},
		"429 without":          {sdktest.Fault{Status: 429, Times: 1}, 0, "", "", "", 0},
		"429 for an hour": {sdktest.Fault{Status: 429, Header: wait("3600"), Times: 1}, 3, "rate.limited", "upstream", "next run",
			3600},
		"500 twice then fine": {sdktest.Fault{Status: 500, Times: 2}, 0, "", "", "", 0},
		"500 three times":     {sdktest.Fault{Status: 500, Times: 3}, 3, "upstream.5xx", "upstream", "Wait for the vendor", 0},
		"503 for an hour": {sdktest.Fault{Status: 503, Header: wait("3600"), Times: 1}, 3, "upstream.maintenance", "upstream",
			"maintenance", 3600},
		"a web page with 200": {sdktest.HTML(), 3, "upstream.invalid_response", "upstream", "sign-in page", 0},
		"an object for the list": {sdktest.Fault{Status: 200, Body: `{"data":[]}`, Times: 1}, 3, "upstream.invalid_response", "upstream",
			"address", 0},
		"cut short once":            {sdktest.Fault{Break: true, Times: 1}, 0, "", "", "", 0},
		"cut short twice":           {sdktest.Fault{Break: true, Times: 2}, 3, "upstream.invalid_response", "upstream", "next run", 0},
		"the connection breaks":     {sdktest.Fault{Reset: true, Times: 2}, 0, "", "", "", 0},
		"it breaks again and again": {sdktest.Fault{Reset: true}, 3, "network.connect", "network", "can reach", 0},
		"sent on to another host": {sdktest.Fault{Status: 302, Header: map[string]string{"Location": "http://127.0.0.2:1/v1/users"}, Times: 1},
			3, "upstream.invalid_response", "upstream", "address", 0},
	}
}

// journeyFault reads all users. Then the last ten leave, and KnowBe4 fails on the second page of users. The
// other stream must be read, and no record may be removed until the first complete read, which removes the ten.
func journeyFault(t *testing.T, programs *journey.Programs, f fault) {
	const before, left = perPage + 100, 10
	h, c, vendor := newJourney(t, programs, before)
	h.Sync("kb4", 0)
	c.set(before - left)
	f.fault.Path, f.fault.After = "/v1/users", 1
	vendor.Fail(f.fault)
	run := h.Sync("kb4", f.exit)
	s := h.Step(run, "users")
	if e := h.Step(run, "enrollments"); e.Status != "succeeded" || e.Removed != left {
		t.Errorf("enrollments: %+v, want them read beside", e)
	}
	if f.code == "" {
		if s.Error != nil || s.Removed != left || h.Show("kb4").Health != "healthy" {
			t.Errorf("want a healthy connection and %d removals, got %+v", left, s)
		}
		return
	}
	if s.Error == nil || s.Error.Code != f.code || s.Error.Fault != f.whose || s.Error.RetryAfter != f.after {
		t.Errorf("step failed with %+v, want %s, fault %s, retry after %v s", s.Error, f.code, f.whose, f.after)
	} else if !strings.Contains(s.Error.Remedy, f.remedy) {
		t.Errorf("what to do is %q, want it to say %q", s.Error.Remedy, f.remedy)
	}
	if n := len(h.Records("kb4", "users")); n != before || s.Removed != 0 || s.Held != 0 {
		t.Errorf("%d records are left of %d: %+v", n, before, s)
	}
	if shown := fmt.Sprint(run, h.Logs(run.ID)); strings.Contains(shown, token) {
		t.Error("the run shows the token")
	}
	if f.fault.Times == 0 {
		return
	}
	if healed := h.Step(h.Sync("kb4", 0), "users"); healed.Removed != left || h.Show("kb4").Health != "healthy" {
		t.Errorf("the next sync is %+v, want it to heal and to remove %d", healed, left)
	}
}
