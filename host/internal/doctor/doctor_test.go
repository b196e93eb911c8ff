package doctor_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/doctor"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// says reports a finding that is not as wanted. One that failed says what to do.
func says(t *testing.T, name string, f host.Finding, status, text string) {
	t.Helper()
	if f.Status != status || !strings.Contains(f.Message+" "+f.Fix, text) || f.Status == "fail" && f.Fix == "" {
		t.Errorf("%s: %s %q, fix %q; want %s with %q", name, f.Status, f.Message, f.Fix, status, text)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	all := confine.Support{
		System: "linux", Files: true, Calls: true, Network: true, Signals: true, Namespaces: true, Sockets: true, Landlock: 6,
	}
	old, without := all, confine.Support{System: "linux"}
	old.Network = false
	for name, test := range map[string]struct {
		finding      host.Finding
		status, text string
	}{
		"a clock":                    {doctor.Clock(time.UTC), "ok", "schedules in UTC"},
		"no variable":                {doctor.Environment(nil), "ok", "no variable"},
		"a variable without meaning": {doctor.Environment([]string{"PLUMBLINE_LISTN"}), "warn", "PLUMBLINE_LISTN set nothing"},
		"a configuration":            {doctor.Config("", "/data", "agent"), "ok", "can be read"},
		"an unread configuration":    {doctor.Config("/home/ann/c.yaml", "/data", "agent"), "warn", "/data/config.yaml"},
		"no socket":                  {doctor.Socket("", "command"), "ok", "this command opened the data directory itself"},
		"a socket that is gone":      {doctor.Socket("/nowhere/agent.sock", "agent"), "fail", "Restart the agent"},
		"a directory that is gone":   {doctor.DataDir("/nowhere/data"), "fail", "--data-dir"},
		"all containment":            {doctor.Containment(all), "ok", "read only the files they declare"},
		"an older Linux":             {doctor.Containment(old), "ok", "Linux 6.7"},
		"no containment":             {doctor.Containment(without), "warn", "Landlock"},
		"another system":             {doctor.Containment(confine.Support{System: "darwin"}), "warn", "Only Linux can contain connectors"},
		"no control groups":          {doctor.Groups(nil), "ok", "none are handed over"},
	} {
		says(t, name, test.finding, test.status, test.text)
	}
}

func TestFilesThatOthersCanUse(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	key, err := secret.OpenMasterKey(dir, secret.BackendFile)
	if err != nil {
		t.Fatal(err)
	}
	socket, keyFile := filepath.Join(dir, "agent.sock"), filepath.Join(dir, "master.key")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, test := range []struct {
		path         string
		mode         os.FileMode
		examine      func() host.Finding
		status, text string
	}{
		{dir, 0o700, func() host.Finding { return doctor.DataDir(dir) }, "ok", dir},
		{dir, 0o755, func() host.Finding { return doctor.DataDir(dir) }, "warn", "chmod 700"},
		{socket, 0o600, func() host.Finding { return doctor.Socket(socket, "agent") }, "ok", socket},
		{socket, 0o660, func() host.Finding { return doctor.Socket(socket, "agent") }, "fail", "chmod 600"},
		{keyFile, 0o600, func() host.Finding { return doctor.Key(key) }, "ok", ""},
		{keyFile, 0o640, func() host.Finding { return doctor.Key(key) }, "fail", "master.key"},
	} {
		if err := os.Chmod(test.path, test.mode); err != nil {
			t.Fatal(err)
		}
		says(t, test.mode.String()+" "+test.path, test.examine(), test.status, test.text)
	}
	says(t, "a file in its place", doctor.Socket(keyFile, "agent"), "fail", "is no socket")
	if p := doctor.ReadProcess(); p.HeapBytes == 0 || p.Goroutines == 0 || p.AllocatedBytes < p.HeapBytes {
		t.Errorf("this process takes %+v", p)
	}
}
