package assess_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// world is a company whose records change, and what judges them.
type world struct {
	t        testing.TB
	random   *rand.Rand
	journal  *journal.Journal
	people   *people.People
	rules    *rulebook.Rulebook
	assessor *assess.Assessor
	dir      string // of the results
	now      time.Time
	ids      map[string]string // of connections, by alias
	keys     map[string]bool   // of records that are there: alias, kind and key
	tests    []verdict.Test
	overlook string
}

// categories of the connectors, which have the first names of the connections.
var categories = map[string]host.Category{
	"hr": host.CategoryHRIS, "idp": host.CategoryIdentity, "cloud": host.CategoryInfrastructure, "code": host.CategoryVersionControl,
	"mdm": host.CategoryMDM, "edr": host.CategoryEDR, "school": host.CategorySecurityTraining, "sign": host.CategoryDigitalSignature,
	"checks": host.CategoryBackgroundCheck, "scan": host.CategoryVulnerability, "infra": host.CategoryInfrastructure,
	"desk": host.CategoryTicketing,
}

// supplies are the kinds of records of each connection.
var supplies = map[string]kind.Kind{
	"hr": kind.KindPerson, "hr2": kind.KindPerson, "idp": kind.KindAccount, "cloud": kind.KindAccount, "code": kind.KindAccount,
	"mdm": kind.KindDevice, "edr": kind.KindDevice, "school": kind.KindTraining, "sign": kind.KindSignature,
	"checks": kind.KindBackgroundCheck,
}

func connectorOf(alias string) string { return strings.TrimRight(alias, "0123456789") }

var tester = host.Actor{Kind: host.ActorPerson, ID: "tester", Name: "tester", Auth: host.AuthLocal}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB, seed uint64, overlook string) *world {
	t.Helper()
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 7)), dir: t.TempDir(), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		ids: map[string]string{}, keys: map[string]bool{}, tests: joinTests(), overlook: overlook,
	}
	clock := func() time.Time { return w.now }
	var err error
	w.journal, err = journal.Open(journal.Options{Dir: t.TempDir(), Key: make([]byte, 32), MinFreeBytes: 1, Now: clock})
	must(t, err)
	t.Cleanup(func() { must(t, w.journal.Close()) })
	w.people = people.Open(people.Config{
		Journal: w.journal, Now: clock, Limits: directory.Limits{Dormant: 90 * 24 * time.Hour, New: 30 * 24 * time.Hour},
		Connector: func(_ context.Context, id string) (host.Connector, error) {
			return host.Connector{ID: id, Name: id, Categories: []host.Category{categories[id]}}, nil
		},
	})
	w.start()
	return w
}

// start opens the assessor, as after a restart.
func (w *world) start() {
	w.t.Helper()
	w.assessor = assess.New(assess.Parts{
		Store: w.journal, People: w.people, Now: func() time.Time { return w.now }, Dir: w.dir, Key: func() []byte { return make([]byte, 32) },
	})
	w.use(w.tests)
	if w.overlook != "" {
		w.assessor.Overlook(w.overlook)
	}
	w.assessor.Streams(w.streams)
}

// use makes the tests of the library those given. What is decided about them stays.
func (w *world) use(tests []verdict.Test) {
	w.t.Helper()
	w.tests = tests
	w.rules = rulebook.New(rulebook.Parts{
		Library: func() ([]verdict.Test, error) { return tests, nil }, Store: w.journal, Events: event.New(10),
		Now: func() time.Time { return w.now }, Location: time.UTC,
	})
	w.assessor.Use(w.rules)
}

// streams returns the lists of the connections that there are.
func (w *world) streams() []assess.Stream {
	w.t.Helper()
	stored, err := w.journal.Connections()
	must(w.t, err)
	var all []assess.Stream
	for _, c := range stored {
		if c.Disconnection != nil {
			continue
		}
		marks, err := w.journal.StreamMarks(c.ID)
		must(w.t, err)
		for _, m := range marks {
			all = append(all, assess.Stream{
				Connection: c.ID, Alias: c.Alias, Connector: c.Connector, Name: m.Name, Kind: m.Kind, Category: string(categories[c.Connector]),
			})
		}
	}
	slices.SortFunc(all, func(a, b assess.Stream) int { return cmp.Compare(a.Alias, b.Alias) })
	return all
}

