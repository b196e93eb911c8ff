package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// act calls change with the context's actor, or refuses a context without one. Every use
// case that changes something calls act or do.
func act[T any](ctx context.Context, change func(by host.Actor) (T, error)) (T, error) {
	by, err := host.Acting(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return change(by)
}

// do is act for a change without an answer.
func do(ctx context.Context, change func(by host.Actor) error) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	return change(by)
}
