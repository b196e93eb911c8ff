package supervisor_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

func TestTheOutcomeOfARunFollowsFromItsSteps(t *testing.T) {
	t.Parallel()
	const begun = "start:succeeded connect:succeeded "
	tests := map[string]struct {
		connector string // "" = fake
		script    string
		want      string
	}{
		"nothing to read": {"", `{}`, "succeeded " + begun + "users:succeeded groups:succeeded devices:succeeded findings:succeeded"},
		"all succeeded": {"", `{"streams":[{"name":"users","records":5},{"name":"groups","records":5}]}`,
			"succeeded " + begun + "users:succeeded groups:succeeded devices:succeeded findings:succeeded"},
		"one failed": {"", `{"streams":[{"name":"groups","error":"upstream.5xx"}]}`,
			"partial " + begun + "users:succeeded groups:failed=upstream.5xx devices:succeeded findings:succeeded"},
		"one read in part": {"", `{"streams":[{"name":"users","records":20,"page":10,"fail_at":10,"error":"rate.limited","cursor":true}]}`,
			"partial " + begun + "users:partial=rate.limited groups:succeeded devices:succeeded findings:succeeded"},
		"one with a gap": {"", `{"streams":[{"name":"users","records":5,"gap":"ou=hidden"}]}`,
			"partial " + begun + "users:partial=permission.missing groups:succeeded devices:succeeded findings:succeeded"},
		"all failed": {"", `{"streams":[{"name":"users","error":"upstream.5xx"},{"name":"groups","error":"upstream.5xx"},` +
			`{"name":"devices","error":"upstream.5xx"},{"name":"findings","error":"upstream.5xx"}]}`,
			"failed " + begun + "users:failed=upstream.5xx groups:failed=upstream.5xx devices:failed=upstream.5xx findings:failed=upstream.5xx"},
		"the sign-in failed": {"", `{"connect":{"error":"auth.invalid"}}`,
			"failed start:succeeded connect:failed=auth.invalid users:skipped groups:skipped devices:skipped findings:skipped"},
		"a crash in the first stream": {"", `{"streams":[{"name":"users","records":5,"throttle_ms":300,"crash":"kill"}]}`,
			"failed " + begun + "users:failed=connector.exited groups:skipped devices:skipped findings:skipped"},
		"a crash in the second stream": {"", `{"streams":[{"name":"users","records":5},` +
			`{"name":"groups","records":20,"page":10,"fail_at":10,"throttle_ms":300,"crash":"kill"}]}`,
			"partial " + begun + "users:succeeded groups:failed=connector.exited devices:skipped findings:skipped"},
		"a crash after another failure": {"", `{"streams":[{"name":"users","error":"auth.invalid"},` +
			`{"name":"groups","records":20,"page":10,"fail_at":10,"throttle_ms":300,"crash":"kill"}]}`,
			"failed " + begun + "users:failed=auth.invalid groups:failed=connector.exited devices:skipped findings:skipped"},
		"an end in the middle": {"", `{"streams":[{"name":"users","records":20,"page":10,"fail_at":10,"throttle_ms":300,"crash":"exit0"}]}`,
			"failed " + begun + "users:failed=connector.exited groups:skipped devices:skipped findings:skipped"},
		"cancelled by nobody": {"", `{"streams":[{"name":"users","records":20,"page":10,"fail_at":10,"error":"cancelled"}]}`,
			"partial " + begun + "users:failed=internal.bug groups:succeeded devices:succeeded findings:succeeded"},
		"the sign-in cancelled by nobody": {"", `{"connect":{"error":"cancelled"}}`,
			"failed start:succeeded connect:failed=internal.bug users:skipped groups:skipped devices:skipped findings:skipped"},
		"a stream that does not apply": {"picky", `{"streams":[{"name":"users","records":5}]}`,
			"succeeded " + begun + "users:succeeded devices:succeeded findings:succeeded"},
		"a stream that applies": {"picky", `{"streams":[{"name":"groups","records":5}]}`,
			"succeeded " + begun + "users:succeeded groups:succeeded devices:succeeded findings:succeeded"},
		"no such connector": {"absent", `{}`, "failed start:failed=not_found"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if test.connector == "" {
				test.connector = "fake"
			}
			run := b.sync(t, b.connection(t, test.connector, "corp", test.script))
			if told(run) != test.want {
				t.Errorf("got  %s\nwant %s", told(run), test.want)
			}
			for _, s := range run.Steps {
				if s.Failed() != (s.Error != nil) {
					t.Errorf("step %s is %s with error %v", s.Name, s.Status, s.Error)
				}
			}
		})
	}
}