func (w *world) acting() context.Context { return host.WithActor(w.t.Context(), tester) }

func (w *world) connect(name string) string {
	w.t.Helper()
	if w.ids[name] == "" {
		made, err := w.journal.CreateConnection(w.acting(), host.Connection{Alias: name, Connector: connectorOf(name)}, nil)
		must(w.t, err)
		w.ids[name] = made.ID
	}
	return w.ids[name]
}

// write is a run of a connection that sends these documents by key; nil removes one.
func (w *world) write(name string, docs map[string]any) {
	w.t.Helper()
	connection, of := w.connect(name), string(supplies[name])
	var writes []host.Write
	for key, doc := range docs {
		if doc == nil {
			writes = append(writes, host.Write{Key: key, Removed: true})
			delete(w.keys, name+" "+key)
			continue
		}
		raw, err := json.Marshal(doc)
		must(w.t, err)
		raw, err = kind.Canonical(raw)
		must(w.t, err)
		writes = append(writes, host.Write{Key: key, Doc: raw, Hash: sha256.Sum256(raw)})
		w.keys[name+" "+key] = true
	}
	slices.SortFunc(writes, func(a, b host.Write) int { return cmp.Compare(a.Key, b.Key) })
	run, err := w.journal.BeginRun(host.Run{Connection: connection, Alias: name, Status: host.StatusRunning})
	must(w.t, err)
	info := host.StreamInfo{Name: of, Kind: of, Deletes: "tombstone", Incremental: true}
	stream, err := w.journal.OpenStream(connection, info, run.ID, run.Epoch)
	must(w.t, err)
	_, err = stream.Commit(host.Group{Writes: writes, Checkpoint: host.Checkpoint{Sequence: 1, Cursor: []byte("x")}})
	must(w.t, err)
	must(w.t, stream.Close())
	run.Status = host.StatusSucceeded
	must(w.t, w.journal.SaveRun(run))
}

func pick[T any](w *world, of ...T) T { return of[w.random.IntN(len(of))] }

// email is one of a few addresses, written in several ways, or none.
func (w *world) email() string {
	return pick(w, "ann@x.io", "ANN@x.io", "bob@x.io", "cy@x.io", "dee@x.io", "")
}

func (w *world) tri() kind.Tri { return pick(w, kind.Yes, kind.Yes, kind.No, kind.Unknown) }

// document makes a record of a kind.
func (w *world) document(of kind.Kind, key string) any {
	midnight := w.now.Truncate(24 * time.Hour)
	some := func() kind.Time {
		return kind.At(midnight.AddDate(0, 0, pick(w, -100, -91, -90, -89, -30, -1, 0, 1)))
	}
	switch of {
	case kind.KindPerson:
		p := kind.Person{
			ExternalID: key, Name: pick(w, "Ann", "Bob"), Email: w.email(), Status: pick[kind.Word](w, "active", "terminated", "future", "unknown"),
			Employment: pick[kind.Word](w, "employee", "contractor", "unknown"), Title: pick(w, "", "Dr"),
		}
		if w.random.IntN(3) == 0 {
			p.EndedAt = some()
		}
		return p
	case kind.KindAccount:
		return kind.Account{
			ExternalID: key, Name: key, Email: w.email(), Status: pick[kind.Word](w, "active", "suspended", "unknown"),
			Type: pick[kind.Word](w, "human", "human", "service", "external"), MFA: w.tri(), Admin: w.tri(), LastLoginAt: some(),
		}
	case kind.KindDevice:
		return kind.Device{
			ExternalID: key, Hostname: key, Serial: pick(w, "S1", "s1", "S2", ""), OwnerEmail: pick(w, w.email(), "bobs"), DiskEncryption: w.tri(),
		}
	case kind.KindTraining:
		return kind.Training{ExternalID: key, PersonEmail: w.email(), Status: pick[kind.Word](w, "complete", "overdue")}
	case kind.KindSignature:
		return kind.Signature{ExternalID: key, SignerEmail: w.email(), Status: pick[kind.Word](w, "signed", "sent")}
	}
	return kind.BackgroundCheck{ExternalID: key, PersonEmail: w.email(), Status: pick[kind.Word](w, "complete", "pending"), Clear: w.tri()}
}

