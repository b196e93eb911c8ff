package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestMain makes this test binary the program itself and a connector as well,
// so that scripts run whole processes of exactly the code under test.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"plumbline": func() { os.Exit(run()) },
		"fake":      sdktest.FakeMain,
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	built := &builds{dir: t.TempDir(), made: map[string]func() error{}}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../../testdata/script",
		RequireExplicitExec: true,
		Setup:               setupScript,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":     awaitCommand,
			"json":      jsonCommand,
			"setjson":   setJSONCommand,
			"setline":   setLine,
			"killowner": killOwner,
			"killfake":  killFake,
			"nofake":    noFake,
			"nosocket":  noSocket,
			"nowhere":   nowhere,
			"touch":     touch,
			"flipbyte":  flipByte,
			"usego":     useGo,
			"freeport":  freePort,
			"awaitport": awaitPort,
			"edit":      edit,
			"writejson": writeJSON,
			"tailor":    built.tailor,
			"built":     built.put,
			"lean":      built.lean,
			"registry":  startRegistry,
			"people":    startPeople,
			"receiver":  startReceiver,
			"save":      save,
			"models":    startModels,
			"assistant": askAsAssistant,
		},
	})
}

// setupScript gives the script a data directory and a directory with the
// scripted connector.
func setupScript(env *testscript.Env) error {
	env.Setenv("PLUMBLINE_HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("PLUMBLINE_CONNECTORS_DIRS", filepath.Join(env.WorkDir, "connectors"))
	env.Setenv("PLUMBLINE_STORE_MIN_FREE_MIB", "64")
	env.Setenv("PLUMBLINE_SECRETS_KEY", "file")
	stores, err := filepath.Abs("../../../testdata/store")
	if err != nil {
		return err
	}
	env.Setenv("STORES", stores)
	if err := os.MkdirAll(filepath.Join(env.WorkDir, "connectors"), 0o700); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(env.WorkDir, "connectors", "fake"), raw, 0o700)
}

// usego: the script may use Go, with the caches of who runs the tests, and knows
// where these SOURCES are.
func useGo(ts *testscript.TestScript, _ bool, _ []string) {
	raw, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOROOT").Output()
	ts.Check(err)
	var env map[string]string
	ts.Check(json.Unmarshal(raw, &env))
	for name, value := range env {
		ts.Setenv(name, value)
	}
	sources, err := filepath.Abs("../../..")
	ts.Check(err)
	ts.Setenv("SOURCES", sources)
	ts.Setenv("GOFLAGS", "-buildvcs=false")
}

// writejson FILE NAME TEXT: FILE becomes an object with that member.
func writeJSON(ts *testscript.TestScript, _ bool, args []string) {
	raw, err := json.Marshal(map[string]string{args[1]: args[2]})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), raw, 0o600))
}

// freeport VAR: VAR becomes a free port of the loopback.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	ts.Check(err)
	ts.Check(listener.Close())
	ts.Setenv(args[0], port)
}

// awaitport PORT: waits until a program listens on a port of the loopback.
func awaitPort(ts *testscript.TestScript, _ bool, args []string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", args[0]))
		if err == nil {
			ts.Check(conn.Close())
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("waited %s in vain for port %s", patience, args[0])
		}
	}
}

// edit FILE OLD NEW: replaces what stands in FILE exactly once.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if strings.Count(text, args[1]) != 1 {
		ts.Fatalf("%s holds %q %d times", args[0], args[1], strings.Count(text, args[1]))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// condition knows [python]: connectors in Python can be built and run here.
func condition(name string) (bool, error) {
	if name != "python" {
		return false, fmt.Errorf("there is no condition %q", name)
	}
	err := exec.Command("/usr/bin/python3", "-c", "import grpc, grpc_tools, google.protobuf, cryptography").Run()
	return err == nil, nil
}

// patience is how long a script waits for something that has to happen.
const patience = 60 * time.Second

// await agent | await file PATH | await [!] stdout TEXT COMMAND...: waits until it is so.
func awaitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: await agent | await file PATH | await TEXT COMMAND...")
	}
	var so func() bool
	switch args[0] {
	case "agent":
		so = func() bool {
			owner, ok := datadir.ReadOwner(ts.Getenv("PLUMBLINE_HOME"))
			return ok && owner.Program == "agent" && ts.Exec("plumbline", "version") == nil && ts.Exec("plumbline", "status") == nil
		}
	case "file":
		so = func() bool { _, err := os.Stat(ts.MkAbs(args[1])); return err == nil }
	default:
		so = func() bool {
			err := ts.Exec(args[1], args[2:]...)
			return err == nil && strings.Contains(ts.ReadFile("stdout"), args[0])
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); so() == neg; <-tick.C {
		if time.Now().After(end) {
			ts.Fatalf("waited %s in vain for %q", patience, args)
		}
	}
}

