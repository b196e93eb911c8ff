package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

// list is a connection to a CSV file that was read once and had 100 rows.
type list struct {
	*journey.Home
	t    *testing.T
	path string
}

// TestJourney runs the whole program, from `connection add` to the output of later commands, with files that
// people damaged in common ways.
func TestJourney(t *testing.T) {
	t.Parallel()
	programs := journey.Build(t, ".")
	journeys := map[string]func(*list){
		"file that cannot be read":    journeyUnreadable,
		"rows that cannot be read":    journeyBadRows,
		"file replaced by a shorter":  journeyShorter,
		"column that is not there":    journeyColumns,
		"settings that name no field": journeySettings,
		"rows of separators":          journeySeparators,
		"file that was cut off":       journeyCut,
	}
	for name, run := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &list{Home: programs.Home(t), t: t, path: filepath.Join(t.TempDir(), "list.csv")}
			l.write(rows(100))
			l.Run("connection", "add", "csv", "--alias", "list", "--set", "path="+l.path, "--set", "key=id").Want(0)
			l.Run("connection", "check", "list").Want(0)
			if step := l.account(l.Sync("list", 0)); step.Added != 100 {
				t.Fatalf("first sync added %d, want 100", step.Added)
			}
			run(l)
		})
	}
}

func rows(n int) string {
	var b strings.Builder
	b.WriteString("id,username,Work e-mail,mfa\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,p%d,p%d@example.com,yes\n", i, i, i)
	}
	return b.String()
}

