package source

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// What one run may say beside its records. The rest is dropped and counted, or waits.
const (
	maxLine       = sdk.MaxLogBytes // bytes of one line with its fields
	maxLines      = 10_000          // lines of the levels debug and info, requests among them
	maxLineBytes  = 4 << 20
	maxAlarms     = 1_000 // lines of the levels warn and error
	maxAlarmBytes = 1 << 20
	saidASecond   = 5_000  // messages beside records that are read in a second
	saidAtOnce    = 10_000 // that are read without waiting after a silence
)

// volume counts what a run has said beside its records.
type volume struct {
	lines, alarms share
	dropped       int

	tokens float64 // messages that may be read without waiting
	last   time.Time
}

// share is how much of the log one group of levels has used.
type share struct{ lines, bytes int }

func (s *share) take(size, lines, bytes int) bool {
	if s.lines >= lines || s.bytes+size > bytes {
		return false
	}
	s.lines++
	s.bytes += size
	return true
}

// log hands a line to the run's log, or counts it when the log is full. The first line
// that is dropped is replaced by one that says so.
func (c *conversation) log(level, step, message string) {
	v := &c.volume
	var kept bool
	if level == "warn" || level == "error" {
		kept = v.alarms.take(len(message), maxAlarms, maxAlarmBytes)
	} else {
		kept = v.lines.take(len(message), maxLines, maxLineBytes)
	}
	if kept {
		c.sink.Log(level, step, message)
		return
	}
	if v.dropped++; v.dropped == 1 {
		c.sink.Log("warn", "", fmt.Sprintf(
			"(… the connector has filled the run's log: %d lines or %d MiB, and %d warnings and errors or %d MiB; "+
				"further lines are dropped and counted)",
			maxLines, maxLineBytes>>20, maxAlarms, maxAlarmBytes>>20))
	}
}

// logDropped says at the end how many lines were dropped.
func (c *conversation) logDropped() {
	switch c.volume.dropped {
	case 0:
	case 1:
		c.sink.Log("warn", "", "(… 1 more line dropped)")
	default:
		c.sink.Log("warn", "", fmt.Sprintf("(… %d more lines dropped)", c.volume.dropped))
	}
}

// slowDown lets at most so many messages beside records through in a second; a
// connector that says more is read more slowly, and waits.
func (c *conversation) slowDown() {
	v := &c.volume
	now := time.Now()
	if v.last.IsZero() {
		v.tokens = saidAtOnce
	} else {
		v.tokens = min(saidAtOnce, v.tokens+now.Sub(v.last).Seconds()*saidASecond)
	}
	v.last = now
	if v.tokens--; v.tokens >= 0 {
		return
	}
	select {
	case <-time.After(time.Second / 10):
	case <-c.over:
	}
}