func TestARunThatCannotUnsealItsSecretsFailsAtTheStart(t *testing.T) {
	t.Parallel()
	b := setup(t, withToken)
	c := b.connection(t, "fake", "corp", `{}`)
	sealed, err := b.vault.Seal("another connection", b.secrets)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = b.store.UpdateConnection(asTester(t), c.ID, 0, func(*host.Connection) error { return nil }, sealed, nil); err != nil {
		t.Fatal(err)
	}
	run := b.sync(t, c)
	want := "failed start:failed=internal.bug connect:skipped users:skipped groups:skipped devices:skipped findings:skipped"
	if told(run) != want {
		t.Errorf("got  %s\nwant %s", told(run), want)
	}
}

func TestARemovalIsHeldUntilAPersonConfirms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connection(t, "fake", "corp", `{"streams":[{"name":"users","records":250,"page":100}]}`)
	b.sync(t, c)
	c = b.play(t, c, `{"streams":[{"name":"users","records":100,"page":100}]}`)
	for range 2 { // asking again changes nothing
		held := b.sync(t, c)
		users := step(held, "users")
		if held.Status != host.StatusPartial || users.Status != host.StatusPartial || users.Held != 150 || users.Removed != 0 ||
			users.Error.Code != host.CodeRemovalHeld {
			t.Fatalf("got %s, held %d, removed %d", told(held), users.Held, users.Removed)
		}
		if want := "150 of 250 records"; !strings.Contains(users.Error.Message, want) {
			t.Errorf("the person is told %q, want %q in it", users.Error.Message, want)
		}
	}
	if n := b.records(t, c); n != 250 {
		t.Errorf("%d records while the removal is held, want 250", n)
	}
	confirmed := b.ended(t, b.start(t, c, supervisor.Options{Trigger: host.TriggerManual, Confirm: b.held(t, c)}).ID)
	if users := step(confirmed, "users"); confirmed.Status != host.StatusSucceeded || users.Removed != 150 || users.Held != 0 {
		t.Errorf("confirmed: %s, removed %d, held %d", told(confirmed), users.Removed, users.Held)
	}
	if n := b.records(t, c); n != 100 {
		t.Errorf("%d records, want 100", n)
	}
	if len(b.retries) != 0 {
		t.Error("a held removal was to be tried again by itself")
	}
}

// A stream that the settings leave out is read as empty. Its records wait for a
// person like any others, and go with the step once the person agrees.
func TestAStreamThatNoLongerAppliesGivesItsRecordsUp(t *testing.T) {
	t.Parallel()
	for _, records := range []int{1, 50} {
		t.Run(fmt.Sprint(records), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c := b.connection(t, "picky", "corp", fmt.Sprintf(`{"streams":[{"name":"groups","records":%d}]}`, records))
			b.sync(t, c)
			c = b.play(t, c, `{}`)
			held := b.sync(t, c)
			const want = "partial start:succeeded connect:succeeded users:succeeded groups:partial=removal.held devices:succeeded findings:succeeded"
			if groups := step(held, "groups"); told(held) != want || groups.Held != records || groups.Removed != 0 {
				t.Errorf("got %s, held %d, removed %d\nwant %s", told(held), groups.Held, groups.Removed, want)
			}
			if n := b.records(t, c); n != records {
				t.Errorf("%d records are left, want %d", n, records)
			}
			gone := b.ended(t, b.start(t, c, supervisor.Options{Trigger: host.TriggerManual, Confirm: b.held(t, c)}).ID)
			if n := b.records(t, c); n != 0 || gone.Status != host.StatusSucceeded {
				t.Errorf("confirmed: %s, %d records are left", told(gone), n)
			}
			if again := b.sync(t, c); step(again, "groups").Name != "" {
				t.Errorf("a stream without records that the settings leave out is still a step: %s", told(again))
			}
		})
	}
}