// write replaces the file.
func (l *list) write(text string) {
	l.t.Helper()
	whole := l.path + ".new"
	if err := os.WriteFile(whole, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Rename(whole, l.path); err != nil {
		l.t.Fatal(err)
	}
}

func (l *list) account(run journey.Run) journey.Step {
	l.t.Helper()
	return l.Step(run, "account")
}

// refused checks that a sync fails because of a setting and removes nothing.
func (l *list) refused(setting string, says ...string) {
	l.t.Helper()
	run := l.Sync("list", 3)
	step := l.account(run)
	if run.Status != "failed" || step.Error == nil || step.Error.Code != "config.invalid" || step.Error.Fault != "customer" {
		l.t.Fatalf("run is %s, %+v; want failed, config.invalid", run.Status, step.Error)
	}
	for _, part := range says {
		if !strings.Contains(step.Error.Message, part) {
			l.t.Errorf("it says %q, want it to say %q", step.Error.Message, part)
		}
	}
	if fields := step.Error.Fields; len(fields) != 1 || fields[0].Field != setting {
		l.t.Errorf("it names the fields %+v, want %s", fields, setting)
	}
	if c := l.Show("list"); c.Health != "unhealthy" || c.Reason != "action_required" || c.Remedy == "" ||
		!cmp.Equal(c.FailingSteps, []string{"account"}) {
		l.t.Errorf("connection is %+v, want unhealthy, action required because of account", c)
	}
	l.Run("connection", "check", "list").Want(3)
	l.kept(100, run)
}

// kept checks the number of records, and that this run changed none.
func (l *list) kept(records int, run journey.Run) {
	l.t.Helper()
	if n, changes := len(l.Records("list", "account")), l.Changes("list", run.ID); n != records || len(changes) > 0 {
		l.t.Errorf("%d records are left of %d, changes %+v", n, records, changes)
	}
}

func journeyUnreadable(l *list) {
	aside := l.path + ".aside"
	rename := func(from, to string) {
		l.t.Helper()
		if err := os.Rename(from, to); err != nil {
			l.t.Fatal(err)
		}
	}
	rename(l.path, aside)
	l.refused("settings.path", "there is no file "+l.path)

	if err := os.Mkdir(l.path, 0o700); err != nil {
		l.t.Fatal(err)
	}
	l.refused("settings.path", l.path+" is not a file but a directory")
	if err := os.Remove(l.path); err != nil {
		l.t.Fatal(err)
	}
	if err := syscall.Mkfifo(l.path, 0o600); err != nil { // no writer: opening it would wait for ever
		l.t.Fatal(err)
	}
	l.refused("settings.path", l.path+" is not a file but a named pipe")
	if err := os.Remove(l.path); err != nil {
		l.t.Fatal(err)
	}

	l.write("\xff\xfei\x00d\x00\n\x00")
	l.refused("settings.path", "UTF-16", "save it as CSV UTF-8")
	l.write("id,Gr\xf6\xdfe\n1,2\n")
	l.refused("settings.path", "not UTF-8")
	l.write("")
	l.refused("settings.path", "is empty")

	if os.Geteuid() != 0 { // root may read any file; TestFileThatMayNotBeRead has the words for it
		if err := os.Chmod(aside, 0); err != nil {
			l.t.Fatal(err)
		}
		rename(aside, l.path)
		l.refused("settings.path", "may not be read")
		rename(l.path, aside)
		if err := os.Chmod(aside, 0o600); err != nil {
			l.t.Fatal(err)
		}
	}

	rename(aside, l.path)
	run := l.Sync("list", 0)
	l.kept(100, run)
	if c := l.Show("list"); c.Health != "healthy" {
		l.t.Errorf("connection is %+v, want healthy again", c)
	}
}

func journeyBadRows(l *list) {
	text := strings.Replace(rows(100), "7,p7,p7@example.com,yes", "7,p7,p7@example.com,perhaps", 1) // line 9
	text = strings.Replace(text, "20,p20,", "20,p\xe420,", 1)                                       // line 22
	text = strings.Replace(text, "30,p30,", "5,p30,", 1)                                            // line 32 has the key of line 7
	text = strings.Replace(text, "40,p40,p40@example.com,yes", "40,p40", 1)                         // line 42
	text = strings.Replace(text, "50,p50,", ",p50,", 1)                                             // line 52
	text = strings.Replace(text, "99,p99,p99@example.com,yes\n", "", 1)                             // gone, but who knows
	l.write(text)
	run := l.Sync("list", 3)
	step := l.account(run)
	got := map[string]string{}
	for _, g := range step.Gaps {
		got[g.Scope] = g.Error.Message
		if g.Error.Fault != "customer" || !strings.Contains(g.Error.Remedy, g.Scope+" of "+l.path) {
			l.t.Errorf("%s is the turn of %s, who reads %q", g.Scope, g.Error.Fault, g.Error.Remedy)
		}
	}
	want := map[string]string{`line 9, column "mfa"`: "must be yes, no or unknown", `line 22, column "username"`: "it is not UTF-8",
		"line 32": "the key 5 is that of line 7", "line 42": "2 columns and not 4", "line 52": "the key is empty"}
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		l.t.Errorf("gaps %v, want %v", got, want)
	}
	for scope, part := range want {
		if !strings.Contains(got[scope], part) {
			l.t.Errorf("%s says %q, want it to say %q", scope, got[scope], part)
		}
	}
	if run.Status != "partial" || step.Read != 96 || step.Changed != 2 || step.Removed != 0 || step.Held != 0 {
		l.t.Errorf("run is %s, %+v; want partial with 96 read and none removed", run.Status, step)
	}
	if n := len(l.Records("list", "account")); n != 100 {
		l.t.Errorf("%d records are left of 100", n)
	}
	if c := l.Show("list"); c.Health != "unhealthy" || !strings.Contains(c.Explanation, "line 9") {
		l.t.Errorf("connection is %+v, want unhealthy because of line 9 and others", c)
	}
}

// journeySeparators appends rows of separators, as spreadsheets do. They do not count as unreadable rows, so
// the record of a deleted row is removed.
func journeySeparators(l *list) {
	l.write(rows(100) + ",,,\r\n,,,\r\n")
	l.kept(100, l.Sync("list", 0))
	l.write(rows(95) + ",,,\r\n,,,\r\n,,,")
	if step := l.account(l.Sync("list", 0)); step.Read != 95 || step.Removed != 5 {
		l.t.Errorf("step is %+v, want 95 read and 5 removed", step)
	}
}

