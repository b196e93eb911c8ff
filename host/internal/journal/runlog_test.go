package journal_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

func TestLinesSentAgainAreStoredOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c, err := s.CreateConnection(asTester(), host.Connection{Alias: "corp", Connector: "fake"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning})
	if err != nil {
		t.Fatal(err)
	}
	lines := []host.Log{{Number: 1, Message: "a"}, {Number: 2, Message: "b"}, {Number: 3, Message: "c"}}
	for _, sent := range [][]host.Log{lines[:2], lines, lines[2:], {{Message: "unnumbered"}}} {
		if err := s.AppendLogs(run.ID, sent); err != nil {
			t.Fatal(err)
		}
	}
	logs, err := s.Logs(run.ID, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, line := range logs {
		text += line.Message + " "
		if line.Number != i+1 {
			t.Errorf("line %d has number %d", i+1, line.Number)
		}
	}
	if text != "a b c unnumbered " {
		t.Errorf("the log is %q", text)
	}
}
