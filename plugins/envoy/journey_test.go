package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const pageTwo = 1 // requests to let through before a fault on the second page

// staff is a directory whose size the test changes.
type staff struct{ people atomic.Int32 }

func (s *staff) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	directory{people: int(s.people.Load()), meta: true}.ServeHTTP(w, r)
}

// TestJourney runs the whole program, from `connection add` to the output of later commands.
func TestJourney(t *testing.T) {
	t.Parallel()
	programs := journey.Build(t, ".")
	for _, people := range []int{0, 1, pageRows, pageRows + 1} {
		t.Run(fmt.Sprintf("%d employees", people), func(t *testing.T) {
			t.Parallel()
			journeySize(t, programs, people)
		})
	}
	for name, fault := range journeyFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journeyFault(t, programs, fault)
		})
	}
}

// newJourney adds a connection to a simulated Envoy with that many employees.
func newJourney(t *testing.T, programs *journey.Programs, people int) (*journey.Home, *staff, *sdktest.Vendor) {
	t.Helper()
	s := &staff{}
	s.people.Store(int32(people))
	vendor := sdktest.NewVendor(t, s)
	h := programs.Home(t)
	h.Setenv("ENVOY_KEY", key)
	h.Run("connection", "add", "envoy", "--alias", "hq", "--set", "base_url="+vendor.URL, "--secret", "api_key=env:ENVOY_KEY").Want(0)
	return h, s, vendor
}

func journeySize(t *testing.T, programs *journey.Programs, people int) {
	h, _, _ := newJourney(t, programs, people)
	h.Run("connection", "check", "hq").Want(0)
	run := h.Sync("hq", 0)
	want := journey.Step{Name: "employees", Status: "succeeded", Read: people, Added: people, Gaps: []journey.Gap{}}
	if diff := cmp.Diff(want, h.Step(run, "employees")); diff != "" || run.Status != "succeeded" {
		t.Errorf("run is %s; step (-want +got):\n%s", run.Status, diff)
	}
	if n := len(h.Records("hq", "employees")); n != people {
		t.Errorf("%d records are listed, want %d", n, people)
	}
	again := h.Step(h.Sync("hq", 0), "employees")
	if again.Read != people || again.Added+again.Changed+again.Removed != 0 {
		t.Errorf("the second sync changed something: %+v", again)
	}
	if c := h.Show("hq"); c.Health != "healthy" || len(c.FailingSteps) != 0 {
		t.Errorf("connection is %+v, want healthy", c)
	}
}

// fault is one failure of Envoy and what a person sees of it.
type fault struct {
	faults []sdktest.Fault
	exit   int
	status string // of the run
	code   string // of the step's error; empty for none
	fault  string
	reason string  // of the connection; empty: not looked at
	remedy string  // what to do says this, among other words
	after  float64 // retry_after_seconds
}

func journeyFaults() map[string]fault {
	wait := func(seconds string) map[string]string { return map[string]string{"Retry-After": seconds} }
	return map[string]fault{
		"401": {[]sdktest.Fault{{Status: 401, After: pageTwo, Times: 1}}, 4, "failed", "auth.invalid", "customer",
			"action_required", "Enter a valid credential", 0},
		"403": {[]sdktest.Fault{{Status: 403, After: pageTwo, Times: 1}}, 4, "failed", "permission.missing", "customer",
			"action_required", "Grant employees.read", 0},
		"429 with Retry-After": {[]sdktest.Fault{{Status: 429, Header: wait("1"), After: pageTwo, Times: 1}}, 0, "succeeded", "", "", "on_time",
			"", 0},
		"429 without": {[]sdktest.Fault{{Status: 429, After: pageTwo, Times: 1}}, 0, "succeeded", "", "", "on_time", "", 0},
		"429 for an hour": {[]sdktest.Fault{{Status: 429, Header: wait("3600"), After: pageTwo, Times: 1}}, 3, "failed", "rate.limited",
			"upstream", "degraded", "next run", 3600},
		"429 again and again": {[]sdktest.Fault{{Status: 429, Header: wait("0.1"), After: pageTwo, Times: 8}}, 3, "failed", "rate.limited",
			"upstream", "degraded", "next run", 0.1},
		"500 twice then fine": {[]sdktest.Fault{{Status: 500, After: pageTwo, Times: 2}}, 0, "succeeded", "", "", "on_time", "", 0},
		"500 three times": {[]sdktest.Fault{{Status: 500, After: pageTwo, Times: 3}}, 3, "failed", "upstream.5xx", "upstream", "",
			"Wait for the vendor", 0},
		"a web page with 200": {[]sdktest.Fault{onPageTwo(sdktest.HTML())}, 3, "failed", "upstream.invalid_response", "upstream", "",
			"sign-in page", 0},
		"cut short once": {[]sdktest.Fault{{Break: true, After: pageTwo, Times: 1}}, 0, "succeeded", "", "", "on_time", "", 0},
		"cut short twice": {[]sdktest.Fault{{Break: true, After: pageTwo, Times: 2}}, 3, "failed", "upstream.invalid_response", "upstream",
			"", "next run", 0},
	}
}

