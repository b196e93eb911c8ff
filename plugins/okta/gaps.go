package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk"
)

// gaps collects failures of requests for single items. The failures of one sort become one gap, because an
// organization may have thousands. It is safe for concurrent use.
type gaps struct {
	what string // could not be read, e.g. "second factors"

	mu  sync.Mutex
	of  map[string]*failure
	all []*failure // in the order of their first
}

type failure struct {
	err   error
	names []string // the first few
	count int
}

// refusals is after how many failures that cannot pass nothing more is requested, if nothing was allowed.
const refusals = 20

func (g *gaps) add(name string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	code := sdk.AsError(err).Code
	f := g.of[code]
	if f == nil {
		f = &failure{err: err}
		if g.of == nil {
			g.of = map[string]*failure{}
		}
		g.of[code] = f
		g.all = append(g.all, f)
	}
	if f.count++; len(f.names) < 3 {
		f.names = append(f.names, name)
	}
}

// forget drops the failures of items that no longer exist, if the list of others was read: they were deleted meanwhile.
func (g *gaps) forget(t *tries) (deleted bool) {
	t.mu.Lock()
	allowed := t.allowed
	t.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	gone := g.of[sdk.CodeNotFoundEndpoint]
	if gone == nil || allowed == 0 {
		return false
	}
	delete(g.of, sdk.CodeNotFoundEndpoint)
	g.all = slices.DeleteFunc(g.all, func(f *failure) bool { return f == gone })
	return true
}

// report reports each sort of failure.
func (g *gaps) report(out *sdk.Output) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.all {
		scope := g.what + " of " + strings.Join(f.names, ", ")
		if more := f.count - len(f.names); more > 0 {
			scope += fmt.Sprintf(" and %d more", more)
		}
		out.Gap(scope, f.err)
	}
}

// tries counts requests for single items, and says when to stop: every one of them is refused or does not exist.
type tries struct {
	mu               sync.Mutex
	allowed, refused int
	why              error
}

// stop returns the refusal when nothing more needs to be requested.
func (t *tries) stop() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.allowed == 0 && t.refused >= refusals {
		return t.why
	}
	return nil
}

func (t *tries) saw(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.allowed++
	case refused(err), sdk.CodeOf(err) == sdk.CodeNotFoundEndpoint:
		t.refused++
		t.why = err
	}
}
