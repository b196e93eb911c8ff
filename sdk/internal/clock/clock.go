// Package clock lets the SDK wait, and lets a test wait without time passing.
package clock

import (
	"context"
	"time"
)

type key struct{}

// Waiter waits for d or for the end of ctx, whichever comes first.
type Waiter func(ctx context.Context, d time.Duration) error

// With returns a context in which Sleep calls wait.
func With(ctx context.Context, wait Waiter) context.Context {
	return context.WithValue(ctx, key{}, wait)
}

// Sleep waits for d. It returns the cause when ctx ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	if wait, ok := ctx.Value(key{}).(Waiter); ok {
		return wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