// held returns the ids of the held removals of a connection, by stream.
func (b *bundle) held(t *testing.T, c host.Connection) map[string]string {
	t.Helper()
	list, err := b.store.Held(c.ID)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, h := range list {
		ids[h.Stream] = h.ID
	}
	return ids
}

func TestGapsAreKeptWithTheirStep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := b.sync(t, b.connection(t, "fake", "corp", `{"streams":[{"name":"users","records":5,"gap":"ou=hidden"}]}`))
	users := step(run, "users")
	if len(users.Gaps) != 1 || users.Gaps[0].Scope != "ou=hidden" || !strings.HasPrefix(users.Error.Message, "ou=hidden could not be read") {
		t.Errorf("gaps %+v, error %v", users.Gaps, users.Error)
	}
	crashed := b.sync(t, b.connection(t, "fake", "crashed",
		`{"streams":[{"name":"users","gap":"ou=hidden","throttle_ms":300,"crash":"kill"}]}`))
	if users := step(crashed, "users"); len(users.Gaps) != 1 || users.Error.Code != host.CodeConnectorExited {
		t.Errorf("after a crash: gaps %+v, error %v", users.Gaps, users.Error)
	}
	if cmp.Equal(step(run, "groups").Gaps, []host.Gap(nil)) {
		t.Error("a step without gaps has null for a list")
	}
}

const canary = "canary-4711-of-the-token"

func TestTheLogIsNumberedAndHoldsNoSecret(t *testing.T) {
	t.Parallel()
	b := setup(t, withToken)
	c := b.connection(t, "fake", "corp", `{"streams":[
		{"name":"users","records":5,"leak":true,"fail_at":2,"error":"auth.invalid"},
		{"name":"groups","leak":true,"error":"upstream.5xx"}]}`)
	run := b.sync(t, c)
	lines, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID}))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", run)
	for i, line := range lines {
		if line.Number != i+1 {
			t.Errorf("line %d has number %d", i+1, line.Number)
		}
		text += fmt.Sprintf("\n%+v", line)
	}
	for _, want := range []string{"started fake 1.0.0", "the token is ", "auth.invalid: ", "upstream.5xx: "} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(text, canary) {
		t.Errorf("the secret is in what was kept:\n%s", text)
	}
	if err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), canary) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Nobody but the host looks at what a program writes before it dies.
func TestTheLastWordsOfAProgramHoldNoSecret(t *testing.T) {
	t.Parallel()
	b := setup(t, withToken)
	run := b.sync(t, b.connection(t, "picky", "corp", `{"streams":[{"name":"devices","throttle_ms":300,"error":"upstream.5xx"}]}`))
	devices := step(run, "devices")
	if devices.Error == nil || !strings.Contains(devices.Error.Detail, "the token is ••••") ||
		!strings.Contains(devices.Error.Message, "••••") {
		t.Fatalf("%s, told as %+v", told(run), devices.Error)
	}
	lines, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID}))
	if text := fmt.Sprintf("%+v %+v %v", *devices.Error, lines, err); strings.Contains(text, canary) {
		t.Errorf("the secret is in what was kept: %s", text)
	}
}

