package sdktest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Process is a connector that runs as a program of its own. Its waits take real time.
type Process struct {
	*Bench
	PID int
}

// Start starts a connector program, as a host without containment does. It ends with the test.
func Start(t testing.TB, program string) *Process {
	t.Helper()
	cmd := exec.Command(program)
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: sdk.Handshake(), Plugins: sdk.HostPlugins(), Cmd: cmd, AutoMTLS: true, SkipHostEnv: true,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC}, Logger: hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxCallSendMsgSize(sdk.MaxMessageBytes))},
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	raw, err := rpc.Dispense(sdk.PluginName)
	if err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	connector, ok := raw.(connectorv1.ConnectorClient)
	if !ok {
		t.Fatalf("start %s: it serves no connector", program)
	}
	return &Process{Bench: Attach(connector), PID: cmd.Process.Pid}
}

// PeakMiB returns the most memory that the process has used so far, as Linux tells it.
func (p *Process) PeakMiB(t testing.TB) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
	if err != nil {
		t.Fatalf("read memory of the connector: %v", err)
	}
	_, text, found := strings.Cut(string(raw), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(text, &kib); !found || err != nil {
		t.Fatalf("read memory of the connector: %v", err)
	}
	return (kib + 1023) / 1024
}
