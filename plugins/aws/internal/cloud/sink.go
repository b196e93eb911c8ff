package cloud

import (
	"context"
	"fmt"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Sink sends the records of one stream, each once, and collects what could not be read. It is safe for concurrent use.
type Sink struct {
	out *sdk.Output

	mu     sync.Mutex
	sent   map[string]bool
	scopes []string // of missed, in their order
	missed map[string]*missed
	broken error // no record can be sent
}

// missed is a fact that could not be read of several things.
type missed struct {
	first error
	more  int
}

// Put sends a record. A key that was sent is left out: an item may be on two pages of a list that changes. A record that
// cannot be sent is a gap.
func (k *Sink) Put(key string, doc any) error {
	k.mu.Lock()
	again := k.sent[key]
	k.sent[key] = true
	k.mu.Unlock()
	if again && key != "" {
		return nil
	}
	err := k.out.PutOrGap(key, doc)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.broken = err
	}
	return err
}

// halted returns why no record can be sent.
func (k *Sink) halted() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.broken
}

// Miss notes that facts could not be read; nil notes nothing. Facts of the same scope become one gap. It returns an error
// only at the end of the run.
func (k *Sink) Miss(ctx context.Context, scope string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.missed[scope]; m != nil {
		m.more++
		return nil
	}
	k.missed[scope] = &missed{first: err}
	k.scopes = append(k.scopes, scope)
	return nil
}

// judge reports what could not be read.
func (k *Sink) judge(units []unit, errs []error) error {
	var first error
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
			if first == nil {
				first = err
			}
		}
	}
	if failed > 0 && failed == len(units) {
		return first
	}
	for i, err := range errs {
		if err != nil {
			k.out.Gap(units[i].scope, err)
		}
	}
	for _, scope := range k.scopes {
		m := k.missed[scope]
		e := *sdk.AsError(m.first)
		if m.more > 0 {
			e.Message += fmt.Sprintf("; and %d more", m.more)
		}
		k.out.Gap(scope, &e)
	}
	return nil
}
