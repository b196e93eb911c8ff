package runs_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestUnfinishedRuns(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	ended, queued := b.Begin(), OK(b.BeginRun(host.Run{Connection: b.Conn.ID, Alias: b.Conn.Alias, Status: host.StatusQueued}))(t)
	ended.Status = host.StatusFailed
	Must(t, b.SaveRun(ended))
	if runs := OK(b.UnfinishedRuns())(t); len(runs) != 1 || runs[0].ID != queued.ID || runs[0].Connection != b.Conn.ID {
		t.Errorf("the unfinished runs are %+v, want %s", runs, queued.ID)
	}
}
