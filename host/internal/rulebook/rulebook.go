package rulebook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Parts are the open parts that Rulebook works with.
type Parts struct {
	Library  func() ([]verdict.Test, error) // the tests that the product brings
	Store    *journal.Journal
	Events   *event.Log
	Now      func() time.Time
	Location *time.Location // of days
}

// Rulebook is the use cases of what people decide about tests. Its methods may be called from any goroutine while the parts are open.
type Rulebook struct {
	parts   Parts
	library func() (map[string]*monitor.Program, error) // by id; compiled when they are first needed

	mu       sync.Mutex
	compiled map[string]*monitor.Program // published versions of custom tests, by id and number: they never change
}

// Rule is a test with what is decided about it at a moment.
type Rule struct {
	Program    *monitor.Program // with the chosen severity and days
	Origin     verdict.Origin
	Setting    verdict.Setting
	Parameters map[string]any               // that are set
	Exclusions map[string]verdict.Exclusion // that count, by monitor.ItemID
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Rulebook {
	return &Rulebook{
		parts: parts, library: sync.OnceValues(func() (map[string]*monitor.Program, error) { return compileAll(parts.Library) }),
		compiled: map[string]*monitor.Program{},
	}
}

// compileAll compiles the tests of a library, by id.
func compileAll(library func() ([]verdict.Test, error)) (map[string]*monitor.Program, error) {
	tests, err := library()
	if err != nil {
		return nil, err
	}
	programs := make(map[string]*monitor.Program, len(tests))
	for _, test := range tests {
		p, err := monitor.Compile(test)
		if err != nil {
			return nil, fmt.Errorf("compile test %s: %w", test.ID, err)
		}
		programs[test.ID] = p
	}
	return programs, nil
}

func (b *Rulebook) settings() *documents.Collection[verdict.Setting] {
	return documents.NewCollection(b.parts.Store.Documents, "test_setting", func(s verdict.Setting) string { return s.Test })
}

func (b *Rulebook) exclusions() *documents.Collection[verdict.ItemExclusion] {
	return documents.NewCollection(b.parts.Store.Documents, "test_exclusion", func(e verdict.ItemExclusion) string {
		called := e.Name
		if called == "" {
			called = e.Key
		}
		return strings.Trim(e.Test+": "+strings.Trim(e.Alias+"/"+called, "/"), ": ")
	})
}

// Rules returns the tests that are in use at a moment, those that are disabled too, by id; the zero time is now.
func (b *Rulebook) Rules(ctx context.Context, at time.Time) ([]Rule, error) {
	settings, err := b.settingsAt(ctx, at)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = b.parts.Now()
	}
	tests, err := b.inUse(at)
	if err != nil {
		return nil, err
	}
	excluded, err := b.exclusions().List()
	if err != nil {
		return nil, err
	}
	for i := range tests {
		r := &tests[i]
		r.Setting = settings[r.Program.Test.ID]
		r.Setting.Test = r.Program.Test.ID
		r.Parameters, _ = monitor.Parameters(r.Program.Test, r.Setting.Parameters)
		r.Program = r.Program.With(r.Setting.Severity, r.Setting.Days)
		r.Exclusions = map[string]verdict.Exclusion{}
	}
	for _, d := range excluded {
		e := d.Value
		of, found := find(tests, e.Test)
		if found && !e.At.After(at) && e.StateAt(at) == verdict.ExclusionStands {
			tests[of].Exclusions[monitor.ItemID(e.Connection, e.Stream, e.Key)] = e.Exclusion
		}
	}
	return tests, nil
}

// find returns the place of a test among rules that are sorted by id.
func find(rules []Rule, id string) (at int, found bool) {
	return slices.BinarySearchFunc(rules, id, func(r Rule, id string) int { return strings.Compare(r.Program.Test.ID, id) })
}

// inUse returns the tests of the library and the versions of custom tests that are judged at a moment, by id, without decisions.
func (b *Rulebook) inUse(at time.Time) ([]Rule, error) {
	library, err := b.library()
	if err != nil {
		return nil, err
	}
	all := make([]Rule, 0, len(library))
	for _, p := range library {
		all = append(all, Rule{Program: p, Origin: verdict.OriginLibrary})
	}
	slices.SortFunc(all, func(x, y Rule) int { return strings.Compare(x.Program.Test.ID, y.Program.Test.ID) })
	return all, nil
}

// settingsAt returns what is chosen for each test at a moment; the zero time is now.
func (b *Rulebook) settingsAt(ctx context.Context, at time.Time) (map[string]verdict.Setting, error) {
	read := b.settings().List
	if !at.IsZero() {
		read = func() ([]documents.Document[verdict.Setting], error) { return b.settings().AsOf(ctx, at) }
	}
	stored, err := read()
	if err != nil {
		return nil, err
	}
	all := make(map[string]verdict.Setting, len(stored))
	for _, d := range stored {
		d.Value.Revision = d.Revision
		all[d.Key] = d.Value
	}
	return all, nil
}

// rule returns the test with this id as it is now.
func (b *Rulebook) rule(id string) (Rule, error) {
	all, err := b.inUse(b.parts.Now())
	if err != nil {
		return Rule{}, err
	}
	at, found := find(all, id)
	if !found {
		return Rule{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	return all[at], nil
}
