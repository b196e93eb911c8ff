package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var table = flag.String("table", "", "the Markdown file into which TestTableOfTheCatalogue writes the table, between its two marks")

// The marks of the table.
const (
	tableBegin = "<!-- made by make catalogue -->\n"
	tableEnd   = "<!-- end of the catalogue -->\n"
)

// TestTableOfTheCatalogue reads the whole population of each connector and writes what it took. Without
// -table it writes the table of the example alone, into a file of its own.
func TestTableOfTheCatalogue(t *testing.T) {
	if *table != "" { // not beside other tests, for the times
		paths, err := filepath.Glob(filepath.Join(*connectors, "*", "*.connector.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		writeTable(t, *table, paths, true)
		return
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("before\n"+tableBegin+"old\n"+tableEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeTable(t, file, []string{"testdata/catalogue/acme/acme.connector.yaml"}, false)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`\| [0-9]+ \| (1|2|5|10|20) s \|`).ReplaceAllString(string(raw), "| N | N s |")
	want := `before
<!-- made by make catalogue -->
1 connectors.

| Connector | Category | Streams (kind, records) | Needs | Requests | Time | Within the vendor's limits | Unknown |
|---|---|---|---|---|---|---|---|
| [` + "`acme`](acme) | identity | `users` (account, 270), `teams` (account, 20), `repositories` (repository, 100) | " +
		"`users.read`, `teams.read`, `factors.read` (optional) | N | N s | 20 s | roles, groups |\n" + `<!-- end of the catalogue -->
after
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// writeTable writes the lines of connectors into a file. It writes nothing when one is not whole.
func writeTable(t *testing.T, into string, paths []string, full bool) {
	t.Helper()
	raw, err := os.ReadFile(into)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(raw), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		t.Fatalf("%s has not the two marks of the table", into)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s%d connectors.\n\n", before, tableBegin, len(paths))
	b.WriteString("| Connector | Category | Streams (kind, records) | Needs | Requests | Time | Within the vendor's limits | Unknown |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	slices.Sort(paths)
	for _, path := range paths {
		b.WriteString(tableLine(t, path, full))
	}
	if !t.Failed() {
		if err := os.WriteFile(into, []byte(b.String()+tableEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func tableLine(t *testing.T, path string, full bool) string {
	t.Helper()
	e, err := exhibitOf(path)
	if err != nil {
		t.Error(path, err)
		return ""
	}
	e.full = full
	v, f := e.whole(t), e.plan.File
	var streams, needs []string
	var took time.Duration
	for _, s := range e.plan.Streams {
		for _, complaint := range v.notWhole(s.File.Name) {
			t.Error(f.ID, complaint)
		}
		records := len(v.Streams[s.File.Name].Records)
		streams = append(streams, fmt.Sprintf("`%s` (%s, %s)", s.File.Name, s.File.Kind, thousands(records)))
		took += v.took[s.File.Name]
	}
	for _, p := range f.Permissions {
		needs = append(needs, "`"+p.ID+"`"+map[bool]string{true: " (optional)"}[p.Optional])
	}
	if len(needs) == 0 {
		needs = []string{"nothing to grant"}
	}
	requests, limit := v.vendor.Requests(), "none documented"
	if perSecond := f.Limits.RequestsPerSecond; perSecond > 0 {
		limit = roundedUp(time.Duration(float64(requests) / perSecond * float64(time.Second)))
	}
	unknown, err := unknownOf(filepath.Dir(path))
	if err != nil {
		t.Error(f.ID, err)
	}
	return fmt.Sprintf("| [`%s`](%s) | %s | %s | %s | %s | %s | %s | %s |\n", f.ID, f.ID, strings.Join(f.Categories, ", "),
		strings.Join(streams, ", "), strings.Join(needs, ", "), thousands(requests), roundedUp(took), limit, unknown)
}

// unknownOf returns what a connector does not tell: the end of the first paragraph of its README.
func unknownOf(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(string(raw), "\n\n") // behind the title
	paragraph, _, _ := strings.Cut(text, "\n\n")
	_, unknown, found := strings.Cut(strings.Join(strings.Fields(paragraph), " "), "Unknown: ")
	if !found || !strings.HasSuffix(unknown, ".") || strings.Contains(unknown, "|") {
		return "", fmt.Errorf(`the first paragraph of README.md does not end with "Unknown: … ." (what the connector does not tell)`)
	}
	return strings.TrimSuffix(unknown, "."), nil
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// steps are the times that the table has, so that it does not change with every run.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 5 * time.Hour, 10 * time.Hour, 24 * time.Hour,
}

func roundedUp(d time.Duration) string {
	at, _ := slices.BinarySearch(steps, d)
	if at == len(steps) {
		return "over 24 h"
	}
	switch d = steps[at]; {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

func TestNumbersOfTheTable(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "1 s", time.Second: "1 s", 1100 * time.Millisecond: "2 s", 58 * time.Second: "1 min", 61 * time.Minute: "2 h",
		30 * time.Hour: "over 24 h",
	} {
		if got := roundedUp(d); got != want {
			t.Errorf("%s is %s", d, got)
		}
	}
}
