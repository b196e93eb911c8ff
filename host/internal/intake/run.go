package intake

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// maxTold bounds the bytes of the texts of a run's errors and gaps.
const maxTold = 512 << 10

// Run is what the streams of one run share.
type Run struct {
	Scrub func(string) string // removes secrets from the reasons of refused records; nil = there are none

	told int // bytes of errors and gaps so far
}

// Stream begins a stream of the run.
func (r *Run) Stream(info host.StreamInfo) *Stream { return &Stream{run: r, info: info} }

func (r *Run) scrub(text string) string {
	if r.Scrub == nil {
		return text
	}
	return r.Scrub(text)
}

// shorten counts the texts of a problem. When the run has told more than maxTold, it
// returns a copy without the detail and with its other texts cut.
func (r *Run) shorten(p *host.Problem) *host.Problem {
	size := len(p.Message) + len(p.Remedy) + len(p.Detail) + len(p.Scope)
	for _, permission := range p.Permissions {
		size += len(permission)
	}
	if r.told += size; r.told <= maxTold {
		return p
	}
	short := *p
	short.Message, short.Remedy, short.Scope = display.Cut(p.Message, 300), display.Cut(p.Remedy, 300), display.Cut(p.Scope, 300)
	short.Permissions = p.Permissions[:min(len(p.Permissions), 3)]
	if short.Detail != "" {
		short.Detail = fmt.Sprintf("(… %d bytes dropped: the run's errors have more text than the %d KiB that are kept)",
			len(p.Detail), maxTold>>10)
	}
	return &short
}
