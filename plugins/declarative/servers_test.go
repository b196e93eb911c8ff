package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	peerServe    = "../../build/peers/serve.sh"
	peerPassword = "Peers-Canary-81"
)

// peer is a real server of another maker, which build/peers/serve.sh starts and fills.
type peer struct {
	t    *testing.T
	id   string // of the connector
	addr string
	said map[string]string // what the script says of the server and its accounts
}

// startPeer starts a server. It ends with the test. PLUMBLINE_PEER_REDMINE=FILE uses one that runs
// already, where FILE has what the script printed.
func startPeer(t *testing.T, id string) *peer {
	t.Helper()
	p := &peer{t: t, id: id, said: map[string]string{}}
	if path := os.Getenv("PLUMBLINE_PEER_" + strings.ToUpper(strings.ReplaceAll(id, "-", "_"))); path != "" {
		said, err := os.Open(path) // of one that runs already
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		if !p.hears(said) {
			t.Fatalf("%s is not ready: %s", id, path)
		}
		return p
	}
	begun := time.Now()
	cmd := exec.Command("bash", peerServe, id, strconv.Itoa(freePorts(t)))
	var errs strings.Builder
	cmd.Stderr = &errs
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !p.hears(output) {
		err := cmd.Wait()
		packages, _ := exec.Command("bash", peerServe, id, "packages").Output()
		t.Fatalf("start %s: %v\n%s\nIt needs these packages of Debian: apt-get install %s", id, err, errs.String(), packages)
	}
	t.Cleanup(func() {
		_ = input.Close() // the script then takes the server away
		if err := cmd.Wait(); err != nil {
			t.Errorf("end %s: %v\n%s", id, err, errs.String())
		}
	})
	t.Logf("%s is ready after %s", id, time.Since(begun).Round(100*time.Millisecond))
	return p
}

// hears takes what the script says, and returns whether the server is ready.
func (p *peer) hears(output io.Reader) bool {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		if p.said[name] = value; name == "ready" {
			p.addr = p.said["ADDR"]
			return true
		}
	}
	return false
}

// freePorts returns a port of loopback that is free, with the next one.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 100 {
		first, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		_ = first.Close()
		if err == nil {
			_ = second.Close()
			return port
		}
	}
	t.Fatal("no two ports beside each other are free")
	return 0
}

func (p *peer) bench() *sdktest.Bench {
	p.t.Helper()
	c, err := load(filepath.Join("..", p.id, p.id+".connector.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	return sdktest.NewBench(p.t, c)
}

func (p *peer) sync(in sdktest.Input) *sdktest.Outcome {
	p.t.Helper()
	return p.bench().Sync(p.t, in)
}

// known are the fields of records, by their keys. A field with nil is unknown.
type known map[string]map[string]any

// differs returns why the streams of a run are not whole, or have not exactly these records.
func (p *peer) differs(out *sdktest.Outcome, want map[string]known) (all []string) {
	p.t.Helper()
	if out.Err != nil {
		all = append(all, out.Err.Error())
	}
	v := &prove.Visit{Outcome: out}
	for stream, records := range want {
		all = append(all, v.NotWhole(stream)...)
		got := map[string]json.RawMessage{}
		if s := out.Streams[stream]; s != nil {
			got = s.Records
		}
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(records)); !slices.Equal(g, w) {
			all = append(all, fmt.Sprintf("stream %s: its keys are %q; want %q", stream, g, w))
		}
		for key, facts := range records {
			if got[key] != nil {
				all = append(all, prove.Differences(stream+" "+key, facts, prove.FieldsOf(p.t, got[key]))...)
			}
		}
		for key, raw := range got {
			if strings.Contains(string(raw), peerPassword) {
				all = append(all, fmt.Sprintf("stream %s: the record %s has a password", stream, key))
			}
		}
	}
	return all
}

// becomes reads the server until its streams have exactly these records.
func (p *peer) becomes(in sdktest.Input, want map[string]known) {
	p.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		all := p.differs(p.sync(in), want)
		if len(all) == 0 {
			p.is(in, want)
			return
		}
		if time.Now().After(end) {
			p.t.Fatal(strings.Join(all, "\n"))
		}
	}
}