// While a run is active, its newest lines are in memory: together with those
// stored there is no hole and no line twice.
func TestThePendingLogFollowsTheStoredOne(t *testing.T) {
	t.Parallel()
	now := time.Now() // stands still, so that no line is stored for its age
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.Now = func() time.Time { return now } })
	script, file := b.blocking("a")
	script = strings.Replace(script, `"records"`, `"leak":true,"records"`, 1)
	run := b.start(t, b.connection(t, "fake", "corp", script), supervisor.Options{})
	b.reading(t, run.ID, 200)
	pending := b.supervisor.PendingLogs(run.ID)
	stored, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID}))
	if err != nil {
		t.Fatal(err)
	}
	next := 1
	for _, line := range append(stored, pending...) {
		if line.Number > next || line.Number < 1 {
			t.Errorf("line %d comes where %d is due", line.Number, next)
		}
		next = max(next, line.Number+1)
	}
	if len(stored) == 0 || len(pending) == 0 {
		t.Errorf("%d lines are stored, %d are pending; want some of both", len(stored), len(pending))
	}
	unblock(t, file)
	b.ended(t, run.ID)
	if b.supervisor.PendingLogs(run.ID) != nil {
		t.Error("lines are pending after the end")
	}
}

// TestAnEndIsCountedBeforeTheOutcomeIsSeen looks at runs all the time while they end: a
// reader that sees an outcome has to know that what it read before is out of date.
func TestAnEndIsCountedBeforeTheOutcomeIsSeen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connection(t, "fake", "corp", `{}`)
	for n := range uint64(10) {
		run := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
		for seen := false; !seen; {
			active, ok := b.supervisor.Run(run.ID)
			seen = !ok || active.Status.Final()
			if ends := b.supervisor.Generation(c.ID); seen && ends != n+1 {
				t.Fatalf("the outcome of run %d is seen after %d ends", n+1, ends)
			}
		}
		b.ended(t, run.ID)
	}
}

// "Step 1 of 18" of a run with two streams helps nobody: what does not apply is no
// step from the first moment on.
func TestAStreamThatDoesNotApplyIsNoStepWhileOthersAreRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	script, file := b.blocking("a")
	run := b.start(t, b.connection(t, "picky", "corp", script), supervisor.Options{})
	b.reading(t, run.ID, 200)
	reading, _ := b.supervisor.Run(run.ID)
	if got := step(reading, "groups"); got.Name != "" {
		t.Errorf("groups is a step: %s", told(reading))
	}
	unblock(t, file)
	b.ended(t, run.ID)
}

// TestAFullDiskLosesNoCount fills the disk at every point of a run. What was removed before
// it was full is counted.
func TestAFullDiskLosesNoCount(t *testing.T) {
	t.Parallel()
	var minutes, left atomic.Int64 // each look at the clock is a minute later, so the disk is measured each time
	left.Store(math.MaxInt64)
	b := setup(t, onDisk(
		func() time.Time { return time.Now().Add(time.Duration(minutes.Add(1)) * time.Minute) },
		func() bool { return left.Add(-1) < 0 },
	))
	removed := 0
	for k := int64(8); k < 24; k++ {
		c := b.connection(t, "fake", fmt.Sprintf("corp-%d", k), `{"streams":[{"name":"users","records":10}]}`)
		b.sync(t, c)
		c = b.play(t, c, `{"streams":[{"name":"users","records":9}]}`)
		started := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
		left.Store(k)
		if err := b.supervisor.Wait(t.Context(), started.ID); err != nil {
			t.Fatal(err)
		}
		left.Store(math.MaxInt64)
		run := b.stored(t, started.ID)
		page, err := b.store.Changes(t.Context(), journal.ChangeQuery{Connections: []string{c.ID}, Run: run.ID})
		if err != nil {
			t.Fatal(err)
		}
		changes := page.Changes
		if counted := step(run, "users").Removed; counted != len(changes) {
			t.Errorf("full after %d looks: %d are counted as removed, %d changes are logged; the run %s", k, counted, len(changes), told(run))
		}
		if run.Status != host.StatusSucceeded {
			removed += len(changes)
		}
	}
	if removed == 0 {
		t.Error("no run failed after it had removed something: the test shows nothing")
	}
}

// linesOf returns the lines of a page of a log.
func linesOf(page journal.LogPage, err error) ([]host.Log, error) { return page.Lines, err }