func (w *world) name() string {
	return pick(w, "hr", "hr2", "idp", "idp", "cloud", "code", "mdm", "mdm", "edr", "school", "sign", "checks")
}

// step does something that may change what tests find, and says what.
func (w *world) step() string {
	w.t.Helper()
	switch n := w.random.IntN(38); {
	case n < 17:
		name := w.name()
		docs := map[string]any{}
		for range 1 + w.random.IntN(3) {
			key := fmt.Sprint("k", w.random.IntN(6))
			docs[key] = w.document(supplies[name], key)
		}
		w.write(name, docs)
		return "write " + name
	case n < 20:
		if len(w.keys) == 0 {
			return "nothing"
		}
		there := pick(w, slices.Sorted(maps.Keys(w.keys))...)
		name, key, _ := strings.Cut(there, " ")
		w.write(name, map[string]any{key: nil})
		return "remove " + there
	case n < 24:
		return w.decide()
	case n < 26:
		w.now = w.now.AddDate(0, 0, pick(w, 1, 1, 30))
		return "another day"
	case n < 28:
		return w.edit()
	case n == 28:
		return w.restart()
	case n < 37:
		return w.rule()
	}
	tests := joinTests()
	if w.random.IntN(2) == 0 {
		tests = slices.Delete(tests, 3, 5)
		tests[0].Parameters[0].Default = 1
	}
	w.use(tests)
	return "other tests"
}

// rule decides something about a test.
func (w *world) rule() string {
	w.t.Helper()
	test := pick(w, w.tests...)
	switch w.random.IntN(5) {
	case 0, 1:
		return w.exclude(test)
	case 2:
		standing, err := w.rules.Exclusions(rulebook.ExclusionQuery{States: []verdict.ExclusionState{verdict.ExclusionStands}})
		must(w.t, err)
		if len(standing) == 0 {
			return "nothing"
		}
		one := pick(w, standing...)
		_, err = w.rules.WithdrawExclusion(w.acting(), one.ID, nil, "tried")
		must(w.t, err)
		return "withdraw " + one.Test + " " + one.Key
	case 3:
		test, choice := w.tests[0], verdict.Choice{Parameters: map[string]any{"days": pick(w, 1, 30, 89, 90, 91)}}
		_, err := w.rules.SetTest(w.acting(), test.ID, nil, choice)
		must(w.t, err)
		return fmt.Sprintf("set %s to %v", test.ID, choice.Parameters)
	}
	now, err := w.rules.TestSetting(test.ID)
	must(w.t, err)
	choice := verdict.Choice{Disabled: !now.Disabled, Parameters: now.Parameters}
	if choice.Disabled {
		choice.Reason = "tried"
	}
	_, err = w.rules.SetTest(w.acting(), test.ID, nil, choice)
	must(w.t, err)
	return fmt.Sprintf("disable %s: %t", test.ID, choice.Disabled)
}