func (p *peer) is(in sdktest.Input, want map[string]known) *sdktest.Outcome {
	p.t.Helper()
	begun := time.Now()
	out := p.sync(in)
	records := 0
	for _, s := range out.Streams {
		records += len(s.Records)
	}
	p.t.Logf("%s: %d records in %s", p.id, records, time.Since(begun).Round(10*time.Millisecond))
	for _, complaint := range p.differs(out, want) {
		p.t.Error(complaint)
	}
	return out
}

// passes checks that every probe is green and the credential is that of an account.
func (p *peer) passes(in sdktest.Input, account string) {
	p.t.Helper()
	probes, identity := p.bench().Check(p.t, in)
	if identity != account || slices.ContainsFunc(probes, func(r sdktest.ProbeResult) bool {
		return r.State != "ok" && (r.ID != "tls" || r.State != "unknown") // on loopback it says that nothing is encrypted
	}) {
		p.t.Errorf("the check says %q, want %q: %s", identity, account, prove.Shown(probes))
	}
}

// refused checks that the check calls the credential wrong, and that no stream but the public ones is whole.
func (p *peer) refused(in sdktest.Input, public ...string) {
	p.t.Helper()
	probes, _ := p.bench().Check(p.t, in)
	if !slices.ContainsFunc(probes, func(r sdktest.ProbeResult) bool { return r.Err != nil && r.Err.Code == sdk.CodeAuthInvalid }) {
		p.t.Errorf("no probe says that the credential is wrong: %s", prove.Shown(probes))
	}
	for name, s := range p.sync(in).Streams {
		if !slices.Contains(public, name) && (s.Result == "complete" || len(s.Records) > 0) {
			p.t.Errorf("with a wrong credential stream %s is %s with %d records", name, s.Result, len(s.Records))
		}
	}
}

// lacks checks that a stream is not whole because of a permission, and that the check names it.
func (p *peer) lacks(in sdktest.Input, permission string, streams ...string) *sdktest.Outcome {
	p.t.Helper()
	probes, _ := p.bench().Check(p.t, in)
	if !slices.ContainsFunc(probes, func(r sdktest.ProbeResult) bool {
		return r.State == "missing" && (r.ID == "permission."+permission || r.Err != nil && slices.Contains(r.Err.Permissions, permission))
	}) {
		p.t.Errorf("no probe says that %s is missing: %s", permission, prove.Shown(probes))
	}
	v := &prove.Visit{Outcome: p.sync(in)}
	for _, stream := range streams {
		for _, complaint := range v.Names(stream, permission) {
			p.t.Error(complaint)
		}
		if removed := v.Streams[stream].Removed; len(removed) > 0 {
			p.t.Errorf("without %s stream %s removed %q", permission, stream, removed)
		}
	}
	return v.Outcome
}

// again reads with the cursors of an earlier run.
func again(in sdktest.Input, out *sdktest.Outcome) sdktest.Input {
	in.Cursors = map[string]json.RawMessage{}
	for name, s := range out.Streams {
		if len(s.Cursor) > 0 {
			in.Cursors[name] = s.Cursor
		}
	}
	return in
}

