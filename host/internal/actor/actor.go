// Package actor lets nobody change anything unnamed: a use case that changes something asks
// for who acts before it does anything else.
package actor

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// Act calls change with the context's actor, or refuses a context without one with the
// problem host.CodeNoActor. Every use case that changes something calls Act or Do.
func Act[T any](ctx context.Context, change func(by host.Actor) (T, error)) (T, error) {
	by, err := host.Acting(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return change(by)
}

// Do is Act for a change without an answer.
func Do(ctx context.Context, change func(by host.Actor) error) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	return change(by)
}
