package prove

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// Proof is one thing that is proved of a connector.
type Proof struct {
	Name string
	Try  func(t *testing.T, e *Exhibit) []string // returns what is wrong
}

// Proofs returns all proofs.
func Proofs() []Proof {
	return []Proof{
		{"whole", wholeWhileListsMove}, {"few", wholeWithFew}, {"facts", recordsSayTheFacts},
		{"permissions", missingPermissionsShow}, {"wrong credential", wrongCredentialShows}, {"check", checkPasses},
		{"README", readmeSaysWhatIsUnknown},
	}
}

// All tries every proof, each in a test of its own.
func All(t *testing.T, e *Exhibit) {
	t.Helper()
	for _, proof := range Proofs() {
		t.Run(proof.Name, func(t *testing.T) {
			t.Parallel()
			for _, complaint := range proof.Try(t, e) {
				t.Error(complaint)
			}
		})
	}
}

func wholeWhileListsMove(t *testing.T, e *Exhibit) []string {
	return e.readsWhole(t, vendor.Mode{Moving: true, Small: !e.Full})
}

func wholeWithFew(t *testing.T, e *Exhibit) []string {
	if e.Few == nil {
		return nil
	}
	few, err := e.Few()
	if err != nil {
		return []string{err.Error()}
	}
	return e.readsWhole(t, few)
}

