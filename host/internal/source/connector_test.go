package source_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/source"
)

// What cannot be read on the wire is the connector's fault.
func TestWhatCannotBeReadIsTheConnectorsFault(t *testing.T) {
	t.Parallel()
	garbage := errors.New("rpc error: code = Internal desc = failed to unmarshal the received message")
	p := source.Unreadable(fmt.Errorf("read from connector: %w", garbage))
	if p.Fault != host.FaultConnector || p.Code != host.CodeProtocol || p.Remedy == "" || !errors.Is(p, garbage) {
		t.Errorf("told as %+v", p)
	}
	known := &host.Problem{Code: host.CodeDiskFull, Fault: host.FaultHost}
	if got := source.Unreadable(fmt.Errorf("commit: %w", known)); got != known {
		t.Errorf("a problem became %+v", got)
	}
}