// journeyCut cuts the file off in its last column. The rows after the cut do not count as removed, and the
// partial value is not stored.
func journeyCut(l *list) {
	l.write(strings.TrimSuffix(rows(95), "s\n"))
	run := l.Sync("list", 3)
	if step := l.account(run); run.Status != "partial" || step.Read != 94 || len(step.Gaps) != 1 || step.Gaps[0].Scope != "line 96" ||
		!strings.Contains(step.Gaps[0].Error.Message, "seems to be cut off") {
		l.t.Errorf("run is %s, %+v; want a gap in line 96", run.Status, step)
	}
	l.kept(100, run)
	l.write(strings.TrimSuffix(rows(95), "\n")) // without a line break, but whole
	if step := l.account(l.Sync("list", 0)); step.Removed != 5 {
		l.t.Errorf("step is %+v, want 5 removed", step)
	}
}

func journeyShorter(l *list) {
	l.write(rows(95))
	run := l.Sync("list", 0)
	if step := l.account(run); step.Removed != 5 || step.Held != 0 {
		l.t.Errorf("step is %+v, want 5 removed", step)
	}
	for _, c := range l.Changes("list", run.ID) {
		if c.Change != "removed" || !slices.Contains([]string{"95", "96", "97", "98", "99"}, c.Key) {
			l.t.Errorf("change %+v, want the last five removed", c)
		}
	}
	// So many removals need the confirmation of a person.
	l.write(rows(10))
	held := l.Sync("list", 3)
	if step := l.account(held); held.Status != "partial" || step.Removed != 0 || step.Held != 85 || step.Error == nil ||
		step.Error.Code != "removal.held" {
		l.t.Errorf("run is %s, %+v; want partial with 85 held", held.Status, step)
	}
	l.kept(95, held)
	if c := l.Show("list"); c.Reason != "action_required" {
		l.t.Errorf("connection is %+v, want action required", c)
	}
	if step := l.account(l.Sync("list", 0, "--confirm-removals")); step.Removed != 85 {
		l.t.Errorf("step is %+v, want 85 removed", step)
	}
	if n := len(l.Records("list", "account")); n != 10 {
		l.t.Errorf("%d records are left, want 10", n)
	}
}

func journeyColumns(l *list) {
	l.Run("connection", "edit", "list", "--set", "columns=Work e-mail = email").Want(0)
	if step := l.account(l.Sync("list", 0)); step.Changed != 100 {
		l.t.Errorf("step is %+v, want the address on all 100", step)
	}
	l.write(strings.Replace(rows(100), "Work e-mail", "E-mail at work", 1))
	l.refused("settings.columns.0", `no column "Work e-mail"`, "E-mail at work")
	l.write(strings.Replace(rows(100), "id,", "number,", 1))
	l.refused("settings.key", `no column "id"`)
}

func journeySettings(l *list) {
	for field, command := range map[string][]string{
		"settings.columns.0": {"edit", "list", "--set", "columns=username = nickname"},
		"settings.kind":      {"edit", "list", "--set", "kind=thing"},
		"settings.path":      {"add", "csv", "--alias", "other", "--set", "path=/nowhere.csv", "--set", "key=id"},
	} {
		p := l.Run(append([]string{"connection", "--json"}, command...)...).Want(5).Refusal()
		if p.Code != "config.invalid" || len(p.Fields) != 1 || p.Fields[0].Field != field {
			l.t.Errorf("%v: refused with %+v, want config.invalid at %s", command, p, field)
		}
	}
	l.Run("connection", "show", "other").Want(1) // nothing was stored

	// A list without a column for a field can be connected. Its check reports this.
	l.write("id,number\n1,2\n3\n")
	l.Run("connection", "add", "csv", "--alias", "bare", "--set", "path="+l.path, "--set", "key=id").Want(0)
	checked := l.Run("connection", "check", "bare").Want(0)
	for _, says := range []string{"none of the 2 columns is assigned to a field of account", `to the setting "Columns"`,
		"of the first 2 rows 1 cannot be read, the first because of line 3", "Correct line 3 of " + l.path} {
		if !strings.Contains(checked.Stdout, says) {
			l.t.Errorf("the check does not say %q:\n%s", says, checked.Stdout)
		}
	}
	l.write(rows(100))
	l.Sync("list", 0) // and nothing was changed
}
