package pack_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// forged changes the name in each record, and keeps its hash.
func forged(records func(context.Context, func(host.Record) error) error) func(context.Context, func(host.Record) error) error {
	return func(ctx context.Context, fn func(host.Record) error) error {
		return records(ctx, func(r host.Record) error {
			r.Data = json.RawMessage(strings.Replace(string(r.Data), `"yes"`, `"no"`, 1))
			return fn(r)
		})
	}
}

// formula finds what a spreadsheet would run.
var formula = regexp.MustCompile(`^[ \x{a0}]*[=+\-@\t\r＝＋－＠]`)

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	cells := 0
	for _, m := range members(t, written(t, content(3), newKey(t))) {
		if !strings.HasSuffix(m.name, ".csv") {
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(string(m.content))).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cells++; formula.MatchString(cell) {
					t.Errorf("%s has the cell %q", m.name, cell)
				}
			}
		}
	}
	if cells < 100 {
		t.Errorf("only %d cells", cells)
	}
}

func TestNamesOfOthersAreHarmless(t *testing.T) {
	t.Parallel()
	raw := written(t, content(3), newKey(t))
	name := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)
	for _, m := range members(t, raw) {
		if !name.MatchString(m.name) || strings.Contains(m.name, "..") {
			t.Errorf("a file is called %q", m.name)
		}
	}
	page := fileOf(t, raw, "index.html")
	for _, bad := range []string{"<script", "\u202e", "http://", "https://", "src=", "<link", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, wanted := range []string{
		"Content-Security-Policy", "&lt;script&gt;", "(blind)", "prefers-color-scheme", "@media print", "not to say that there are none",
	} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page has no %q", wanted)
		}
	}
}

func TestADemoSaysSo(t *testing.T) {
	t.Parallel()
	key, c := newKey(t), content(3)
	c.Demo = true
	raw := written(t, c, key)
	page := fileOf(t, raw, "index.html")
	if at := strings.Index(page, "DEMO: the records are of a company that does not exist"); at < 0 || at > strings.Index(page, "<h1") {
		t.Error("the page does not begin with it")
	}
	for _, name := range []string{"MANIFEST.json", "VERIFY.md", "oscal/assessment-results.json", "ocsf/findings.jsonl"} {
		if !strings.Contains(strings.ToLower(fileOf(t, raw, name)), "demo") {
			t.Errorf("%s does not say it", name)
		}
	}
	if !verified(t, raw, key.Public).Demo {
		t.Error("the report does not say it")
	}
}

func TestAPackOfNothingIsAPack(t *testing.T) {
	t.Parallel()
	key, c := newKey(t), content(0)
	c.Documents = nil
	c.Requirements, c.Controls, c.Tests, c.Populations, c.Notices = nil, nil, nil, nil, []string{"No control meets a requirement."}
	c.Findings = func(context.Context, func(pack.Finding) error) error { return nil }
	c.Chain.Links = links(0)
	raw := written(t, c, key)
	if r := verified(t, raw, key.Public); !r.OK {
		t.Errorf("it is reported as %+v", r.Complaints)
	}
	keeps(t, "oscal-assessment-results", []byte(fileOf(t, raw, "oscal/assessment-results.json")))
	if page := fileOf(t, raw, "index.html"); !strings.Contains(page, "No control was chosen.") || !strings.Contains(page, "No control meets") {
		t.Errorf("the page says\n%s", page)
	}
}

// keeps fails unless a document keeps a schema of testdata.
func keeps(t *testing.T, name string, raw []byte) {
	t.Helper()
	rules, err := os.ReadFile("testdata/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(raw); err != nil {
		t.Errorf("%s: %v\n%s", name, err, raw)
	}
}

func TestTheFormatsOfOthersKeepTheirSchemas(t *testing.T) {
	t.Parallel()
	raw := written(t, content(3), newKey(t))
	oscal := fileOf(t, raw, "oscal/assessment-results.json")
	keeps(t, "oscal-assessment-results", []byte(oscal))
	for _, wanted := range []string{`"reason": "fail"`, `"reason": "other"`, `"target-id": "_164.308_a_1"`} {
		if !strings.Contains(oscal, wanted) {
			t.Errorf("OSCAL has no %s", wanted)
		}
	}
	if strings.Contains(oscal, `"satisfied"`) {
		t.Error("a requirement is satisfied by a test that fails, or by documents that are not there")
	}
	events := strings.Split(strings.TrimSpace(fileOf(t, raw, "ocsf/findings.jsonl")), "\n")
	if len(events) != 3 {
		t.Errorf("%d events of OCSF", len(events))
	}
	for _, event := range events {
		keeps(t, "ocsf-compliance-finding", []byte(event))
	}
}

// TestNothingIsLeftOfAPackThatFails: a list that cannot be read and a cancelled task leave no file.
func TestNothingIsLeftOfAPackThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	cancelled, cancel := context.WithCancel(t.Context())
	defer cancel()
	for what, c := range map[string]*pack.Content{"fails": content(3), "is cancelled": content(3)} {
		dir, ctx := t.TempDir(), t.Context()
		if what == "fails" {
			c.Populations[0].Records = func(context.Context, func(host.Record) error) error { return broken }
		} else {
			ctx = cancelled
			cancel()
		}
		_, err := pack.Write(ctx, io.Discard, dir, c, newKey(t), func(pack.Progress) {})
		if !errors.Is(err, broken) && !errors.Is(err, context.Canceled) {
			t.Errorf("a pack that %s: %v", what, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("a pack that %s leaves %v, %v", what, left, err)
		}
	}
}

// TestADocumentIsTheOneThatWasStored: a file that was changed on the disk goes into no pack.
func TestADocumentIsTheOneThatWasStored(t *testing.T) {
	t.Parallel()
	c := content(3)
	if raw := written(t, c, newKey(t)); fileOf(t, raw, c.Documents[0].Place()) != "foo" {
		t.Error("the file is another one")
	}
	c.Documents[0].SHA256 = strings.Repeat("0", 64)
	_, err := pack.Write(t.Context(), io.Discard, t.TempDir(), c, newKey(t), func(pack.Progress) {})
	if err == nil || !strings.Contains(err.Error(), "not the one that was stored") {
		t.Errorf("a changed file: %v", err)
	}
}

// TestMemoryDoesNotGrowWithTheRecords writes and verifies 100,000 records of 60 MB.
func TestMemoryDoesNotGrowWithTheRecords(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	const most = 24 << 20
	c, key := content(100_000), newKey(t)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, highest := used(), uint64(0)
	records := c.Populations[0].Records
	c.Populations[0].Records = func(ctx context.Context, fn func(host.Record) error) error {
		n := 0
		return records(ctx, func(r host.Record) error {
			if n++; n%25_000 == 0 {
				highest = max(highest, used())
			}
			return fn(r)
		})
	}
	file, err := os.Create(t.TempDir() + "/pack.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := pack.Write(t.Context(), file, t.TempDir(), c, key, func(pack.Progress) {}); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := pack.Verify(t.Context(), file, info.Size(), key.Public)
	if err != nil || !r.OK || r.Records != 100_000 {
		t.Errorf("it is reported as %+v, %v", r, err)
	}
	if grown := int64(highest) - int64(before); grown > most {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