// readsWhole reads every stream of a vendor and returns what is missing.
func (e *Exhibit) readsWhole(t *testing.T, m vendor.Mode) []string {
	t.Helper()
	v := e.sync(t, m)
	all := v.complaints()
	for _, s := range e.described.Streams {
		name := s.Name
		wanted, err := v.Vendor.Expected(name)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		if len(wanted) == 0 {
			all = append(all, "stream "+name+": the simulator expects no record of it")
		}
		all = append(all, v.NotWhole(name)...)
		if v.Streams[name] == nil {
			continue
		}
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
		t.Logf("%s: %d records, %d requests, %s", name, len(wanted), v.Requests[name], v.Took[name].Round(time.Millisecond))
	}
	for _, name := range e.System.Streams() {
		if !slices.ContainsFunc(e.described.Streams, func(s sdk.Stream) bool { return s.Name == name }) {
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

func recordsSayTheFacts(t *testing.T, e *Exhibit) (all []string) {
	v := e.whole(t)
	for _, s := range e.described.Streams {
		name := s.Name
		facts := e.System.Facts(name)
		if len(facts) == 0 {
			all = append(all, "expect "+name+": records has no facts")
		}
		wanted, err := v.Vendor.Expected(name)
		if err != nil {
			return append(all, err.Error())
		}
		if v.Streams[name] == nil {
			all = append(all, v.NotWhole(name)...)
			continue
		}
		for key, fields := range facts {
			raw, found := v.Streams[name].Records[key]
			switch {
			case !found && !e.Full && !wanted[key]: // it is not in a small population
			case !found:
				all = append(all, fmt.Sprintf("stream %s: there is no record %s", name, key))
			default:
				all = append(all, Differences(name+" "+key, fields, FieldsOf(t, raw))...)
			}
		}
	}
	return all
}

// FieldsOf decodes a record.
func FieldsOf(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Differences compares facts with a record. A fact that is null must be absent or unknown.
func Differences(what string, facts, doc map[string]any) (all []string) {
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

func missingPermissionsShow(t *testing.T, e *Exhibit) (all []string) {
	known := e.System.Permissions()
	for _, p := range e.described.Permissions {
		if !slices.Contains(known, p.ID) {
			all = append(all, "permissions of the simulator: there is no "+p.ID)
			continue
		}
		for _, complaint := range e.without(t, p) {
			all = append(all, "without "+p.ID+": "+complaint)
		}
	}
	for _, id := range known {
		if !slices.ContainsFunc(e.described.Permissions, func(p sdk.Permission) bool { return p.ID == id }) {
			all = append(all, "permissions of the simulator: the connector has no "+id)
		}
	}
	return all
}

// without judges a run and a check without one permission.
func (e *Exhibit) without(t *testing.T, p sdk.Permission) []string {
	t.Helper()
	v := e.sync(t, vendor.Mode{Small: true, Without: p.ID})
	all := v.complaints()
	used, changed := false, false
	for _, s := range e.described.Streams {
		use := e.Use(s.Name, p.ID)
		used = used || use != Nothing
		lessens, complaints := e.lessens(t, v, s.Name, use, p)
		changed = changed || lessens
		all = append(all, complaints...)
	}
	if used && !changed {
		all = append(all, "no record knows less than with it")
	}
	if e.Untried(p.ID) {
		return all
	}
	probes, _ := e.bench(t, v, vendor.Mode{Small: true, Without: p.ID}).Check(t, e.input())
	if !slices.ContainsFunc(probes, func(r sdktest.ProbeResult) bool {
		return r.State == "missing" && (r.ID == p.ID || r.ID == "permission."+p.ID || r.Err != nil && slices.Contains(r.Err.Permissions, p.ID))
	}) {
		all = append(all, fmt.Sprintf("no probe of the check says that it is missing: %s", Shown(probes)))
	}
	return all
}

// lessens judges a stream without a permission, and reports whether it knows less.
func (e *Exhibit) lessens(t *testing.T, v *Visit, stream string, use Use, p sdk.Permission) (less bool, all []string) {
	t.Helper()
	s := v.Streams[stream]
	if s == nil {
		return false, v.NotWhole(stream)
	}
	if len(s.Removed) > 0 {
		all = append(all, fmt.Sprintf("stream %s: it removed %d records", stream, len(s.Removed)))
	}
	// The vendor may show less instead of refusing an optional permission.
	whole := use == Nothing || use == OptionalPart && len(v.Names(stream, p.ID)) > 0 ||
		use == Whole && p.Optional && s.Result == "complete"
	if !whole {
		return true, append(all, v.Names(stream, p.ID)...)
	}
	return use != Nothing && e.differs(t, v, stream), append(all, v.NotWhole(stream)...)
}

// Names complains unless a stream is not whole because of a permission.
func (v *Visit) Names(stream, permission string) []string {
	s := v.Streams[stream]
	because := append(slices.Collect(maps.Values(s.Gaps)), s.Err)
	named := slices.ContainsFunc(because, func(e *sdk.Error) bool {
		return e != nil && e.Code == sdk.CodePermissionMissing && slices.Contains(e.Permissions, permission)
	})
	if s.Result == "complete" || !named {
		return append([]string{fmt.Sprintf("stream %s: %s, and neither its error nor a gap names the permission", stream, s.Result)},
			v.NotWhole(stream)...)
	}
	return nil
}

// differs reports whether a record of a run differs from the one that was read with every permission.
func (e *Exhibit) differs(t *testing.T, v *Visit, stream string) bool {
	t.Helper()
	whole := e.small(t).Streams[stream].Records
	for key, raw := range v.Streams[stream].Records {
		if more, found := whole[key]; found && string(more) != string(raw) {
			return true
		}
	}
	return false
}

// Shown writes the results of a check.
func Shown(probes []sdktest.ProbeResult) string {
	var all []string
	for _, p := range probes {
		all = append(all, p.ID+" "+p.State+" ("+p.Message+")")
	}
	return strings.Join(all, "; ")
}

func wrongCredentialShows(t *testing.T, e *Exhibit) []string {
	in := e.input()
	in.Secrets = e.System.WrongSecrets()
	v := &Visit{}
	refuse := maps.Equal(in.Secrets, e.System.Secrets()) // a key that signs cannot be made wrong
	probes, _ := e.bench(t, v, vendor.Mode{Small: true, Refuse: refuse}).Check(t, in)
	if slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool { return p.Err != nil && p.Err.Code == sdk.CodeAuthInvalid }) {
		return v.Vendor.Problems()
	}
	return append(v.Vendor.Problems(), "no probe of the check says that the credential is wrong: "+Shown(probes))
}

func checkPasses(t *testing.T, e *Exhibit) []string {
	v := &Visit{}
	probes, identity := e.bench(t, v, vendor.Mode{Small: true}).Check(t, e.input())
	all := v.Vendor.Problems()
	for _, p := range probes {
		if p.State != "ok" {
			all = append(all, fmt.Sprintf("probe %s: %s, %s", p.ID, p.State, p.Message))
		}
	}
	if owner := e.System.Owner(); identity != owner && (!e.local || !strings.Contains(identity, owner)) {
		all = append(all, fmt.Sprintf("the check says that the credential is that of %q; want %q", identity, e.System.Owner()))
	}
	return all
}

func readmeSaysWhatIsUnknown(_ *testing.T, e *Exhibit) []string {
	if _, err := UnknownOf(e.Dir); err != nil {
		return []string{err.Error()}
	}
	return nil
}