func onPageTwo(f sdktest.Fault) sdktest.Fault {
	f.After = pageTwo
	return f
}

// journeyFault reads all employees. Then the last ten leave, and Envoy fails on the second of three pages. No
// record may be removed until the first complete read, which removes the ten.
func journeyFault(t *testing.T, programs *journey.Programs, f fault) {
	const before, left = 250, 10
	h, s, vendor := newJourney(t, programs, before)
	h.Sync("hq", 0)
	s.people.Store(before - left)
	vendor.Fail(f.faults...)
	begun := time.Now()
	run := h.Sync("hq", f.exit)
	step, c := h.Step(run, "employees"), h.Show("hq")
	if run.Status != f.status || f.reason != "" && c.Reason != f.reason {
		t.Errorf("run is %s, connection %s; want %s, %s", run.Status, c.Reason, f.status, f.reason)
	}
	if f.code == "" {
		if step.Error != nil || step.Removed != left || c.Health != "healthy" || len(c.FailingSteps) != 0 {
			t.Errorf("want a healthy connection and %d removals, got %+v, %+v", left, c, step)
		}
		return
	}
	if step.Error == nil || step.Error.Code != f.code || step.Error.Fault != f.fault || step.Error.RetryAfter != f.after {
		t.Errorf("step failed with %+v, want %s, fault %s, retry after %v s", step.Error, f.code, f.fault, f.after)
	} else if !strings.Contains(step.Error.Remedy, f.remedy) {
		t.Errorf("what to do is %q, want it to say %q", step.Error.Remedy, f.remedy)
	}
	plain(t, c.Remedy)
	if c.Health != "unhealthy" || !cmp.Equal(c.FailingSteps, []string{"employees"}) {
		t.Errorf("connection is %+v, want unhealthy because of employees", c)
	}
	if n := len(h.Records("hq", "employees")); n != before || step.Removed != 0 || step.Held != 0 || len(h.Changes("hq", run.ID)) != 0 {
		t.Errorf("%d records are left of %d: %+v", n, before, step)
	}
	if took := time.Since(begun); f.after > 60 && took > time.Minute {
		t.Errorf("took %s: it waited for a limit that ends after the run", took)
	}
	if healed := h.Step(h.Sync("hq", 0), "employees"); healed.Removed != left || h.Show("hq").Health != "healthy" {
		t.Errorf("the next sync is %+v, want it to heal and to remove %d", healed, left)
	}
}

var jargon = regexp.MustCompile(`(?i)\b(https?|json|html|tcp|eof|null|nil|syscall|panic|payload|parse|stack|` +
	`exception|errno|regexp?|context|[1-5]\d\d)\b|[{}<>_]`)

// plain checks that a remedy has one or two sentences without technical terms.
func plain(t *testing.T, remedy string) {
	t.Helper()
	if remedy == "" || len(remedy) > 200 || !strings.HasSuffix(remedy, ".") {
		t.Errorf("what to do is %q, want one short sentence", remedy)
	}
	if word := jargon.FindString(remedy); word != "" {
		t.Errorf("what to do is %q, which says %q", remedy, word)
	}
}
