package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

func logLine(level connectorv1.Log_Level, text string) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Level: level, Message: text}}}
}

// flood plays a connector in a bubble, where waiting takes no time, and returns what its
// run was given and how long reading it took.
func flood(t *testing.T, say []*connectorv1.SyncResponse) (s *sink, took time.Duration) {
	t.Helper()
	c := &connector{say: append(say, result(complete), done())}
	s = &sink{connector: c}
	begun := time.Now()
	if _, err := source.Sync(t.Context(), c, source.Open{Streams: users}, s); err != nil {
		t.Fatal(err)
	}
	return s, time.Since(begun)
}

func TestAFloodOfLogLinesIsBoundedAndSaidSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var say []*connectorv1.SyncResponse
		for i := range 40_000 {
			say = append(say, logLine(connectorv1.Log_LEVEL_INFO, fmt.Sprint("line ", i)))
		}
		say = append(say, logLine(connectorv1.Log_LEVEL_ERROR, "what matters"))
		s, took := flood(t, say)
		lines := s.lines
		if len(lines) != 10_003 {
			t.Fatalf("%d lines are logged", len(lines))
		}
		mark, last, sum := lines[10_000], lines[10_001], lines[10_002]
		if mark.level != "warn" || !strings.Contains(mark.message, "10000 lines or 4 MiB") {
			t.Errorf("the first dropped line is marked %+v", mark)
		}
		if last.message != "what matters" || sum.message != "(… 30000 more lines dropped)" {
			t.Errorf("the log ends with %q, %q", last.message, sum.message)
		}
		if took < 5*time.Second || took > 10*time.Second {
			t.Errorf("40000 lines were read in %v; 5000 a second are", took)
		}
	})
}

func TestHugeLogLinesAreBoundedByTheirBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		huge := strings.Repeat("x", 1<<20)
		var say []*connectorv1.SyncResponse
		for range 700 {
			say = append(say, logLine(connectorv1.Log_LEVEL_DEBUG, huge))
		}
		s, _ := flood(t, say)
		lines := s.lines
		size := 0
		for _, l := range lines {
			size += len(l.message)
		}
		if size > 5<<20 || len(lines) < 400 || !strings.HasSuffix(lines[0].message, "more bytes dropped)") {
			t.Errorf("%d lines of %d bytes, the first ends %q", len(lines), size, lines[0].message[len(lines[0].message)-30:])
		}
		if last := lines[len(lines)-1].message; !strings.HasSuffix(last, "more lines dropped)") {
			t.Errorf("the log ends with %q", last)
		}
	})
}

func TestRequestsAreCountedAfterTheLogIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var say []*connectorv1.SyncResponse
		for range 12_000 {
			request := &connectorv1.Progress{Request: &connectorv1.Request{Method: "GET", Url: "/"}}
			say = append(say, &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Progress{Progress: request}})
		}
		s, _ := flood(t, say)
		requests := 0
		for _, p := range s.progress {
			requests += p.Requests
		}
		if requests != 12_000 || len(s.lines) != 10_002 || s.lines[10_001].message != "(… 2000 more lines dropped)" {
			t.Errorf("%d requests, %d lines, the last %+v", requests, len(s.lines), s.lines[len(s.lines)-1])
		}
	})
}

func TestGapsOfARunAreBoundedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, huge := &connector{}, strings.Repeat("x", 1<<20)
		for range 500 {
			m := gap(huge)
			m.GetGap().Error.Message, m.GetGap().Error.Detail = huge, huge
			c.say = append(c.say, m)
		}
		c.say = append(c.say, result(complete), done())
		_, results, err := run(t, c)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, g := range results[0].Gaps {
			size += len(g.Scope) + len(g.Error.Message) + len(g.Error.Detail)
		}
		last := results[0].Gaps[len(results[0].Gaps)-1]
		if size > 700<<10 || results[0].Outcome != host.OutcomeGaps ||
			!strings.Contains(last.Error.Message, fmt.Sprintf("and %d more", 500-len(results[0].Gaps))) {
			t.Errorf("%d gaps of %d bytes, the last says %q", len(results[0].Gaps), size, last.Error.Message)
		}
	})
}

// TestTheWindowOfCheckpointsIsEnforced sends five checkpoints while the disk is slow.
func TestTheWindowOfCheckpointsIsEnforced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for checkpoints, want := range map[uint64]string{4: "", 5: "checkpoint 5 while 4 were not acknowledged"} {
			c := &connector{}
			for n := uint64(1); n <= checkpoints; n++ {
				c.say = append(c.say, batch(n, account("a")), checkpoint(n, 1, ""))
			}
			c.say = append(c.say, result(complete), done())
			s := &slowSink{sink: sink{connector: c}, release: make(chan struct{})}
			time.AfterFunc(time.Second, func() { close(s.release) })
			open := source.Open{Streams: users}
			_, err := source.Sync(t.Context(), c, open, s)
			var p *host.Problem
			if want == "" && err != nil || want != "" && (!errors.As(err, &p) || p.Fault != host.FaultConnector ||
				!strings.Contains(p.Message, want)) {
				t.Errorf("%d checkpoints: %v, want %q", checkpoints, err, want)
			}
			if len(s.groups) != 4 {
				t.Errorf("%d checkpoints: %d groups are stored, want 4", checkpoints, len(s.groups))
			}
		}
	})
}

// TestASlowDiskIsNotTheConnectorsSilence has a connector wait for an acknowledgement
// that takes longer than a connector may be silent.
func TestASlowDiskIsNotTheConnectorsSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		acked := make(chan struct{})
		c := &connector{say: []*connectorv1.SyncResponse{batch(1, account("a")), checkpoint(1, 1, "")}, hang: true,
			heard: make(chan *connectorv1.SyncRequest, 10)}
		s := &slowSink{sink: sink{connector: c}, release: make(chan struct{})}
		time.AfterFunc(10*time.Minute, func() { close(s.release) })
		go func() {
			for m := range c.heard {
				if m.GetAck() != nil {
					close(acked)
					return
				}
			}
		}()
		begun := time.Now()
		_, err := source.Sync(t.Context(), c, source.Open{Streams: users}, s)
		<-acked
		if err == nil || !strings.Contains(err.Error(), "said nothing for 5m0s") || time.Since(begun) < 15*time.Minute {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
	})
}
