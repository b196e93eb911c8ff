package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// progressLine redraws one line that says how far a long work is.
type progressLine struct {
	app *app

	mu    sync.Mutex
	shown time.Time
	drawn bool
}

func (p *progressLine) show(at task.Progress) { p.line(at.Phase, at.Done, at.Total) }

func (p *progressLine) line(phase string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.app.onTerminal() || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.drawn = time.Now(), true
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of %d", total)
	}
	fmt.Fprintf(p.app.screen, "\r\x1b[K%s: %d%s", display.Visible(phase), done, of)
}

func (p *progressLine) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.app.screen, "\r\x1b[K")
	}
}
