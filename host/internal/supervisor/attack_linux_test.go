package supervisor_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// attack is what a hostile connector is told to try.
type attack struct {
	Do     string   `json:"do"`
	Paths  []string `json:"paths,omitempty"`
	Target string   `json:"target,omitempty"`
	URL    string   `json:"url,omitempty"` // the one host it declares
	PID    int      `json:"pid,omitempty"`
	As     string   `json:"-"` // the connector that tries it; "" = hostile
	// Open are the ways out that this machine's kernel cannot shut: "tcp" past the
	// proxy, "outside" to other programs' signals and abstract sockets.
	Open []string `json:"open,omitempty"`
}

// shut reports whether a way out is one the kernel can shut.
func (a attack) shut(way string) bool { return !slices.Contains(a.Open, way) }

// hostile returns a connector that tries what it must not do. What it could do all
// the same it tells as the error of its stream; nothing is a complete run.
func hostile() *sdk.Connector {
	return &sdk.Connector{
		ID: "hostile", Name: "Hostile", Version: "1.0.0", Vendor: "Plumbline", License: "Apache-2.0",
		Summary: "Tries what a connector must not do.", Categories: []string{"custom"},
		ConfigSchema: []byte(`{"type":"object"}`),
		Guide:        "Attacks. Takes about 1 minute.\n\n## Step 1: Nothing\nNothing.\n\n**Expected outcome:** Nothing.\n",
		Network:      []sdk.NetworkHost{{Host: "{url}", Purpose: "What it may reach"}},
		Streams: []sdk.Stream{{Name: "users", Title: "Users", Kind: kind.KindAccount,
			Read: func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
				var a attack
				if err := s.Settings(&a); err != nil {
					return err
				}
				breaches := a.attempt(ctx, s)
				if len(breaches) > 0 {
					return sdk.Errorf(sdk.CodeInternalBug, "BREACH: %s", strings.Join(breaches, "; "))
				}
				return out.Put("u1", kind.Account{ExternalID: "u1", Username: "u1", Status: "active", Type: "human"})
			}}},
	}
}

func (a attack) attempt(ctx context.Context, s *sdk.Session) []string {
	switch a.Do {
	case "read":
		return a.read()
	case "write":
		return a.write()
	case "connect":
		return a.connect(ctx)
	case "proxy":
		return a.proxy(ctx, s)
	case "calls":
		return a.calls()
	case "linger":
		if err := sdktest.LeaveChild(); err != nil {
			return []string{"cannot even start a helper: " + err.Error()} // which is allowed
		}
	case "memory":
		hold := [][]byte{}
		for ctx.Err() == nil {
			block := make([]byte, 16<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			hold = append(hold, block)
			pauseBriefly(ctx)
		}
		return []string{fmt.Sprintf("kept %d blocks", len(hold))}
	case "fork":
		started := 0
		for ; started < 400; started++ {
			if exec.CommandContext(context.WithoutCancel(ctx), "/bin/sleep", "600").Start() != nil {
				break // no more can be had; the host sees to the rest
			}
		}
		<-time.After(5 * time.Second)
		return []string{fmt.Sprintf("kept %d processes", started)}
	case "disk":
		for n := 0; ctx.Err() == nil; n++ {
			if err := os.WriteFile(filepath.Join(os.TempDir(), fmt.Sprint(n)), make([]byte, 4<<20), 0o600); err != nil {
				return []string{err.Error()}
			}
			pauseBriefly(ctx)
		}
	case "stderr":
		line := []byte(strings.Repeat("x", 1<<16) + "\n")
		for ctx.Err() == nil {
			if _, err := os.Stderr.Write(line); err != nil {
				return []string{err.Error()}
			}
		}
	case "hang":
		select {}
	}
	if do, ok := callAttacks()[a.Do]; ok {
		return do(a)
	}
	return nil
}

func pauseBriefly(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Millisecond):
	}
}

func (a attack) read() (breaches []string) {
	for _, path := range a.Paths {
		if entries, err := os.ReadDir(path); err == nil {
			breaches = append(breaches, fmt.Sprintf("listed %s: %d entries", path, len(entries)))
		}
		if raw, err := os.ReadFile(path); err == nil {
			breaches = append(breaches, fmt.Sprintf("read %d bytes of %s", len(raw), path))
		}
	}
	return breaches
}

func (a attack) write() (breaches []string) {
	for _, path := range a.Paths {
		if err := os.WriteFile(path, []byte("mine"), 0o600); err == nil {
			breaches = append(breaches, "wrote "+path)
		}
		if err := os.Rename(path, path+".moved"); err == nil {
			breaches = append(breaches, "moved "+path)
		}
		if err := os.Symlink("/etc/passwd", path+".link"); err == nil {
			breaches = append(breaches, "linked "+path)
		}
	}
	if err := os.WriteFile(filepath.Join(os.TempDir(), "own"), []byte("own"), 0o600); err != nil {
		breaches = append(breaches, "cannot even write where it may: "+err.Error())
	}
	return breaches
}

