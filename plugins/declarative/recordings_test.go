package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// recordingsVariable is the environment variable with a folder of recorded exchanges, one file for
// each vendor.
const recordingsVariable = "PLUMBLINE_RECORDINGS"

// recorded says of the recording of one vendor what a connector has to make of it. The facts are
// taken from the recorded answers, in Go and not by the expressions of the connector.
type recorded struct {
	file      string // without .yaml
	connector string
	settings  members
	secrets   []string
	identity  string // of the check, when its request was recorded

	choosing []string                           // parameters that choose members of the items
	also     func(t *tape, r *http.Request) any // the answer to a request that follows from the recording
	absent   []string                           // paths that were not recorded
	spare    []string                           // paths that were recorded and that no stream reads
	streams  map[string]list
}

// list is a recorded list, and what the records of a stream say of its items.
type list struct {
	path, inside string
	items        int // in the recording
	records      int
	where        func(i item, t *tape) bool // the items that are records; nil = all
	key          string
	facts        func(i item, t *tape) members
}

// members are settings, or what a record has to say.
type members = map[string]any

// judged are the facts that are compared. A fact that a list does not name is not known.
var judged = []string{
	"email", "name", "username", "type", "status", "admin", "mfa", "roles", "groups", "title", "department", "created_at", "last_login_at",
}

// example is the recording of the vendor that no connector is for.
var example = recorded{
	file: "acme", connector: "acme", settings: members{"site": "example"}, secrets: []string{"token"},
	spare: []string{"/v1/me"}, identity: "auditor@example.com",
	streams: map[string]list{"users": {
		path: "/v1/users", inside: "users", items: 3, records: 2, key: "id",
		where: func(i item, _ *tape) bool { return i.is("active") },
		facts: func(i item, t *tape) members {
			return members{
				"email": i.known("email"), "type": "human", "status": "active", "last_login_at": i.known("seen"),
				"mfa": yes(len(t.list("/v1/users/"+i.text("id")+"/factors", "")) > 0),
			}
		},
	}},
}

// TestRecordings replays what real vendors answered, and proves that each connector
//
//   - sends the requests that were recorded, and no others
//   - reads every recorded page to its end, without a gap
//   - has exactly the keys of the recording, and says of each record what the vendor said
//
// Without a folder of recordings it replays the example alone.
func TestRecordings(t *testing.T) {
	t.Parallel()
	replay := func(r recorded, from, folder string) {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			for _, complaint := range r.replay(t, from, filepath.Join(folder, r.file+".yaml")) {
				t.Error(complaint)
			}
		})
	}
	replay(example, "testdata/catalogue", "testdata/recordings")
	folder := os.Getenv(recordingsVariable)
	if folder == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if !slices.ContainsFunc(recordings, func(r recorded) bool { return r.file == name }) {
			t.Logf("%s: the table has no connector for it", name)
		}
	}
	for _, r := range recordings {
		replay(r, *connectors, folder)
	}
}

