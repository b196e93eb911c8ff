package plugin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(shortOfFiles); dir != "" {
		os.Exit(listWithFewFiles(dir))
	}
	if sdktest.IsFake() {
		describeBadly()
		sdktest.FakeMain()
	}
	os.Exit(m.Run())
}

type bundle struct {
	dir      string // holds the programs
	work     string
	launcher *plugin.Launcher
	catalog  *plugin.Catalog
}

func setup(t *testing.T) *bundle {
	t.Helper()
	// A short path, as a data directory has: a socket's must fit 104 bytes.
	work, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{dir: t.TempDir(), work: work}
	if b.launcher, err = plugin.NewLauncher(b.work, plugin.Limits{}); err != nil {
		t.Fatal(err)
	}
	b.catalog = plugin.NewCatalog([]string{b.dir}, filepath.Join(b.work, "cache"), "test", b.launcher)
	t.Cleanup(func() {
		if err := errors.Join(b.launcher.Close(), os.RemoveAll(work)); err != nil {
			t.Error(err)
		}
	})
	return b
}

// fake puts this test binary there as the connector "fake".
func (b *bundle) fake(t *testing.T) host.Connector {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	b.program(t, "fake", string(raw))
	connector, err := b.catalog.Lookup(t.Context(), "fake", nil)
	if err != nil {
		t.Fatal(err)
	}
	return connector
}

func (b *bundle) program(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) start(t *testing.T, c host.Connector) *plugin.Process {
	t.Helper()
	p, err := b.launcher.Start(t.Context(), plugin.ProgramOf(c), plugin.Allowance{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

func TestCatalogDescribesAConnectorAndRemembersIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.fake(t)
	if c.Name != "Fake" || len(c.Streams) != 4 || c.SHA256 == "" || c.Problem != nil {
		t.Fatalf("described as %+v", c)
	}
	// Another catalog with the same cache needs no process: even a launcher that
	// cannot start anything will do.
	again := plugin.NewCatalog([]string{b.dir}, filepath.Join(b.work, "cache"), "test", nil)
	if got, err := again.Lookup(t.Context(), "fake", nil); err != nil || got.Name != "Fake" {
		t.Fatalf("from the cache: %+v, %v", got.Name, err)
	}
}

// A cached description that a power cut, a disk or a person broke is asked for anew.
func TestABrokenCachedDescriptionIsMadeAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	whole := b.fake(t)
	files, err := filepath.Glob(filepath.Join(b.work, "cache", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the cache holds %v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), raw...)
	flipped[len(flipped)/2] ^= 1
	for name, broken := range map[string][]byte{
		"empty": {}, "half of it": raw[:len(raw)/2], "zeros": make([]byte, len(raw)), "a bit": flipped,
	} {
		if err := os.WriteFile(files[0], broken, 0o600); err != nil {
			t.Fatal(err)
		}
		catalog := plugin.NewCatalog([]string{b.dir}, filepath.Join(b.work, "cache"), "test", b.launcher)
		got, err := catalog.Lookup(t.Context(), "fake", nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(whole, got); diff != "" {
			t.Errorf("%s: described otherwise (-want +got):\n%s", name, diff)
		}
		if again, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%s: the cache was not mended: %v", name, err)
		}
	}
}

func TestAProgramThatIsNoConnectorIsNamedAndHidesNoOther(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"prints":   {"#!/bin/sh\necho hello\n", 0o755, "it printed something else"},
		"ends":     {"#!/bin/sh\nexit 3\n", 0o755, "exited with code 3"},
		"forges":   {"#!/bin/sh\nprintf '\\033[2J\\342\\200\\256' >&2\nexit 3\n", 0o755, "exited with code 3"},
		"hangs":    {"#!/bin/sh\nsleep 60\n", 0o755, "handshake did not come in time"},
		"no-mode":  {"#!/bin/sh\n", 0o644, "not executable"},
		"no-image": {"\x7fELF but not really", 0o755, "cannot run it"},
	}
	b := setup(t)
	b.launcher.SetStartTimeout(2 * time.Second)
	b.fake(t)
	for name, test := range tests {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(test.content), test.mode); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.catalog.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(tests)+1 {
		t.Fatalf("listed %d programs, want %d", len(list), len(tests)+1)
	}
	for _, c := range list {
		test, bad := tests[c.ID]
		switch {
		case !bad && c.Problem != nil:
			t.Errorf("%s: %v", c.ID, c.Problem)
		case bad && (c.Problem == nil || c.Problem.Code != host.CodeNotAConnector || !strings.Contains(c.Problem.Message, test.want)):
			t.Errorf("%s: problem %v, want one that says %q", c.ID, c.Problem, test.want)
		case c.ID == "forges" && !strings.Contains(c.Problem.Detail, `\x1b[2J\u202e`):
			t.Errorf("its last words are told as %q", c.Problem.Detail)
		case bad && c.Problem.Fields[0].Field != "connector":
			t.Errorf("%s: names field %q", c.ID, c.Problem.Fields[0].Field)
		}
	}
}

func TestAConnectorMustBearTheNameOfItsFile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.fake(t)
	if err := os.Rename(c.Path, filepath.Join(b.dir, "other")); err != nil {
		t.Fatal(err)
	}
	_, err := b.catalog.Lookup(t.Context(), "other", nil)
	if err == nil || !strings.Contains(err.Error(), `calls itself "fake"`) {
		t.Fatalf("got %v", err)
	}
}