// connect goes past the proxy.
func (a attack) connect(ctx context.Context) (breaches []string) {
	for _, network := range []string{"tcp", "udp"} {
		if !a.shut(network) {
			continue
		}
		if conn, err := new(net.Dialer).DialContext(ctx, network, a.Target); err == nil {
			_, err := conn.Write([]byte("secret"))
			breaches = append(breaches, fmt.Sprintf("connected to %s %s (%v)", network, a.Target, errors.Join(err, conn.Close())))
		}
	}
	multipath := new(net.Dialer)
	multipath.SetMultipathTCP(true)
	if conn, err := multipath.DialContext(ctx, "tcp", a.Target); err == nil {
		breaches = append(breaches, fmt.Sprintf("connected by multipath (%v)", conn.Close()))
	}
	if listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err == nil && a.shut("tcp") {
		breaches = append(breaches, fmt.Sprintf("listens (%v)", listener.Close()))
	}
	for _, path := range a.Paths {
		if conn, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil && a.shut("outside") {
			breaches = append(breaches, fmt.Sprintf("connected to %s (%v)", path, conn.Close()))
		}
	}
	return breaches
}

// proxy asks the proxy for what was not declared, and for what was.
func (a attack) proxy(ctx context.Context, s *sdk.Session) (breaches []string) {
	if conn, err := s.Dial(ctx, a.Target); err == nil {
		breaches = append(breaches, fmt.Sprintf("the proxy opened %s (%v)", a.Target, conn.Close()))
	} else if e := sdk.AsError(err); e.Code != sdk.CodeNetworkDenied {
		breaches = append(breaches, "refused as "+e.Code)
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: a.URL})
	if err != nil {
		return append(breaches, err.Error())
	}
	if _, err := client.Get(ctx, "/", nil); err != nil {
		breaches = append(breaches, "cannot even reach what it declares: "+err.Error())
	}
	return breaches
}

// attacked runs an attack beside a connection that means well, which must not
// notice, and returns the run.
func attacked(t *testing.T, b *bundle, a attack) host.Run {
	t.Helper()
	can := confine.Supported()
	if !can.Network {
		a.Open = append(a.Open, "tcp")
	}
	if !can.Signals {
		a.Open = append(a.Open, "outside")
	}
	if !can.Files || !can.Calls {
		t.Fatalf("this machine's kernel cannot contain a connector: %+v", can)
	}
	settings, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	fine, bad := b.connection(t, "fake", "fine", `{"streams":[{"name":"users","records":200,"page":50,"delay_ms":100}]}`), b.connection(t,
		cmp.Or(a.As, "hostile"), "bad", string(settings))
	beside := b.start(t, fine, supervisor.Options{Trigger: host.TriggerManual})
	run := b.sync(t, bad)
	if beside := b.ended(t, beside.ID); beside.Status != host.StatusSucceeded {
		t.Errorf("the run beside it %s: %+v", beside.Status, problemsOf(beside))
	}
	if said := strings.Join(problemsOf(run), "; "); strings.Contains(said, "BREACH") {
		t.Errorf("%s: %s", a.Do, said)
	}
	if left := running(t, b.dir); len(left) > 0 {
		t.Errorf("%s: processes %v are left", a.Do, left)
	}
	return run
}

func problemsOf(run host.Run) (said []string) {
	if run.Error != nil {
		said = append(said, run.Error.Code+": "+run.Error.Message)
	}
	for _, s := range run.Steps {
		if s.Error != nil {
			said = append(said, s.Error.Code+": "+s.Error.Message)
		}
	}
	return said
}

// TestAttackOnFiles tries what a thief would: keys, the store, other connectors,
// and its own program, which would be run the next time.
func TestAttackOnFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	home := t.TempDir()
	key := filepath.Join(home, ".ssh", "id_ed25519")
	if err := errors.Join(os.Mkdir(filepath.Dir(key), 0o700), os.WriteFile(key, []byte("secret"), 0o600)); err != nil {
		t.Fatal(err)
	}
	self := os.Getpid()
	paths := []string{
		key, home, b.dir, filepath.Join(b.dir, "store"), filepath.Join(b.dir, "store", "KEYREGISTRY"), filepath.Join(shared, "programs",
			"fake"), filepath.Join(shared, "programs"),
		"/etc/shadow", "/etc/passwd", "/root", "/home", "/tmp", "/var/log", "/proc", "/run",
		fmt.Sprintf("/proc/%d/environ", self), fmt.Sprintf("/proc/%d/mem", self), fmt.Sprintf("/proc/%d/root", self), fmt.Sprintf("/proc/%d/fd",
			self),
	}
	if run := attacked(t, b, attack{Do: "read", Paths: paths}); run.Status != host.StatusSucceeded {
		t.Errorf("what it may do ended as %s: %v", run.Status, problemsOf(run))
	}
}

