package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

var catalogue = flag.String("catalogue", "", "the Markdown file into which TestTableOfTheCatalogue writes the table, between its two marks")

// The marks of the table.
const (
	tableBegin = "<!-- made by make catalogue -->\n"
	tableEnd   = "<!-- end of the catalogue -->\n"
)

// TestTableOfTheCatalogue reads the whole population of each connector and writes what it took. Without
// -catalogue it writes the table of the example alone, into a file of its own.
func TestTableOfTheCatalogue(t *testing.T) {
	if *catalogue != "" { // not beside other tests, for the times
		paths, err := filepath.Glob(filepath.Join(*connectors, "*", "*.connector.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		writeTable(t, *catalogue, paths, true)
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
	e.Full = full
	c := e.Cells(t)
	return "| " + strings.Join([]string{c.Name, c.Category, c.Streams, c.Needs, c.Requests, c.Time, c.Limit, c.Unknown}, " | ") + " |\n"
}

func TestNumbersOfTheTable(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := prove.Thousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "1 s", time.Second: "1 s", 1100 * time.Millisecond: "2 s", 58 * time.Second: "1 min", 61 * time.Minute: "2 h",
		30 * time.Hour: "over 24 h",
	} {
		if got := prove.RoundedUp(d); got != want {
			t.Errorf("%s is %s", d, got)
		}
	}
}
