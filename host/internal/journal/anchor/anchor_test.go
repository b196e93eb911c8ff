package anchor_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestAnchorsAfterACrash(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Whole(Record("ann", "1"))
	path := anchor.Path(b.Dir)
	raw := OK(os.ReadFile(path))(t)
	Must(t, b.Close())
	Must(t, os.WriteFile(path, append(bytes.Clone(raw), `{"n":4,"at":"2026`...), 0o600))
	b.Open()
	b.Clean()
	b.Whole(Record("ann", "2"))
	b.Clean()
	if got := OK(os.ReadFile(path))(t); !bytes.HasPrefix(got, raw) || bytes.Count(got, []byte("\n")) != 4 {
		t.Errorf("after the crash the file is %s", got)
	}
}

// TestAnchorsStaySmall lets the file be thinned out, over days.
func TestAnchorsStaySmall(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Ledger.Anchors.MaxLines = 20
	other := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "quiet"}, nil))(t)
	run := OK(b.BeginRun(host.Run{Connection: other.ID, Alias: "quiet", Status: host.StatusRunning}))(t)
	b.End(run)
	for i := range 100 {
		b.Clock.At = b.Clock.At.Add(time.Hour)
		b.Whole(Record("ann", fmt.Sprint(i)))
	}
	raw := OK(os.ReadFile(anchor.Path(b.Dir)))(t)
	if n := bytes.Count(raw, []byte("\n")); n > 22 || n < 6 {
		t.Errorf("the file has %d lines", n)
	}
	if !bytes.Contains(raw, []byte(`"alias":"quiet"`)) {
		t.Error("the latest line of a connection is gone")
	}
	b.Clean()
	b.Reopen()
	b.Whole(Record("ann", "end"))
	b.Clean()
}
