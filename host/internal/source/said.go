package source

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
)

// What one run may say beside its records. The rest is dropped and counted, or waits.
const (
	maxLine       = sdk.MaxLogBytes // bytes of one line with its fields
	maxLines      = 10_000          // lines of the levels debug and info, requests among them
	maxLineBytes  = 4 << 20
	maxAlarms     = 1_000 // lines of the levels warn and error
	maxAlarmBytes = 1 << 20
	maxTold       = 512 << 10 // bytes of the texts of errors and gaps; then they are shortened
	saidASecond   = 5_000     // messages beside records that are read in a second
	saidAtOnce    = 10_000
)

// said counts what a run has said.
type said struct {
	lines, alarms share
	dropped       int
	told          int // bytes of errors and gaps

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

// keeps reports whether a line of the level still has room in the run's log.
func (s *said) keeps(level string, size int) bool {
	var kept bool
	if level == "warn" || level == "error" {
		kept = s.alarms.take(size, maxAlarms, maxAlarmBytes)
	} else {
		kept = s.lines.take(size, maxLines, maxLineBytes)
	}
	if !kept {
		s.dropped++
	}
	return kept
}

// line hands a line to the run's log, or counts it when the log is full.
func (c *conversation) line(l Line) error {
	if c.said.keeps(l.Level, len(l.Message)) {
		return c.notify(l)
	}
	return c.full()
}

// full says once that lines are being dropped.
func (c *conversation) full() error {
	if c.said.dropped > 1 {
		return nil
	}
	return c.notify(Line{Level: "warn", Message: fmt.Sprintf(
		"(… the connector has filled the run's log: %d lines or %d MiB, and %d warnings and errors or %d MiB; "+
			"further lines are dropped and counted)",
		maxLines, maxLineBytes>>20, maxAlarms, maxAlarmBytes>>20)})
}

// progress hands progress on. Its request is a line of the log.
func (c *conversation) progress(p Progress) error {
	if p.Request != "" && !c.said.keeps("debug", len(p.Request)) {
		p.Unlogged = true
		if err := c.full(); err != nil {
			return err
		}
	}
	return c.notify(p)
}

// summed says at the end how many lines were dropped.
func (c *conversation) summed() error {
	switch c.said.dropped {
	case 0:
		return nil
	case 1:
		return c.notify(Line{Level: "warn", Message: "(… 1 more line dropped)"})
	}
	return c.notify(Line{Level: "warn", Message: fmt.Sprintf("(… %d more lines dropped)", c.said.dropped)})
}

// told returns a problem that fits into what a run may tell: once much was told, the
// detail is left out and the rest is shortened.
func (c *conversation) told(p *host.Problem) *host.Problem {
	size := len(p.Message) + len(p.Remedy) + len(p.Detail) + len(p.Scope)
	for _, permission := range p.Permissions {
		size += len(permission)
	}
	if c.said.told += size; c.said.told <= maxTold {
		return p
	}
	short := *p
	short.Message, short.Remedy, short.Scope = host.Cut(p.Message, 300), host.Cut(p.Remedy, 300), host.Cut(p.Scope, 300)
	short.Permissions = p.Permissions[:min(len(p.Permissions), 3)]
	if short.Detail != "" {
		short.Detail = fmt.Sprintf("(… %d bytes dropped: the run's errors have more text than the %d KiB that are kept)",
			len(p.Detail), maxTold>>10)
	}
	return &short
}

// breathe lets at most so many messages beside records through in a second; a
// connector that says more is read more slowly, and waits.
func (c *conversation) breathe() {
	s := &c.said
	now := time.Now()
	if s.last.IsZero() {
		s.tokens = saidAtOnce
	} else {
		s.tokens = min(saidAtOnce, s.tokens+now.Sub(s.last).Seconds()*saidASecond)
	}
	s.last = now
	if s.tokens--; s.tokens >= 0 {
		return
	}
	select {
	case <-time.After(time.Second / 10):
	case <-c.over:
	}
}
