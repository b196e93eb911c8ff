package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// TestMain runs this program as the simulated company too, with a story that has few syncs.
func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == program {
		if err := run(os.Stdin, os.Stdout, os.Args[2], people, shorten); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	program = "simulated-company"
	people  = 300
)

// lastGood returns the last day on which a connection is synced and its vendor tells the truth, or -1.
func lastGood(c *tale) int {
	for day := days; day >= c.Added; day-- {
		truth := c.trouble(day) == nil && (c.files == nil || c.name != "contractors" || day < days)
		if truth && synced(c.connection, day) {
			return day
		}
	}
	return -1
}

// synced reports whether `plumbline demo` syncs a connection on a day.
func synced(c connection, day int) bool {
	switch {
	case c.Every == 0 || day < c.Added || c.Until > 0 && day > c.Until:
		return false
	case day == days, day == c.Until, slices.Contains(c.Also, day):
		return true
	}
	return (days-day)%c.Every == 0
}

// shorten leaves of the story the last good sync of each connection, and the syncs on days of which a flaw is looked for.
func shorten(t *town) {
	seen := map[string][]int{}
	for _, f := range t.company.Flaws() {
		for _, connection := range showing(t.company, f) {
			if day := seenOn(t, connection, f); day >= 0 {
				seen[connection] = append(seen[connection], day)
			}
		}
	}
	for _, s := range t.shops {
		last := lastGood(s.tale)
		s.Also = append(seen[s.alias()], last)
		if s.Every == 0 || last < 0 {
			continue
		}
		s.Every, s.Until, s.Added, s.Paused = 2*days, last, slices.Min(s.Also), ""
	}
}

// seenOn returns the day whose records show a flaw: the last good one of the story, or the last one before the flaw was
// mended. It returns -1 when no sync saw it.
func seenOn(t *town, connection string, f company.Flaw) int {
	for _, s := range t.shops {
		if s.alias() != connection {
			continue
		}
		for day := lastGood(s.tale); day >= 0; day-- {
			if f.On(day) && synced(s.connection, day) && s.trouble(day) == nil {
				return day
			}
		}
	}
	return -1
}

// TestEveryFlawIsInTheRecords makes the demo's workspace with the real programs and looks for each flaw of the company in
// the records of the connections whose vendors tell it.
func TestEveryFlawIsInTheRecords(t *testing.T) {
	t.Parallel()
	town := open(t, people)
	w := &workspace{t: t, dir: t.TempDir(), lists: map[string][]document{}}
	w.build()
	begun := time.Now()
	if out, err := w.run("demo", "--once", "--dir", filepath.Join(w.dir, "demo")); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	kinds, apart := map[string]bool{}, map[string]bool{}
	for _, f := range town.company.Flaws() {
		for _, connection := range showing(town.company, f) {
			day := seenOn(town, connection, f)
			if day < 0 {
				t.Errorf("%s: %s is not synced while it is there", f.ID, connection)
				continue
			}
			at := town.company.At(company.Date(day))
			now := begun.AddDate(0, 0, day-days)
			of := look{flaw: f, row: rowOf(at, f), person: personOf(at, f), day: now}
			kinds[f.Kind] = true
			if !of.in(w.documents(connection, now)) {
				t.Errorf("%s is not in the records of %s on day %d", f.ID, connection, day)
			}
		}
		if why := untold(town.company, f); why != "" {
			apart[f.Kind+" in "+f.Table+": "+why] = true
		} else if len(showing(town.company, f)) == 0 {
			t.Errorf("%s: nothing says where it shows, or why it does not", f.ID)
		}
	}
	if len(kinds) < 40 {
		t.Errorf("flaws of %d kinds were looked for, want at least 40", len(kinds))
	}
	t.Logf("%d kinds of flaws are in the records; not connected, or not told:\n%s", len(kinds),
		strings.Join(slices.Sorted(keys(apart)), "\n"))
}

// workspace is a workspace that the demo makes, with the programs that make it.
type workspace struct {
	t     *testing.T
	dir   string
	lists map[string][]document // by connection and moment
}

// document is the content of a record, with its vendor's document as the member vendor.
type document map[string]any

// build builds the programs of the demo. The simulated company is this test.
func (w *workspace) build() {
	w.t.Helper()
	bin := filepath.Join(w.dir, "bin")
	if err := os.MkdirAll(filepath.Join(bin, "connectors"), 0o750); err != nil {
		w.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, program)); err != nil {
		w.t.Fatal(err)
	}
	built := [][2]string{{"host/cmd/plumbline", "plumbline"}, {"plugins/declarative", "connectors/declarative"}}
	for _, one := range tales(time.Now()) {
		folder := filepath.Join("..", "..", one.connector)
		described := filepath.Join(folder, one.connector+".connector.yaml")
		if raw, err := os.ReadFile(described); err == nil {
			if err := os.WriteFile(filepath.Join(bin, "connectors", filepath.Base(described)), raw, 0o600); err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		built = append(built, [2]string{"plugins/" + one.connector, "connectors/" + one.connector})
	}
	for _, one := range built {
		c := exec.CommandContext(w.t.Context(), "go", "build", "-o", filepath.Join(bin, one[1]), "./"+one[0])
		c.Dir = filepath.Join("..", "..", "..")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			w.t.Fatalf("build %s: %v\n%s", one[0], err, out)
		}
	}
}

func (w *workspace) run(args ...string) ([]byte, error) {
	c := exec.CommandContext(w.t.Context(), filepath.Join(w.dir, "bin", "plumbline"), args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PLUMBLINE_") {
			c.Env = append(c.Env, pair)
		}
	}
	return c.CombinedOutput()
}

// documents returns the records of a connection as of half a day after a moment.
func (w *workspace) documents(connection string, at time.Time) []document {
	w.t.Helper()
	asOf := at.Add(12 * time.Hour)
	args := []string{"--data-dir", filepath.Join(w.dir, "demo", "data"), "record", "list", connection, "--json"}
	if asOf.Before(time.Now()) {
		args = append(args, "--as-of", asOf.UTC().Format(time.RFC3339))
	}
	key := strings.Join(args, " ")
	if known, found := w.lists[key]; found {
		return known
	}
	out, err := w.run(args...)
	if err != nil {
		w.t.Fatalf("list records of %s: %v\n%s", connection, err, out)
	}
	var page struct {
		Items []struct {
			Stream string   `json:"stream"`
			Data   document `json:"data"`
		} `json:"items"`
	}
	if err := json.Unmarshal(out, &page); err != nil {
		w.t.Fatalf("list records of %s: %v\n%.2000s", connection, err, out)
	}
	var all []document
	for _, item := range page.Items {
		item.Data["stream"] = item.Stream
		all = append(all, item.Data)
	}
	w.lists[key] = all
	return all
}
