package conform_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestEveryCaseIsExplained checks that cases.md explains every case, in the same order and with the same title.
func TestEveryCaseIsExplained(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("cases.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)\n\n\*\*(.+)\.\*\* \((must|should)\) (.+)$`).FindAllStringSubmatch(string(raw), -1) {
		got = append(got, strings.ToLower(m[1]+" "+m[3]+" "+m[2]))
		if len(m[4]) < 40 {
			t.Errorf("%s is hardly explained: %s", m[1], m[4])
		}
	}
	seen := map[string]bool{}
	for _, c := range conform.Cases() {
		want = append(want, strings.ToLower(c.ID+" "+string(c.Level)+" "+c.Title))
		if seen[c.ID] || conform.GroupTitle(c.Group()) == "" || !strings.HasSuffix(c.Link(), "cases.md#"+strings.ToLower(c.ID)) {
			t.Errorf("case %s: its id is taken, its group has no title, or its link leads elsewhere: %s", c.ID, c.Link())
		}
		seen[c.ID] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases.md (-cases +page):\n%s", diff)
	}
}

// TestRecordsWhatItPlaysBack records the model from a recording of its system and tests it with the new one.
func TestRecordsWhatItPlaysBack(t *testing.T) {
	t.Parallel()
	program := sdktest.Build(t, "../sdktest/cmd/mutant")
	model := sdktest.Fixture(t, "testdata/model")
	proxy, err := replay.NewProxy(replay.Options{Upstream: replay.NewPlayer(model.Exchanges), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	recorded, err := conform.Record(t.Context(), conform.Config{Program: program, Settings: model.Settings, Secrets: model.Secrets},
		proxy.Transport())
	if err != nil || recorded.Whole != nil {
		t.Fatalf("record: %v, %v", err, recorded.Whole)
	}
	if diff := cmp.Diff(map[string]int{"users": 10, "groups": 2, "findings": 4}, recorded.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if made := recorded.Fixture.Secrets["token"]; made == model.Secrets["token"] || made == "" {
		t.Errorf("the made-up token is %q", made)
	}
	dir := t.TempDir()
	if err := recorded.Fixture.Save(dir); err != nil {
		t.Fatal(err)
	}
	c := conform.Config{Program: program, Fixture: sdktest.Fixture(t, dir)}
	for _, r := range conform.Run(t.Context(), c, only("R2", "R19", "R21", "V7"), func(conform.Result) {}) {
		if r.Verdict != conform.Passed {
			t.Errorf("%s %s: %s", r.ID, r.Verdict, r.Detail)
		}
	}
}

// TestNothingIsLeftOfACase checks that cases leave no files, also when they kill their program.
func TestNothingIsLeftOfACase(t *testing.T) {
	program := sdktest.Build(t, "../sdktest/cmd/mutant")
	c := conform.Config{Program: program, Fixture: sdktest.Fixture(t, "testdata/model")}
	dir, err := os.MkdirTemp("", "left") // short: sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	for _, r := range conform.Run(t.Context(), c, only("H4", "V2", "W2"), func(conform.Result) {}) {
		if r.Verdict != conform.Passed {
			t.Errorf("%s %s: %s", r.ID, r.Verdict, r.Detail)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestAnInterruptLeavesOutTheRest cancels a run of the suite after its first case.
func TestAnInterruptLeavesOutTheRest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := conform.Config{Program: sdktest.Build(t, "../sdktest/cmd/mutant"), Fixture: sdktest.Fixture(t, "testdata/model")}
	results := conform.Run(ctx, c, only("H1", "H3", "R1", "R2"), func(conform.Result) { cancel() })
	if len(results) != 1 || results[0].ID != "H1" {
		t.Errorf("got %v", results)
	}
	ctx, cancel = context.WithCancel(t.Context())
	for _, r := range conform.Run(ctx, c, only("R1", "R19", "C1", "C16"), func(conform.Result) { cancel() }) {
		if r.Verdict != conform.Passed {
			t.Errorf("a case that was under way is told: %v", r)
		}
	}
}

// TestARecordingThatIsNotAskedFails tests a connector that sends no requests, and one that sends requests
// without a recorded answer.
func TestARecordingThatIsNotAskedFails(t *testing.T) {
	t.Parallel()
	model := sdktest.Fixture(t, "testdata/model")
	silent := *model
	silent.Settings, silent.Secrets = []byte(`{"streams":[{"name":"users","records":3}]}`), nil
	short := *model
	short.Exchanges = model.Exchanges[:3]
	for name, test := range map[string]struct {
		program string
		fixture replay.Fixture
		want    string
	}{
		"asks nobody": {sdktest.Build(t, "../sdktest/cmd/fake"), silent, "through the host's proxy"},
		"asks for more": {sdktest.Build(t, "../sdktest/cmd/mutant"), short,
			"GET https://model.example.com/users?page=2, which the recording does not answer"},
	} {
		c := conform.Config{Program: test.program, Fixture: &test.fixture}
		for _, r := range conform.Run(t.Context(), c, only("R21"), func(conform.Result) {}) {
			if r.Verdict != conform.Failed || !strings.Contains(r.Detail, test.want) {
				t.Errorf("%s: %s: %s", name, r.Verdict, r.Detail)
			}
		}
	}
}

func only(ids ...string) []conform.Case {
	var some []conform.Case
	for _, c := range conform.Cases() {
		for _, id := range ids {
			if c.ID == id {
				some = append(some, c)
			}
		}
	}
	return some
}
