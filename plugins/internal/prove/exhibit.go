package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// Use is what a stream needs a permission for.
type Use int

// The uses.
const (
	Nothing      Use = iota
	Whole            // the stream cannot be read without it
	Part             // some facts of its records are unknown without it, and that is a gap
	OptionalPart     // some facts are unknown without it, and that need not be a gap
)

// Exhibit is a connector with its simulated vendor.
type Exhibit struct {
	Dir       string // with README.md
	Connector func() (*sdk.Connector, error)
	System    System
	Full      bool // the whole population instead of a small one

	// Use says what a stream needs a permission for. Nil reads it from the descriptor: a permission
	// of a stream is for the whole of it, and another one that names the stream is for a part.
	Use func(stream, permission string) Use
	// Untried says that the check has no request that could tell whether a permission was granted.
	Untried func(permission string) bool

	// Few returns the mode of the few items with which the conformance kit tests the connector; nil
	// for one with a recording.
	Few func() (vendor.Mode, error)

	local     bool // the connector has no vendor whose address its settings name
	described *sdk.Connector
	whole     func(t *testing.T) *Visit // a run with every permission, made once
	small     func(t *testing.T) *Visit // the same of a small population
}

// Ready completes an Exhibit. Call it before all else.
func (e *Exhibit) Ready() error {
	var err error
	if e.described, err = e.Connector(); err != nil {
		return err
	}
	if e.Use == nil {
		e.Use = e.useOf
	}
	if e.Untried == nil {
		e.Untried = func(string) bool { return false }
	}
	e.small = e.once(func() vendor.Mode { return vendor.Mode{Small: true} })
	e.whole = e.once(func() vendor.Mode { return vendor.Mode{Small: !e.Full} })
	return nil
}

// once returns a function that makes a run when it is called first.
func (e *Exhibit) once(mode func() vendor.Mode) func(t *testing.T) *Visit {
	var once sync.Once
	var v *Visit
	return func(t *testing.T) *Visit {
		t.Helper()
		once.Do(func() { v = e.sync(t, mode()) })
		if v == nil {
			t.Fatal("the run broke off")
		}
		return v
	}
}

// useOf reads the descriptor.
func (e *Exhibit) useOf(stream, permission string) Use {
	for _, s := range e.described.Streams {
		if s.Name == stream && slices.Contains(s.Permissions, permission) {
			return Whole
		}
	}
	for _, p := range e.described.Permissions {
		switch {
		case p.ID != permission || !slices.Contains(p.Streams, stream):
		case p.Optional:
			return OptionalPart
		default:
			return Part
		}
	}
	return Nothing
}

// Visit is one run against a simulated vendor.
type Visit struct {
	*sdktest.Outcome
	Vendor   Vendor
	Requests map[string]int // by stream
	Took     map[string]time.Duration
}

// bench returns a bench whose connector reaches a simulated vendor under every name, if it has one.
func (e *Exhibit) bench(t *testing.T, v *Visit, m vendor.Mode) *sdktest.Bench {
	t.Helper()
	c, err := e.Connector()
	if err != nil {
		t.Fatal(err)
	}
	v.Vendor = e.System.Start(m)
	b := sdktest.NewBench(t, c)
	if !e.local {
		b.Reach(t, v.Vendor)
	}
	return b
}

// longestRun bounds a run with a whole population.
const longestRun = 30 * time.Minute

func (e *Exhibit) input() sdktest.Input {
	return sdktest.Input{Settings: e.System.Settings(), Secrets: e.System.Secrets(), Deadline: longestRun}
}

// Read reads every stream of the whole population once, whatever the number of calls.
func (e *Exhibit) Read(t *testing.T) *Visit { t.Helper(); return e.whole(t) }

// sync reads every stream once.
func (e *Exhibit) sync(t *testing.T, m vendor.Mode) *Visit {
	t.Helper()
	v := &Visit{Requests: map[string]int{}, Took: map[string]time.Duration{}}
	in, since := e.input(), time.Now()
	in.Cancel = func(message *connectorv1.SyncResponse) bool { // sees every message, and cancels at none
		if p := message.GetProgress(); p.GetRequest() != nil {
			v.Requests[strings.TrimPrefix(p.GetStep(), "stream.")]++
		}
		if r := message.GetResult(); r != nil {
			v.Took[r.GetStream()], since = time.Since(since), time.Now()
		}
		return false
	}
	v.Outcome = e.bench(t, v, m).Sync(t, in)
	return v
}

// complaints returns what is wrong with a run, whatever its streams are.
func (v *Visit) complaints() (all []string) {
	all = v.Vendor.Problems()
	if v.Err != nil {
		all = append(all, fmt.Sprintf("the run failed: %s", v.Err))
	}
	return all
}

// NotWhole returns why a stream is not whole.
func (v *Visit) NotWhole(stream string) (all []string) {
	s := v.Streams[stream]
	if s == nil {
		return []string{"stream " + stream + ": no result"}
	}
	if s.Result != "complete" {
		all = append(all, fmt.Sprintf("stream %s: %s, %v", stream, s.Result, s.Err))
	}
	for i, scope := range slices.Sorted(maps.Keys(s.Gaps)) {
		if i == 5 {
			return append(all, fmt.Sprintf("stream %s: and %d gaps more", stream, len(s.Gaps)-i))
		}
		all = append(all, fmt.Sprintf("stream %s: a gap at %s: %v", stream, scope, s.Gaps[scope]))
	}
	return all
}