func TestAttackByWriting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		victim, filepath.Join(b.dir, "planted"), filepath.Join(b.dir, "connector-work", "planted"), filepath.Join(shared, "programs",
			"hostile"), filepath.Join(shared, "programs", "planted"),
		filepath.Join(os.TempDir(), "plumbline-planted"), "/dev/shm/plumbline-planted",
	}
	if run := attacked(t, b, attack{Do: "write", Paths: paths}); run.Status != host.StatusSucceeded {
		t.Errorf("what it may do ended as %s: %v", run.Status, problemsOf(run))
	}
	if raw, err := os.ReadFile(victim); err != nil || string(raw) != "whole" {
		t.Errorf("the file is %q now, %v", raw, err)
	}
}

// TestAttackOnTheNetwork goes past the proxy and through it. Another address of
// the loopback stands for a host that was not declared.
func TestAttackOnTheNetwork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 10)
	go func() { // ends when the listener is closed
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	datagrams, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = datagrams.Close() })
	abstract := fmt.Sprintf("@plumbline-hostile-%d", os.Getpid())
	local, err := new(net.ListenConfig).Listen(t.Context(), "unix", abstract)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = local.Close() })
	target := listener.Addr().String()
	if run := attacked(t, b, attack{Do: "connect", Target: target, Paths: []string{abstract}}); run.Status != host.StatusSucceeded {
		t.Errorf("past the proxy: %s, %v", run.Status, problemsOf(run))
	}
	server := serveHello(t)
	b2 := setup(t)
	run := attacked(t, b2, attack{Do: "proxy", Target: target, URL: server})
	if run.Status != host.StatusSucceeded {
		t.Errorf("through the proxy: %s, %v", run.Status, problemsOf(run))
	}
	denied := slices.IndexFunc(run.Network, func(c host.Contact) bool { return c.Host == "127.0.0.2" })
	if denied < 0 || run.Network[denied].Denied != 1 || run.Network[denied].Connections != 0 ||
		!strings.Contains(run.Network[denied].Reason, "not among the hosts this connector declares") {
		t.Errorf("the run says of what it reached: %+v", run.Network)
	}
	if len(run.Network) != 2 || run.Network[0].Connections != 1 || run.Network[0].Received == 0 {
		t.Errorf("the run says of what it may reach: %+v", run.Network)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, got := <-accepted; got {
		t.Errorf("a connection came from %s", conn.RemoteAddr())
	}
	if err := datagrams.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := datagrams.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("%d bytes came", n)
	}
}

func serveHello(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `"hello"`) })}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

func TestAttackByCalls(t *testing.T) {
	t.Parallel()
	if run := attacked(t, setup(t), attack{Do: "calls", PID: os.Getpid()}); run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
}

// TestAttackByTakingTooMuch is about what a process takes; each run says what it
// was ended for.
func TestAttackByTakingTooMuch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		do, code, words string
	}{
		{"memory", sdk.CodeLimitMemory, "used more memory than it may"},
		{"disk", host.CodeConnectorLimit, "filled its directory with more than the 64 MiB it may use"},
		{"fork", host.CodeConnectorLimit, "started more than the 100 processes and threads it may have"},
		{"stderr", host.CodeConnectorLimit, "wrote more than 64 MiB to its standard error"},
		{"hang", sdk.CodeLimitDeadline, ""},
	} {
		t.Run(test.do, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(_ *bundle, c *supervisor.Config) {
				if test.do == "hang" {
					c.Deadline = 20 * time.Second // also of the run beside it, on a machine that is busy
				}
			})
			run := attacked(t, b, attack{Do: test.do})
			said := strings.Join(problemsOf(run), "; ")
			if run.Status != host.StatusFailed || !strings.Contains(said, test.code) || !strings.Contains(said, test.words) {
				t.Errorf("ended as %s: %s", run.Status, said)
			}
		})
	}
}

// TestAttackInControlGroup has every connector in a control group of its own, which
// ends with it. This machine need not let a test make any; cgroup's own tests say so.
func TestAttackInControlGroup(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("/sys/fs/cgroup/unified", fmt.Sprintf("plumbline-supervisor-%d", os.Getpid()))
	if os.Mkdir(dir, 0o755) != nil {
		t.Log("no groups of cgroup v2 can be made here")
		return
	}
	groups, err := cgroup.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	inGroups := func(_ *bundle, c *supervisor.Config) { c.Starter.Launcher.UseGroups(groups) }
	if run := attacked(t, setup(t, inGroups), attack{Do: "linger"}); run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	if run := attacked(t, setup(t, inGroups), attack{Do: "fork"}); !strings.Contains(strings.Join(problemsOf(run), "; "),
		"started more than the 100") {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	// A group cannot be removed before those in it.
	if err := os.Remove(dir); err != nil {
		left, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs"))
		t.Errorf("groups are left: %v (%v)", left, err)
	}
}

func TestAttackByLingering(t *testing.T) {
	t.Parallel()
	if run := attacked(t, setup(t), attack{Do: "linger"}); run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
}
