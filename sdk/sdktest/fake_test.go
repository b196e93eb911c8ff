package sdktest_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestMain(m *testing.M) {
	if sdktest.IsFake() {
		sdktest.FakeMain()
	}
	os.Exit(m.Run())
}

func script(t *testing.T, text string) sdktest.Input {
	t.Helper()
	var s sdktest.Script
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return sdktest.Input{Settings: s, Secrets: map[string]string{"token": "canary-4711"}}
}

// TestFakeKeepsItsBytes checks that the records never change, because measurements compare versions with them.
func TestFakeKeepsItsBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"streams":[{"name":"users","records":13,"pad":46}]}`: `{"admin":"unknown","email":"users-12@example.com","external_id":"users-12",` +
			`"groups":[],"mfa":"unknown",` +
			`"name":"User 12","status":"active","type":"human","username":"users-12","vendor":{"id":12,"note":"dor vendor vendor vendor ve"}}`,
		`{"streams":[{"name":"users","records":13,"pad":3,"changed_every":6,"version":4}]}`: `{"admin":"unknown",` +
			`"email":"users-12@example.com","external_id":"users-12","groups":[],"mfa":"unknown",` +
			`"name":"User 12","status":"active","title":"4","type":"human","username":"users-12","vendor":{"id":12,"note":""}}`,
	} {
		records := sdktest.NewBench(t, sdktest.Fake()).Sync(t, script(t, text)).Streams["users"].Records
		if got := string(records["users-12"]); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestFakePlaysItsScript(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script, stream, result, code string
		records                      int
		cursor                       string
	}{
		"nothing":       {`{}`, "users", "complete", "", 0, ""},
		"all":           {`{"streams":[{"name":"users","records":250,"page":100}]}`, "users", "complete", "", 250, ""},
		"fails at once": {`{"streams":[{"name":"users","error":"auth.invalid"}]}`, "users", "failed", "auth.invalid", 0, ""},
		"fails at the end": {`{"streams":[{"name":"users","records":10,"page":10,"fail_at":10,"error":"upstream.5xx"}]}`, "users", "failed",
			"upstream.5xx", 10, ""},
		"fails in a page": {`{"streams":[{"name":"users","records":500,"page":100,"fail_at":350,"error":"upstream.5xx","cursor":true}]}`,
			"users", "partial", "upstream.5xx", 300, `{"next":300}`},
		"panics": {`{"streams":[{"name":"users","records":5,"fail_at":2,"crash":"panic"}]}`, "users", "failed", "internal.panic", 0,
			""},
		"has a gap":  {`{"streams":[{"name":"users","records":5,"gap":"ou=hidden"}]}`, "users", "complete_with_gaps", "", 5, ""},
		"leaves out": {`{"streams":[{"name":"users","records":5,"removed":["users-1"]}]}`, "users", "complete", "", 4, ""},
		"removes":    {`{"streams":[{"name":"findings","records":5,"removed":["findings-9"]}]}`, "findings", "complete", "", 5, ""},
		"too big": {`{"streams":[{"name":"users","records":5,"big_record":300000}]}`, "users", "failed", "limit.record_too_large", 0,
			""},
		"sign-in fails":      {`{"connect":{"error":"auth.invalid"}}`, "users", "failed", "auth.invalid", 0, ""},
		"an unknown setting": {`{"streams":[{"name":"users","records":5}],"connect":{}}`, "users", "complete", "", 5, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sdktest.NewBench(t, sdktest.Fake()).Sync(t, script(t, tt.script)).Streams[tt.stream]
			code := ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code || len(s.Records) != tt.records || string(s.Cursor) != tt.cursor {
				t.Errorf("got %s %q with %d records and cursor %q, want %s %q with %d and %q", s.Result, code, len(s.Records), s.Cursor, tt.result,
					tt.code, tt.records, tt.cursor)
			}
		})
	}
}

// dial starts a Fake as a process through go-plugin.
func dial(t *testing.T) connectorv1.ConnectorClient {
	t.Helper()
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: sdk.Handshake(), Plugins: sdk.HostPlugins(), Cmd: exec.Command(self(t)), AutoMTLS: true, SkipHostEnv: true,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC}, Logger: hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxCallSendMsgSize(sdk.MaxMessageBytes))},
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	raw, err := rpc.Dispense(sdk.PluginName)
	if err != nil {
		t.Fatal(err)
	}
	return raw.(connectorv1.ConnectorClient)
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProgramOverGoPlugin(t *testing.T) {
	t.Parallel()
	b := sdktest.Attach(dial(t))
	s := b.Sync(t, script(t, `{"streams":[{"name":"users","records":3000,"page":100,"noise_stdout":true}]}`)).Streams["users"]
	if s.Result != "complete" || len(s.Records) != 3000 {
		t.Errorf("got %s with %d records, want complete with 3000", s.Result, len(s.Records))
	}
	// A message larger than gRPC's own 4 MiB limit must pass in this direction too.
	in := script(t, `{}`)
	in.Cursors = map[string]json.RawMessage{"users": json.RawMessage(`"` + strings.Repeat("x", 5<<20) + `"`)}
	if got := b.Sync(t, in).Streams["users"]; got.Result != "complete" {
		t.Errorf("with a large Open: %s", got.Result)
	}
}

// TestProgramEndsWithItsHost starts the program with a pipe as stdin, like a host, and closes the pipe.
func TestProgramEndsWithItsHost(t *testing.T) {
	t.Parallel()
	h := sdk.Handshake()
	cmd := exec.CommandContext(t.Context(), self(t))
	cmd.Env = []string{h.MagicCookieKey + "=" + h.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1", "GORACE=atexit_sleep_ms=0"}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "1|1|") {
		t.Fatalf("handshake %q, %v", line, err)
	}
	begun := time.Now()
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v, want exit code 0", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s to end, want at most 5 s", took)
	}
}

func TestProgramStartedByHand(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		env  []string
		code int
		says string
	}{
		"without a cookie": {nil, nil, 1, "Plumbline connector"},
		"version":          {[]string{"--version"}, nil, 0, "fake 1.0.0"},
		"describe":         {[]string{"describe"}, nil, 0, `"id": "fake"`},
	}
	program := build(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(program, tt.args...)
			cmd.Env = []string{}
			text, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(string(text), tt.says) {
				t.Errorf("ended %d with %q, want %d and %q", cmd.ProcessState.ExitCode(), text, tt.code, tt.says)
			}
		})
	}
}

func build(t *testing.T) string {
	t.Helper()
	program := t.TempDir() + "/fake"
	if text, err := exec.Command("go", "build", "-o", program, "./cmd/fake").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return program
}
