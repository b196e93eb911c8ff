package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

var (
	connectors = flag.String("connectors", "..", "the folder with the connectors, each in a folder of its own")
	population = flag.String("population", "small", "small, or full for as many items as simulator.yaml says")
)

// TestCatalogue reads the simulated vendor of each connector in one file, and proves that
//
//   - its streams are whole while the vendor's lists move, and have exactly the vendor's keys
//   - its records say what simulator.yaml says of them
//   - without a permission, those streams that need it are not whole, and the check names it
//   - a wrong credential is called one
//   - a right one passes every probe
//   - the README says what it does not tell, for the table of the catalogue
func TestCatalogue(t *testing.T) { //nolint:tparallel // connectors come one after the other, their proofs do not
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(*connectors, "*", "*.connector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, "testdata/catalogue/acme/acme.connector.yaml") {
		// One after the other: the compiled files and the items of all of them at once take gigabytes.
		t.Run(strings.TrimSuffix(filepath.Base(path), ".connector.yaml"), func(t *testing.T) {
			e, err := exhibitOf(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, proof := range proofs {
				t.Run(proof.name, func(t *testing.T) {
					t.Parallel()
					for _, complaint := range proof.try(t, e) {
						t.Error(complaint)
					}
				})
			}
		})
	}
}

// proofs are what is proved of each connector. Each returns what is wrong.
var proofs = []struct {
	name string
	try  func(t *testing.T, e *exhibit) []string
}{
	{"whole", wholeWhileListsMove}, {"facts", recordsSayTheFacts}, {"permissions", missingPermissionsShow},
	{"wrong credential", wrongCredentialShows}, {"check", checkPasses},
	{"README", readmeSaysWhatIsUnknown},
}

// exhibit is a connector of the catalogue with its simulated vendor.
type exhibit struct {
	dir       string
	plan      *plan.Plan
	simulator *vendor.File
	full      bool

	whole, small func(t *testing.T) *visit // a run with every permission, made once; small: of a small population
}

func exhibitOf(path string) (*exhibit, error) {
	p, err := planOf(path)
	if err != nil {
		return nil, err
	}
	simulator, err := vendor.Load(filepath.Join(filepath.Dir(path), "simulator.yaml"))
	if err != nil {
		return nil, err
	}
	e := &exhibit{dir: filepath.Dir(path), plan: p, simulator: simulator, full: *population == "full"}
	e.small = e.once(func() vendor.Mode { return vendor.Mode{Small: true} })
	e.whole = e.once(func() vendor.Mode { return vendor.Mode{Small: !e.full} })
	return e, nil
}

// once returns a function that makes a run when it is called first.
func (e *exhibit) once(mode func() vendor.Mode) func(t *testing.T) *visit {
	var once sync.Once
	var v *visit
	return func(t *testing.T) *visit {
		t.Helper()
		once.Do(func() { v = e.sync(t, mode()) })
		if v == nil {
			t.Fatal("the run broke off")
		}
		return v
	}
}

// visit is one run against a simulated vendor.
type visit struct {
	*sdktest.Outcome
	vendor   *vendor.Vendor
	requests map[string]int
	took     map[string]time.Duration
}

// bench returns a bench whose connector reaches a simulated vendor under every name.
func (e *exhibit) bench(t *testing.T, v *visit, m vendor.Mode) *sdktest.Bench {
	c, err := read.Connector(e.plan)
	if err != nil {
		t.Fatal(err)
	}
	v.vendor = e.simulator.New(m)
	b := sdktest.NewBench(t, c)
	b.Reach(t, v.vendor)
	return b
}

func (e *exhibit) input() sdktest.Input {
	return sdktest.Input{Settings: e.simulator.Settings(), Secrets: e.simulator.Secrets(), Deadline: 30 * time.Minute}
}

// sync reads every stream once.
func (e *exhibit) sync(t *testing.T, m vendor.Mode) *visit {
	v := &visit{requests: map[string]int{}, took: map[string]time.Duration{}}
	in, since := e.input(), time.Now()
	in.Cancel = func(message *connectorv1.SyncResponse) bool { // sees every message, and cancels at none
		if p := message.GetProgress(); p.GetRequest() != nil {
			v.requests[strings.TrimPrefix(p.GetStep(), "stream.")]++
		}
		if r := message.GetResult(); r != nil {
			v.took[r.GetStream()], since = time.Since(since), time.Now()
		}
		return false
	}
	v.Outcome = e.bench(t, v, m).Sync(t, in)
	return v
}

// complaints returns what is wrong with a run, whatever its streams are.
func (v *visit) complaints() (all []string) {
	all = v.vendor.Problems()
	if v.Err != nil {
		all = append(all, fmt.Sprintf("the run failed: %s", v.Err))
	}
	return all
}

// whole returns why a stream is not whole.
func (v *visit) notWhole(stream string) (all []string) {
	s := v.Streams[stream]
	if s == nil {
		return []string{"stream " + stream + ": no result"}
	}
	if s.Result != "complete" {
		all = append(all, fmt.Sprintf("stream %s: %s, %v", stream, s.Result, s.Err))
	}
	for i, scope := range slices.Sorted(maps.Keys(s.Gaps)) {
		if i == 5 {
			return append(all, fmt.Sprintf("stream %s: and %d gaps more", stream, len(s.Gaps)-i))
		}
		all = append(all, fmt.Sprintf("stream %s: a gap at %s: %v", stream, scope, s.Gaps[scope]))
	}
	return all
}

func wholeWhileListsMove(t *testing.T, e *exhibit) []string {
	v := e.sync(t, vendor.Mode{Moving: true, Small: !e.full})
	all := v.complaints()
	for _, s := range e.plan.Streams {
		name := s.File.Name
		wanted, err := v.vendor.Expected(name)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		if len(wanted) == 0 {
			all = append(all, "stream "+name+": simulator.yaml expects no record of it")
		}
		all = append(all, v.notWhole(name)...)
		var missing, extra []string
		for key := range wanted {
			if _, found := v.Streams[name].Records[key]; !found {
				missing = append(missing, key)
			}
		}
		for key := range v.Streams[name].Records {
			if !wanted[key] {
				extra = append(extra, key)
			}
		}
		all = append(all, some("stream "+name+": records that are missing", missing)...)
		all = append(all, some("stream "+name+": records that are too many", extra)...)
		t.Logf("%s: %d records, %d requests, %s", name, len(wanted), v.requests[name], v.took[name].Round(time.Millisecond))
	}
	for _, name := range e.simulator.Streams() {
		if e.plan.Stream(name) == nil {
			all = append(all, "expect: there is no stream "+name)
		}
	}
	return all
}

// some returns a complaint with some of the names, or none when there are none.
func some(what string, names []string) []string {
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []string{fmt.Sprintf("%s: %d, such as %s", what, len(names), strings.Join(names[:min(len(names), 3)], ", "))}
}

func recordsSayTheFacts(t *testing.T, e *exhibit) (all []string) {
	v := e.whole(t)
	for _, s := range e.plan.Streams {
		name := s.File.Name
		facts := e.simulator.Facts(name)
		if len(facts) == 0 {
			all = append(all, "expect "+name+": records has no facts")
		}
		wanted, err := v.vendor.Expected(name)
		if err != nil {
			return append(all, err.Error())
		}
		for key, fields := range facts {
			raw, found := v.Streams[name].Records[key]
			switch {
			case !found && !e.full && !wanted[key]: // it is not in a small population
			case !found:
				all = append(all, fmt.Sprintf("stream %s: there is no record %s", name, key))
			default:
				all = append(all, differences(name+" "+key, fields, fieldsOf(t, raw))...)
			}
		}
	}
	return all
}

func fieldsOf(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// differences compares the facts of simulator.yaml with a record.
func differences(what string, facts, doc map[string]any) (all []string) {
	for name, want := range facts {
		got, found := doc[name]
		if want == nil {
			if found && got != "unknown" {
				all = append(all, fmt.Sprintf("%s: %s is %v; want it absent", what, name, got))
			}
			continue
		}
		encoded, err := json.Marshal(want)
		var same any
		if err = cmp.Or(err, json.Unmarshal(encoded, &same)); err != nil || !found || !reflect.DeepEqual(same, got) {
			all = append(all, fmt.Sprintf("%s: %s is %v; want %s", what, name, got, encoded))
		}
	}
	return all
}

func missingPermissionsShow(t *testing.T, e *exhibit) (all []string) {
	known := e.simulator.Permissions()
	for _, p := range e.plan.Permissions {
		id := p.File.ID
		if !slices.Contains(known, id) {
			all = append(all, "permissions of simulator.yaml: there is no "+id)
			continue
		}
		for _, complaint := range e.without(t, p) {
			all = append(all, "without "+id+": "+complaint)
		}
	}
	for _, id := range known {
		if !slices.ContainsFunc(e.plan.Permissions, func(p *plan.Permission) bool { return p.File.ID == id }) {
			all = append(all, "permissions of simulator.yaml: the connector has no "+id)
		}
	}
	return all
}

// without judges a run and a check without one permission.
func (e *exhibit) without(t *testing.T, p *plan.Permission) []string {
	id := p.File.ID
	v := e.sync(t, vendor.Mode{Small: true, Without: id})
	all := v.complaints()
	used, changed, tried := false, false, p.Probe != nil
	for _, s := range e.plan.Streams {
		name := s.File.Name
		use := useOf(s, id)
		used = used || use != ""
		// The vendor may show less instead of refusing an optional permission of the whole stream.
		whole := use == "" || use == "optional part" || use == "stream" && p.File.Optional && v.Streams[name].Result == "complete"
		if whole {
			all = append(all, v.notWhole(name)...)
			changed = changed || use != "" && e.differs(t, v, name)
		} else {
			all = append(all, v.names(name, id)...)
			changed, tried = true, tried || use == "stream"
		}
		if removed := v.Streams[name].Removed; len(removed) > 0 {
			all = append(all, fmt.Sprintf("stream %s: it removed %d records", name, len(removed)))
		}
	}
	if used && !changed {
		all = append(all, "no record knows less than with it")
	}
	if !tried {
		return all // the check has no request that could tell
	}
	probes, _ := e.bench(t, v, vendor.Mode{Small: true, Without: id}).Check(t, e.input())
	if !slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool {
		return p.State == "missing" && (p.ID == "permission."+id || p.Err != nil && slices.Contains(p.Err.Permissions, id))
	}) {
		all = append(all, fmt.Sprintf("no probe of the check says that it is missing: %s", shown(probes)))
	}
	return all
}

// useOf says for what a stream needs a permission: the whole "stream", a "part" of its facts, an
// "optional part", or "" for nothing.
func useOf(s *plan.Stream, permission string) (use string) {
	if reads(s, permission) {
		return "stream"
	}
	note := func(optional bool) {
		if use = "part"; optional {
			use = "optional part"
		}
	}
	for _, j := range s.Joins {
		if reads(j.List, permission) {
			note(j.File.Optional)
		}
	}
	for _, d := range s.Details {
		if d.File.Permission == permission {
			note(d.File.Optional)
		}
	}
	return use
}

// reads reports whether a list, or one above it, needs a permission.
func reads(s *plan.Stream, permission string) bool {
	for {
		if slices.Contains(s.File.Permissions, permission) {
			return true
		}
		if s.Each == nil || s.Each.Of == nil {
			return false
		}
		s = s.Each.Of
	}
}

// names complains unless a stream is not whole because of a permission.
func (v *visit) names(stream, permission string) []string {
	s := v.Streams[stream]
	because := append(slices.Collect(maps.Values(s.Gaps)), s.Err)
	named := slices.ContainsFunc(because, func(e *sdk.Error) bool {
		return e != nil && e.Code == sdk.CodePermissionMissing && slices.Contains(e.Permissions, permission)
	})
	if s.Result == "complete" || !named {
		return append([]string{fmt.Sprintf("stream %s: %s, and neither its error nor a gap names the permission", stream, s.Result)},
			v.notWhole(stream)...)
	}
	return nil
}

// differs reports whether a record of a run differs from the one that was read with every permission.
func (e *exhibit) differs(t *testing.T, v *visit, stream string) bool {
	whole := e.small(t).Streams[stream].Records
	for key, raw := range v.Streams[stream].Records {
		if more, found := whole[key]; found && string(more) != string(raw) {
			return true
		}
	}
	return false
}

func shown(probes []sdktest.ProbeResult) string {
	var all []string
	for _, p := range probes {
		all = append(all, p.ID+" "+p.State+" ("+p.Message+")")
	}
	return strings.Join(all, "; ")
}

func wrongCredentialShows(t *testing.T, e *exhibit) []string {
	in := e.input()
	in.Secrets = e.simulator.WrongSecrets()
	v := &visit{}
	refuse := maps.Equal(in.Secrets, e.simulator.Secrets()) // a key that signs cannot be made wrong
	probes, _ := e.bench(t, v, vendor.Mode{Small: true, Refuse: refuse}).Check(t, in)
	if slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool { return p.Err != nil && p.Err.Code == sdk.CodeAuthInvalid }) {
		return v.vendor.Problems()
	}
	return append(v.vendor.Problems(), "no probe of the check says that the credential is wrong: "+shown(probes))
}

func checkPasses(t *testing.T, e *exhibit) []string {
	v := &visit{}
	probes, identity := e.bench(t, v, vendor.Mode{Small: true}).Check(t, e.input())
	all := v.vendor.Problems()
	for _, p := range probes {
		if p.State != "ok" {
			all = append(all, fmt.Sprintf("probe %s: %s, %s", p.ID, p.State, p.Message))
		}
	}
	if identity != e.simulator.Identity {
		all = append(all, fmt.Sprintf("the check says that the credential is that of %q; want %q", identity, e.simulator.Identity))
	}
	return all
}

func readmeSaysWhatIsUnknown(_ *testing.T, e *exhibit) []string {
	if _, err := unknownOf(e.dir); err != nil {
		return []string{err.Error()}
	}
	return nil
}