// follow goes along a path such as items.0.status through a decoded document.
func follow(doc any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch value := doc.(type) {
		case map[string]any:
			doc = value[part]
		case []any:
			if part == "length" {
				return float64(len(value))
			}
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(value) {
				return nil
			}
			doc = value[i]
		default:
			return nil
		}
	}
	return doc
}

func spelled(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// json FILE PATH WORD: the value at PATH of the JSON in FILE is (not) WORD.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH WORD")
	}
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	got := spelled(follow(doc, args[1]))
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %s, want (negated: %v) %s in:\n%s", args[1], got, neg, args[2], ts.ReadFile(args[0]))
	}
}

// setjson VAR FILE PATH: VAR becomes the value at PATH of the JSON in FILE.
func setJSONCommand(ts *testscript.TestScript, _ bool, args []string) {
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &doc))
	ts.Setenv(args[0], spelled(follow(doc, args[2])))
}

// setline VAR FILE: VAR becomes the only line of FILE.
func setLine(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// killowner: SIGKILL to the process that owns the data directory.
func killOwner(ts *testscript.TestScript, _ bool, _ []string) {
	owner, ok := datadir.ReadOwner(ts.Getenv("PLUMBLINE_HOME"))
	if !ok {
		ts.Fatalf("no process owns the data directory")
	}
	kill(ts, owner.PID)
}

func kill(ts *testscript.TestScript, pid int) {
	process, err := os.FindProcess(pid)
	ts.Check(err)
	ts.Check(process.Kill())
}

// fakes lists the processes of this script's connector.
func fakes(ts *testscript.TestScript) []int {
	links, err := filepath.Glob("/proc/[0-9]*/cmdline")
	ts.Check(err)
	program := filepath.Join(ts.Getenv("WORK"), "connectors", "fake")
	var found []int
	for _, path := range links {
		raw, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(raw, []byte(program+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		ts.Check(err)
		found = append(found, pid)
	}
	return found
}

// killfake: SIGKILL to the connector.
func killFake(ts *testscript.TestScript, _ bool, _ []string) {
	found := fakes(ts)
	if len(found) == 0 {
		ts.Fatalf("no connector runs")
	}
	for _, pid := range found {
		kill(ts, pid)
	}
}

// nofake: within a moment no process of the connector is left.
func noFake(ts *testscript.TestScript, _ bool, _ []string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); len(fakes(ts)) > 0; <-tick.C {
		if time.Now().After(end) {
			ts.Fatalf("connector processes are left: %v", fakes(ts))
		}
	}
}

// nosocket: no connector's socket is left, wherever the path was short enough.
func noSocket(ts *testscript.TestScript, _ bool, _ []string) {
	inHome := filepath.Join(ts.Getenv("PLUMBLINE_HOME"), "connector-work", "s", "*")
	for _, pattern := range []string{inHome, filepath.Join(ts.Getenv("TMPDIR"), "plumbline-*", "*")} {
		left, err := filepath.Glob(pattern)
		ts.Check(err)
		if len(left) > 0 {
			ts.Fatalf("sockets are left: %v", left)
		}
	}
}

// nowhere TEXT DIR: no file below DIR holds TEXT.
func nowhere(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte(args[0])) {
			err = fmt.Errorf("%s holds %q", path, args[0])
		}
		return err
	}))
}

// touch PATH: makes an empty file.
func touch(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o600))
}

// flipbyte DIR PATTERN OFFSET: changes one bit of the largest file that matches.
func flipByte(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), args[1]))
	ts.Check(err)
	at, err := strconv.Atoi(args[2])
	ts.Check(err)
	var path string
	var raw []byte
	for _, candidate := range found {
		content, err := os.ReadFile(candidate)
		ts.Check(err)
		if len(content) > len(raw) {
			path, raw = candidate, content
		}
	}
	if at >= len(raw) {
		ts.Fatalf("no file that matches %s has %d bytes", args[1], at)
	}
	raw[at] ^= 1
	ts.Check(os.WriteFile(path, raw, 0o600))
}