// exclude takes a record or a count out of a test, at times until a moment.
func (w *world) exclude(test verdict.Test) string {
	w.t.Helper()
	out := verdict.NewExclusion{Reason: "tried", Until: pick(w, "", w.now.Add(time.Second).Format(time.RFC3339),
		w.now.Add(3*time.Second).Format(time.RFC3339), w.now.Format(time.DateOnly))}
	var there []string
	for _, one := range slices.Sorted(maps.Keys(w.keys)) {
		name, _, _ := strings.Cut(one, " ")
		if string(supplies[name]) == test.Kind && w.ids[name] != "" {
			there = append(there, one)
		}
	}
	if len(there) == 0 {
		return "nothing"
	}
	one := pick(w, there...)
	name, key, _ := strings.Cut(one, " ")
	switch {
	case test.Count == nil:
		out.ItemRef = verdict.ItemRef{Connection: w.ids[name], Stream: test.Kind, Key: key}
	case test.Count.By == verdict.CountByConnection:
		out.ItemRef = verdict.ItemRef{Connection: w.ids[name]}
	}
	_, err := w.rules.Exclude(w.acting(), test.ID, out)
	var refused *host.Problem
	if errors.As(err, &refused) && refused.Code == host.CodeConflict {
		return "nothing" // it is excluded already
	}
	must(w.t, err)
	return fmt.Sprintf("exclude %s from %s until %q", one, test.ID, out.Until)
}

// restart opens the results again; at times they are damaged or deleted before.
func (w *world) restart() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	must(w.t, err)
	slices.Sort(files)
	what := pick(w, "as they are", "as they are", "damaged", "deleted")
	if len(files) > 0 && what == "damaged" {
		file := files[w.random.IntN(len(files))]
		raw, err := os.ReadFile(file)
		must(w.t, err)
		must(w.t, os.WriteFile(file, raw[:w.random.IntN(len(raw))], 0o600))
	}
	if what == "deleted" {
		must(w.t, os.RemoveAll(w.dir))
	}
	w.start()
	return "restart with results " + what
}

// edit changes a connection.
func (w *world) edit() string {
	w.t.Helper()
	if len(w.ids) == 0 {
		return "nothing"
	}
	name := pick(w, slices.Sorted(maps.Keys(w.ids))...)
	what := pick(w, "disconnect", "rename", "delete")
	if what == "delete" {
		must(w.t, w.journal.DeleteConnection(w.acting(), w.ids[name]))
		delete(w.ids, name)
		for there := range w.keys {
			if strings.HasPrefix(there, name+" ") {
				delete(w.keys, there)
			}
		}
		return "delete " + name
	}
	_, err := w.journal.UpdateConnection(w.acting(), w.ids[name], 0, func(c *host.Connection) error {
		switch {
		case what == "rename":
			c.Alias = name + pick(w, "-a", "-b", "")
		case c.Disconnection != nil:
			c.Disconnection = nil
		default:
			c.Disconnection = &host.Disconnection{At: w.now, By: tester}
		}
		return nil
	}, nil, nil)
	must(w.t, err)
	return what + " " + name
}

// decide decides about an account.
func (w *world) decide() string {
	w.t.Helper()
	name := pick(w, "idp", "cloud", "code")
	if w.ids[name] == "" {
		return "nothing"
	}
	id := directory.AccountID(w.ids[name], string(kind.KindAccount), fmt.Sprint("k", w.random.IntN(6)))
	change := people.DecisionEdit{}
	reason := "tried"
	switch w.random.IntN(4) {
	case 0:
		scope := w.random.IntN(2) == 0
		change.InScope, change.Rationale = &scope, &reason
	case 1:
		link := pick(w, "automatic", "none")
		change.Link = &link
	case 2:
		known, err := w.people.People(w.t.Context(), directory.Query{Limit: 10})
		must(w.t, err)
		if len(known.People) == 0 {
			return "nothing"
		}
		person := pick(w, known.People...).ID
		change.Person, change.Owner = pick(w, &person, nil), &person
	default:
		change.Kind = pick(w, new(account.Service), new(account.Human))
	}
	report, err := w.people.DecideAll(w.acting(), tester, people.Bulk{IDs: []string{id}, Change: change})
	if err != nil {
		return "nothing"
	}
	return fmt.Sprintf("decide about %s: %d changed", name, report.Changed)
}