func TestPeerPrometheus(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "prometheus")
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		t.Fatal(err)
	}
	alertmanager := fmt.Sprintf("http://%s:%d", host, number+1)
	settings := func(more map[string]any) map[string]any {
		all := map[string]any{"base_url": "http://" + p.addr, "alertmanager_url": alertmanager, "sign_in": "basic", "username": "reader"}
		maps.Copy(all, more)
		return all
	}
	in := sdktest.Input{Settings: settings(nil), Secrets: map[string]string{"password": peerPassword}}
	rule := func(group, name, text string) string {
		return p.said["RULES"] + "/" + group + "/" + name + "/" + ruleHash(text)
	}
	want := map[string]known{
		"rules": {
			rule("one", "Down", "up == 0\n0\nseverity=critical"):   {"status": "alerting", "enabled": "yes", "name": "Down"},
			rule("one", "Down", "up == 0\n3600000\nseverity=page"): {"status": "warning", "type": "alerting rule"},
			rule("two", "Fine", "up > 1\n0\n"):                     {"status": "ok", "notifies": nil},
			rule("two", "Broken", "up * on () up\n0\n"):            {"status": "unknown"},
		},
		"targets": {
			"self http://" + p.addr + "/metrics": {"status": "ok", "name": "self " + p.addr, "type": "target", "enabled": "yes"},
			"away http://127.0.0.1:9/metrics":    {"status": "alerting"},
			"later http://127.0.0.1:9/metrics":   {"status": "no_data"},
		},
		"alertmanagers": {alertmanager + "/api/v2/alerts": {"type": "Alertmanager"}},
		"receivers":     {"nobody": {"name": "nobody"}, "team ops": {"type": "receiver"}},
	}
	p.becomes(in, want)
	p.passes(in, "")

	alone := in
	alone.Settings = map[string]any{"base_url": "http://" + p.addr, "sign_in": "basic", "username": "reader"}
	want["receivers"] = known{}
	p.is(alone, want)

	wrong := in
	wrong.Secrets = map[string]string{"password": "wrong"}
	p.refused(wrong)
	wrong = in
	wrong.Settings = settings(map[string]any{"sign_in": "none"})
	p.refused(wrong)
}

// ruleHash is what the key of a rule has of its text.
func ruleHash(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16] }

func TestPeerRedmine(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "redmine")
	id := func(name string) string { return p.said[name] }
	settings := map[string]any{"base_url": "http://" + p.addr}
	in := sdktest.Input{Settings: settings, Secrets: map[string]string{"api_key": id("ADMIN_KEY")}}
	want := map[string]known{
		"users": {
			id("ADMIN_ID"): {"username": "admin", "admin": "yes", "status": "active", "roles": []string{}, "groups": []string{}},
			id("ALICE_ID"): {
				"username": "alice", "email": "alice@example.test", "name": "Alice Example", "type": "human", "status": "active", "admin": "no",
				"mfa": "no", "roles": []string{"Developer", "Manager", "Reporter"}, "groups": []string{"Developers"}, "last_login_at": nil,
			},
			id("BOB_ID"):   {"username": "bob", "status": "suspended", "groups": []string{}},
			id("CAROL_ID"): {"admin": "yes", "mfa": "yes", "status": "active"},
			id("DAVE_ID"):  {"username": "dave", "status": "suspended"},
		},
		"issues": {
			id("NEW_ISSUE"): {
				"title": "A New issue", "project": "Shop", "type": "Bug", "status": "open", "priority": "High", "reporter": nil, "assignee": nil,
				"url": "http://" + p.addr + "/issues/" + id("NEW_ISSUE"), "due_at": "2099-01-02T00:00:00Z", "resolved_at": nil,
			},
			id("IN_PROGRESS_ISSUE"): {"status": "in_progress"},
			id("RESOLVED_ISSUE"):    {"status": "in_progress"},
			id("FEEDBACK_ISSUE"):    {"status": "in_progress"},
			id("CLOSED_ISSUE"):      {"status": "done"},
			id("REJECTED_ISSUE"):    {"status": "cancelled"},
		},
	}
	var first int
	if _, err := fmt.Sscan(id("MORE0_ID"), &first); err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		want["users"][fmt.Sprint(first+n)] = map[string]any{"username": fmt.Sprintf("more%d", n), "status": "active", "admin": "no"}
	}
	p.passes(in, "carol")
	out := p.is(in, want)
	for _, s := range p.is(again(in, out), want).Streams { // all of it is younger than the overlap
		if s.Removed != nil {
			t.Errorf("the second run removed %q", s.Removed)
		}
	}

	weak := in
	weak.Secrets = map[string]string{"api_key": id("WEAK_KEY")}
	if n := len(p.lacks(weak, "Administrator", "users").Streams["users"].Records); n > 0 {
		t.Errorf("%d accounts are shown without the permission", n)
	}
	wrong := in
	wrong.Secrets = map[string]string{"api_key": strings.Repeat("0", 40)}
	p.refused(wrong)
}
