package plugin_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// TestAttachingLeavesNothingOpen attaches a hundred times, and counts what is open
// between the two at both ends, and in the connector altogether.
func TestAttachingLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cmd, file := byHand(t)
	c, err := b.catalog.Examine(t.Context(), plugin.Program{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	handles := func() int {
		open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	between := establishedAt(t, file)
	settle := func(most int) (int, int) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && (handles() > most || between() > 0); {
			<-tick.C // a connection that was closed here is closed there a moment later
		}
		return handles(), between()
	}
	before, _ := settle(0) // whatever it has open after a first use
	for range 100 {
		if err := b.start(t, c).Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if after, left := settle(before); after > before || left > 0 {
		t.Errorf("the connector had %d files open and has %d; %d ends of connections are left", before, after, left)
	}
}

// establishedAt counts the ends of connections to the address in the file.
func establishedAt(t *testing.T, file string) func() int {
	t.Helper()
	a := offerIn(t, file)
	port := fmt.Sprintf(":%04X", netip.MustParseAddrPort(a.Address).Port())
	return func() int {
		table, err := os.ReadFile("/proc/self/net/tcp")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(table)) {
			f := strings.Fields(line)
			if len(f) > 3 && f[3] == "01" && (strings.HasSuffix(f[1], port) || strings.HasSuffix(f[2], port)) {
				n++
			}
		}
		return n
	}
}
