package prove

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// The flags of the tests of programs.
var (
	population = flag.String("population", "small", "small, or full for as many items as the simulator has")
	table      = flag.String("table", "", "the Markdown file in whose table of programs the connector writes its line")
)

// FullPopulation reports whether the flag -population asks for all items of the simulator.
func FullPopulation() bool { return *population == "full" || *table != "" }

// Program proves a program whose simulator.yaml and README.md lie beside its test.
func Program(t *testing.T, connector func() *sdk.Connector) {
	t.Helper()
	system, err := File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	Handler(t, connector, system)
}

// Handler is Program for a simulator in Go.
func Handler(t *testing.T, connector func() *sdk.Connector, system System) {
	t.Helper()
	e := &Exhibit{
		Dir: ".", Connector: func() (*sdk.Connector, error) { return connector(), nil }, System: system, Full: FullPopulation(),
	}
	if err := e.Ready(); err != nil {
		t.Fatal(err)
	}
	if *table != "" { // alone, for the times
		e.writeLine(t, *table)
		return
	}
	All(t, e)
}

// The marks of the table of programs.
const (
	programsBegin = "<!-- programs: made by make catalogue -->\n"
	programsEnd   = "<!-- end of the programs -->\n"
)

// writeLine writes the connector's line into the table of programs, in the place of an older one.
func (e *Exhibit) writeLine(t *testing.T, into string) {
	t.Helper()
	raw, err := os.ReadFile(into)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(raw), programsBegin)
	lines, after, ended := strings.Cut(rest, programsEnd)
	if !begun || !ended {
		t.Fatalf("%s has not the two marks of the table of programs", into)
	}
	line := e.programLine(t)
	if t.Failed() {
		return
	}
	name := "| [`" + e.described.ID + "`]"
	var all []string
	placed := false
	for _, other := range strings.SplitAfter(lines, "\n") {
		if !placed && strings.HasPrefix(other, "| [`") && other >= name {
			all, placed = append(all, line), true
		}
		if other != "" && !strings.HasPrefix(other, name) {
			all = append(all, other)
		}
	}
	if !placed {
		all = append(all, line)
	}
	text := before + programsBegin + strings.Join(all, "") + programsEnd + after
	if err := os.WriteFile(into, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// programLine runs the built program with the whole population, which its vendor answers on this machine.
func (e *Exhibit) programLine(t *testing.T) string {
	t.Helper()
	c := e.Cells(t)
	path := sdktest.Build(t, e.Dir)
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	program := sdktest.Start(t, path)
	if _, err := program.Client.Describe(t.Context(), &connectorv1.DescribeRequest{}); err != nil {
		t.Fatal(err)
	}
	described := time.Since(begun)
	in := e.input()
	if !e.local {
		server := httptest.NewServer(e.System.Start(vendor.Mode{}))
		t.Cleanup(server.Close)
		settings := e.System.Settings()
		settings["base_url"] = server.URL
		in.Settings = settings
	}
	v := &Visit{Outcome: program.Sync(t, in)}
	for _, s := range e.described.Streams {
		for _, complaint := range v.NotWhole(s.Name) {
			t.Error(e.described.ID, "as a process:", complaint)
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %d MB | %d ms | %d MiB | %s |\n", c.Name, c.Category, c.Streams, c.Needs,
		c.Requests, c.Time, c.Limit, file.Size()/1_000_000, described.Round(10*time.Millisecond).Milliseconds(), program.PeakMiB(t), c.Unknown)
}