func TestUnknownConnectorIsNotFound(t *testing.T) {
	t.Parallel()
	_, err := setup(t).catalog.Lookup(t.Context(), "nope", nil)
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeNotFound || p.Fields[0].Field != "connector" {
		t.Fatalf("got %v", err)
	}
}

func TestAProgramThatChangedSinceItWasLookedAtIsNotStarted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.fake(t)
	b.program(t, "fake", "#!/bin/sh\ntouch "+filepath.Join(b.dir, "was-run")+"\n")
	_, err := b.launcher.Start(t.Context(), plugin.ProgramOf(c), plugin.Allowance{})
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeConnectorChanged {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(b.dir, "was-run")); err == nil {
		t.Error("the changed program was run")
	}
}

func TestAProcessSeesNothingOfTheHostsEnvironment(t *testing.T) {
	t.Setenv("PLUMBLINE_TEST_TOKEN", "canary-of-the-host")
	if runtime.GOOS != "linux" {
		t.Fatal("this check reads /proc, which only Linux has")
	}
	b := setup(t)
	p := b.start(t, b.fake(t))
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for pair := range strings.SplitSeq(strings.TrimRight(string(raw), "\x00"), "\x00") {
		name, _, _ := strings.Cut(pair, "=")
		if strings.Contains(pair, "canary") || strings.HasPrefix(name, "GOCOVERDIR") {
			t.Errorf("inherited %s", pair)
		}
	}
}

func TestStopEndsAProcessWhateverItDoes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script sdktest.Script
		before func(*testing.T, *plugin.Process)
		want   string // how it ended, where one way alone is right
	}{
		"idle":                         {want: "exited with code 0"},
		"hanging":                      {script: script(sdktest.ScriptStream{Hang: true})},
		"a grandchild keeps its pipes": {script: script(sdktest.ScriptStream{Grandchild: true, Hang: true})},
		"stopped": {before: func(t *testing.T, p *plugin.Process) {
			suspend(t, p.PID())
		}, want: "killed"},
		"already killed": {before: func(t *testing.T, p *plugin.Process) {
			process, err := os.FindProcess(p.PID())
			if err != nil {
				t.Fatal(err)
			}
			if err := process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-p.Exited()
		}, want: "killed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p := b.start(t, b.fake(t))
			sync(t, p, test.script)
			if test.before != nil {
				test.before(t, p)
			}
			begun := time.Now()
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took > 6500*time.Millisecond { // what Stop promises
				t.Errorf("stopping took %s", took)
			}
			if how := p.ExitProblem().Message; !strings.Contains(how, test.want) {
				t.Errorf("%s, want that it %s", how, test.want)
			}
			if left := living(t, p.PID()); len(left) > 0 {
				t.Errorf("processes of the group live on: %v", left)
			}
			if left := entries(t, filepath.Join(b.work, "connector-work")); len(left) != 1 || left[0] != "s" {
				t.Errorf("left behind: %v", left)
			}
			if left := entries(t, filepath.Join(b.work, "connector-work", "s")); len(left) != 0 {
				t.Errorf("sockets left behind: %v", left)
			}
		})
	}
}

func script(s sdktest.ScriptStream) sdktest.Script {
	s.Name, s.Records = "users", 10
	return sdktest.Script{Streams: []sdktest.ScriptStream{s}}
}

// sync begins a sync of the script, so that the process is in the middle of its
// work; it returns when the connector has said its first word.
func sync(t *testing.T, p *plugin.Process, s sdktest.Script) {
	t.Helper()
	if len(s.Streams) == 0 {
		return
	}
	settings, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := p.Client().Sync(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	err = wire.Send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: &connectorv1.Open{
		RunId: "run", Streams: []*connectorv1.StreamState{{Name: "users"}}, Credentials: &connectorv1.Credentials{Settings: settings},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.Recv(); err != nil {
		t.Fatal(err)
	}
}

func TestACrashIsToldFromAnEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ crash, code, want string }{
		"killed": {"kill", host.CodeConnectorExited, "signal 9"},
		"left":   {"exit0", host.CodeConnectorExited, "exited with code 0"},
		"died":   {"goroutine", "internal.panic", "crashed: panic: scripted panic with token  at misbehave.go:"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p := b.start(t, b.fake(t))
			sync(t, p, script(sdktest.ScriptStream{Crash: test.crash, Page: 5, FailAt: 5, Throttle: 300}))
			<-p.Exited()
			err := p.Blame(errors.New("connection reset"))
			var problem *host.Problem
			if !errors.As(err, &problem) || problem.Code != test.code || !strings.Contains(problem.Message, test.want) {
				t.Fatalf("blamed on %v, want %s saying %q", err, test.code, test.want)
			}
		})
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.program(t, "slow", "#!/bin/sh\nsleep 60\n")
	c := host.Connector{ID: "slow", Path: filepath.Join(b.dir, "slow"), SHA256: sha(t, filepath.Join(b.dir, "slow"))}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, errors.New("enough"))
	defer cancel()
	_, err := b.launcher.Start(ctx, plugin.ProgramOf(c), plugin.Allowance{})
	if err == nil || err.Error() != "enough" {
		t.Fatalf("got %v, want the cause of the context", err)
	}
}

// living lists the processes of a group that are not just waiting to be reaped
// by the system.
func living(t *testing.T, group int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		if fields := strings.Fields(rest); len(fields) > 2 && fields[0] != "Z" && fields[2] == fmt.Sprint(group) {
			left = append(left, path)
		}
	}
	return left
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func sha(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
