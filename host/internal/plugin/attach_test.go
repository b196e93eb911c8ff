package plugin_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// byHand starts this test binary as the connector "fake", as a person does.
func byHand(t *testing.T) (cmd *exec.Cmd, file string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "fake"+plugin.AttachSuffix)
	cmd = exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), sdk.DevVariable+"="+file)
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(words).ReadString('\n'); err != nil || !strings.Contains(line, "waits for a host") {
		t.Fatalf("it said %q, %v", line, err)
	}
	return cmd, file
}

func alive(cmd *exec.Cmd) bool { return cmd.Process.Signal(syscall.Signal(0)) == nil }

func TestAnAttachedProcessIsUsedAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cmd, file := byHand(t)
	c, err := b.catalog.Examine(t.Context(), plugin.Program{Path: file})
	if err != nil || c.ID != "fake" || c.SHA256 == "" {
		t.Fatalf("described as %q, %v", c.ID, err)
	}
	if got := plugin.AttachedPID(file); got != cmd.Process.Pid {
		t.Errorf("the process is %d, and said to be %d", cmd.Process.Pid, got)
	}
	for range 3 {
		p := b.start(t, c)
		if !p.Attached() || p.PID() != cmd.Process.Pid {
			t.Fatalf("attached to %d: %v", p.PID(), p.Attached())
		}
		if _, err := p.Client().Describe(t.Context(), &connectorv1.DescribeRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
		<-p.Exited()
		if b.launcher.Owns(cmd.Process.Pid) || !alive(cmd) {
			t.Fatal("the host took the process for its own, or ended it")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_, err = b.launcher.Start(t.Context(), plugin.Program{ID: c.ID, Path: c.Path, SHA256: c.SHA256}, plugin.Allowance{})
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeConnectorStart || !strings.Contains(p.Message, "it has ended") || p.Remedy == "" {
		t.Errorf("of one that has ended: %v", err)
	}
}

func TestAnAttachedProcessThatHangsUpIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cmd, file := byHand(t)
	c, err := b.catalog.Examine(t.Context(), plugin.Program{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	process := b.start(t, c)
	wire, err := process.Client().Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_, err = wire.Recv()
	var p *host.Problem
	if err == nil || !errors.As(process.Blame(err), &p) || !strings.Contains(p.Message, "the attached connector") {
		t.Errorf("got %v, then %v", err, process.Blame(err))
	}
}

func TestAFileThatLeadsElsewhereIsNotAttached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, file := byHand(t)
	_, second := byHand(t)
	other := offerIn(t, second)
	for name, test := range map[string]struct {
		edit func(*sdk.Attachment)
		want string
		id   string
	}{
		"as it is":           {func(*sdk.Attachment) {}, "", "fake"},
		"another protocol":   {func(a *sdk.Attachment) { a.Protocol = 2 }, "speaks protocol 2", "fake"},
		"another machine":    {func(a *sdk.Attachment) { a.Address = "192.0.2.1:443" }, "not on this machine", "fake"},
		"no keys":            {func(a *sdk.Attachment) { a.Key = "" }, "certificates cannot be read", "fake"},
		"no certificate":     {func(a *sdk.Attachment) { a.Server = "" }, "certificates cannot be read", "fake"},
		"another's keys":     {func(a *sdk.Attachment) { a.Certificate, a.Key = other.Certificate, other.Key }, "cannot be reached", "fake"},
		"an impostor":        {func(a *sdk.Attachment) { a.Address = other.Address }, "cannot be reached", "fake"},
		"nobody there":       {func(a *sdk.Attachment) { a.Address = "127.0.0.1:1" }, "it has ended", "fake"},
		"says it is another": {func(*sdk.Attachment) {}, `calls itself "fake"`, "okta"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := offerIn(t, file)
			test.edit(&a)
			raw, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x"+plugin.AttachSuffix)
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = b.catalog.Examine(t.Context(), plugin.Program{ID: test.id, Path: path})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// offerIn reads the file that an attached connector wrote.
func offerIn(t *testing.T, file string) (a sdk.Attachment) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAnImpostorIsToldNothing has somebody listen where the process was, who takes
// whatever certificate he is shown.
func TestAnImpostorIsToldNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, file := byHand(t)
	var asked atomic.Bool
	impostor := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	impostor.EnableHTTP2 = true
	impostor.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	impostor.StartTLS()
	t.Cleanup(impostor.Close)
	a := offerIn(t, file)
	a.Address = impostor.Listener.Addr().String()
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x"+plugin.AttachSuffix)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = b.catalog.Examine(t.Context(), plugin.Program{ID: "fake", Path: path})
	if err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v", err)
	}
	if asked.Load() {
		t.Error("the impostor was spoken with")
	}
}