// replay returns how a connector in the folder from differs from the recording.
func (r recorded) replay(t *testing.T, from, recording string) (all []string) {
	p, err := planOf(filepath.Join(from, r.connector, r.connector+".connector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	played, err := tapeOf(recording)
	if err != nil {
		t.Fatal(err)
	}
	played.choosing, played.also, played.absent = r.choosing, r.also, r.absent
	in := sdktest.Input{Settings: r.settings, Secrets: map[string]string{}, Streams: slices.Sorted(maps.Keys(r.streams))}
	for _, name := range r.secrets {
		in.Secrets[name] = "example-0123456789"
	}
	bench := func(vendor http.Handler) *sdktest.Bench {
		c, err := read.Connector(p)
		if err != nil {
			t.Fatal(err)
		}
		b := sdktest.NewBench(t, c)
		b.Reach(t, vendor)
		return b
	}
	v := &prove.Visit{Outcome: bench(played).Sync(t, in)}
	if v.Err != nil {
		all = append(all, fmt.Sprintf("the run failed: %s", v.Err))
	}
	all = append(all, played.complaints(r.spare)...)
	for _, name := range in.Streams {
		all = append(all, v.NotWhole(name)...)
		all = append(all, r.streams[name].differences(t, name, played, v.Streams[name])...)
	}
	if r.identity != "" {
		if _, identity := bench(played.again()).Check(t, in); identity != r.identity {
			all = append(all, fmt.Sprintf("the check says that the credential is that of %q; want %q", identity, r.identity))
		}
	}
	return all
}

// differences compares a stream with the recorded list.
func (l list) differences(t *testing.T, stream string, played *tape, got *sdktest.Stream) (all []string) {
	t.Helper()
	items, err := played.items(l.path, l.inside)
	if err != nil || got == nil {
		return []string{fmt.Sprintf("stream %s: no records, %v", stream, err)}
	}
	if len(items) != l.items {
		all = append(all, fmt.Sprintf("stream %s: the recording has %d items; want %d", stream, len(items), l.items))
	}
	wanted := map[string]bool{}
	for _, i := range items {
		if l.where != nil && !l.where(i, played) {
			continue
		}
		key := i.text(l.key)
		wanted[key] = true
		raw, found := got.Records[key]
		if !found {
			all = append(all, fmt.Sprintf("stream %s: there is no record %s", stream, key))
			continue
		}
		facts, said := members{"external_id": key}, l.facts(i, played)
		for name := range said {
			if !slices.Contains(judged, name) {
				t.Fatalf("%s is not judged", name)
			}
		}
		for _, name := range judged {
			facts[name] = said[name]
		}
		all = append(all, prove.Differences(stream+" "+key, inOneForm(facts), inOneForm(prove.FieldsOf(t, raw)))...)
	}
	if len(wanted) != l.records {
		all = append(all, fmt.Sprintf("stream %s: the recording has %d records; want %d", stream, len(wanted), l.records))
	}
	for key := range got.Records {
		if !wanted[key] {
			all = append(all, fmt.Sprintf("stream %s: the record %s is one too many", stream, key))
		}
	}
	return all
}

// inOneForm writes every moment in one way, and sorts lists.
func inOneForm(facts members) members {
	for name, value := range facts {
		switch value := value.(type) {
		case string:
			for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
				if moment, err := time.Parse(layout, value); err == nil {
					facts[name] = moment.UTC().Format(time.RFC3339Nano)
				}
			}
		case []string:
			slices.Sort(value)
		case []any:
			slices.SortFunc(value, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return facts
}

// TestARecordingCanDiffer breaks the example's connector or its recording, each time in another way, and
// expects the complaint.
func TestARecordingCanDiffer(t *testing.T) {
	t.Parallel()
	const file, recording = "acme/acme.connector.yaml", "acme.yaml"
	for name, test := range map[string]struct {
		file, old, new, want string
	}{
		"a list is cut off": {file, "total: response.total}", "last: 1}", "that was not sent: GET https://api.acme.example/v1/users?page=2"},
		"another page":      {file, "value: 100}", "value: 50}", "not recorded: GET api.acme.example/v1/users?page=1&per_page=50"},
		"a record too many": {file, "    where: item.active\n", "", "the record 2 is one too many"},
		"a record too few":  {file, "where: item.active", "where: item.active && item.id != 3", "there is no record 3"},
		"a wrong fact":      {file, "mfa: size(factors) > 0", "mfa: size(factors) > 1", `users 1: mfa is no; want "yes"`},
		"a wrong moment": {file, "time(item.seen)", "time(item.seen.substring(0, 10))",
			"users 1: last_login_at is 2026-02-01T00:00:00Z"},
		"a fact that nobody said": {file, "email: item.email", "email: item.email\n      name: item.email", "want it absent"},
		"a path that is not sent": {file, "/factors\", permission", "/keys\", permission",
			"that was not sent: GET https://api.acme.example/v1/users/1/factors"},
		"a gap":                 {recording, "code: 200, body: '[]'", "code: 500, body: '[]'", "a gap at"},
		"a recording that grew": {recording, `{"id": 2,`, `{"id": 4}, {"id": 2,`, "the recording has 4 items; want 3"},
		"another identity":      {recording, "auditor", "other", "want \"auditor@example.com\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			into := t.TempDir()
			for name, from := range map[string]string{file: "testdata/catalogue", recording: "testdata/recordings"} {
				raw, err := os.ReadFile(filepath.Join(from, name))
				if err != nil {
					t.Fatal(err)
				}
				text := string(raw)
				if name == test.file {
					if text = strings.Replace(text, test.old, test.new, 1); text == string(raw) {
						t.Fatalf("%s does not hold %q", name, test.old)
					}
				}
				if err := os.MkdirAll(filepath.Dir(filepath.Join(into, name)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(into, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			all := strings.Join(example.replay(t, into, filepath.Join(into, recording)), "\n")
			if !strings.Contains(all, test.want) {
				t.Errorf("%s\nwant %s", all, test.want)
			}
		})
	}
}
